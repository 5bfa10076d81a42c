"""Magnitude by network type on a linear axis: how far the greatest stands from the rest."""

from collections.abc import Sequence

from assets.charts import _units
from assets.charts._chart import Chart, Drawing
from assets.charts._magnitude_bars import MADE_FROM, MART, SQL, bars_of, drawing
from assets.charts._marts import Row
from assets.charts._report import Report
from assets.charts._words import inside

FAR_BELOW = 10.0  # an order of magnitude below the greatest


def draw(report: Report, rows: Sequence[Row]) -> Drawing:
    """Bars whose title counts the types an order of magnitude below the greatest."""
    return drawing(report, rows, title=_title(report, rows), is_logarithmic=False)


def _title(report: Report, rows: Sequence[Row]) -> str:
    bars = bars_of(report, rows)
    first = bars[0]
    below = sum(bar.magnitude * FAR_BELOW < first.magnitude for bar in bars)
    if below:
        top = inside(first.network_type.label)
        return f"{below} of {len(bars)} network types stay below a tenth of {top}'s magnitude"
    if len(bars) == 1:
        return f"{first.network_type.label} moves {_units.bits(first.magnitude)} for each address"
    ratio = _units.times(first.magnitude / bars[-1].magnitude)
    least = inside(bars[-1].network_type.label)
    return f"{first.network_type.label} has {ratio} the magnitude of {least}, the least"


CHART = Chart(
    position=70,
    heading="Magnitude, linear",
    mart=MART,
    made_from=MADE_FROM,
    sql=SQL,
    draw=draw,
)
