"""What is common to files of other collectors: recognition, compression, blocks, damage, health."""

import gzip
import json
import lzma
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from assets.exports.formats import DecoderState, decode_files, reason_not_an_export
from assets.exports.formats._collectors import blocks as _collector_blocks
from assets.exports.formats._discovery import file_formats
from tests.formats import test_akvorado, test_goflow2, test_nfdump_text, test_pmacct, test_vpc_flow_logs
from tests.formats.collector_files import read
from tests.formats.encoder import pcap, v5, v5_record

BEGINNINGS = {
    "goflow2": [test_goflow2.line(), '{"SamplerAddress":"192.0.2.1","SrcAddr":"","DstAddr":"","Bytes":1}\n'],
    "pmacct": [
        test_pmacct.line(),
        "SRC_IP,DST_IP,PACKETS,BYTES\n",
        '{"event_type": "purge_init", "writer_id": "default_kafka/1"}\n',
    ],
    "akvorado": [json.dumps(test_akvorado.ROW), "\t".join(test_akvorado.ROW) + "\n"],
    "nfdump_text": [
        test_nfdump_text.HEADER_1_7,
        "firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes,flows\n",
        json.dumps([test_nfdump_text.RECORD], indent="\t"),
        json.dumps(test_nfdump_text.OF_IPV6),
    ],
    "vpc_flow_logs": [test_vpc_flow_logs.HEADER, test_vpc_flow_logs.ROW, test_vpc_flow_logs.NODATA, "PAR1\x15\x04"],
}
NONE = [
    "", "\n", "hello world\n", "{}\n", "[]", "{broken", '{"bytes": 1, "src_addr": "192.0.2.1"}\n',
    "date,bytes,packets\n",
    "srcaddr,dstaddr,bytes\n", "2 of 14 words make no flow log and this line is exactly so long ok OK\n",
    '{"type": "FeatureCollection", "features": [{"bytes": 1}]}', "<?xml version='1.0'?>\n", "\x00\x05\x00\x01",
]  # fmt: skip


@pytest.mark.parametrize(("name", "beginning"), [(name, one) for name, all_ in BEGINNINGS.items() for one in all_])
def test_each_beginning_is_of_one_format(name: str, beginning: str) -> None:
    taken = [other for other, one in file_formats().items() if one.begins(beginning.encode()[:4096])]
    assert taken == [name]


@pytest.mark.parametrize("beginning", NONE)
def test_other_files_are_of_none(beginning: str) -> None:
    ours = [file_formats()[name] for name in BEGINNINGS]
    assert not any(one.begins(beginning.encode()) for one in ours)


def test_datagrams_are_of_none() -> None:
    assert not any(file_formats()[name].begins(pcap(v5(v5_record()))) for name in BEGINNINGS)


def test_a_collectors_file_is_an_export_by_its_beginning(tmp_path: Path) -> None:
    (tmp_path / "flows.json").write_text(test_goflow2.line())
    (tmp_path / "other.json").write_text("{}\n")
    assert reason_not_an_export(tmp_path / "flows.json") is None
    assert "begins with" in (reason_not_an_export(tmp_path / "other.json") or "")


@pytest.mark.parametrize("compress", [gzip.compress, lzma.compress])
def test_compression_around_a_file(tmp_path: Path, compress: Callable[[bytes], bytes]) -> None:
    flows, outcome = read(tmp_path, compress(test_goflow2.line().encode()))
    assert flows == [test_goflow2.READ]
    assert outcome.malformed == 0


def test_zstd_around_a_file(tmp_path: Path) -> None:
    with pa.output_stream(str(tmp_path / "flows.txt"), compression="zstd") as stream:
        stream.write(test_vpc_flow_logs.ROW.encode())
    flows, _ = read(tmp_path, (tmp_path / "flows.txt").read_bytes())
    assert flows == [test_vpc_flow_logs.READ]


def test_what_came_before_the_damage_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_collector_blocks, "BLOCK_BYTES", 1000)
    whole = gzip.compress("".join(test_goflow2.line(sequence_num=number) for number in range(50)).encode(), 0)
    flows, outcome = read(tmp_path, whole[: len(whole) // 2])
    assert len(flows) == 25
    assert [flow["datagram_sequence"] for flow in flows] == list(range(len(flows)))
    assert (outcome.losses["damaged_compression"], outcome.is_complete) == (1, False)


@pytest.mark.parametrize("block_bytes", [100, 1000, 10_000])
def test_blocks_lose_and_double_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block_bytes: int) -> None:
    monkeypatch.setattr(_collector_blocks, "BLOCK_BYTES", block_bytes)
    ports = list(range(1, 40))
    lines = [test_goflow2.line(src_port=port) for port in ports]
    records = [json.dumps(test_nfdump_text.RECORD | {"src_port": port}, indent="\t") for port in ports]
    rows = [test_vpc_flow_logs.ROW.replace(" 443 ", f" {port} ") for port in ports]
    for content in (
        "".join(lines),
        "[\n" + ",\n".join(records) + "]\n",
        "[" + ",\n".join(line.strip() for line in lines) + "]",
        test_vpc_flow_logs.HEADER + "".join(rows),
        "".join(rows).replace("\n", "\r\n"),
    ):
        flows, outcome = read(tmp_path, content)
        assert [flow["src_port"] for flow in flows] == ports
        assert outcome.malformed == 0


def test_fields_that_only_later_lines_have_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_collector_blocks, "BLOCK_BYTES", 1000)
    told = [test_nfdump_text.RECORD] * 10 + [test_nfdump_text.OF_IPV6] * 10
    flows, _ = read(tmp_path, "\n".join(json.dumps(one) for one in told))
    assert [flow["ip_version"] for flow in flows] == [4] * 10 + [6] * 10


