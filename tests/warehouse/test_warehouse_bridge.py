"""What a difference is made of, in two quarters of which one scenario each stands in a region of its own.

us-west: 2026Q3 has two covered bins, 2026Q4 three. us-east: one covered bin each, and a network that is reclassified.
"""

from decimal import Decimal
from typing import Any

import pytest
from shape_cases import CDN, ISP, RECLASSIFIED, B
from warehouse_cases import Query
from world import record

RECORDS: list[dict[str, Any]] = [
    # 8000 bits in 2026Q3; 27000 in 2026Q4, of which 3000 in a bin that nobody covers.
    record("2026-07-01 12:00:00", f"{ISP}.1", bytes=1000),
    record("2026-10-01 12:00:00", f"{ISP}.1", bytes=3000),
    record("2026-10-09 12:00:00", f"{ISP}.1", bytes=375),
    # The same in both quarters.
    *(record(f"{day} 12:00:00", f"{RECLASSIFIED}.1", bytes=4000, exporter=B) for day in ("2026-07-01", "2026-10-01")),
    *(record(f"{day} 12:00:00", f"{CDN}.1", bytes=1000, exporter=B) for day in ("2026-07-01", "2026-10-01")),
    # New in 2026Q4, and decided from its first day on: traffic, not reclassification.
    record("2026-10-01 12:00:00", "20.29.0.1", bytes=500, exporter=B),
]
COLUMNS = (
    "previous_value, coverage_effect, traffic_effect, reclassification_effect, definition_effect, value, "
    "previous_value_restated"
)


def bridge(query: Query, dimension: str, member: str, metric: str = "bits") -> tuple[Any, ...]:
    (row,) = query(
        f"select {COLUMNS} from marts.quarter_bridge where quarter = '2026Q4' and dimension = ? and member = ? "
        "and metric = ?",
        dimension,
        member,
        metric,
    )
    return row


def test_coverage_is_more_bins_at_the_rate_before_and_silent_bins_are_traffic(shapes: Query) -> None:
    # 8000 bits in 2 bins; 24000 in 3 bins and 3000 outside of them: one bin more is 4000.
    assert bridge(shapes, "region_network_type", "us-west/isp_regional") == (
        8_000,
        4_000,
        27_000 - 8_000 - 4_000,
        0,
        0,
        27_000,
        8_000,
    )


def test_a_reclassified_network_is_all_reclassification(shapes: Query) -> None:
    bits = 4000 * 8
    assert bridge(shapes, "region_network_type", "us-east/unclassified") == (bits, 0, 0, -bits, 0, 0, 0)
    assert bridge(shapes, "region_network_type", "us-east/hosting") == (0, 0, 4_000, bits, 0, bits + 4_000, bits)
    assert bridge(shapes, "region_network_type", "us-east/cdn") == (8_000, 0, 0, 0, 0, 8_000, 8_000)
    assert bridge(shapes, "region", "us-east")[3] == 0


def test_shares_take_the_same_steps_on_shares_of_covered_rates(shapes: Query) -> None:
    # Rates per bin: 2026Q3 all 48000 in 2 bins, 2026Q4 all 68000 in 3 (68000 + 3000 observed).
    previous, coverage, traffic, reclassification, definition, value, _ = bridge(
        shapes, "network_type", "hosting", "share_of_bits"
    )
    assert float(previous) == 0
    assert float(value) == pytest.approx(36_000 / 71_000)
    assert float(traffic) == pytest.approx(4_000 / 68_000)
    assert float(reclassification) == pytest.approx(32_000 / 68_000)
    assert definition == 0
    assert float(coverage) == pytest.approx(36_000 / 71_000 - 36_000 / 68_000)


def test_every_bridge_adds_up_exactly(shapes: Query, query: Query) -> None:
    statement = (
        "select count(*), sum((previous_value + coverage_effect + traffic_effect + reclassification_effect "
        "+ definition_effect != value)::int) from marts.quarter_bridge where not is_suppressed"
    )
    for rows in (shapes(statement), query(statement)):
        ((members, off),) = rows
        assert members > 20
        assert off == 0


def test_a_share_group_that_holds_other_types_is_a_change_of_definition(redefined: Query) -> None:
    # The CDN's 8000 bits join other_clouds in 2026Q4; the rest of the group is reclassified or new.
    previous, coverage, traffic, reclassification, definition, value, restated = bridge(
        redefined, "share_group", "other_clouds"
    )
    assert (previous, reclassification, definition, value, restated) == (0, 32_000, 8_000, 44_000, 40_000)
    assert coverage + traffic == Decimal(4_000)


def test_a_comparison_tells_the_restated_value_beside_the_published_one(shapes: Query) -> None:
    rows = shapes(
        "select member, previous_value, previous_value_restated, difference, difference_restated "
        "from marts.quarter_over_quarter where quarter = '2026Q4' and metric = 'bits' "
        "and dimension = 'network_type' and member in ('hosting', 'unclassified') order by member"
    )
    assert rows == [("hosting", 0, 32_000, 36_000, 4_000), ("unclassified", 32_000, 0, -32_000, 0)]
