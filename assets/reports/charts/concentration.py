"""Concentration: how much of each cell's bits its ten busiest addresses carry, and over how many networks they lie."""

from assets.reports.charts import _units
from assets.reports.charts._cells import OF_TRAFFIC
from assets.reports.charts._chart import IS_WITHHELD
from assets.reports.charts._heatmap import MapSource, map_chart
from assets.reports.charts._marts import Row
from assets.reports.charts._region_map import Quantity, RegionMap
from assets.reports.charts._words import if_told, inside

SQL = """
select
    region, network_type, networks, top_10_share, hhi, gini, entropy,
    unique_ips, top_10_address_share, address_hhi, address_gini, address_entropy, is_suppressed
from marts.concentration_quarterly
where quarter = $quarter
order by region, network_type
"""
COLUMNS = {
    "region": "region",
    "network_type": "network_type",
    "networks": "networks",
    "top_10_share": "top_10_share",
    "hhi": "hhi",
    "gini": "gini",
    "entropy": "entropy",
    "unique_ips": "unique_ips",
    "top_10_address_share": "top_10_address_share",
    "address_hhi": "address_hhi",
    "address_gini": "address_gini",
    "address_entropy": "address_entropy",
    IS_WITHHELD: "is_suppressed",
}


def equal_networks(row: Row) -> str:
    """How many networks of equal size would be as concentrated: one over the Herfindahl-Hirschman index."""
    hhi = row.number_or_none("hhi")
    return f"as {1 / hhi:.1f} networks" if hhi else ""


def _title(region_map: RegionMap) -> str:
    largest = region_map.largest
    if largest is None:
        return "How concentrated traffic is, is withheld"
    where = f"{inside(largest.network_type.label)} in {largest.region.label}"
    told = if_told(region_map.is_in_part_withheld)
    return f"Ten addresses carry {_units.percent(largest.value)} of the bits of {where}, the most of all cells{told}"


CHART = map_chart(
    110,
    "Concentration",
    Quantity(
        column="top_10_address_share",
        units="share of the cell's bits that its ten busiest addresses carry",
        hue="green",
        form=_units.percent,
        second_line=equal_networks,
    ),
    title=_title,
    subtitle="Part of each cell's bits on its ten busiest addresses; below, as how many equal networks it is spread",
    note="“As 3.0 networks”: spread as over three networks of equal size (one over the Herfindahl-Hirschman index).",
    source=MapSource(
        "concentration_quarterly",
        OF_TRAFFIC,
        SQL,
        COLUMNS,
    ),
)
