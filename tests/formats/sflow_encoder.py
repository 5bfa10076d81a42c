"""sFlow version 5 datagrams written from its specification (sflow.org, July 2004), for tests."""

import ipaddress
import struct
from collections.abc import Sequence

FLOW, COUNTERS, EXPANDED_FLOW, EXPANDED_COUNTERS, DISCARDED = 1, 2, 3, 4, 5
SINGLE, DROPPED, SEVERAL = 0, 1, 2
LOCAL = 0x3FFFFFFF


def sflow(*samples: bytes, agent: str = "192.0.2.10", sub_agent: int = 3, sequence: int = 1, uptime: int = 60) -> bytes:
    return (
        struct.pack(">I", 5)
        + address(agent)
        + struct.pack(">IIII", sub_agent, sequence, uptime, len(samples))
        + (b"".join(samples))
    )


def address(text: str | None) -> bytes:
    """An address behind its family; None is of an unknown one."""
    if text is None:
        return bytes(4)
    told = ipaddress.ip_address(text)
    return struct.pack(">I", 1 if told.version == 4 else 2) + told.packed


def part(kind: int, body: bytes) -> bytes:
    """A sample or a record: format, length, content filled up to 4 bytes (RFC 4506 section 4.10)."""
    return struct.pack(">II", kind, len(body)) + body + bytes(-len(body) % 4)


def flow_sample(
    *records: bytes,
    sequence: int = 1,
    source: int = 3,
    rate: int = 1000,
    drops: int = 0,
    received: int = 11,
    sent: int = 12,
) -> bytes:
    head = struct.pack(">IIIIIIII", sequence, source, rate, 0, drops, received, sent, len(records))
    return part(FLOW, head + b"".join(records))


def expanded_flow_sample(
    *records: bytes,
    sequence: int = 1,
    source: int = 3,
    rate: int = 1000,
    drops: int = 0,
    received: tuple[int, int] = (SINGLE, 11),
    sent: tuple[int, int] = (SINGLE, 12),
) -> bytes:
    head = struct.pack(">IIIIIIIIIII", sequence, 0, source, rate, 0, drops, *received, *sent, len(records))
    return part(EXPANDED_FLOW, head + b"".join(records))


def counter_sample(kind: int = COUNTERS) -> bytes:
    source = struct.pack(">II", 0, 3) if kind == EXPANDED_COUNTERS else struct.pack(">I", 3)
    return part(kind, struct.pack(">I", 1) + source + struct.pack(">I", 1) + part(1, bytes(88)))


def raw_header(header: bytes, frame_length: int | None = None, protocol: int = 1, stripped: int = 4) -> bytes:
    """A sampled header (format 1); protocol 1 is Ethernet, 11 IPv4, 12 IPv6, 13 MPLS."""
    length = len(header) + stripped if frame_length is None else frame_length
    return part(1, struct.pack(">IIII", protocol, length, stripped, len(header)) + header)


def sampled_ethernet(length: int) -> bytes:
    return part(2, struct.pack(">I", length) + bytes(16) + struct.pack(">I", 0x0800))


def sampled_ip(src: str, dst: str, length: int, ports: tuple[int, int] = (443, 50000), tos: int = 8) -> bytes:
    """Addresses of a sampled packet (format 3 for IPv4, 4 for IPv6), which is of TCP with SYN and ACK."""
    ends = ipaddress.ip_address(src), ipaddress.ip_address(dst)
    body = struct.pack(">II", length, 6) + ends[0].packed + ends[1].packed + struct.pack(">IIII", *ports, 0x12, tos)
    return part(3 if ends[0].version == 4 else 4, body)


def switch(vlan: int) -> bytes:
    return part(1001, struct.pack(">IIII", vlan, 0, 99, 0))


def router(next_hop: str | None, src_mask: int = 24, dst_mask: int = 25) -> bytes:
    return part(1002, address(next_hop) + struct.pack(">II", src_mask, dst_mask))


def gateway(next_hop: str | None, own: int, src_as: int, *segments: Sequence[int]) -> bytes:
    """Extended gateway: each segment of the path is a sequence of AS numbers; one community, local preference 100."""
    path = b"".join(struct.pack(f">II{len(one)}I", 2, len(one), *one) for one in segments)
    told = struct.pack(">IIII", own, src_as, src_as, len(segments)) + path
    return part(1003, address(next_hop) + told + struct.pack(">III", 1, 0xFFFFFF01, 100))
