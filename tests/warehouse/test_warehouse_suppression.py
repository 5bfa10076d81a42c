"""What is withheld of small cells and of cells of one network, under which name it is told, and what stays.

Belongs here: the rules by hand. Does not belong here: whether anything can be worked out (test_warehouse_withheld).
"""

from typing import Any

import pytest
from shape_cases import CDN, NEOCLOUD, A, B, C
from shape_cases import HOSTING as HOSTING_HOSTS
from warehouse_cases import Query
from world import record

# The records of test_warehouse_cells: hosting 2 addresses and 2/3 of all bits, neocloud 3, a cloud 1. At least 2 are
# to be told, so that the cloud is withheld, and the neocloud, the next smallest, with it.
HOSTING, WITHHELD = 96_000, 48_000
# In 2027Q1 every type, region and metro has at least two addresses, and no network 60% of a metro. One host of the
# neocloud alone is in San Jose, and would be what Los Angeles leaves of the neocloud in the west.
HOSTS = {
    (NEOCLOUD, A): (1, 2), (HOSTING_HOSTS, A): (1, 2), (CDN, A): (1, 2),
    (NEOCLOUD, B): (5, 6), (HOSTING_HOSTS, B): (5, 6),
    (NEOCLOUD, C): (4,), (HOSTING_HOSTS, C): (3, 4), (CDN, C): (3, 4),
}  # fmt: skip
RECORDS: list[dict[str, Any]] = [
    record("2027-01-05 12:00:00", f"{peer}.{host}", exporter=exporter)
    for (peer, exporter), hosts in HOSTS.items()
    for host in hosts
]


def test_a_small_type_and_the_next_smallest_are_told_together(suppressed: Query) -> None:
    rows = suppressed(
        "select network_type, is_suppressed, bits, unique_ips, share_of_bits from marts.network_type_quarterly "
        "where quarter = '2025Q4' order by network_type"
    )
    assert rows == [
        ("hosting", False, HOSTING, 2, pytest.approx(2 / 3)),
        ("hyperscaler", True, None, None, None),
        ("neocloud", True, None, None, None),
        ("withheld", False, WITHHELD, 4, pytest.approx(1 / 3)),
    ]


def test_a_withheld_row_has_no_number_at_all(suppressed: Query) -> None:
    rows = suppressed(
        "select * exclude (quarter, quarter_began_on, network_type, is_suppressed, is_low_precision, covered_bins) "
        "from marts.network_type_quarterly where quarter = '2025Q4' and network_type = 'neocloud'"
    )
    assert [set(row) for row in rows] == [{None}]


def test_regions_too_small_in_one_direction_are_told_together(suppressed: Query) -> None:
    """Each region has one address of what is withheld in a direction; below that, types are not even named: only the
    neocloud was seen in the west, and what is told of the west would be its."""
    rows = suppressed(
        "select region, network_type, is_suppressed, bits from marts.region_network_type_quarterly "
        "where quarter = '2025Q4' order by all"
    )
    assert rows == [
        ("us-east", "hosting", False, HOSTING),
        ("withheld", "withheld", False, WITHHELD),
    ]
    directions = suppressed(
        "select direction, network_type, bits, unique_ips from marts.traffic_flow_quarterly "
        "where quarter = '2025Q4' and not is_suppressed order by all"
    )
    assert directions == [
        ("egress", "withheld", 28_000, 2),
        ("ingress", "hosting", HOSTING, 2),
        ("ingress", "withheld", 20_000, 3),
    ]


def test_networks_are_withheld_with_their_type(suppressed: Query) -> None:
    """The only network of a type that is told stays, over 60% of all bits or not: its type tells it."""
    rows = suppressed(
        "select network_type, network_key, name, is_suppressed, position, bits from marts.network_quarterly "
        "where quarter = '2025Q4' order by all"
    )
    assert rows == [
        ("hosting", "as:6724", "Network 6724", False, 1, HOSTING),
        ("hyperscaler", "cloud:aws/us-east-1", "cloud:aws/us-east-1", True, None, None),
        ("neocloud", "as:23112", "Network 23112", True, None, None),
        ("withheld", "withheld", "Withheld networks", False, None, WITHHELD),
    ]
    providers = suppressed(
        "select provider, is_suppressed, bits from marts.cross_cloud_quarterly where quarter = '2025Q4' order by all"
    )
    assert providers == [("as:23112", True, None), ("as:6724", False, HOSTING), ("aws", True, None)]


def test_months_of_a_type_are_told_all_or_none_and_then_no_shares(suppressed: Query) -> None:
    """In November one address of what is withheld was seen; shares of October would tell the rest of its whole."""
    rows = suppressed(
        "select month::varchar, network_type, is_suppressed, bits, share_of_bits from marts.network_type_monthly "
        "where quarter = '2025Q4' order by all"
    )
    assert rows == [
        ("2025-10-01", "hosting", False, HOSTING, None),
        ("2025-10-01", "withheld", True, None, None),
        ("2025-11-01", "withheld", True, None, None),
    ]


