"""Akvorado: rows of its ClickHouse table in several of ClickHouse's formats, and the outlet's JSON."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.exports.formats import NotAnExport
from tests.formats.collector_files import read, read_path

ROW: dict[str, Any] = {
    "TimeReceived": "2025-08-05 12:00:00", "SamplingRate": "1000", "ExporterAddress": "::ffff:192.0.2.1",
    "ExporterName": "edge1", "SrcAddr": "::ffff:198.51.100.7", "DstAddr": "2001:db8::9", "SrcNetMask": 24,
    "DstNetMask": 0, "SrcAS": 64496, "DstAS": 0, "InIfName": "et-0/0/1", "OutIfName": "ae1", "InIfBoundary": "external",
    "EType": 2048, "Proto": 6, "SrcPort": 443, "DstPort": 50000, "Bytes": "1500", "Packets": "3",
    "FlowDirection": "undefined", "DstASPath": [64496],
}  # fmt: skip
READ = {
    "source_file": "flows.txt", "flow_protocol": "akvorado", "exporter": "192.0.2.1",
    "received_at": "2025-08-05T12:00:00.000+00:00", "src_addr": "198.51.100.7", "dst_addr": "2001:db8::9",
    "ip_version": 4, "src_port": 443, "dst_port": 50000, "protocol": 6, "bytes": 1500, "packets": 3,
    "sampling_interval": 1000.0, "sampling_source": "record", "src_as": 64496, "src_mask": 24,
}  # fmt: skip


def test_json_each_row(tmp_path: Path) -> None:
    flows, outcome = read(tmp_path, json.dumps(ROW))
    assert flows == [READ]
    assert outcome.malformed == 0


def test_numbers_may_be_unquoted_and_directions_told(tmp_path: Path) -> None:
    unquoted = ROW | {"Bytes": 1500, "Packets": 3, "SamplingRate": 1000}
    rows = (unquoted | {"FlowDirection": way} for way in ("ingress", "egress"))
    flows, _ = read(tmp_path, "\n".join(json.dumps(row) for row in rows))
    assert flows == [READ | {"metering_direction": 0}, READ | {"metering_direction": 1}]


@pytest.mark.parametrize(("separator", "quote"), [(",", '"'), ("\t", "")])
def test_csv_and_tsv_with_names(tmp_path: Path, separator: str, quote: str) -> None:
    told = {name: value for name, value in ROW.items() if name != "DstASPath"}
    lines = (told.keys(), told.values(), (ROW | {"Bytes": "40"} | told).values())
    text = "\n".join(separator.join(f"{quote}{value}{quote}" for value in [*line][: len(told)]) for line in lines)
    flows, outcome = read(tmp_path, text)
    assert flows == [READ, READ]
    assert outcome.malformed == 0


def test_parquet_is_read_where_the_source_names_the_format(tmp_path: Path) -> None:
    table = pa.table(
        {
            "TimeReceived": pa.array([1754395200], pa.uint32()),
            "SamplingRate": pa.array([1000], pa.uint64()),
            "ExporterAddress": pa.array([bytes(10) + b"\xff\xff" + bytes([192, 0, 2, 1])], pa.binary(16)),
            "SrcAddr": pa.array(["::ffff:198.51.100.7"]).dictionary_encode(),
            "DstAddr": pa.array([b"2001:db8::9"], pa.binary()),
            "Bytes": pa.array([1500], pa.uint64()),
        }
    )
    pq.write_table(table, tmp_path / "flows.txt")
    (flow,), _ = read_path(tmp_path / "flows.txt", format="akvorado")
    assert flow == {name: READ[name] for name in flow}
    assert {"received_at", "exporter", "src_addr", "dst_addr", "sampling_interval"} <= flow.keys()


def test_the_outlets_json_has_interfaces_and_seconds(tmp_path: Path) -> None:
    told = {
        "TimeReceived": 1754395200, "SamplingRate": 1000, "ExporterAddress": "::ffff:192.0.2.1", "InIf": 10, "OutIf": 0,
        "SrcVlan": 5, "SrcAddr": "::ffff:198.51.100.7", "DstAddr": "2001:db8::9", "NextHop": "", "SrcAS": 64496,
        "DstAS": 0, "SrcNetMask": 24, "DstNetMask": 0, "Bytes": 1500, "Packets": 3,
    }  # fmt: skip
    (flow,), _ = read(tmp_path, json.dumps(told))
    ports = {"src_port", "dst_port", "protocol"}
    assert flow == {name: READ[name] for name in READ.keys() - ports} | {"in_if": 10, "vlan": 5}


def test_flows_without_bytes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NotAnExport, match="as Akvorado does; select TimeReceived, ExporterAddress"):
        read(tmp_path, json.dumps({"TimeReceived": 1754395200, "OtherColumns": None}), format="akvorado")
