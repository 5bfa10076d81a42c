"""Cells of a quarter worked out by hand: networks, connectivity, IP versions, sampling that is mixed, burstiness."""

from datetime import date
from typing import Any

import pytest
from shape_cases import EXCHANGE, HOSTING, NEOCLOUD, NOWHERE, PEERING, B
from warehouse_cases import Query
from world import record

NOON = "2025-10-06 12:00:00"
V6 = "2a00:1:0:1::1"

RECORDS: list[dict[str, Any]] = [
    record(NOON, f"{NEOCLOUD}.1", bytes=1000),
    record(NOON, f"{NEOCLOUD}.1", bytes=3000, way="egress", out_if=PEERING),
    record("2025-11-03 12:00:00", V6, bytes=1000, in_if=EXCHANGE),
    record(NOON, f"{HOSTING}.1", bytes=10, packets=4, sampling_interval=1000.0, exporter=B),
    record("2025-10-07 12:00:00", f"{HOSTING}.2", bytes=2000, packets=1, exporter=B),
    # Of no exporter's row: by a cloud's prefix list, and by nothing.
    record(NOON, "40.1.0.1", bytes=500, exporter=NOWHERE),
    record(NOON, f"{NEOCLOUD}.9", bytes=500, way="egress", exporter=NOWHERE),
]
WHOLE = 18_000


def test_top_networks_by_bits(shapes: Query) -> None:
    rows = shapes(
        "select position, network_key, name, bits, share_of_bits, unique_ips, magnitude from marts.network_quarterly "
        "where quarter = '2025Q4' order by position"
    )
    assert rows == [
        (1, "as:6724", "Network 6724", 96_000, pytest.approx(12_000 / WHOLE), 2, 48_000),
        (2, "as:23112", "Network 23112", 44_000, pytest.approx(5_500 / WHOLE), 3, pytest.approx(44_000 / 3)),
        (3, "cloud:aws/us-east-1", "cloud:aws/us-east-1", 4_000, pytest.approx(500 / WHOLE), 1, 4_000),
    ]


def test_networks_have_the_confidence_of_the_rule_that_typed_them(shapes: Query) -> None:
    """Both AS are reviewed rows, 0.92; a cloud's own list is right at 0.97 (seed network_type_rules)."""
    rows = shapes("select type_confidence from marts.network_quarterly where quarter = '2025Q4' order by position")
    assert rows == [(0.92,), (0.92,), (0.97,)]


def test_connectivity_is_that_of_the_interface(shapes: Query) -> None:
    rows = shapes(
        "select region, direction, connectivity, bits, unique_ips, share_of_bits from marts.connectivity_quarterly "
        "where quarter = '2025Q4' and network_type = 'neocloud' order by all"
    )
    assert rows == [
        ("unknown", "egress", "unknown", 4_000, 1, pytest.approx(500 / 3_500)),
        ("us-west", "egress", "peering", 24_000, 1, pytest.approx(3_000 / 3_500)),
        ("us-west", "ingress", "exchange", 8_000, 1, pytest.approx(1_000 / 14_500)),
        ("us-west", "ingress", "transit", 8_000, 1, pytest.approx(1_000 / 14_500)),
    ]


def test_ip_versions_of_months(shapes: Query) -> None:
    rows = shapes(
        "select month, ip_version, bits, unique_ips, unique_ips_v6_128, magnitude from marts.ip_version_monthly "
        "where quarter = '2025Q4' and network_type = 'neocloud' order by all"
    )
    assert rows == [
        (date(2025, 10, 1), 4, 36_000, 2, 0, 18_000),
        (date(2025, 11, 1), 6, 8_000, 1, 1, 8_000),
    ]


SAMPLING = (
    "unique_ips, unique_ips_at_common_sampling, unique_ips_at_least_3_packets, "
    "sampling_interval_min, sampling_interval_max, is_sampling_mixed"
)


def test_addresses_expected_at_the_largest_interval_of_the_quarter(shapes: Query) -> None:
    rows = shapes(
        f"select network_type, {SAMPLING} from marts.network_type_quarterly "
        "where quarter = '2025Q4' and network_type in ('hosting', 'neocloud') order by 1"
    )
    # A packet sampled 1 in 1 is seen at 1 in 1000 with a chance of 1 / 1000; 20 and twice 10 of them of the neocloud.
    neocloud = (1 - 0.999**20) + 2 * (1 - 0.999**10)
    assert rows == [
        ("hosting", 2, pytest.approx(1 + 1 / 1000, rel=1e-12), 1, 1, 1000, True),
        ("neocloud", 3, pytest.approx(neocloud, rel=1e-12), 3, 1, 1, False),
    ]


