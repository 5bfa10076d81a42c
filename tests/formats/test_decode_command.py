"""`netstats decode`: what it prints, and how it ends."""

import json
import struct
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from orchestration.commands.decode import decode_command
from tests.formats.encoder import CLOCK, flow_set, pcap, template, v5, v5_record, v9

FLOW = {
    "type": "flow",
    "exporter": "192.0.2.1",
    "observation_domain": 0,
    "flow_protocol": "netflow_v5",
    "src_addr": "198.51.100.7",
    "dst_addr": "203.0.113.9",
    "src_port": 443,
    "dst_port": 50000,
    "protocol": 6,
    "tcp_flags": 27,
    "tos": 8,
    "bytes": 1500,
    "packets": 3,
    "start_ms": (CLOCK - 10) * 1000,
    "end_ms": (CLOCK - 5) * 1000,
    "in_if": 11,
    "out_if": 12,
    "src_as": 64496,
    "dst_as": 64497,
    "src_mask": 24,
    "dst_mask": 25,
    "next_hop": "192.0.2.254",
    "vlan": None,
    "sampling_interval": 100,
    "sampling_source": "header",
}
SUMMARY = {
    "type": "summary",
    "datagrams": 1,
    "malformed_datagrams": 0,
    "data_records": 1,
    "option_records": 0,
    "flow_samples": 0,
    "counter_samples": 0,
    "flows": 1,
    "undecoded_sets": 0,
    "templates": 0,
}


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    path = tmp_path / "exports.pcap"
    path.write_bytes(pcap(v5(v5_record(), interval=100)))
    return path


def test_ndjson_has_a_line_a_flow_and_the_summary_last(
    exports: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert decode_command([exports], None, "ndjson", None) == 0
    lines = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    assert lines == [FLOW, SUMMARY]


def test_parquet_goes_to_a_file_that_is_whole_or_not_there(exports: Path, tmp_path: Path) -> None:
    out = tmp_path / "flows.parquet"
    assert decode_command([exports], None, "parquet", out) == 0
    assert pq.read_table(out)["bytes"].to_pylist() == [1500]
    (tmp_path / "text").write_text("hello", encoding="utf-8")
    other = tmp_path / "other.parquet"
    assert decode_command([tmp_path / "text"], None, "parquet", other) == 2
    assert not other.exists()


def test_the_table_is_for_people(exports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert decode_command([exports], None, "table", None) == 0
    printed = capsys.readouterr().out
    assert "1500" in printed
    assert "data_records 1" in printed


@pytest.mark.parametrize("content", [b"hello", b"", None])
def test_what_is_no_export_ends_with_two_and_one_line(
    tmp_path: Path, content: bytes | None, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "notes.txt"
    if content is not None:
        path.write_bytes(content)
    assert decode_command([path], None, "ndjson", None) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "notes.txt" in line


def test_a_file_holds_what_the_last_reading_gave_where_a_template_came_late(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    ends, counters = [(8, 4), (12, 4)], struct.pack(">II", 7, 9)
    known, late = template(256, [*ends, (1, 4), (2, 4)]), template(257, [*ends, (2, 4), (1, 4)])
    sets = [known, *(flow_set(number, bytes(8) + counters) for number in (256, 257)), late]
    exports = tmp_path / "late.pcap"
    exports.write_bytes(pcap(*(v9(one, sequence=number) for number, one in enumerate(sets))))
    for output_format in ("ndjson", "parquet"):
        assert decode_command([exports], None, output_format, tmp_path / output_format) == 0
    table = pq.read_table(tmp_path / "parquet")
    assert list(zip(*(table[name].to_pylist() for name in ("bytes", "packets")), strict=True)) == [(7, 9), (9, 7)]
    assert decode_command([exports], None, "ndjson", None) == 0
    assert (tmp_path / "ndjson").read_bytes() == capfdbinary.readouterr().out