def test_limits_of_one_switch_it_off(shapes: Query) -> None:
    assert shapes("select count(*), sum(is_suppressed::int) from marts.network_quarterly where quarter = '2025Q4'") == [
        (3, 0)
    ]


def test_countries_count_no_network_that_is_withheld(suppressed: Query) -> None:
    # Germany is hosting alone, which is told; the United States and the unknown are networks of withheld types.
    rows = suppressed(
        "select country, is_suppressed, bits from marts.country_quarterly where quarter = '2025Q4' order by country"
    )
    assert rows == [("DE", False, HOSTING), ("US", True, None), ("unknown", True, None), ("withheld", False, WITHHELD)]


def test_a_metro_that_is_all_of_its_region_is_told_by_it(suppressed: Query) -> None:
    rows = suppressed(
        "select region, metro, bits from marts.metro_quarterly where quarter = '2025Q4' and not is_suppressed "
        "order by all"
    )
    assert rows == [("us-east", "Northern Virginia", HOSTING), ("withheld", "withheld", WITHHELD)]


def test_types_of_metros_are_told_where_their_region_is(suppressed: Query) -> None:
    """Below what is withheld in all regions no metro is named."""
    rows = suppressed(
        "select region, metro, network_type, is_suppressed, bits from marts.metro_network_type_quarterly "
        "where quarter = '2025Q4' order by all"
    )
    assert rows == [
        ("us-east", "Northern Virginia", "hosting", False, HOSTING),
        ("withheld", "withheld", "withheld", False, WITHHELD),
    ]


def test_a_region_with_one_small_type_in_a_metro_is_not_told_by_both(suppressed: Query) -> None:
    """Of types by metro all of a region are told, or none: its other cells would leave the small one."""
    metros = suppressed(
        "select metro, is_suppressed, unique_ips from marts.metro_quarterly where quarter = '2027Q1' order by all"
    )
    assert metros == [("Los Angeles", False, 6), ("Northern Virginia", False, 4), ("San Jose", False, 5)]
    types = suppressed(
        "select region, network_type, unique_ips from marts.region_network_type_quarterly "
        "where quarter = '2027Q1' order by all"
    )
    assert types == [
        ("us-east", "hosting", 2),
        ("us-east", "neocloud", 2),
        ("us-west", "cdn", 4),
        ("us-west", "hosting", 4),
        ("us-west", "neocloud", 3),
    ]
    rows = suppressed(
        "select region, metro, network_type, is_suppressed, bits, unique_ips "
        "from marts.metro_network_type_quarterly where quarter = '2027Q1' order by all"
    )
    assert rows == [
        ("us-east", "Northern Virginia", "hosting", False, 16_000, 2),
        ("us-east", "Northern Virginia", "neocloud", False, 16_000, 2),
        ("us-west", "withheld", "withheld", True, None, None),
    ]


def test_a_group_that_holds_a_withheld_type_is_withheld(suppressed: Query) -> None:
    # Neocloud is withheld, hosting is told: their group would give neocloud away.
    rows = suppressed(
        "select share_group, is_suppressed, bits from marts.share_group_quarterly "
        "where quarter = '2025Q4' and direction = 'both' and share_group in ('hosting', 'neocloud', 'other_clouds') "
        "order by all"
    )
    assert rows == [("hosting", False, HOSTING), ("neocloud", True, None), ("other_clouds", True, None)]


def test_comparisons_of_what_is_withheld_say_so(suppressed: Query) -> None:
    values = (
        "select member, is_suppressed, value from marts.quarter_metrics where quarter = '2025Q4' "
        "and dimension = 'network_type' and member in ('hosting', 'neocloud') and metric = 'bits' order by member"
    )
    assert suppressed(values) == [("hosting", False, HOSTING), ("neocloud", True, None)]
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
    verdicts = suppressed(
        "select distinct verdict, level, reasons[1] from marts.quarter_over_quarter where quarter = '2026Q1' "
        "and member = 'neocloud'"
    )
    assert verdicts == [("withheld", 1, "withheld")]


def test_magnitude_of_a_withheld_type_is_not_told(suppressed: Query) -> None:
    rows = suppressed(
        "select network_type, is_suppressed, bits, magnitude is null, unique_ips_daily_max is null "
        "from marts.magnitude_quarterly where quarter = '2025Q4' order by network_type"
    )
    # What is told is active on less than four days, one of them of one address, and has no daily values.
    assert rows == [
        ("hosting", False, HOSTING, False, True),
        ("hyperscaler", True, None, True, True),
        ("neocloud", True, None, True, True),
        ("withheld", False, WITHHELD, False, True),
    ]
