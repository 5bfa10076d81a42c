"""Magnitude by network type on a logarithmic axis: all types can be read."""

from collections.abc import Sequence

from assets.reports.charts import _units
from assets.reports.charts._chart import Chart, Drawing
from assets.reports.charts._magnitude_bars import MADE_FROM, MART, SQL, drawing, named_bars_of, withheld_types
from assets.reports.charts._marts import Row
from assets.reports.charts._report import Report
from assets.reports.charts._words import if_told, inside, listed

NEAR_THE_TOP = 3.0  # types within this factor of the greatest are named together in the title


def draw(report: Report, rows: Sequence[Row]) -> Drawing:
    """Bars whose title names the types at the top and their distance to the rest."""
    return drawing(report, rows, title=_title(report, rows), is_logarithmic=True)


def _title(report: Report, rows: Sequence[Row]) -> str:
    bars = named_bars_of(report, rows)
    if not bars:
        return "Magnitude by network type is withheld"
    top = [bar for bar in bars if bar.magnitude * NEAR_THE_TOP >= bars[0].magnitude]
    rest = [bar for bar in bars if bar not in top]
    names = listed([bar.network_type.label if bar is top[0] else inside(bar.network_type.label) for bar in top])
    verb = "moves" if len(top) == 1 else "move"
    least = _units.bits(top[-1].magnitude)
    amount = least if len(top) == 1 else f"at least {least}"
    if not rest:
        return f"{names} {verb} {amount} of traffic for each address, on average"
    told = if_told(bool(withheld_types(report, rows)))
    ratio = _units.times(top[-1].magnitude / rest[0].magnitude)
    return f"{names} {verb} {amount} for each address on average, {ratio} the next type{told}"


CHART = Chart(
    position=60,
    heading="Magnitude, logarithmic",
    mart=MART,
    made_from=MADE_FROM,
    sql=SQL,
    draw=draw,
)
