"""Where the bits are: a map of bits by network type and region."""

from collections.abc import Sequence

from assets.charts import _units
from assets.charts._chart import Chart, Drawing
from assets.charts._heatmap import MADE_FROM, MART, SQL, drawing
from assets.charts._marts import Row
from assets.charts._region_map import Quantity, RegionMap
from assets.charts._report import Report

QUANTITY = Quantity(
    column="bits",
    units="bit in the quarter, and share of all regions' bits",
    hue="blue",
    form=_units.bits,
    second_line=lambda row: _units.percent(row.number("share_of_bits")),
)


def draw(report: Report, rows: Sequence[Row]) -> Drawing:
    """A map of bits; the title names the largest cell."""
    region_map = RegionMap.of(report, rows, QUANTITY)
    largest = region_map.largest
    share = _units.percent(largest.row.number("share_of_bits"))
    return drawing(
        report,
        rows,
        region_map,
        title=f"{largest.network_type.label} in {largest.region.label} is the largest cell: "
        f"{share} of all traffic, {_units.bits(largest.value)}",
        subtitle="Bits by the peer's network type and our region, both directions",
        notes=("Where traffic enters is known; why a type clusters in a region (supply or choice) is not.",),
    )


CHART = Chart(
    position=20,
    heading="Bits by region and type",
    mart=MART,
    made_from=MADE_FROM,
    sql=SQL,
    draw=draw,
)
