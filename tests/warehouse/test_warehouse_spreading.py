"""Where in time a record's bits lie, that none is lost on the way, and that days are built again alone."""

from typing import Any

from warehouse_cases import SLOW, Query, Rows
from world import moment, record

RECORDS = [
    # 7 minutes and 30 seconds: 1, 5 and 1.5 minutes of three bins; 1001 bytes are 8008 bits.
    record("2025-10-05 13:04:00", "20.40.0.1", exporter=SLOW, seconds=450, bytes=1001, packets=10),
    record("2025-10-05 14:02:00", "20.41.0.1", exporter=SLOW, seconds=0),
    record("2025-10-05 15:00:00", "20.42.0.1", exporter=SLOW, seconds=300),
    record("2025-10-05 15:05:00", "20.43.0.1", exporter=SLOW, seconds=0),
    record("2025-10-05 15:04:59.999", "20.44.0.1", exporter=SLOW, seconds=0.002, bytes=1),
    record("2025-10-01 23:58:00", "20.45.0.1", exporter=SLOW, seconds=480, bytes=4000),
    record("2025-09-30 23:57:00", "20.46.0.1", exporter=SLOW, seconds=360, bytes=999),
    record("2025-10-05 16:00:00", "20.47.0.1", exporter=SLOW, start_at=None, received_at=moment("2025-10-05 16:01")),
    record("2025-10-05 16:00:00", "20.48.0.1", start_at=None, end_at=None, received_at=moment("2025-10-05 16:11")),
    record("2025-10-05 17:00:00", "20.49.0.1", exporter=SLOW, seconds=1500, bytes=1, packets=1),
    record("2025-10-05 17:02:00", "20.50.0.1", bytes=10),
    record("2025-10-05 17:03:00", "20.50.0.2", bytes=20),
    record("2025-10-05 17:04:59.999", "20.50.0.2", bytes=40, seconds=0.001),
    record("2025-10-05 18:00:00", "20.51.0.1", exporter=SLOW, seconds=900, sampling_interval=10.0, packets=7),
]


def bins(query: Query, n: int, columns: str = "bits") -> Rows:
    """Hour and minute, and columns, of the bins of AS 410000 + n."""
    return query(
        f"select strftime(bin_at, '%m-%d %H:%M'), {columns} from core.placed_traffic_bins "
        "where network_key = 'as:' || ? order by bin_at",
        410000 + n,
    )


def test_bits_are_spread_by_overlap_rounded_down_with_the_rest_in_the_last_bin(query: Query) -> None:
    # 8008 * 60 / 450 = 1067.7, 8008 * 300 / 450 = 5338.7; 10 packets likewise 1.3 and 6.7.
    assert bins(query, 40, "bits, sampled_packets") == [
        ("10-05 13:00", 1067, 1),
        ("10-05 13:05", 5338, 6),
        ("10-05 13:10", 8008 - 1067 - 5338, 3),
    ]


def test_a_record_of_no_length_lies_in_one_bin(query: Query) -> None:
    assert bins(query, 41) == [("10-05 14:00", 8000)]
    assert bins(query, 43) == [("10-05 15:05", 8000)]


def test_a_record_that_ends_on_an_edge_does_not_touch_the_next_bin(query: Query) -> None:
    assert bins(query, 42) == [("10-05 15:00", 8000)]


def test_a_millisecond_on_either_side_of_an_edge(query: Query) -> None:
    assert bins(query, 44) == [("10-05 15:00", 4), ("10-05 15:05", 4)]


def test_across_midnight_each_day_has_its_part(query: Query) -> None:
    # 8 minutes from 23:58: 2, 5 and 1 of them; the export day is that of the end.
    assert bins(query, 45, "bits, event_on::varchar, export_on::varchar") == [
        ("10-01 23:55", 8000, "2025-10-01", "2025-10-02"),
        ("10-02 00:00", 20000, "2025-10-02", "2025-10-02"),
        ("10-02 00:05", 4000, "2025-10-02", "2025-10-02"),
    ]
    assert query(
        "select event_on::varchar, bits from core.placed_peer_address_days where network_key = 'as:410045' order by all"
    ) == [("2025-10-01", 8000), ("2025-10-02", 24000)]


