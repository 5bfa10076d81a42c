"""AWS VPC flow logs: lines with and without header, custom formats, Parquet, and rows that are not carried traffic."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.exports.formats import NotAnExport
from tests.formats.collector_files import read, read_path

HEADER = (
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action "
    "log-status\n"
)
ROW = (
    "2 123456789010 eni-1235b8ca123456789 198.51.100.7 172.31.16.21 443 20641 6 20 4249 1754395190 1754395250 "
    "ACCEPT OK\n"
)
REJECTED = ROW.replace("ACCEPT", "REJECT")
NODATA = "2 123456789010 eni-1235b8ca123456789 - - - - - - - 1754395190 1754395250 - NODATA\n"
SKIPDATA = "2 123456789010 eni-11111111aaaaaaaaa - - - - - - - 1754395190 1754395250 - SKIPDATA\n"
READ = {
    "source_file": "flows.txt", "flow_protocol": "vpc_flow_logs", "exporter": "::",
    "start_at": "2025-08-05T11:59:50.000+00:00", "end_at": "2025-08-05T12:00:50.000+00:00", "src_addr": "198.51.100.7",
    "dst_addr": "172.31.16.21", "ip_version": 4, "src_port": 443, "dst_port": 20641, "protocol": 6, "bytes": 4249,
    "packets": 20, "sampling_interval": 1.0, "sampling_source": "record",
}  # fmt: skip


@pytest.mark.parametrize("beginning", ["", HEADER])
def test_lines_of_version_2(tmp_path: Path, beginning: str) -> None:
    flows, outcome = read(tmp_path, beginning + ROW + ROW)
    assert flows == [READ, READ]
    assert (outcome.malformed, outcome.problems) == (0, [])


def test_rejected_flows_are_no_carried_traffic_and_skipped_windows_are_loss(tmp_path: Path) -> None:
    flows, outcome = read(tmp_path, HEADER + REJECTED + ROW + NODATA + SKIPDATA + SKIPDATA)
    assert (flows, outcome.malformed) == ([READ], 0)
    assert outcome.problems == [
        "flows.txt: 2 windows (SKIPDATA) were not logged by AWS: their flows are lost",
        "flows.txt: 1 flows were rejected (REJECT) and not carried",
    ]


def test_a_log_without_any_data_is_empty_not_refused(tmp_path: Path) -> None:
    flows, outcome = read(tmp_path, NODATA)
    assert (flows, outcome.problems) == ([], [])


def test_a_custom_format_in_its_own_order(tmp_path: Path) -> None:
    header = "flow-direction pkt-srcaddr srcaddr dstaddr tcp-flags bytes packets start end type log-status\n"
    row = "egress 10.0.0.1 2001:db8::1 2001:db8::2 19 100 1 1754395190 1754395250 IPv6 OK\n"
    flows, outcome = read(tmp_path, header + row + row.replace("egress", "-").replace(" 19 ", " - "))
    assert (flows[0]["src_addr"], flows[0]["ip_version"]) == ("2001:db8::1", 6)
    assert [(flow.get("metering_direction"), flow.get("tcp_flags")) for flow in flows] == [(1, 19), (None, None)]
    assert outcome.malformed == 0


def test_broken_lines_are_counted_and_their_neighbours_kept(tmp_path: Path) -> None:
    flows, outcome = read(tmp_path, HEADER + ROW + ROW[:60] + "\n" + ROW.replace(" 4249 ", " 42x9 ") + ROW)
    assert [flow.get("bytes") for flow in flows] == [4249, None, 4249]
    assert outcome.problems == [
        "flows.txt: 1 lines have not the 14 fields that the header names",
        "flows.txt: 1 values of bytes could not be read",
    ]


def test_the_exporter_is_the_files(tmp_path: Path) -> None:
    (flow,), _ = read(tmp_path, ROW, exporter=bytes(10) + b"\xff\xff" + bytes([192, 0, 2, 77]))
    assert flow["exporter"] == "192.0.2.77"


def test_parquet_as_aws_writes_it(tmp_path: Path) -> None:
    table = pa.table(
        {
            "version": pa.array([2, 2, 2], pa.int32()),
            "interface_id": ["eni-1", "eni-1", "eni-2"],
            "srcaddr": ["198.51.100.7", "198.51.100.7", None],
            "dstaddr": ["172.31.16.21", "172.31.16.21", None],
            "srcport": pa.array([443, 443, None], pa.int32()),
            "dstport": pa.array([20641, 20641, None], pa.int32()),
            "protocol": pa.array([6, 6, None], pa.int32()),
            "packets": pa.array([20, 20, None], pa.int64()),
            "bytes": pa.array([4249, 4249, None], pa.int64()),
            "start": pa.array([1754395190] * 3, pa.int64()),
            "end": pa.array([1754395250] * 3, pa.int64()),
            "action": ["ACCEPT", "REJECT", "-"],
            "log_status": ["OK", "OK", "SKIPDATA"],
        }
    )
    pq.write_table(table, tmp_path / "flows.txt")
    flows, outcome = read_path(tmp_path / "flows.txt")
    assert flows == [READ]
    assert len(outcome.problems) == 2


def test_other_parquet_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": [1]}), tmp_path / "other.parquet")
    with pytest.raises(NotAnExport, match="as AWS VPC flow logs does; have the flow log write srcaddr"):
        read_path(tmp_path / "other.parquet")


def test_parquet_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotAnExport, match="can't be read as Parquet"):
        read(tmp_path, b"PAR1" + bytes(20))


def test_lines_of_something_else_are_refused_where_the_format_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotAnExport, match="names no field with the bytes of a flow"):
        read(tmp_path, "Aug 5 12:00:00 host sshd[1]: accepted\n", format="vpc_flow_logs")