def test_many_broken_lines_among_many_good_ones(tmp_path: Path) -> None:
    lines = [test_goflow2.line(sequence_num=number) if number % 100 else "{broken\n" for number in range(1000)]
    flows, outcome = read(tmp_path, "".join(lines))
    assert [flow["datagram_sequence"] for flow in flows] == [number for number in range(1000) if number % 100]
    assert outcome.malformed == 10


def test_bytes_that_are_no_text_break_one_line_of_json(tmp_path: Path) -> None:
    flows, outcome = read(tmp_path, (test_goflow2.line() * 3).encode().replace(b"198.51.100.7", b"198.51.100.\xff", 1))
    assert flows == [test_goflow2.READ] * 2
    assert outcome.malformed == 1


def test_of_a_field_spelled_twice_the_first_is_read(tmp_path: Path) -> None:
    flows, _ = read(tmp_path, test_goflow2.line(SrcPort=1) + test_goflow2.line())
    assert [flow["src_port"] for flow in flows] == [443, 443]


@pytest.mark.parametrize("value", ["99999999999999999999", "-1", "1e400", "true", "[1]", '"\u0000"', "1.5"])
@pytest.mark.parametrize("field", ["src_port", "proto", "tcp_flags", "src_net", "time_flow_end_ns", "sampling_rate"])
def test_a_value_that_no_such_field_has_breaks_nothing_else(tmp_path: Path, field: str, value: str) -> None:
    odd = json.dumps(test_goflow2.FLOW | {field: "ODD"}).replace('"ODD"', value)
    flows, _ = read(tmp_path, test_goflow2.line() + odd + "\n" + test_goflow2.line())
    assert [flows[0], flows[-1]] == [test_goflow2.READ] * 2


def test_bytes_that_are_no_text_break_one_value_only(tmp_path: Path) -> None:
    content = (test_vpc_flow_logs.HEADER + test_vpc_flow_logs.ROW * 3).encode() + b"odd \xff\n"
    flows, outcome = read(tmp_path, content.replace(b"198.51.100.7", b"198.51.100.\xff", 1))
    assert [flow.get("src_addr") for flow in flows] == [None, "198.51.100.7", "198.51.100.7"]
    assert outcome.malformed == 2


def test_flows_are_the_health_of_their_exporter_in_the_bin_of_their_end(tmp_path: Path) -> None:
    later = test_goflow2.line(time_flow_end_ns=1754395200000000000)
    (tmp_path / "flows.json").write_text(test_goflow2.line() * 2 + later)
    state = DecoderState()
    assert sum(batch.num_rows for batch in decode_files([tmp_path / "flows.json"], state)) == 3
    bins = state.health_table(date(2025, 8, 5)).to_pylist()
    assert [(one["flow_protocol"], one["bin_at"].isoformat(), one["data_records"]) for one in bins] == [
        ("netflow_v9", "2025-08-05T11:55:00+00:00", 2),
        ("netflow_v9", "2025-08-05T12:00:00+00:00", 1),
    ]
    assert state.summary().flows == 3


MARK = b"\xef\xbb\xbf"
MARKED = {
    "goflow2": test_goflow2.line(),
    "pmacct": test_pmacct.line(),
    "pmacct after a purge": '{"event_type": "purge_init", "writer_id": "a/1"}\n' + test_pmacct.line(),
    "akvorado": json.dumps(test_akvorado.ROW) + "\n",
    "nfdump": json.dumps(test_nfdump_text.OF_IPV6) + "\n",
    "nfdump, an array": "[" + json.dumps(test_nfdump_text.RECORD, indent="\t") + "]\n",
    "vpc": test_vpc_flow_logs.ROW,
    "vpc with a header": test_vpc_flow_logs.HEADER + test_vpc_flow_logs.ROW,
}


@pytest.mark.parametrize("text", MARKED.values(), ids=list(MARKED))
def test_a_byte_order_mark_changes_nothing(tmp_path: Path, text: str) -> None:
    """Also where files that begin with one were joined."""
    plain, before = read(tmp_path, text)
    marked, outcome = read(tmp_path, MARK + text.encode())
    assert (marked, outcome.problems, outcome.malformed) == (plain, before.problems, 0)
    assert len(plain) == 1
    if text.startswith("{"):
        joined, outcome = read(tmp_path, (MARK + text.encode()) * 2)
        assert (joined, outcome.malformed) == (plain * 2, 0)


@pytest.mark.parametrize("coding", ["utf-16-le", "utf-16-be"])
def test_text_in_utf_16_is_refused_by_name(tmp_path: Path, coding: str) -> None:
    (tmp_path / "flows.json").write_bytes(("\ufeff" + test_goflow2.line()).encode(coding))
    told = reason_not_an_export(tmp_path / "flows.json")
    assert told == "is text in UTF-16; write it in UTF-8 (iconv -f UTF-16 -t UTF-8)"
