"""nfdump's CSV and JSON: hand-written, and as nfdump writes them of what nfcapd collected."""

import json
import os
import signal
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.formats.collector_files import read
from tests.formats.encoder import v5, v5_record

HEADER_1_7 = (
    "ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt,in,out,sas,das,smk,dmk,dtos,dir,nh,nhb,svln,dvln,ismc,"
    "odmc,idmc,osmc,mpls1,cl,sl,al,ra,eng,exid,tr\n"
)
ROW_1_7 = (
    "2025-08-05 11:59:50,2025-08-05 11:59:55,5.000,198.51.100.7,203.0.113.9,443,50000,TCP,...AP.SF,0,8,300,150000,0,0,"
    "11,0,64496,0,24,0,0,1,192.0.2.254,0.0.0.0,5,0,00:00:00:00:00:00,00:00:00:00:00:00,00:00:00:00:00:00,"
    "00:00:00:00:00:00,0-0-0,    0.000,    0.000,    0.000,192.0.2.1,0/0,1,2025-08-05 12:00:01.739\n"
)
SUMMARY = "Summary\nflows,bytes,packets,avg_bps,avg_pps,avg_bpp\n1,150000,300,240000,60,500\n"
READ = {
    "source_file": "flows.txt", "flow_protocol": "nfdump_text", "exporter": "192.0.2.1",
    "received_at": "2025-08-05T12:00:01.739+00:00", "start_at": "2025-08-05T11:59:50.000+00:00",
    "end_at": "2025-08-05T11:59:55.000+00:00", "src_addr": "198.51.100.7", "dst_addr": "203.0.113.9", "ip_version": 4,
    "src_port": 443, "dst_port": 50000, "protocol": 6, "tcp_flags": 0x1B, "tos": 8, "bytes": 150000, "packets": 300,
    "is_scaled": True, "in_if": 11, "src_as": 64496, "src_mask": 24, "next_hop": "192.0.2.254", "vlan": 5,
    "metering_direction": 1,
}  # fmt: skip


def test_csv_of_1_7_up_to_its_summary(tmp_path: Path) -> None:
    flows, outcome = read(tmp_path, HEADER_1_7 + ROW_1_7 + SUMMARY)
    assert flows == [READ]
    assert (outcome.malformed, outcome.problems) == (0, [])


def test_csv_without_flows(tmp_path: Path) -> None:
    flows, outcome = read(tmp_path, HEADER_1_7 + "No matched flows\n")
    assert (flows, outcome.malformed) == ([], 0)


def test_bytes_of_the_other_direction_are_told_of(tmp_path: Path) -> None:
    flows, outcome = read(tmp_path, HEADER_1_7 + ROW_1_7 + ROW_1_7.replace("300,150000,0,0", "300,150000,2,80"))
    assert [flow["bytes"] for flow in flows] == [150000, 150000]
    assert outcome.problems == ["flows.txt: 1 rows also tell bytes of the other direction (obyt), which are not read"]


def test_csv_with_named_columns_ends_after_its_duration(tmp_path: Path) -> None:
    header = "firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes,flows\n"
    rows = (
        "2025-08-05 11:59:50.250,5.500,TCP,198.51.100.7,443,203.0.113.9,50000,3,1500,1\n"
        "2025-08-05 11:59:50.250,00:01:05.500,ICMP6,2001:db8::1,0,2001:db8::2,128.0,3,1500,1\n"
        "0000-00-00 00:00:00.000,1d 00:00:01.000,GRE,198.51.100.7,0,203.0.113.9,0,3,1500,1\n"
    )
    flows, outcome = read(tmp_path, header + rows)
    # ICMP's type and code stand where other protocols have a port: 128 * 256 + 0.
    assert [(flow["start_at"][11:23], flow["end_at"][11:23], flow["protocol"], flow["dst_port"]) for flow in flows] == [
        ("11:59:50.250", "11:59:55.750", 6, 50000),
        ("11:59:50.250", "12:00:55.750", 58, 32768),
    ]
    assert outcome.malformed == 1
    assert outcome.problems[0].startswith("flows.txt: 1 rows tell no time")


def test_csv_fast_has_milliseconds(tmp_path: Path) -> None:
    header = (
        "cnt,af,firstSeen,lastSeen,proto,srcAddr,srcPort,dstAddr,dstPort,srcAS,dstAS,input,output,flags,srcTos,packets,"
        "bytes\n"
    )
    row = "1,2,1754395190250,1754395195000,17,198.51.100.7,53,203.0.113.9,5353,64496,0,11,0,........,8,300,150000\n"
    (flow,), outcome = read(tmp_path, header + row)
    assert (flow["start_at"], flow["end_at"]) == ("2025-08-05T11:59:50.250+00:00", "2025-08-05T11:59:55.000+00:00")
    assert (flow["protocol"], flow["tcp_flags"], flow["in_if"], flow.get("out_if")) == (17, 0, 11, None)
    assert outcome.malformed == 0


