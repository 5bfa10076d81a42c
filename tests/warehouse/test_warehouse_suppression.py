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
