"""What is clearly something else is refused by its name, with the way to convert it, in one line."""

import bz2
import gzip
import io
import json
import tarfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.exports.formats import DecoderState, NotAnExport, decode_files, reason_not_an_export
from assets.exports.formats._foreign import what_else
from tests.formats import nfcapd_encoder as nfcapd
from tests.formats import test_collector_files
from tests.formats.encoder import pcap, v5, v5_record

TUPLE = "1487282492,185.170.185.105,10.2.0.4,35370,23,T,I,D,B,,,,"
NSG = {
    "records": [
        {
            "time": "2017-02-16T22:00:32.8950000Z",
            "category": "NetworkSecurityGroupFlowEvent",
            "operationName": "NetworkSecurityGroupFlowEvents",
            "properties": {"Version": 2, "flows": [{"rule": "a", "flows": [{"mac": "000D", "flowTuples": [TUPLE]}]}]},
        }
    ]
}
VNET = {
    "records": [
        {
            "time": "2022-09-14T09:00:52.5625085Z",
            "flowLogVersion": 4,
            "category": "FlowLogFlowEvent",
            "flowLogResourceID": "/SUBSCRIPTIONS/0/RESOURCEGROUPS/A",
            "flowRecords": {"flows": []},
        }
    ]
}
GOOGLE = {
    "insertId": "1",
    "jsonPayload": {"bytes_sent": "1776", "connection": {"src_ip": "10.0.0.2", "dest_ip": "203.0.113.9"}},
    "logName": "projects/a/logs/compute.googleapis.com%2Fvpc_flows",
}


def archived(name: str) -> bytes:
    """A capture in an archive of this kind."""
    content, written = pcap(v5(v5_record())), io.BytesIO()
    if name == "zip":
        with zipfile.ZipFile(written, "w") as archive:
            archive.writestr("exports.pcap", content)
    else:
        with tarfile.open(fileobj=written, mode="w") as archive:
            member = tarfile.TarInfo("exports.pcap")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return written.getvalue()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xde\xad\xbe\xef\x00\x16\x0c\x00" + bytes(100), "is a SiLK file; convert it with rwsilk2ipfix"),
        (b"\x83\x10\x00\x20" + bytes(4) + b"\xe5\x71\x2d\xcb" + bytes(100), "is an Argus file; write it with ra -n"),
        (json.dumps(NSG).encode(), "is a flow log of Azure (NSG or virtual network); write its flows as lines"),
        (json.dumps(VNET, indent=2).encode(), "is a flow log of Azure (NSG or virtual network); write its flows as"),
        (json.dumps(GOOGLE).encode() + b"\n", "is a VPC flow log of Google Cloud; write its flows as lines"),
        (json.dumps([GOOGLE], indent=2).encode(), "is a VPC flow log of Google Cloud; write its flows as lines"),
        (archived("tar"), "is a tar archive; unpack it first (tar -xf)"),
        (gzip.compress(archived("tar")), "is a tar archive; unpack it first (tar -xf)"),
        (bz2.compress(archived("tar")), "is a tar archive; unpack it first (tar -xf)"),
        (archived("zip"), "is a zip archive; unpack it first (unzip)"),
        (b"7z\xbc\xaf\x27\x1c\0\4", "is a 7z archive; unpack it first (7z x)"),
    ],
    ids=["SiLK", "Argus", "NSG", "VNet", "Google", "Google array", "tar", "tar.gz", "tar.bz2", "zip", "7z"],
)
def test_another_tool_s_file_is_named(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "flows"
    path.write_bytes(content)
    assert (reason_not_an_export(path) or "").startswith(told)
    with pytest.raises(NotAnExport) as raised:
        list(decode_files([path], DecoderState()))
    assert str(raised.value).startswith(f"{path}: {told}")
    assert "\n" not in str(raised.value)


def test_layout_1_of_nfcapd_names_its_conversion(tmp_path: Path) -> None:
    (tmp_path / "nfcapd.1").write_bytes(nfcapd.nfcapd_file(layout=1))
    with pytest.raises(NotAnExport, match=r"rewrite it with nfdump 1\.7: nfdump -r old -w new"):
        list(decode_files([tmp_path / "nfcapd.1"], DecoderState()))


def test_parquet_of_something_else_is_told_what_is_missing(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1]}), tmp_path / "flows.parquet")
    with pytest.raises(NotAnExport, match=r"bytes of a flow as AWS VPC flow logs does.*its format named") as raised:
        list(decode_files([tmp_path / "flows.parquet"], DecoderState()))
    assert "\n" not in str(raised.value)


def test_what_is_read_is_nothing_else() -> None:
    ours = [one.encode() for all_ in test_collector_files.BEGINNINGS.values() for one in all_]
    assert [what_else(one) for one in (*ours, pcap(v5(v5_record())), v5(v5_record()))] == [None] * (len(ours) + 2)


def test_the_conversions_that_are_named_are_read(tmp_path: Path) -> None:
    lines = "start end srcaddr dstaddr srcport dstport protocol packets bytes\n1 2 192.0.2.1 192.0.2.2 3 4 6 5 1500\n"
    argus = (
        "TIMESTAMP_START,TIMESTAMP_END,SRC_IP,DST_IP,SRC_PORT,DST_PORT,PROTOCOL,PACKETS,BYTES\n"
        "1754395200.123456,1754395201.000000,198.51.100.7,203.0.113.9,443,50000,tcp,3,1500\n"
    )
    for name, content in (("lines", lines), ("argus", argus)):
        (tmp_path / name).write_text(content)
        (batch,) = decode_files([tmp_path / name], DecoderState())
        assert (batch.column("bytes").to_pylist(), batch.column("protocol").to_pylist()) == ([1500], [6])
