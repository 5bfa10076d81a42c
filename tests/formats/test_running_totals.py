"""Running totals (IE 85, 86): what a flow carried is told once, over exports, files and days."""

import ipaddress
import struct
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.exports.formats import DecoderState, _totals
from tests.formats.decoding import decode
from tests.formats.encoder import CLOCK, flow_set, pcap, template, v9

FIELDS = [(8, 4), (12, 4), (7, 2), (85, 8), (86, 8), (150, 4), (151, 4)]


def total(octets: int, packets: int, began: int, ended: int, port: int = 443) -> bytes:
    ends = ipaddress.ip_address("198.51.100.7").packed + ipaddress.ip_address("203.0.113.9").packed
    return ends + struct.pack(">HQQII", port, octets, packets, CLOCK + began, CLOCK + ended)


def told(rows: list[dict[str, object]]) -> list[tuple[object, ...]]:
    seconds = [tuple(row[name].timestamp() - CLOCK for name in ("start_at", "end_at")) for row in rows]  # type: ignore[attr-defined]
    return [(row["bytes"], row["packets"], *times) for row, times in zip(rows, seconds, strict=True)]


def exports(*records: bytes) -> bytes:
    sets = [template(256, FIELDS), *(flow_set(256, record) for record in records)]
    return pcap(*(v9(one, sequence=number) for number, one in enumerate(sets)))


def test_each_export_of_a_flow_adds_what_it_grew_by(tmp_path: Path) -> None:
    content = exports(total(1000, 10, 0, 60), total(1500, 14, 0, 120), total(1500, 14, 0, 180))
    rows, _ = decode(tmp_path, content)
    assert told(rows) == [(1000, 10, 0, 60), (500, 4, 60, 120), (0, 0, 120, 180)]


def test_flows_of_other_ports_or_of_another_beginning_are_others(tmp_path: Path) -> None:
    content = exports(total(1000, 10, 0, 60), total(3000, 30, 0, 60, port=80), total(2000, 20, 90, 120))
    rows, _ = decode(tmp_path, content)
    assert told(rows) == [(1000, 10, 0, 60), (3000, 30, 0, 60), (2000, 20, 90, 120)]


def test_totals_that_come_a_day_late_are_part_of_the_later_ones(tmp_path: Path) -> None:
    first, late, last = total(1000, 10, 0, 60), total(1400, 13, 0, 120), total(1500, 14, 0, 180)
    sent = [v9(flow_set(256, one), sequence=number, seconds=CLOCK + number) for number, one in ((1, first), (3, last))]
    rows, state = decode(tmp_path, pcap(v9(template(256, FIELDS)), *sent))
    assert [row["bytes"] for row in rows] == [1000, 500]
    rows, _ = decode(tmp_path, pcap(v9(flow_set(256, late), sequence=2, seconds=CLOCK + 2)), state)
    assert told(rows) == [(0, 0, 0, 120)]


def test_lower_totals_are_those_of_a_new_flow(tmp_path: Path) -> None:
    rows, _ = decode(tmp_path, exports(total(1000, 10, 0, 60), total(400, 4, 0, 120)))
    assert told(rows) == [(1000, 10, 0, 60), (400, 4, 0, 120)]


def test_totals_outlive_their_file_and_day(tmp_path: Path) -> None:
    _, monday = decode(tmp_path, exports(total(1000, 10, 0, 60)))
    tuesday = DecoderState.from_bytes(monday.to_bytes())
    rows, _ = decode(tmp_path, pcap(v9(flow_set(256, total(1700, 16, 0, 120)), sequence=9)), tuesday)
    assert told(rows) == [(700, 6, 60, 120)]


def flows(count: int, octets: int, began: int, ended: int) -> list[bytes]:
    """So many flows, each of a port of its own, told in one datagram each."""
    records = [total(octets, 1, began, ended, port=port) for port in range(count)]
    return [v9(flow_set(256, one), sequence=n, seconds=CLOCK + ended) for n, one in enumerate(records)]


