"""Which sampling interval was in force when a record was exported, however its datagrams are filed."""

import ipaddress
import struct
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path

import pytest

from assets.exports.formats import DecoderState, decode_files
from tests.formats.decoding import decode
from tests.formats.encoder import CLOCK, flow_set, options_template, pcap, template, v5, v5_record, v9

ENDS = ipaddress.ip_address("198.51.100.7").packed + ipaddress.ip_address("203.0.113.9").packed
FIELDS = [(8, 4), (12, 4), (1, 4)]
LAYOUTS = template(256, FIELDS), options_template(300, [(1, 4)], [(34, 4)])
HOUR = 3600
EACH = ("bytes", "sampling_interval", "sampling_source")
Intervals = list[tuple[object, ...]]


def flows(hour: int) -> bytes:
    """A record whose bytes tell the hour it was exported in."""
    return flow_set(256, ENDS + struct.pack(">I", hour))


def telling(interval: int) -> bytes:
    return flow_set(300, struct.pack(">II", 0, interval))


def at(hour: int, *sets: bytes, sequence: int | None = None) -> bytes:
    return v9(*sets, seconds=CLOCK + hour * HOUR, sequence=hour if sequence is None else sequence)


def a_change_at_noon() -> list[bytes]:
    """Records before anything is told; 1,000 from 9 o'clock on, 100 from noon on, told again at 15."""
    return [
        at(8, *LAYOUTS, flows(8)),
        at(9, telling(1000), flows(9)),
        at(11, flows(11)),
        at(12, telling(100)),
        at(13, flows(13)),
        at(15, telling(100), flows(15)),
    ]


CHANGED_AT_NOON: Intervals = [
    (8, 1000.0, "options told later"),
    (9, 1000.0, "options"),
    (11, 1000.0, "options"),
    (13, 100.0, "options"),
    (15, 100.0, "options"),
]


def decoded(folder: Path, *files: Sequence[bytes]) -> Intervals:
    """The intervals of all records of files that are read with one state, by the hour of export."""
    paths = []
    for number, payloads in enumerate(files):
        paths.append(folder / f"{number}.pcap")
        paths[-1].write_bytes(pcap(*payloads))
    rows = [row for batch in decode_files(paths, DecoderState()) for row in batch.to_pylist()]
    return sorted(tuple(row[name] for name in EACH) for row in rows)


def test_a_change_at_noon_leaves_the_morning_as_it_was(tmp_path: Path) -> None:
    assert decoded(tmp_path, a_change_at_noon()) == CHANGED_AT_NOON


@pytest.mark.parametrize("cut", range(1, 6))
def test_the_same_in_two_files_in_either_order(tmp_path: Path, cut: int) -> None:
    sent = a_change_at_noon()
    assert decoded(tmp_path, sent[:cut], sent[cut:]) == CHANGED_AT_NOON
    assert decoded(tmp_path, sent[cut:], sent[:cut]) == CHANGED_AT_NOON


def test_the_same_in_any_order_in_a_file(tmp_path: Path) -> None:
    for order in list(permutations(a_change_at_noon()))[::37]:
        assert decoded(tmp_path, order) == CHANGED_AT_NOON


def test_the_same_in_two_days(tmp_path: Path) -> None:
    sent = a_change_at_noon()
    _, monday = decode(tmp_path, pcap(*sent[:3]))
    rows, _ = decode(tmp_path, pcap(*sent[3:]), DecoderState.from_bytes(monday.to_bytes()))
    assert [tuple(row[name] for name in EACH) for row in rows] == CHANGED_AT_NOON[3:]


def test_what_a_datagram_tells_behind_its_records_counts_for_them(tmp_path: Path) -> None:
    sent = at(8, *LAYOUTS, telling(1000)), at(9, flows(9), telling(100))
    assert decoded(tmp_path, sent) == [(9, 100.0, "options")]


def test_within_a_second_the_sequence_says_what_came_first(tmp_path: Path) -> None:
    told = at(8, *LAYOUTS, telling(1000), sequence=1), at(8, flows(1), sequence=2), at(8, telling(100), sequence=3)
    sent = *told, at(8, flows(2), sequence=4)
    expected: Intervals = [(1, 1000.0, "options"), (2, 100.0, "options")]
    assert all(decoded(tmp_path, order) == expected for order in permutations(sent))


def test_what_a_record_says_itself_comes_before_what_options_told(tmp_path: Path) -> None:
    own = flow_set(257, ENDS + struct.pack(">III", 9, 64, 0)), flow_set(257, ENDS + struct.pack(">III", 10, 0, 0))
    layout = template(257, [*FIELDS, (34, 4), (50, 4)])
    sent = at(8, *LAYOUTS, layout, telling(1000)), at(9, *own)
    assert decoded(tmp_path, sent) == [(9, 64.0, "record"), (10, 1000.0, "options")]


def test_the_header_of_v5_says_it_for_its_own_records(tmp_path: Path) -> None:
    sent = v5(v5_record(octets=1), interval=0x4064), v5(v5_record(octets=2), interval=0x400A, sequence=1)
    assert decoded(tmp_path, sent) == [(1, 100.0, "header"), (2, 10.0, "header")]


def test_an_interval_that_is_told_for_a_while_between_two_others(tmp_path: Path) -> None:
    """What is told again and again, and something else between: read in the order of sending, or not."""
    told = [at(8, *LAYOUTS, telling(10)), at(9, telling(20)), at(10, telling(10)), at(12, telling(10))]
    sent = [*told, *(at(hour, flows(hour), sequence=100 + hour) for hour in (8, 9, 10, 11, 12))]
    expected: Intervals = [(hour, 20.0 if hour == 9 else 10.0, "options") for hour in (8, 9, 10, 11, 12)]
    assert decoded(tmp_path, sent) == expected
    assert decoded(tmp_path, sent[::-1]) == expected
    assert decoded(tmp_path, [sent[0], sent[3], *sent[4:], sent[1], sent[2]]) == expected


def test_what_was_told_earlier_and_comes_later_is_in_force(tmp_path: Path) -> None:
    """The same interval, told before a record and behind it: in force, also where the later telling is read first."""
    early, late = at(2, telling(100)), at(7, telling(100))
    assert decoded(tmp_path, [at(1, *LAYOUTS)], [at(3, flows(3)), late], [early]) == [(3, 100.0, "options")]
