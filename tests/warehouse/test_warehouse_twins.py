"""Which records that were dropped for a twin have one: those of an exporter that meters the same packets twice.

All of it lies before the tracking began, so that nothing of it is in any mart.
"""

from typing import Any

from warehouse_cases import BOTH, A, Query
from world import EXTERNAL, INTERNAL, moment, record

from checks.flow_records import TWINS

NOON = "12:00:00"
IN, OUT = 0, 1


def met(day: str, at: str, metering_direction: int, octets: int = 1000, **columns: Any) -> dict[str, Any]:
    """What comes in, so that of two records the one met at ingress is kept; packets of one conversation."""
    given = {"exporter": BOTH, "src_port": 443, "dst_port": 50_000, "protocol": 6, "seconds": 60, **columns}
    return record(f"{day} {at}", "20.27.0.1", metering_direction=metering_direction, bytes=octets, **given)


RECORDS = [
    met("2025-09-01", NOON, IN, 700),
    met("2025-09-01", NOON, OUT, 701),
    # Softflowd tells the order of two addresses: all that this peer sends would be met at egress.
    met("2025-09-02", NOON, OUT, 1),
    met("2025-09-02", "12:01:00", OUT, 2),
    # [12:00, 12:01) is kept; the first begins with its end, the others overlap it by a millisecond.
    met("2025-09-03", NOON, IN),
    met("2025-09-03", "12:01:00", OUT, 1),
    met("2025-09-03", "12:00:59.999", OUT, 2),
    met("2025-09-03", "11:59:00.001", OUT, 4),
    met("2025-09-03", "11:59:00", OUT, 8),
    # Within a long record, and around two short ones.
    met("2025-09-04", NOON, IN, seconds=240),
    met("2025-09-04", "12:01:00", IN, seconds=10),
    met("2025-09-04", "12:02:00", OUT, 1, seconds=10),
    met("2025-09-04", "11:59:00", OUT, 2, seconds=280),
    # Other packets: each is of another conversation, exporter or metering.
    met("2025-09-05", NOON, IN),
    met("2025-09-05", NOON, OUT, 1, src_port=80),
    met("2025-09-05", NOON, OUT, 2, dst_port=50_001),
    met("2025-09-05", NOON, OUT, 4, protocol=17),
    met("2025-09-05", NOON, OUT, 8, src_addr="20.27.0.2"),
    met("2025-09-05", NOON, OUT, 16, dst_addr="192.0.2.2"),
    met("2025-09-05", NOON, IN, exporter=A, src_port=22),
    met("2025-09-05", NOON, OUT, 32, src_port=22),
    # Both are dropped, the one as coming in, the other as going out: neither is the other's twin.
    met("2025-09-06", NOON, OUT, 1),
    met("2025-09-06", NOON, IN, 2, in_if=INTERNAL, out_if=EXTERNAL),
    # One packet, met twice a millisecond apart.
    met("2025-09-07", NOON, IN, seconds=0),
    met("2025-09-07", "12:00:00.001", OUT, seconds=0),
    # Of 19 sampled packets the other metering may have missed all, of 20 hardly.
    met("2025-09-08", NOON, OUT, 1, sampling_interval=1000.0, packets=19),
    met("2025-09-08", NOON, OUT, 2, sampling_interval=1000.0, packets=20),
    met("2025-09-08", NOON, OUT, 4, sampling_interval=1000.0, packets=19_000, is_scaled=True),
    met("2025-09-08", NOON, OUT, 8, sampling_interval=None, packets=20),
    met("2025-09-08", NOON, OUT, 16, sampling_interval=None, packets=19),
    # What is met until 23:50 is exported by midnight, after an active timeout of 300 s and a tolerance of 300 s.
    met("2025-09-09", "23:48:59.999", OUT, 1),
    met("2025-09-09", "23:49:00", OUT, 2),
    met("2025-09-09", "00:00:00", OUT, 4),
    met("2025-09-08", "23:59:59.999", OUT, 8, received_at=moment("2025-09-09 00:01:00")),
    # Times that can't be right make no twin.
    met("2025-09-10", NOON, OUT, 1),
    met("2025-09-10", NOON, IN, received_at=moment("2025-09-10 13:00:00")),
    # A direction that is neither of the two is none, and nothing is dropped for it.
    met("2025-09-11", NOON, 2),
]


def twins(query: Query, day: str) -> list[tuple[int, int, int, int]]:
    return query(
        "select records_dropped, bytes_dropped::int, bytes_judged::int, bytes_without_twin::int "
        "from core.metering_twins where exporter = ? and export_on = ?",
        BOTH,
        day,
    )


def test_a_record_met_twice_has_its_twin(query: Query) -> None:
    assert twins(query, "2025-09-01") == [(1, 701, 701, 0)]


def test_a_record_met_once_has_none(query: Query) -> None:
    assert twins(query, "2025-09-02") == [(2, 3, 3, 3)]


def test_a_twin_overlaps_in_time(query: Query) -> None:
    assert twins(query, "2025-09-03") == [(4, 15, 15, 1 + 8)]
    assert twins(query, "2025-09-04") == [(2, 3, 3, 0)]


def test_a_twin_has_the_same_exporter_addresses_ports_and_protocol(query: Query) -> None:
    assert twins(query, "2025-09-05") == [(6, 63, 63, 63)]


def test_what_is_dropped_itself_is_no_twin(query: Query) -> None:
    assert twins(query, "2025-09-06") == [(2, 3, 3, 3)]
    assert twins(query, "2025-09-10") == [(1, 1, 1, 1)]


def test_a_single_packet_is_met_twice_a_little_apart(query: Query) -> None:
    assert twins(query, "2025-09-07") == [(1, 1000, 1000, 0)]


def test_only_what_must_have_been_seen_twice_is_judged(query: Query) -> None:
    assert twins(query, "2025-09-08") == [(5, 31, 2 + 8, 2 + 8)]


def test_around_midnight_the_twin_may_be_of_another_day(query: Query) -> None:
    assert twins(query, "2025-09-09") == [(4, 15, 1 + 4, 1 + 4)]


def test_an_unknown_metering_direction_drops_nothing(query: Query) -> None:
    assert twins(query, "2025-09-11") == []
    assert query("select reason from core.conservation where export_on = '2025-09-11'") == [("outside_window",)]


def test_what_was_dropped_is_what_conservation_says(query: Query) -> None:
    assert query(
        "select export_on, exporter, records_dropped, bytes_dropped from core.metering_twins order by all"
    ) == (
        query(
            "select export_on, exporter, records, bytes_as_exported from core.conservation "
            "where reason = 'kept_one_of_two' order by all"
        )
    )


def test_the_check_holds_the_share_without_a_twin_by_exporter_and_day(query: Query) -> None:
    """Of all exporters and days, also of those that drop nothing: no row at all would fail."""
    shares = {(day, exporter): share for day, exporter, share in query(TWINS)}
    assert (shares["2025-09-01", BOTH], shares["2025-09-02", BOTH], shares["2025-09-08", BOTH]) == (0, 1, 1)
    assert shares["2025-09-03", BOTH] == 9 / 15
    assert {share for (_, exporter), share in shares.items() if exporter != BOTH} == {0}
