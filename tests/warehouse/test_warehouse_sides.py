"""Which way a record went, whether it is counted at all, and for which one reason it is not."""

from collections.abc import Callable

import pytest
from warehouse_cases import BOTH, MOVED, SLOW, Query
from world import EXTERNAL, INTERNAL, moment, record

UNKNOWN = 99
ROLELESS = 6
OURS, OURS_TOO, THEIRS, THEIRS_TOO = "192.0.2.1", "192.0.2.2", "20.20.0.1", "20.20.0.2"
Apart = Callable[[str], dict[str, tuple[int, int]]]

# in_if, out_if, source, destination, side; each on a day of its own from 2025-11-01.
SIDES = [
    (EXTERNAL, INTERNAL, THEIRS, OURS, "ingress"),
    (INTERNAL, EXTERNAL, OURS, THEIRS, "egress"),
    (EXTERNAL, EXTERNAL, THEIRS, THEIRS_TOO, "transit"),
    (INTERNAL, INTERNAL, OURS, OURS_TOO, "internal"),
    (EXTERNAL, INTERNAL, OURS, OURS_TOO, "ingress"),
    (EXTERNAL, UNKNOWN, OURS, THEIRS, "ingress"),
    (UNKNOWN, EXTERNAL, THEIRS, OURS, "egress"),
    (INTERNAL, UNKNOWN, OURS, THEIRS, "egress"),
    (UNKNOWN, INTERNAL, THEIRS, OURS, "ingress"),
    (UNKNOWN, UNKNOWN, THEIRS, OURS, "ingress"),
    (UNKNOWN, UNKNOWN, OURS, THEIRS, "egress"),
    (UNKNOWN, UNKNOWN, OURS, OURS_TOO, "internal"),
    (UNKNOWN, UNKNOWN, THEIRS, THEIRS_TOO, "transit"),
    (ROLELESS, ROLELESS, THEIRS, OURS, "ingress"),
    (None, None, OURS, THEIRS, "egress"),
]
NOON = "12:00:00"


def day_of(case: int) -> str:
    return f"2025-11-{case + 1:02}"


def both(day: str, way: str, metering_direction: int | None, octets: int, **columns: object) -> dict[str, object]:
    return record(
        f"{day} {NOON}",
        "20.21.0.1",
        way=way,
        exporter=BOTH,
        bytes=octets,
        metering_direction=metering_direction,
        **columns,
    )


RECORDS = [
    *(
        record(f"{day_of(case)} {NOON}", THEIRS, in_if=in_if, out_if=out_if, src_addr=source, dst_addr=destination)
        for case, (in_if, out_if, source, destination, _) in enumerate(SIDES)
    ),
    both("2025-11-20", "ingress", 0, 1),
    both("2025-11-20", "ingress", 1, 2),
    both("2025-11-20", "egress", 0, 4),
    both("2025-11-20", "egress", 1, 8),
    both("2025-11-21", "ingress", None, 1),
    both("2025-11-21", "ingress", 0, 2, out_if=EXTERNAL),
    both("2025-11-21", "ingress", 1, 4, out_if=EXTERNAL),
    # The exporter meters at ingress only: a direction told by the metering point sets nothing apart.
    record(f"2025-11-22 {NOON}", THEIRS, metering_direction=1, bytes=16),
    # Active timeout 300 s and 300 s of tolerance: 600 s before the export are still believed, a millisecond more not.
    record(f"2025-11-23 {NOON}", THEIRS, bytes=1, received_at=moment("2025-11-23 12:10:00")),
    record("2025-11-23 11:59:59.999", THEIRS, bytes=2, received_at=moment("2025-11-23 12:10:00")),
    record(f"2025-11-24 {NOON}", THEIRS, bytes=1, seconds=600, received_at=moment("2025-11-24 12:05:00")),
    record(f"2025-11-24 {NOON}", THEIRS, bytes=2, seconds=600.001, received_at=moment("2025-11-24 12:05:00")),
    record(f"2025-11-25 {NOON}", THEIRS, bytes=4, seconds=-1),
    # The first reason that applies is the one: implausible, one of two, transit or internal, window, sampling.
    both("2025-11-26", "ingress", 1, 1, seconds=-1, out_if=EXTERNAL, sampling_interval=None),
    both("2025-11-26", "ingress", 1, 2, out_if=EXTERNAL, sampling_interval=None),
    both("2025-11-26", "ingress", 0, 4, out_if=EXTERNAL, sampling_interval=None),
    both("2025-11-26", "ingress", 0, 8, sampling_interval=None),
    record("2025-09-20 23:50:00", THEIRS, exporter=SLOW, bytes=1, received_at=moment("2025-09-21 00:00:00")),
    record(
        "2025-09-20 23:50:00",
        THEIRS,
        exporter=SLOW,
        bytes=2,
        sampling_interval=None,
        received_at=moment("2025-09-21 00:00:00"),
    ),
    record(
        "2025-09-20 23:50:00",
        THEIRS,
        exporter=SLOW,
        bytes=4,
        out_if=EXTERNAL,
        received_at=moment("2025-09-21 00:00:00"),
    ),
    # Half of it lies before the tracking began.
    record("2025-09-20 23:55:00", "20.22.0.1", exporter=SLOW, seconds=600, bytes=1001),
    # Exporter and interface rows hold for the days of their validity.
    record("2025-10-14 23:59:00", "20.23.0.1", exporter=MOVED, seconds=30, sampling_interval=None, bytes=1),
    record(
        "2025-10-15 00:00:00", "20.23.0.1", way="egress", exporter=MOVED, in_if=1, out_if=2,
        seconds=30, sampling_interval=None, bytes=1,
    ),
    record(
        "2025-10-14 23:59:30", "20.24.0.1", exporter=MOVED, in_if=2, out_if=1,
        seconds=60, sampling_interval=None, bytes=2,
    ),
    record(
        "2025-10-14 23:59:00", "20.26.0.1", exporter=MOVED, seconds=30, sampling_interval=None, bytes=2,
        received_at=moment("2025-10-15 00:01:00"),
    ),
    record(f"2025-11-27 {NOON}", "20.25.0.1", exporter="198.51.100.99", in_if=1, out_if=2),
]  # fmt: skip


