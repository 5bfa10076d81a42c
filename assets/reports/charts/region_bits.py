"""Where the bits are: a map of bits by network type and region."""

from assets.reports.charts import _units
from assets.reports.charts._heatmap import map_chart
from assets.reports.charts._region_map import Quantity, RegionMap
from assets.reports.charts._words import if_told

QUANTITY = Quantity(
    column="bits",
    units="bit in the quarter, and share of all regions' bits",
    hue="blue",
    form=_units.bits,
    second_line=lambda row: _units.by_column("share_of_bits", row.number_or_none("share_of_bits")),
)


def _title(region_map: RegionMap) -> str:
    """Names the largest cell."""
    largest = region_map.largest
    if largest is None:
        return "Where the bits are is withheld"
    share = largest.row.number_or_none("share_of_bits")
    part = "" if share is None else f"{_units.percent(share)} of all traffic, "
    told = if_told(region_map.is_in_part_withheld)
    subject = f"{largest.network_type.label} in {largest.region.label} is the largest cell{told}"
    return f"{subject}: {part}{_units.bits(largest.value)}"


CHART = map_chart(
    20,
    "Bits by region and type",
    QUANTITY,
    title=_title,
    subtitle="Bits by the peer's network type and our region, both directions",
    note="Where traffic enters is known; why a type clusters in a region (supply or choice) is not.",
)
