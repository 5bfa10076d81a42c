"""How many addresses there are: a map of uniqueness by network type and region."""

from assets.reports.charts import _units
from assets.reports.charts._heatmap import map_chart
from assets.reports.charts._region_map import Quantity, RegionMap
from assets.reports.charts._words import if_told, inside

QUANTITY = Quantity(
    column="unique_ips",
    units="unique peer addresses (IPv4 each, IPv6 by /64)",
    hue="green",
    form=_units.compact_count,
)


def _title(region_map: RegionMap) -> str:
    """Compares the largest cell with the next of another type."""
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


CHART = map_chart(
    40,
    "Uniqueness by region and type",
    QUANTITY,
    title=_title,
    subtitle="Unique peer addresses seen in the quarter",
    note="An address seen in two cells counts in both: unique addresses are never summed.",
)
