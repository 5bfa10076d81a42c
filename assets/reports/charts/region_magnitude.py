"""How much each address moves: a map of magnitude by network type and region."""

from statistics import median

from assets.reports.charts import _units
from assets.reports.charts._heatmap import map_chart
from assets.reports.charts._region_map import Quantity, RegionMap
from assets.reports.charts._words import if_told, inside

QUANTITY = Quantity(
    column="magnitude",
    units="bit for each unique peer address (IP) in the quarter",
    hue="amber",
    form=_units.magnitude,
)


def _title(region_map: RegionMap) -> str:
    """Compares the largest cell with the one in the middle."""
    largest = region_map.largest
    if largest is None:
        return "How much each address moves is withheld"
    told = if_told(region_map.is_in_part_withheld)
    addresses = largest.row.number_or_none("unique_ips")
    of_how_many = "" if addresses is None else f"{_units.count(addresses)} "
    subject = f"The {of_how_many}{inside(largest.network_type.label)} addresses in {largest.region.label}"
    amount = _units.bits(largest.value)
    middle = median(cell.value for cell in region_map.cells if cell.is_named)
    if len(region_map.cells) < 3 or middle <= 0:
        return f"{subject} move {amount} each on average, the most of all cells{told}"
    return f"{subject} move {amount} each on average, {_units.times(largest.value / middle)} the median cell{told}"


CHART = map_chart(
    30,
    "Magnitude by region and type",
    QUANTITY,
    title=_title,
    subtitle="Magnitude: bits over unique peer addresses of the same cell",
    note="Magnitude of a cell is its own bits over its own addresses; cells do not add up.",
)
