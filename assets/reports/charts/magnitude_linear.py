"""Magnitude by network type on a linear axis: how far the greatest stands from the rest."""

from collections.abc import Sequence

from assets.reports.charts import _units
from assets.reports.charts._chart import Chart, Drawing
from assets.reports.charts._magnitude_bars import MADE_FROM, MART, SQL, drawing, named_bars_of, withheld_types
from assets.reports.charts._marts import Row
from assets.reports.charts._report import Report
from assets.reports.charts._words import if_told, inside

FAR_BELOW = 10.0  # an order of magnitude below the greatest


def draw(report: Report, rows: Sequence[Row]) -> Drawing:
    """Bars whose title counts the types an order of magnitude below the greatest."""
    return drawing(report, rows, title=_title(report, rows), is_logarithmic=False)


def _title(report: Report, rows: Sequence[Row]) -> str:
    bars = named_bars_of(report, rows)
    if not bars:
        return "Magnitude by network type is withheld"
    first = bars[0]
    told = if_told(bool(withheld_types(report, rows)))
    below = sum(bar.magnitude * FAR_BELOW < first.magnitude for bar in bars)
    if below:
        top = inside(first.network_type.label)
        return (
            f"{below} of {len(bars)} network types{told and ' that are told'} stay below a tenth of {top}'s magnitude"
        )
    if len(bars) == 1:
        return f"{first.network_type.label} moves {_units.bits(first.magnitude)} for each address, on average"
    ratio = _units.times(first.magnitude / bars[-1].magnitude)
    least = inside(bars[-1].network_type.label)
    return f"{first.network_type.label} has {ratio} the magnitude of {least}, the least{told}"


CHART = Chart(
    position=70,
    heading="Magnitude, linear",
    mart=MART,
    made_from=MADE_FROM,
    sql=SQL,
    draw=draw,
)
