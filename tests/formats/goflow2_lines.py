"""GoFlow2's JSON lines as version 2 writes them of decoded datagrams: protobuf 3, so what is not told is 0 or empty.

Belongs here: what goflow2 -format json makes of a flow record (producer/proto and format/json). Does not belong here:
reading such lines.
"""

import ipaddress
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

TYPES = {"netflow_v5": "NETFLOW_V5", "netflow_v9": "NETFLOW_V9", "ipfix": "IPFIX", "sflow_v5": "SFLOW_5"}
PROTOCOLS = {1: "ICMP", 6: "TCP", 17: "UDP", 58: "IPv6-ICMP"}


def goflow2_line(row: Mapping[str, Any]) -> str:
    """The line of a flow record as the decoder gives it."""
    told = {
        "type": TYPES[row["flow_protocol"]],
        "time_received_ns": _nanoseconds(row["received_at"]),
        "sequence_num": row["datagram_sequence"],
        "sampling_rate": int(row["sampling_interval"] or 0),
        "sampler_address": _address(row["exporter"]),
        "time_flow_start_ns": _nanoseconds(row["start_at"]),
        "time_flow_end_ns": _nanoseconds(row["end_at"]),
        "bytes": row["bytes"],
        "packets": row["packets"],
        "src_addr": _address(row["src_addr"]),
        "dst_addr": _address(row["dst_addr"]),
        "etype": "IPv4" if row["ip_version"] == 4 else "IPv6",
        "proto": PROTOCOLS.get(row["protocol"], str(row["protocol"])),
        "src_port": row["src_port"] or 0,
        "dst_port": row["dst_port"] or 0,
        "in_if": row["in_if"] or 0,
        "out_if": row["out_if"] or 0,
        "tcp_flags": row["tcp_flags"] or 0,
        "ip_tos": row["tos"] or 0,
        "src_as": row["src_as"] or 0,
        "dst_as": row["dst_as"] or 0,
        "src_net": _network(row, "src"),
        "dst_net": _network(row, "dst"),
        "next_hop": _address(row["next_hop"]) if row["next_hop"] else "",
        "observation_domain_id": row["observation_domain"] or 0,
    }
    return json.dumps(told, separators=(",", ":")) + "\n"


def _nanoseconds(moment: datetime | None) -> int:
    return round(moment.timestamp() * 1000) * 1_000_000 if moment else 0


def _address(packed: bytes) -> str:
    told = ipaddress.IPv6Address(packed)
    return str(told.ipv4_mapped or told)


def _network(row: Mapping[str, Any], end: str) -> str:
    bits = row[f"{end}_mask"] or 0
    return str(ipaddress.ip_network(f"{_address(row[f'{end}_addr'])}/{bits}", strict=False))