RECORD: dict[str, Any] = {
    "type": "FLOW", "sampled": 1, "export_sysid": 1, "first": "2025-08-05T11:59:50.000",
    "last": "2025-08-05T11:59:55.000", "received": "2025-08-05T12:00:01.739", "in_packets": 300, "in_bytes": 150000,
    "proto": 6, "tcp_flags": "...AP.SF", "src_port": 443, "dst_port": 50000, "src_tos": 8,
    "src4_addr": "198.51.100.7", "dst4_addr": "203.0.113.9", "input_snmp": 11, "output_snmp": 0, "src_mask": 24,
    "dst_mask": 0, "src_net": "", "direction": 1, "src_vlan": 5, "src_as": 64496, "dst_as": 0,
    "ip4_next_hop": "192.0.2.254", "ip4_router": "192.0.2.1", "label": "<none>",
}  # fmt: skip
OF_IPV6 = {name.replace("4_", "6_"): value for name, value in RECORD.items()} | {
    "src6_addr": "2001:db8::1", "dst6_addr": "2001:db8::2", "ip6_router": "2001:db8::ff", "ip6_next_hop": "::",
    "sampled": 0,
}  # fmt: skip


@pytest.mark.parametrize("indent", [None, 1, "\t"])
def test_json_as_an_array(tmp_path: Path, indent: int | str | None) -> None:
    objects = (json.dumps(one, indent=indent) for one in (RECORD, OF_IPV6))
    flows, outcome = read(tmp_path, "[\n" + ",\n".join(objects).replace("\n" + 1 * " " + "}", "\n}") + "]\n")
    assert flows[0] == READ
    assert (flows[1]["src_addr"], flows[1]["exporter"], flows[1]["ip_version"]) == ("2001:db8::1", "2001:db8::ff", 6)
    assert (flows[1].get("next_hop"), outcome.malformed) == (None, 0)


def test_json_a_line_a_flow(tmp_path: Path) -> None:
    flows, _ = read(tmp_path, json.dumps(RECORD) + "\n" + json.dumps(OF_IPV6) + "\n")
    assert [flow["src_addr"] for flow in flows] == ["198.51.100.7", "2001:db8::1"]


def test_json_says_of_each_record_whether_it_was_multiplied(tmp_path: Path) -> None:
    flows, _ = read(tmp_path, json.dumps(RECORD) + "\n" + json.dumps(OF_IPV6) + "\n")
    assert [(flow["is_scaled"], flow.get("sampling_interval")) for flow in flows] == [(True, None), (False, None)]


def test_packets_in_the_place_of_bytes_are_no_bytes(tmp_path: Path) -> None:
    flows, outcome = read(tmp_path, json.dumps(RECORD) + "\n" + json.dumps(RECORD | {"in_bytes": 300}) + "\n")
    assert [(flow.get("bytes"), flow["packets"]) for flow in flows] == [(150000, 300), (None, 300)]
    assert outcome.malformed == 1


def test_what_nfdump_writes_of_what_nfcapd_collected(tmp_path: Path) -> None:
    collected = nfcapd(tmp_path, v5(v5_record(), v5_record(src="198.51.100.8", packets=1, octets=40), interval=100))
    expected = {
        "flow_protocol": "nfdump_text", "exporter": "127.0.0.1", "start_at": "2025-08-05T11:59:50.000+00:00",
        "end_at": "2025-08-05T11:59:55.000+00:00", "src_addr": "198.51.100.7", "dst_addr": "203.0.113.9",
        "ip_version": 4, "src_port": 443, "dst_port": 50000, "protocol": 6, "tcp_flags": 27, "tos": 8,
        "bytes": 150000, "packets": 300, "is_scaled": True, "in_if": 11, "out_if": 12, "src_as": 64496,
        "dst_as": 64497, "next_hop": "192.0.2.254", "metering_direction": 0,
    }  # fmt: skip
    for output in ("csv", "json"):
        written = subprocess.run(
            ["nfdump", "-r", collected, "-o", output], check=True, capture_output=True, env={**os.environ, "TZ": "UTC"}
        )
        flows, outcome = read(tmp_path, written.stdout, f"flows.{output}")
        told = [{name: flow[name] for name in flow if name not in {"source_file", "received_at"}} for flow in flows]
        assert told == [expected, expected | {"src_addr": "198.51.100.8", "bytes": 4000, "packets": 100}]
        assert outcome.malformed == 0


def nfcapd(folder: Path, datagram: bytes) -> Path:
    """The file that nfcapd writes of a datagram."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(("127.0.0.1", 0))
        port = sender.getsockname()[1]
    command = ["nfcapd", "-w", folder, "-b", "127.0.0.1", "-p", str(port), "-t", "3600"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        for line in running.stderr:
            if line.startswith("Startup"):
                send(datagram, port)
            if "New exporter" in line:
                running.send_signal(signal.SIGINT)
    (written,) = folder.glob("nfcapd.2*")
    return written


def send(datagram: bytes, port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(datagram, ("127.0.0.1", port))