def test_burstiness_is_of_the_mean_over_covered_bins(shapes: Query) -> None:
    # 36000 bits, none and 8000 in three bins; the nearest rank of 95% of three is the third.
    rows = shapes(
        "select burstiness_p95, burstiness_max from marts.network_type_quarterly "
        "where quarter = '2025Q4' and network_type = 'neocloud'"
    )
    assert rows == [(pytest.approx(36_000 / (44_000 / 3)),) * 2]


def test_bits_of_every_mart_are_those_of_core(shapes: Query) -> None:
    rows = shapes(
        """
        with marts as (
            select 'network' as mart, quarter, sum(bits) as bits from marts.network_quarterly group by all
            union all select 'connectivity', quarter, sum(bits) from marts.connectivity_quarterly group by all
            union all select 'ip_version', quarter, sum(bits) from marts.ip_version_monthly group by all
            union all select 'metro', quarter, sum(bits) from marts.metro_quarterly group by all
            union all select 'country', quarter, sum(bits) from marts.country_quarterly group by all
            union all select 'traffic_flow', quarter, sum(bits) from marts.traffic_flow_quarterly group by all
        ),
        core as (select quarter, sum(bits) as bits from core.typed_traffic_bins group by all)
        select mart, count(*), bool_and(marts.bits = core.bits) from marts full join core using (quarter) group by all
        """
    )
    assert len(rows) == 6
    assert all(is_equal for _, _, is_equal in rows)


def test_metros_are_sites_first_and_cloud_regions_second(shapes: Query) -> None:
    rows = shapes(
        "select region, metro, metro_source, bits, unique_ips, covered_bins from marts.metro_quarterly "
        "where quarter = '2025Q4' order by all"
    )
    assert rows == [
        ("unknown", "unknown", "unknown", 4_000, 1, 0),
        ("unknown", "us-east-1", "cloud_region", 4_000, 1, 0),
        ("us-east", "Northern Virginia", "interconnect_site", 96_000, 2, 0),
        ("us-west", "Los Angeles", "interconnect_site", 40_000, 2, 3),
    ]


def test_types_of_metros_are_cells_of_both(shapes: Query) -> None:
    rows = shapes(
        "select region, metro, network_type, is_suppressed, bits, unique_ips, magnitude "
        "from marts.metro_network_type_quarterly where quarter = '2025Q4' order by all"
    )
    assert rows == [
        ("unknown", "unknown", "neocloud", False, 4_000, 1, 4_000),
        ("unknown", "us-east-1", "hyperscaler", False, 4_000, 1, 4_000),
        ("us-east", "Northern Virginia", "hosting", False, 96_000, 2, 48_000),
        ("us-west", "Los Angeles", "neocloud", False, 40_000, 2, 20_000),
    ]


def test_metros_stand_where_the_operator_says_else_where_the_seed_does(shapes: Query) -> None:
    """Los Angeles has a row of the operator, Northern Virginia and the cloud's region one of the seed."""
    rows = shapes(
        "select metro, latitude, longitude from marts.metro_network_type_quarterly where quarter = '2025Q4' "
        "order by all"
    )
    assert rows == [
        ("Los Angeles", 34.5, -118.5),
        ("Northern Virginia", 39.04, -77.49),
        ("unknown", None, None),
        ("us-east-1", 39.04, -77.49),
    ]


def test_countries_of_peers(shapes: Query) -> None:
    rows = shapes("select country, bits, unique_ips from marts.country_quarterly where quarter = '2025Q4' order by all")
    assert rows == [("DE", 96_000, 2), ("US", 36_000, 2), ("unknown", 12_000, 2)]


def test_clouds_by_published_list_and_by_network(shapes: Query) -> None:
    rows = shapes(
        "select provider, cloud_region, name, bits, share_of_bits from marts.cross_cloud_quarterly "
        "where quarter = '2025Q4' order by all"
    )
    assert rows == [
        ("as:23112", "unknown", "Network 23112", 44_000, pytest.approx(5_500 / WHOLE)),
        ("as:6724", "unknown", "Network 6724", 96_000, pytest.approx(12_000 / WHOLE)),
        ("aws", "us-east-1", "aws", 4_000, pytest.approx(500 / WHOLE)),
    ]