def test_across_the_quarters_edge_each_quarter_has_its_part(query: Query) -> None:
    # 7992 bits over 6 minutes: half and half.
    assert query(
        "select quarter, sum(bits) from core.typed_traffic_bins where network_key = 'as:410046' "
        "group by quarter order by quarter"
    ) == [("2025Q3", 3996), ("2025Q4", 3996)]


def test_a_missing_time_is_the_one_that_is_known(query: Query) -> None:
    assert bins(query, 47) == [("10-05 16:00", 8000)]
    assert bins(query, 48) == [("10-05 16:10", 8000)]


def test_amounts_smaller_than_their_bins_are_kept_whole(query: Query) -> None:
    # 8 bits over 5 bins: 1 each, the rest in the last; the one packet is in the last.
    found = bins(query, 49, "bits, sampled_packets")
    assert [row[1:] for row in found] == [(1, 0), (1, 0), (1, 0), (1, 0), (4, 1)]


def test_records_of_one_bin_and_network_are_summed_and_their_addresses_kept_apart(query: Query) -> None:
    assert bins(query, 50) == [("10-05 17:00", (10 + 20 + 40) * 8)]
    assert query(
        "select hex(peer_address[13:]), bits from core.placed_peer_address_days where network_key = 'as:410050' "
        "order by all"
    ) == [("14320001", 80), ("14320002", 480)]


def test_variance_is_spread_as_bits_are(query: Query) -> None:
    # N (N - 1) 64 = 5760, times 1000 * 1000 / 7 = 142857.14..: 822857142.86, rounded; thirds, the rest in the last bin.
    third = 822857143 // 3
    # Of 80,000 bits two bins have 26,666 and the last 26,668; each times 8 * 1500 * (10 - 1).
    assert bins(query, 51, "bits_variance, bits_variance_upper") == [
        ("10-05 18:00", third, 26_666 * 108_000),
        ("10-05 18:05", third, 26_666 * 108_000),
        ("10-05 18:10", 822857143 - 2 * third, 26_668 * 108_000),
    ]


def test_every_byte_read_has_one_reason_by_exporter_and_day(query: Query, records: list[dict[str, Any]]) -> None:
    expected: dict[tuple[str, str], tuple[int, int]] = {}
    for one in records:
        key = (str(one["export_on"]), one["exporter"])
        octets, count = expected.get(key, (0, 0))
        expected[key] = (octets + one["bytes"], count + 1)
    found = query(
        "select export_on::varchar, exporter, cast(sum(bytes_as_exported) as hugeint), cast(sum(records) as int) "
        "from core.conservation group by all"
    )
    assert {(day, exporter): (octets, count) for day, exporter, octets, count in found} == expected


def test_published_bits_of_the_account_are_those_of_the_bins(query: Query) -> None:
    assert query(
        "select export_on, exporter, sum(bits) from core.placed_traffic_bins group by all order by all"
    ) == query(
        "select export_on, exporter, sum(bits) from core.conservation where reason = 'published' "
        "group by all order by all"
    )


def test_addresses_hold_the_bits_of_the_bins(query: Query) -> None:
    grain = "event_on, network_key, region, direction, ip_version, sampling_interval"
    assert query(f"select {grain}, sum(bits) from core.placed_traffic_bins group by all order by all") == query(
        f"select {grain}, sum(bits) from core.placed_peer_address_days group by all order by all"
    )


def test_a_day_built_again_has_the_same_rows_and_no_other_day_is_touched(core_rebuilt: dict[str, Rows]) -> None:
    assert core_rebuilt["after"] == core_rebuilt["before"]
    assert len(core_rebuilt["before"]) > 100
