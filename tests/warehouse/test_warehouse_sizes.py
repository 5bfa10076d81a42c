"""Flow sizes, elephants and a workflow of two addresses of ours and three of a peer, in 2026Q2."""

from datetime import datetime
from typing import Any

import pytest
from shape_cases import CDN, HYPERSCALER, NEOCLOUD, SECOND_NEOCLOUD, A
from warehouse_cases import Query
from world import record

DAY = "2026-04-10"
GIGABYTES = 10**9
OURS, OURS_TOO = "192.0.2.1", "192.0.2.2"


def sent(clock: str, peer: str, gigabytes: float, minutes: float, ours: str = OURS, day: str = DAY) -> dict[str, Any]:
    octets = int(gigabytes * GIGABYTES)
    return record(
        f"{day} {clock}:00", peer, way="egress", seconds=60 * minutes, bytes=octets, src_addr=ours, exporter=A
    )


RECORDS: list[dict[str, Any]] = [
    # Four pairs that overlap between 10:00 and 10:25.
    sent("10:00", f"{NEOCLOUD}.1", 200, 15),
    sent("10:00", f"{NEOCLOUD}.2", 200, 15),
    sent("10:05", f"{NEOCLOUD}.1", 150, 15, OURS_TOO),
    sent("10:10", f"{NEOCLOUD}.3", 400, 15, OURS_TOO),
    # Hours later, alone: an elephant, and no workflow.
    sent("15:00", f"{NEOCLOUD}.1", 300, 15),
    # Too short, too slow, too small.
    sent("10:00", f"{SECOND_NEOCLOUD}.1", 500, 10),
    sent("11:00", f"{SECOND_NEOCLOUD}.2", 110, 30),
    sent("12:00", f"{SECOND_NEOCLOUD}.3", 99, 15),
    # A pause of two bins is none, one of three ends an elephant of 5 minutes.
    sent("10:00", f"{HYPERSCALER}.1", 200, 5),
    sent("10:15", f"{HYPERSCALER}.1", 200, 5),
    sent("12:00", f"{HYPERSCALER}.2", 200, 5),
    sent("12:20", f"{HYPERSCALER}.2", 200, 5),
    # Sizes: 1023 bytes, 1024 bytes, 2047 bytes sampled 1 in 2, and nothing.
    record(f"{DAY} 10:00:00", f"{CDN}.1", bytes=1023),
    record(f"{DAY} 10:00:00", f"{CDN}.1", bytes=1024),
    record(f"{DAY} 10:00:00", f"{CDN}.1", bytes=2047, sampling_interval=2.0),
    record(f"{DAY} 10:00:00", f"{CDN}.1", bytes=0),
]


def test_flow_sizes_on_log_bins(shapes: Query) -> None:
    rows = shapes(
        "select bytes_from, bytes_below, flow_records, bits from marts.flow_size_quarterly "
        "where quarter = '2026Q2' and network_type = 'cdn' order by size_class"
    )
    assert rows == [
        (1, 2, 1, 0),
        (512, 1024, 1, 1023 * 8),
        (1024, 2048, 1, 1024 * 8),
        (2048, 4096, 1, 2 * 2047 * 8),
    ]


def test_a_record_is_of_one_size_though_its_bits_are_of_many_bins(shapes: Query) -> None:
    rows = shapes(
        "select size_class, flow_records, bits from marts.flow_size_quarterly "
        "where quarter = '2026Q2' and network_type = 'hyperscaler'"
    )
    assert rows == [(37, 4, 800 * GIGABYTES * 8)], "2^37 bytes are 137 GB"


def elephants(query: Query, network_key: str, columns: str) -> list[tuple[Any, ...]]:
    return query(
        f"select {columns} from marts.elephant_flows where quarter = '2026Q2' and network_key = ? ", network_key
    )


def test_elephants_of_a_network(shapes: Query) -> None:
    columns = "direction, elephants, own_addresses, unique_ips, bits, share_of_bits, seconds_median, seconds_max"
    assert elephants(shapes, "as:23112", columns) == [("egress", 5, 2, 3, 1250 * GIGABYTES * 8, 1, 900, 900)]
    rates = elephants(shapes, "as:23112", "bits_per_second_max, bits_per_second_median")
    assert rates == [(pytest.approx(400 * GIGABYTES * 8 / 900), pytest.approx(200 * GIGABYTES * 8 / 900))]


def test_what_is_short_slow_or_small_is_mice(shapes: Query) -> None:
    assert elephants(shapes, "as:26356", "elephants") == []


def test_a_pause_of_two_bins_does_not_end_an_elephant(shapes: Query) -> None:
    columns = "elephants, unique_ips, seconds_max, bits, share_of_bits"
    assert elephants(shapes, "as:714", columns) == [(1, 1, 1200, 400 * GIGABYTES * 8, 0.5)]


def test_a_workflow_is_of_elephants_that_overlap(shapes: Query) -> None:
    rows = shapes(
        "select network_key, region, direction, began_at, ended_at, own_addresses, unique_ips, bits "
        "from marts.ai_workflows where quarter = '2026Q2'"
    )
    began, ended = datetime(2026, 4, 10, 10, 0), datetime(2026, 4, 10, 10, 25)
    assert rows == [("as:23112", "us-west", "egress", began, ended, 2, 3, 950 * GIGABYTES * 8)]


def test_rates_of_a_workflow_and_of_each_side(shapes: Query) -> None:
    (rates,) = shapes(
        "select bits_per_second_sustained, bits_per_second_max, bits_per_second_per_own_address, "
        "bits_per_second_per_own_address_max, bits_per_second_per_peer_address, bits_per_second_per_peer_address_max "
        "from marts.ai_workflows where quarter = '2026Q2'"
    )
    # Between 10:10 and 10:15 a third of all four; by address of ours 400 and 550 GB, by peer 350, 200 and 400.
    whole = 950 * GIGABYTES * 8 / 1500
    assert rates == (
        pytest.approx(whole),
        pytest.approx(950 / 3 * GIGABYTES * 8 / 300),
        pytest.approx(whole / 2),
        pytest.approx(550 * GIGABYTES * 8 / 1500),
        pytest.approx(whole / 3),
        pytest.approx(400 * GIGABYTES * 8 / 1500),
    )


def test_flow_sizes_have_the_bits_of_core(shapes: Query) -> None:
    rows = shapes(
        """
        with sizes as (select quarter, sum(bits) as bits from marts.flow_size_quarterly group by quarter),
        core as (select quarter, sum(bits) as bits from core.typed_traffic_bins group by quarter)
        select quarter from sizes full join core using (quarter) where sizes.bits is distinct from core.bits
        """
    )
    assert rows == []