def test_flows_that_are_not_remembered_are_unknown_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve flows told twice, of which ten are remembered: 12 times 1,000 bytes at most, never 24 times."""
    monkeypatch.setattr(_totals, "REMEMBERED_FLOWS", 10)
    sent = [*flows(12, 1000, 0, 60), *flows(12, 2000, 0, 120)]
    rows, state = decode(tmp_path, pcap(v9(template(256, FIELDS)), *sent))
    unknown = [row for row in rows if row["bytes"] is None]
    assert (sum(row["bytes"] or 0 for row in rows), len(rows), len(unknown)) == (11_000, 24, 13)
    assert [row["packets"] for row in unknown] == [None] * 13
    assert state.outcomes[0].losses["forgotten_totals"] == 13


def test_a_flow_that_began_behind_those_forgotten_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_totals, "REMEMBERED_FLOWS", 2)
    sent = [*flows(5, 1000, 0, 60), *flows(1, 700, 61, 120)]
    rows, _ = decode(tmp_path, pcap(v9(template(256, FIELDS)), *sent))
    assert told(rows)[-1] == (700, 1, 61, 120)


@pytest.mark.parametrize(("hours", "octets"), [(11, None), (13, 1000)])
def test_of_flows_that_tell_no_start_any_may_be_one_forgotten_within_half_a_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hours: int, octets: int | None
) -> None:
    monkeypatch.setattr(_totals, "REMEMBERED_FLOWS", 2)
    fields = [(8, 4), (12, 4), (7, 2), (85, 8)]

    def at(port: int, second: int) -> bytes:
        record = total(1000, 0, 0, 0, port=port)[:18]
        return v9(flow_set(256, record), sequence=port, seconds=CLOCK + second)

    sent = [*(at(port, 1) for port in range(4)), at(9, hours * 3600)]
    rows, _ = decode(tmp_path, pcap(v9(template(256, fields)), *sent))
    assert [row["bytes"] for row in rows] == [1000, 1000, 1000, None, octets]


def test_what_is_forgotten_is_so_on_the_next_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_totals, "REMEMBERED_FLOWS", 2)
    _, monday = decode(tmp_path, pcap(v9(template(256, FIELDS)), *flows(4, 1000, 0, 60)))
    rows, tuesday = decode(tmp_path, pcap(*flows(1, 2000, 0, 120)), DecoderState.from_bytes(monday.to_bytes()))
    assert [row["bytes"] for row in rows] == [None]
    assert tuesday.outcomes[0].losses == {"forgotten_totals": 1}


def exported(record: bytes, seconds: int, sender: str = "192.0.2.1") -> bytes:
    return pcap(v9(template(256, FIELDS), flow_set(256, record), seconds=seconds), sender=sender)


@pytest.mark.parametrize("clock", [0, 2**32 - 1], ids=["1970", "2106"])
def test_a_clock_of_another_exporter_does_not_make_totals_be_forgotten(tmp_path: Path, clock: int) -> None:
    """Else all of a flow would be counted once more after each midnight."""
    _, monday = decode(tmp_path, exported(total(1000, 10, 0, 60), CLOCK))
    decode(tmp_path, exported(total(7, 1, 0, 60), clock, sender="192.0.2.66"), monday)
    tuesday = DecoderState.from_bytes(monday.to_bytes())
    rows, _ = decode(tmp_path, exported(total(1700, 16, 0, 120), CLOCK + 60), tuesday)
    assert told(rows) == [(700, 6, 60, 120)]


def test_a_flood_of_flows_does_not_make_later_ones_of_others_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_totals, "REMEMBERED_FLOWS", 2)
    _, monday = decode(tmp_path, exported(total(1000, 10, 0, 60), CLOCK))
    for port in range(4):
        decode(tmp_path, exported(total(7, 1, 0, 60, port), 2**32 - 1, sender="192.0.2.66"), monday)
    tuesday = DecoderState.from_bytes(monday.to_bytes())
    rows, _ = decode(tmp_path, exported(total(1700, 16, 0, 120), CLOCK + 60), tuesday)
    assert [row["bytes"] for row in rows] == [None]
    rows, _ = decode(tmp_path, exported(total(9, 1, 90, 120), CLOCK + 60), tuesday)
    assert [row["bytes"] for row in rows] == [9]


HOUR = 3600
WITHOUT_START = [(8, 4), (12, 4), (7, 2), (85, 8)]
checked = settings(max_examples=60, deadline=None, derandomize=True)


def told_at(second: int, octets: int, port: int = 443, *, has_start: bool = True) -> bytes:
    """What a flow carried until a moment, exported then by itself."""
    if has_start:
        record, layout = total(octets, 1, 0, second, port), (256, FIELDS)
    else:
        record, layout = total(octets, 1, 0, second, port)[:18], (257, WITHOUT_START)
    sets = template(*layout), flow_set(layout[0], record)
    return v9(*sets, sequence=second, seconds=CLOCK + second)


def read_in(folder: Path, days: Sequence[Sequence[bytes]]) -> list[tuple[object, ...]]:
    """The records of datagrams that are filed by these days, and the losses."""
    found, state = list[tuple[object, ...]](), DecoderState()
    for number, datagrams in enumerate(days):
        rows, state = decode(folder, pcap(*datagrams), state)
        found += [(row["src_port"], row["start_at"], row["bytes"], row["packets"]) for row in rows]
        found.append(("lost", sum(one.losses.get("forgotten_totals", 0) for one in state.outcomes)))
        state.end_day(date(2025, 8, 5) + timedelta(days=number))
        state = DecoderState.from_bytes(state.to_bytes())
    lost = sum(int(str(one[1])) for one in found if one[0] == "lost")
    return [*(one for one in found if one[0] != "lost"), ("lost", lost)]


@pytest.mark.parametrize(("hours", "has_start", "octets"), [
    (13, True, 700), (24 * 6, True, 700), (24 * 8, True, 1700), (11, False, 700), (13, False, 1700),
])  # fmt: skip
def test_a_flow_that_was_silent_is_the_same_one_within_a_day_and_over_midnight(
    tmp_path: Path, hours: int, has_start: bool, octets: int
) -> None:
    """For seven days if it tells when it began; else for twelve hours, as its key may then be another flow's."""
    sent = [told_at(60, 1000, has_start=has_start), told_at(60 + hours * HOUR, 1700, has_start=has_start)]
    alike = told_at(59 + hours * HOUR, 5, port=80)
    for days in ([[*sent[:1], alike, sent[1]]], [sent[:1], [alike], sent[1:]], [[sent[0], alike], sent[1:]]):
        assert [one[2] for one in read_in(tmp_path, days)[:-1] if one[0] == 443] == [1000, octets]


@checked
@given(
    told=st.lists(
        st.tuples(st.sampled_from([1, 600, 5 * HOUR, 11 * HOUR, 13 * HOUR, 30 * HOUR, 24 * 7 * HOUR + 1]),
                  st.integers(1, 4), st.booleans(), st.integers(0, 9), st.booleans()),
        min_size=2, max_size=14,
    ),
    remembered=st.integers(1, 5),
)  # fmt: skip
def test_however_days_are_cut_the_records_are_the_same(
    tmp_path_factory: pytest.TempPathFactory, told: list[tuple[int, int, bool, int, bool]], remembered: int
) -> None:
    """Also where more flows are alive than are remembered."""
    folder, second, octets = tmp_path_factory.getbasetemp(), 0, Counter[tuple[int, bool]]()
    datagrams, days = list[bytes](), [list[bytes]()]
    for wait, port, has_start, more, begins_a_day in told:
        second += wait
        octets[port, has_start] += more
        datagrams.append(told_at(second, octets[port, has_start], port, has_start=has_start))
        if begins_a_day:
            days.append([])
        days[-1].append(datagrams[-1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_totals, "REMEMBERED_FLOWS", remembered)
        assert read_in(folder, [day for day in days if day]) == read_in(folder, [datagrams])
