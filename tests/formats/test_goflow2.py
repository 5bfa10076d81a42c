"""GoFlow2's JSON: versions 2 and 1, what it leaves out, and broken lines."""

import json
from pathlib import Path
from typing import Any

import pytest

from assets.exports.formats import NotAnExport
from tests.formats.collector_files import read

# 1754395195000 ms = 2025-08-05 11:59:55 UTC
FLOW: dict[str, Any] = {
    "type": "NETFLOW_V9", "time_received_ns": 1754395200250999999, "sequence_num": 47142, "sampling_rate": 1024,
    "sampler_address": "192.0.2.1", "time_flow_start_ns": 1754395190000000000, "time_flow_end_ns": 1754395195000000000,
    "bytes": 1500, "packets": 3, "src_addr": "198.51.100.7", "dst_addr": "203.0.113.9", "etype": "IPv4",
    "proto": "TCP", "src_port": 443, "dst_port": 50000, "in_if": 11, "out_if": 12, "src_mac": "3c:ec:ef:fc:f7:38",
    "src_vlan": 5, "dst_vlan": 0, "vlan_id": 0, "ip_tos": 8, "tcp_flags": 27, "src_as": 64496, "dst_as": 64497,
    "next_hop": "192.0.2.254", "next_hop_as": 0, "src_net": "198.51.100.0/24", "dst_net": "203.0.113.0/25",
    "bgp_communities": [], "as_path": [64496, 64497], "observation_domain_id": 7,
}  # fmt: skip
READ = {
    "source_file": "flows.txt", "flow_protocol": "netflow_v9", "datagram_sequence": 47142, "exporter": "192.0.2.1",
    "observation_domain": 7, "received_at": "2025-08-05T12:00:00.250+00:00",
    "start_at": "2025-08-05T11:59:50.000+00:00", "end_at": "2025-08-05T11:59:55.000+00:00",
    "src_addr": "198.51.100.7", "dst_addr": "203.0.113.9", "ip_version": 4, "src_port": 443, "dst_port": 50000,
    "protocol": 6, "tcp_flags": 27, "tos": 8, "bytes": 1500, "packets": 3, "sampling_interval": 1024.0,
    "sampling_source": "record", "in_if": 11, "out_if": 12, "src_as": 64496, "dst_as": 64497, "src_mask": 24,
    "dst_mask": 25, "next_hop": "192.0.2.254", "vlan": 5,
}  # fmt: skip


def line(**changed: Any) -> str:
    return json.dumps({**FLOW, **changed}) + "\n"


def test_a_line_is_a_flow_with_all_that_it_tells(tmp_path: Path) -> None:
    flows, outcome = read(tmp_path, line())
    assert flows == [READ]
    assert (outcome.malformed, outcome.problems) == (0, [])


def test_what_no_exporter_told_is_null(tmp_path: Path) -> None:
    zeros = {
        "sampling_rate": 0, "time_flow_start_ns": 0, "time_flow_end_ns": 0, "in_if": 0, "src_as": 0, "src_vlan": 0,
        "src_net": "0.0.0.0/0", "next_hop": "", "src_addr": "", "proto": "",
    }  # fmt: skip
    (flow,), outcome = read(tmp_path, line(**zeros))
    absent = {
        "sampling_interval", "sampling_source", "start_at", "end_at", "in_if", "src_as", "vlan", "src_mask", "next_hop",
        "src_addr", "protocol",
    }  # fmt: skip
    assert flow == {name: value for name, value in READ.items() if name not in absent}
    assert outcome.malformed == 0


def test_ports_flags_and_bytes_may_be_0(tmp_path: Path) -> None:
    (flow,), _ = read(tmp_path, line(src_port=0, tcp_flags=0, bytes=0, ip_tos=0))
    assert (flow["src_port"], flow["tcp_flags"], flow["bytes"], flow["tos"]) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("told", "protocol"),
    [("SFLOW_5", "sflow_v5"), ("NETFLOW_V5", "netflow_v5"), ("IPFIX", "ipfix"), ("FLOWUNKNOWN", "goflow2")],
)
def test_the_type_names_the_protocol(tmp_path: Path, told: str, protocol: str) -> None:
    (flow,), _ = read(tmp_path, line(type=told))
    assert flow["flow_protocol"] == protocol


def test_bytes_of_sflow_stay_the_length_of_the_frame(tmp_path: Path) -> None:
    (flow,), _ = read(tmp_path, line(type="SFLOW_5", bytes=1518, packets=1))
    assert (flow["bytes"], flow.get("layer3_bytes")) == (1518, None)


