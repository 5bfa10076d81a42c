"""Concentration, rhythm, persistence and new addresses of 2026Q1, in which five days have noon and 13:00 covered."""

from datetime import date
from math import log
from typing import Any

import pytest
from shape_cases import HOSTING, ISP, SECOND_ISP, B
from warehouse_cases import Query
from world import record

MONDAY, TUESDAY, WEDNESDAY = "2026-01-05", "2026-01-06", "2026-01-07"
LATER_MONDAY, LATER_TUESDAY = "2026-02-02", "2026-02-03"

RECORDS: list[dict[str, Any]] = [
    record(f"{MONDAY} 12:00:00", f"{ISP}.1", bytes=1000),
    record(f"{MONDAY} 13:00:00", f"{ISP}.1", bytes=1000),
    record(f"{TUESDAY} 12:00:00", f"{ISP}.1", bytes=1000),
    record(f"{WEDNESDAY} 12:00:00", f"{ISP}.1", bytes=1000),
    record(f"{MONDAY} 12:00:00", f"{ISP}.2", bytes=1000),
    record(f"{LATER_MONDAY} 12:00:00", f"{SECOND_ISP}.1", bytes=2500),
    record(f"{LATER_TUESDAY} 12:00:00", f"{SECOND_ISP}.1", bytes=2500),
    # Seen in 2025Q4 too.
    record(f"{MONDAY} 12:00:00", f"{HOSTING}.1", bytes=700),
    # Twelve networks of 100 to 1200 bytes.
    *(record(f"{MONDAY} 12:00:00", f"20.{n}.0.1", bytes=100 * n, exporter=B) for n in range(1, 13)),
]


def concentration(query: Query, region: str, network_type: str, columns: str) -> tuple[Any, ...]:
    (row,) = query(
        f"select {columns} from marts.concentration_quarterly "
        "where quarter = '2026Q1' and region = ? and network_type = ?",
        region,
        network_type,
    )
    return row


OVER_NETWORKS = "networks, top_10_share, hhi, gini, entropy"
OVER_ADDRESSES = "unique_ips, top_10_address_share, address_hhi, address_gini, address_entropy"


def test_two_equal_networks_are_spread_as_evenly_as_can_be(shapes: Query) -> None:
    found = concentration(shapes, "us-west", "isp_regional", OVER_NETWORKS)
    assert found == (2, 1, pytest.approx(0.5), pytest.approx(0, abs=1e-15), pytest.approx(1))


def test_three_unequal_addresses(shapes: Query) -> None:
    # 1000, 4000 and 5000 bytes.
    found = concentration(shapes, "us-west", "isp_regional", OVER_ADDRESSES)
    entropy = -sum(part * log(part) for part in (0.1, 0.4, 0.5)) / log(3)
    gini = 2 * (1 * 1 + 2 * 4 + 3 * 5) / (3 * 10) - 4 / 3
    assert found == (3, 1, pytest.approx(0.01 + 0.16 + 0.25), pytest.approx(gini), pytest.approx(entropy))


def test_one_network_alone_has_no_entropy_and_no_inequality(shapes: Query) -> None:
    assert concentration(shapes, "us-west", "hosting", OVER_NETWORKS) == (1, 1, 1, 0, 0)


def test_the_ten_largest_of_twelve(shapes: Query) -> None:
    networks, top_10_share = concentration(shapes, "us-east", "unclassified", "networks, top_10_share")
    assert (networks, top_10_share) == (12, pytest.approx(7500 / 7800))


def test_rates_by_hour_of_the_week(shapes: Query) -> None:
    rows = shapes(
        "select hour_of_week, bits_per_second_average, bits_per_second_average_local, covered_bins "
        "from marts.rhythm_quarterly where quarter = '2026Q1' and region = 'us-west' "
        "and network_type = 'isp_regional' and direction = 'ingress' order by hour_of_week"
    )
    # Bytes of each covered hour (Monday 12 and 13, Tuesday, Wednesday), over its covered bins.
    hours = {12: (4500, 2), 13: (1000, 2), 36: (3500, 2), 37: (0, 2), 60: (1000, 1), 61: (0, 1)}
    rates = {hour: pytest.approx(octets * 8 / 300 / bins) for hour, (octets, bins) in hours.items()}
    utc = [(hour, rates[hour], None, bins) for hour, (_, bins) in hours.items()]
    # Los Angeles is eight hours behind, and these hours are covered by no bin in UTC.
    local = [(hour - 8, None, rates[hour], 0) for hour in hours]
    assert rows == sorted(utc + local, key=lambda row: row[0])


def test_persistent_is_active_on_half_of_the_days_present(shapes: Query) -> None:
    # Of five days, .1 is active on three in four hours, .2 on one, the second ISP's on two.
    rows = shapes(
        "select days_present, unique_ips, persistent_ips, persistent_share_of_bits, active_days_mean, "
        "active_hours_mean from marts.persistence_quarterly where quarter = '2026Q1' "
        "and network_type = 'isp_regional'"
    )
    assert rows == [(5, 3, 1, pytest.approx(0.4), 2, pytest.approx((4 + 1 + 2) / 3))]


def test_new_addresses_were_seen_in_no_earlier_month(shapes: Query) -> None:
    rows = shapes(
        "select month, network_type, unique_ips, new_ips, returning_ips, new_share_of_bits "
        "from marts.new_addresses_monthly where network_type in ('hosting', 'isp_regional') "
        "and month < '2026-04-01' order by all"
    )
    assert rows == [
        (date(2025, 10, 1), "hosting", 2, None, None, None),
        (date(2026, 1, 1), "hosting", 1, 0, 1, 0),
        (date(2026, 1, 1), "isp_regional", 2, 2, 0, 1),
        (date(2026, 2, 1), "isp_regional", 1, 1, 0, 1),
    ]


def test_addresses_that_became_hashes_do_not_make_the_others_new(retired: Query) -> None:
    rows = retired(
        "select month, unique_ips, new_ips, returning_ips, history_began_on from marts.new_addresses_monthly "
        "where quarter = '2026Q1' and network_type in ('hosting', 'isp_regional') order by network_type, month"
    )
    began_on = date(2026, 1, 5)
    assert rows == [
        (date(2026, 1, 1), 1, None, None, began_on),
        (date(2026, 1, 1), 2, None, None, began_on),
        (date(2026, 2, 1), 1, 1, 0, began_on),
    ]