@pytest.mark.parametrize("case", range(len(SIDES)))
def test_side(query: Query, apart: Apart, case: int) -> None:
    *_, side = SIDES[case]
    reason = "published" if side in ("ingress", "egress") else side
    assert apart(day_of(case)) == {reason: (1, 1000)}
    directions = query("select distinct direction from core.placed_traffic_bins where export_on = ?", day_of(case))
    assert directions == ([(side,)] if reason == "published" else [])


def test_of_two_meterings_the_one_where_traffic_crosses_the_boundary_is_kept(apart: Apart) -> None:
    assert apart("2025-11-20") == {"published": (2, 1 + 8), "kept_one_of_two": (2, 2 + 4)}


def test_of_transit_the_ingress_metered_one_is_kept_and_an_untold_direction_is_kept(apart: Apart) -> None:
    assert apart("2025-11-21") == {"published": (1, 1), "transit": (1, 2), "kept_one_of_two": (1, 4)}


def test_the_metering_points_direction_means_nothing_where_one_is_metered(apart: Apart) -> None:
    assert apart("2025-11-22") == {"published": (1, 16)}


@pytest.mark.parametrize("day", ["2025-11-23", "2025-11-24"])
def test_times_too_early_or_too_late_are_implausible(apart: Apart, day: str) -> None:
    assert apart(day) == {"published": (1, 1), "implausible_time": (1, 2)}


def test_an_end_before_the_start_is_implausible(apart: Apart) -> None:
    assert apart("2025-11-25") == {"implausible_time": (1, 4)}


def test_a_record_has_the_first_reason_that_applies(apart: Apart) -> None:
    assert apart("2025-11-26") == {
        "implausible_time": (1, 1),
        "kept_one_of_two": (1, 2),
        "transit": (1, 4),
        "unknown_sampling": (1, 8),
    }


def test_before_the_tracking_began_is_outside_whatever_the_sampling(apart: Apart) -> None:
    # Of the 1001 bytes 500 lie before; that record is counted where it begins.
    assert apart("2025-09-21") == {"outside_window": (3, 1 + 2 + 500), "transit": (1, 4), "published": (0, 501)}


def test_only_the_part_of_a_record_before_the_tracking_is_outside(query: Query) -> None:
    bins = query("select bin_at::varchar, bits from core.placed_traffic_bins where network_key = 'as:410022'")
    assert bins == [("2025-09-21 00:00:00", 1001 * 8 // 2)]


def test_exporter_and_interface_rows_hold_for_their_days(query: Query) -> None:
    rows = query(
        "select event_on::varchar, direction, region, interface, sampling_interval from core.placed_traffic_bins "
        "where network_key = 'as:410023' order by all"
    )
    assert rows == [
        ("2025-10-14", "ingress", "us-west", "et-1", 10.0),
        ("2025-10-15", "egress", "us-east", "lag-2", 20.0),
    ]


def test_a_record_over_midnight_has_the_rows_of_the_day_of_its_end(query: Query) -> None:
    """Of an exporter and of an interface that changed at midnight."""
    rows = query(
        "select event_on::varchar, direction, region, interface, sampling_interval, bits from core.placed_traffic_bins "
        "where network_key = 'as:410024' order by all"
    )
    assert rows == [
        ("2025-10-14", "ingress", "us-east", "lag-2", 20.0, 160),
        ("2025-10-15", "ingress", "us-east", "lag-2", 20.0, 160),
    ]


def test_a_record_that_ended_before_midnight_has_that_days_rows_though_exported_after_it(query: Query) -> None:
    rows = query(
        "select event_on::varchar, direction, region, interface, sampling_interval, bits from core.placed_traffic_bins "
        "where network_key = 'as:410026'"
    )
    assert rows == [("2025-10-14", "ingress", "us-west", "et-1", 10.0, 160)]


def test_an_exporter_without_a_row_is_counted_in_an_unknown_region(query: Query) -> None:
    rows = query(
        "select exporter, region, connectivity, direction from core.placed_traffic_bins where origin_as = 410025"
    )
    assert rows == [("198.51.100.99", "unknown", "unknown", "ingress")]
