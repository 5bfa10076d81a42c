"""What is not published of small cells and of cells of one network, and what a total must not give away."""

from typing import Any

from warehouse_cases import Query

# The records of test_warehouse_cells: hosting 2 addresses and 2/3 of all bits, neocloud 3, a cloud 1.


def test_a_small_cell_and_the_smallest_beside_it_are_suppressed(suppressed: Query) -> None:
    rows = suppressed(
        "select is_suppressed, bits, unique_ips, share_of_bits is null, bits_per_second_max "
        "from marts.network_type_quarterly where quarter = '2025Q4' order by network_type = 'hosting' desc"
    )
    assert rows[0] == (False, 96_000, 2, False, 8 * 10_000 / 300)
    assert rows[1:] == [(True, None, None, True, None)] * 2


def test_a_network_that_dominates_the_whole_is_suppressed(suppressed: Query) -> None:
    rows = suppressed(
        "select network_key, is_suppressed, position, bits from marts.network_quarterly "
        "where quarter = '2025Q4' order by network_key"
    )
    assert rows == [
        ("as:23112", False, 1, 44_000),
        ("as:6724", True, None, None),
        ("cloud:aws/us-east-1", True, None, None),
    ]


def test_limits_of_one_switch_suppression_off(shapes: Query) -> None:
    assert shapes("select count(*), sum(is_suppressed::int) from marts.network_quarterly where quarter = '2025Q4'") == [
        (3, 0)
    ]


def test_no_total_gives_a_suppressed_cell_away(suppressed: Query) -> None:
    """Below no total stands one suppressed cell beside published ones."""
    found: list[Any] = suppressed(
        "select quarter, network_type from marts.region_network_type_quarterly group by all "
        "having sum(is_suppressed::int) = 1 and count(*) > 1"
    )
    assert found == []


def test_a_country_of_one_network_is_suppressed(suppressed: Query) -> None:
    # Germany is hosting alone, the United States a neocloud alone; of the unknown, two networks have 2/3 and 1/3.
    rows = suppressed(
        "select country, is_suppressed from marts.country_quarterly where quarter = '2025Q4' order by country"
    )
    assert rows == [("DE", True), ("US", True), ("unknown", True)]


def test_a_group_that_holds_a_suppressed_type_is_suppressed(suppressed: Query) -> None:
    # Neocloud is suppressed, hosting is published: their group would give neocloud away.
    rows = suppressed(
        "select share_group, is_suppressed, bits is null from marts.share_group_quarterly "
        "where quarter = '2025Q4' and direction = 'both' and share_group in ('hosting', 'neocloud', 'other_clouds') "
        "order by all"
    )
    assert rows == [("hosting", False, False), ("neocloud", True, True), ("other_clouds", True, True)]


def test_comparisons_do_not_tell_what_is_suppressed(suppressed: Query) -> None:
    values = (
        "select member, is_suppressed, value is null from marts.quarter_metrics where quarter = '2025Q4' "
        "and dimension = 'network_type' and member in ('hosting', 'neocloud') and metric = 'bits' order by member"
    )
    assert suppressed(values) == [("hosting", False, False), ("neocloud", True, True)]
    for mart, columns in (
        ("quarter_over_quarter", "value, previous_value, difference, previous_value_restated, leave_one_out_low"),
        ("quarter_bridge", "value, previous_value, traffic_effect, previous_value_restated, coverage_effect"),
        ("quarter_variability", "difference, week_to_week_low, top_1_part, leave_one_out_low, leave_one_out_high"),
    ):
        rows = suppressed(
            f"select distinct {columns} from marts.{mart} where quarter = '2026Q1' and metric = 'bits' "
            "and dimension = 'network_type' and member = 'neocloud'"
        )
        assert rows == [(None, None, None, None, None)], mart


def test_magnitude_of_a_suppressed_type_is_not_told(suppressed: Query) -> None:
    rows = suppressed(
        "select is_suppressed, bits, magnitude, unique_ips_daily_max from marts.magnitude_quarterly "
        "where quarter = '2025Q4' and network_type = 'neocloud'"
    )
    assert rows == [(True, None, None, None)]
