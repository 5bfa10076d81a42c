"""pmacct's CSV and JSON: hand-written, and as nfacctd writes them."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from assets.exports.formats import NotAnExport
from tests.formats.collector_files import read, read_path
from tests.formats.encoder import pcap, v5, v5_record

FLOW: dict[str, Any] = {
    "event_type": "purge", "peer_ip_src": "192.0.2.1", "iface_in": 11, "iface_out": 12, "ip_src": "198.51.100.7",
    "ip_dst": "203.0.113.9", "port_src": 443, "port_dst": 50000, "ip_proto": "tcp", "sampling_rate": 100,
    "stamp_inserted": "2025-08-05 11:55:00", "stamp_updated": "2025-08-05 12:00:01", "packets": 3, "bytes": 1500,
}  # fmt: skip
BIN = ("2025-08-05T11:55:00.000+00:00", "2025-08-05T12:00:01.000+00:00")


def line(**changed: Any) -> str:
    return json.dumps({**FLOW, **changed}) + "\n"


def test_json_without_times_of_the_flow_belongs_to_its_bin(tmp_path: Path) -> None:
    flows, outcome = read(tmp_path, line())
    assert flows == [
        {
            "source_file": "flows.txt", "flow_protocol": "pmacct", "exporter": "192.0.2.1", "in_if": 11, "out_if": 12,
            "src_addr": "198.51.100.7", "dst_addr": "203.0.113.9", "ip_version": 4, "src_port": 443, "dst_port": 50000,
            "protocol": 6, "sampling_interval": 100.0, "sampling_source": "record", "packets": 3, "bytes": 1500,
            "start_at": BIN[0], "end_at": BIN[1],
        }
    ]  # fmt: skip
    assert outcome.malformed == 0


def test_a_flows_own_times_go_before_its_bin_row_by_row(tmp_path: Path) -> None:
    own = line(timestamp_start="2025-08-05 11:59:50.123456")
    flows, _ = read(tmp_path, own + line(timestamp_start="") + line(timestamp_end="2025-08-05 11:59:55.5"))
    assert [(flow.get("start_at"), flow.get("end_at")) for flow in flows] == [
        ("2025-08-05T11:59:50.123+00:00", None),
        BIN,
        (None, "2025-08-05T11:59:55.500+00:00"),
    ]


@pytest.mark.parametrize(
    "text", ["2025-08-05T14:00:00.250+02:00", "2025-08-05T12:00:00.250Z", "1754395200.250000", "2025-08-05 12:00:00.25"]
)
def test_times_in_any_of_its_spellings(tmp_path: Path, text: str) -> None:
    flows, outcome = read(tmp_path, line(timestamp_export=text) + line(timestamp_export="2025-08-05 12:00:00.250000"))
    assert [flow["received_at"] for flow in flows] == ["2025-08-05T12:00:00.250+00:00"] * 2
    assert outcome.malformed == 0


def test_lines_about_a_purge_are_no_flows(tmp_path: Path) -> None:
    told = '{"event_type": "purge_init", "writer_id": "default_kafka/1"}\n'
    closed = '{"event_type": "purge_close", "writer_id": "default_kafka/1", "purged_entries": 1}\n'
    flows, outcome = read(tmp_path, told + line() + closed)
    assert (len(flows), outcome.malformed) == (1, 0)
    assert outcome.problems == ["flows.txt: 2 lines tell of a purge and are not flows"]


def test_csv(tmp_path: Path) -> None:
    header = (
        "SRC_IP,DST_IP,SRC_PORT,DST_PORT,TCP_FLAGS,PROTOCOL,SAMPLING_RATE,SAMPLING_DIRECTION,TIMESTAMP_START,"
        "PACKETS,BYTES"
    )
    rows = (
        "2001:db8::1,2001:db8::2,0,0,0,ipv6-icmp,0,e,2025-08-05 11:59:50.000000,3,1500",
        "198.51.100.7,203.0.113.9,443,50000,27,17,1000,u,2025-08-05 11:59:50.000000,1,40",
    )
    flows, outcome = read(tmp_path, "\n".join((header, *rows)))
    assert [(flow["src_addr"], flow["ip_version"], flow["protocol"], flow["bytes"]) for flow in flows] == [
        ("2001:db8::1", 6, 58, 1500),
        ("198.51.100.7", 4, 17, 40),
    ]
    assert [(flow.get("sampling_interval"), flow.get("metering_direction")) for flow in flows] == [
        (None, 1),
        (1000.0, None),
    ]
    assert (flows[0]["exporter"], outcome.malformed) == ("::", 0)


def test_csv_with_broken_rows_and_a_repeated_header(tmp_path: Path) -> None:
    header = "SRC_IP,DST_IP,TIMESTAMP_START,PACKETS,BYTES\n"
    good = "198.51.100.7,203.0.113.9,2025-08-05 11:59:50,1,40\n"
    flows, outcome = read(tmp_path, header + good + "198.51.100.7,1\n" + header + good.replace(",40", ",4O") + good)
    assert [flow.get("bytes") for flow in flows] == [40, None, 40]
    assert outcome.problems == [
        "flows.txt: 1 lines have not the 5 fields that the header names",
        "flows.txt: 1 values of bytes could not be read",
    ]


def test_csv_without_times_places_no_flow(tmp_path: Path) -> None:
    flows, outcome = read(tmp_path, "SRC_IP,DST_IP,PACKETS,BYTES\n198.51.100.7,203.0.113.9,1,40\n")
    assert (flows, outcome.malformed) == ([], 1)


def test_a_file_without_bytes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotAnExport, match="as pmacct does; aggregate by"):
        read(tmp_path, "TAG,CLASS\n1,2\n", format="pmacct")


AGGREGATE = (
    "src_host, dst_host, src_port, dst_port, proto, tos, tcpflags, in_iface, out_iface, src_as, dst_as, peer_src_ip, "
    "src_mask, dst_mask, sampling_rate, timestamp_start, timestamp_end, timestamp_export"
)


def test_what_nfacctd_writes_of_a_datagram(tmp_path: Path) -> None:
    (tmp_path / "exports.pcap").write_bytes(pcap(v5(v5_record(), interval=100)))
    settings = tmp_path / "nfacctd.conf"
    settings.write_text(
        f"pcap_savefile: {tmp_path}/exports.pcap\nplugins: print[csv], print[json]\ntimestamps_utc: true\n"
        f"print_output[csv]: csv\nprint_output_file[csv]: {tmp_path}/flows.csv\n"
        f"print_output[json]: json\nprint_output_file[json]: {tmp_path}/flows.json\n"
        f"nfacctd_as: netflow\nnfacctd_net: netflow\naggregate: {AGGREGATE}\n"
    )
    subprocess.run(["nfacctd", "-f", settings], check=True, capture_output=True, timeout=60)
    for name in ("flows.csv", "flows.json"):
        flows, outcome = read_path(tmp_path / name)
        assert flows == [
            {
                "source_file": name, "flow_protocol": "pmacct", "exporter": "192.0.2.1",
                "received_at": "2025-08-05T12:00:00.000+00:00", "start_at": "2025-08-05T11:59:50.000+00:00",
                "end_at": "2025-08-05T11:59:55.000+00:00", "src_addr": "198.51.100.7", "dst_addr": "203.0.113.9",
                "ip_version": 4, "src_port": 443, "dst_port": 50000, "protocol": 6, "tcp_flags": 27, "tos": 8,
                "bytes": 1500, "packets": 3, "sampling_interval": 100.0, "sampling_source": "record", "in_if": 11,
                "out_if": 12, "src_as": 64496, "dst_as": 64497, "src_mask": 24, "dst_mask": 25,
            }
        ]  # fmt: skip
        assert outcome.malformed == 0
