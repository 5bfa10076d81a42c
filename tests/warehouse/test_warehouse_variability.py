"""How far a difference could be another by chance of weeks, and how much of it hangs on single networks.

The quarters are those of test_warehouse_bridge: bits of the operator, in both regions together, by network:
ISP 8000 and 27000, a reclassified one 32000 and 32000, a CDN 8000 and 8000, a new one 0 and 4000.
"""

from typing import Any

import pytest
from warehouse_cases import Query

COLUMNS = "difference, top_1_part, top_5_part, leave_one_out_low, leave_one_out_high"


def variability(query: Query, member: str, metric: str, columns: str = COLUMNS) -> tuple[Any, ...]:
    (row,) = query(
        f"select {columns} from marts.quarter_variability "
        "where quarter = '2026Q4' and dimension in ('total', 'network_type') and member = ? and metric = ?",
        member,
        metric,
    )
    return row


def test_what_single_networks_make_of_a_difference_of_bits(shapes: Query) -> None:
    # 19000 by the ISP, 4000 by the new network; without the ISP 4000, without the new one 19000.
    assert variability(shapes, "all", "bits") == (23_000, pytest.approx(19 / 23), 1, 4_000, 23_000)
    # Hosting is the two that were decided: one counted elsewhere before.
    assert variability(shapes, "hosting", "bits") == (36_000, pytest.approx(32 / 36), 1, 4_000, 36_000)


def test_leaving_out_a_network_takes_it_from_the_whole_of_a_share_too(shapes: Query) -> None:
    difference, top_1, _, low, high = variability(shapes, "cdn", "share_of_bits")
    assert difference == pytest.approx(8 / 71 - 8 / 48)
    assert top_1 == pytest.approx(1)
    # Without the CDN itself none; without the ISP 8 of 44 after 8 of 40; without the reclassified one 8 of 39 after 16.
    assert (low, high) == (pytest.approx(8 / 39 - 8 / 16), 0)


def test_a_quarter_of_one_week_has_no_range(shapes: Query) -> None:
    assert variability(shapes, "cdn", "bits", "week_to_week_low, week_to_week_high") == (None, None)


def test_the_range_is_that_of_the_drawn_weeks(shapes: Query) -> None:
    # 2026Q1 has 5000 bytes in a week of 6 covered bins and 5000 in one of 4; nothing before. Drawn are twice the first
    # (10000 bytes in 12 bins, taken to 10), both, or twice the second (10000 in 8), the first and last a fourth each.
    rows = shapes(
        "select week_to_week_low, week_to_week_high from marts.quarter_variability where quarter = '2026Q1' "
        "and dimension = 'network_type' and member = 'isp_regional' and metric = 'bits'"
    )
    assert rows == [(pytest.approx(80_000 * 10 / 12), pytest.approx(80_000 * 10 / 8))]
