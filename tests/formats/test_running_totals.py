"""Running totals (IE 85, 86): what a flow carried is told once, over exports, files and days."""

import ipaddress
import struct
from pathlib import Path

from assets.formats import DecoderState
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
