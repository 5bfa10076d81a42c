"""Packets as routers sample them, written from the RFCs: headers around a payload, lengths as they were on the wire."""

import ipaddress
import struct

IPV4_TYPE, IPV6_TYPE, VLAN_TYPE, QINQ_TYPE, MPLS_TYPE, PPPOE_TYPE, ARP_TYPE = (
    0x0800, 0x86DD, 0x8100, 0x88A8, 0x8847, 0x8864, 0x0806,
)  # fmt: skip
TCP, UDP, FRAGMENT, HOP_BY_HOP, ROUTING = 6, 17, 44, 0, 43
SRC, DST = "198.51.100.7", "203.0.113.9"
SRC6, DST6 = "2001:db8::7", "2001:db8::9"


def frame(kind: int, content: bytes, *tags: tuple[int, int]) -> bytes:
    """An Ethernet frame; each tag is its type and VLAN, the outer one first."""
    told = b"".join(struct.pack(">HH", type_, vlan) for type_, vlan in tags)
    return bytes(12) + told + struct.pack(">H", kind) + content


def ipv4(content: bytes, protocol: int = TCP, *, tos: int = 8, offset: int = 0, options: bytes = b"") -> bytes:
    """RFC 791 section 3.1; `offset` of a fragment in units of 8 bytes."""
    words, length = 5 + len(options) // 4, 20 + len(options) + len(content)
    header = struct.pack(">BBHHHBBH", 0x40 | words, tos, length, 1, offset, 64, protocol, 0)
    return header + ipaddress.ip_address(SRC).packed + ipaddress.ip_address(DST).packed + options + content


def ipv6(content: bytes, following: int = TCP, *, traffic_class: int = 8) -> bytes:
    """RFC 8200 section 3; `following` is the next header."""
    header = struct.pack(">IHBB", 6 << 28 | traffic_class << 20, len(content), following, 64)
    return header + ipaddress.ip_address(SRC6).packed + ipaddress.ip_address(DST6).packed + content


def extension(following: int, units: int = 1) -> bytes:
    """A header of hop-by-hop options or routing, of so many units of 8 bytes (RFC 8200 section 4)."""
    return bytes([following, units - 1]) + bytes(8 * units - 2)


def fragment(following: int, offset: int) -> bytes:
    return struct.pack(">BBHI", following, 0, offset << 3, 1)


def tcp(flags: int = 0x12, payload: bytes = b"") -> bytes:
    return struct.pack(">HHIIBBHHH", 443, 50000, 1, 1, 0x50, flags, 1024, 0, 0) + payload


def udp(payload: bytes = b"", to: int = 53) -> bytes:
    return struct.pack(">HHHH", 50000, to, 8 + len(payload), 0) + payload


def labels(*numbers: int) -> bytes:
    """A stack of MPLS labels; the last one says so (RFC 3032 section 2.1)."""
    last = len(numbers) - 1
    return b"".join(struct.pack(">I", one << 12 | (place == last) << 8 | 64) for place, one in enumerate(numbers))