def test_ipv6(tmp_path: Path) -> None:
    (flow,), _ = read(tmp_path, line(src_addr="2001:db8::1", dst_addr="2001:db8:1::9", src_net="2001:db8::/32"))
    assert (flow["src_addr"], flow["dst_addr"], flow["ip_version"]) == ("2001:db8::1", "2001:db8:1::9", 6)
    assert flow["src_mask"] == 32


def test_version_1_has_other_names_and_seconds(tmp_path: Path) -> None:
    told = {
        "Type": "IPFIX", "TimeReceived": 1754395200, "SequenceNum": 1, "SamplingRate": 10,
        "SamplerAddress": "192.0.2.1",
        "TimeFlowStart": 1754395190, "TimeFlowEnd": 1754395195, "TimeFlowStartMs": 0, "TimeFlowEndMs": 1754395195250,
        "Bytes": 94, "Packets": 1, "SrcAddr": "198.51.100.7", "DstAddr": "203.0.113.9", "Etype": 2048, "Proto": 17,
        "SrcPort": 53, "DstPort": 5353, "InIf": 576, "OutIf": 0, "IpTos": 4, "TCPFlags": 0, "SrcAs": 64496, "DstAS": 0,
        "NextHop": "", "SrcNet": 24, "DstNet": 0, "VlanId": 9,
    }  # fmt: skip
    (flow,), outcome = read(tmp_path, json.dumps(told))
    assert flow["start_at"] == "2025-08-05T11:59:50.000+00:00"
    assert flow["end_at"] == "2025-08-05T11:59:55.250+00:00"
    assert (flow["protocol"], flow["src_as"], flow["src_mask"], flow["tos"], flow["vlan"]) == (17, 64496, 24, 4, 9)
    assert (flow["in_if"], flow.get("out_if"), flow.get("dst_as"), outcome.malformed) == (576, None, None, 0)


def test_times_rendered_as_text_are_read_too(tmp_path: Path) -> None:
    (flow,), outcome = read(tmp_path, line(time_received_ns="2025-08-05T12:00:00.250999999Z"))
    assert (flow["received_at"], outcome.malformed) == (READ["received_at"], 0)


def test_broken_lines_are_counted_and_their_neighbours_kept(tmp_path: Path) -> None:
    flows, outcome = read(tmp_path, line() + "{broken\n" + "\n" + line(src_port=1) + "[1]\n" + line(src_port=2)[:-40])
    assert [flow["src_port"] for flow in flows] == [443, 1]
    assert outcome.malformed == 3
    assert outcome.problems == ["flows.txt: 3 lines are not JSON objects (the first: '{broken')"]


def test_a_broken_value_is_null_and_counted(tmp_path: Path) -> None:
    flows, outcome = read(tmp_path, line() + line(src_addr="198.51.100.700", src_port=70000) + line(bytes="many"))
    assert [flow.get("src_addr") for flow in flows] == ["198.51.100.7", None, "198.51.100.7"]
    assert [flow.get("src_port") for flow in flows] == [443, None, 443]
    assert [flow.get("bytes") for flow in flows] == [1500, 1500, None]
    assert outcome.malformed == 3


def test_a_flow_without_any_time_is_left_out_and_counted(tmp_path: Path) -> None:
    none = {"time_received_ns": 0, "time_flow_start_ns": 0, "time_flow_end_ns": 0}
    flows, outcome = read(tmp_path, line(**none) + line())
    assert (len(flows), outcome.malformed) == (1, 1)
    assert "1 rows tell no time" in outcome.problems[0]


def test_seconds_where_nanoseconds_belong_are_no_time_of_the_calendar(tmp_path: Path) -> None:
    told = json.loads(line()) | {"TimeReceived": 1754395200250999999}
    del told["time_received_ns"]
    (flow,), outcome = read(tmp_path, json.dumps(told))
    assert (flow.get("received_at"), outcome.malformed) == (None, 1)


def test_the_files_exporter_counts_where_the_row_tells_none(tmp_path: Path) -> None:
    sender = bytes(10) + b"\xff\xff" + bytes([192, 0, 2, 77])
    flows, _ = read(tmp_path, line() + line(sampler_address=""), exporter=sender)
    assert [flow["exporter"] for flow in flows] == ["192.0.2.1", "192.0.2.77"]


def test_a_file_of_a_tool_that_multiplied_is_scaled(tmp_path: Path) -> None:
    (flow,), _ = read(tmp_path, line(), is_scaled=True)
    assert (flow["is_scaled"], flow["sampling_interval"]) == (True, 1024.0)


def test_a_file_that_names_no_bytes_is_refused_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(
        NotAnExport, match="names no field with the bytes of a flow as GoFlow2 does; have goflow2 write"
    ):
        read(tmp_path, '{"level":"info","msg":"starting"}\n', format="goflow2")
