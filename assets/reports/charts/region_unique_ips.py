"""How many addresses there are: a map of uniqueness by network type and region."""

from collections.abc import Sequence

from assets.reports.charts import _units
from assets.reports.charts._chart import Chart, Drawing
from assets.reports.charts._heatmap import MADE_FROM, MART, SQL, drawing
from assets.reports.charts._marts import Row
from assets.reports.charts._region_map import Quantity, RegionMap
from assets.reports.charts._report import Report
from assets.reports.charts._words import if_told, inside

QUANTITY = Quantity(
    column="unique_ips",
    units="unique peer addresses (IPv4 each, IPv6 by /64)",
    hue="green",
    form=_units.compact_count,
)


def draw(report: Report, rows: Sequence[Row]) -> Drawing:
    """A map of unique addresses; the title compares the largest cell with the next of another type."""
    region_map = RegionMap.of(report, rows, QUANTITY)
    return drawing(
        report,
        rows,
        region_map,
        title=_title(region_map),
        subtitle="Unique peer addresses seen in the quarter",
        notes=("An address seen in two cells counts in both: unique addresses are never summed.",),
    )


def _title(region_map: RegionMap) -> str:
    largest = region_map.largest
    if largest is None:
        return "How many addresses there are is withheld"
    subject = f"{largest.network_type.label} in {largest.region.label}"
    opening = f"{subject} shows {_units.compact_count(largest.value)} unique addresses"
    others = [
        cell
        for cell in region_map.ranked
        if cell.is_named and cell.network_type != largest.network_type and cell.value > 0
    ]
    if not others:
        return opening
    following = others[0]
    told = if_told(region_map.is_in_part_withheld)
    ratio = _units.times(largest.value / following.value)
    place = f"{inside(following.network_type.label)} in {following.region.label}"
    return f"{opening}, {ratio} the next type{told} ({place})"


CHART = Chart(
    position=40,
    heading="Uniqueness by region and type",
    mart=MART,
    made_from=MADE_FROM,
    sql=SQL,
    draw=draw,
)
