"""A little encoder of its own: pcap frames and NetFlow v5 and v9 datagrams, written from the RFCs."""

import ipaddress
import struct
from collections.abc import Sequence


def pcap(*payloads: bytes, sender: str = "192.0.2.1", order: str = "<", nano: bool = False, tags: int = 0) -> bytes:
    """A pcap file of UDP datagrams, one a second from 2025-08-05 12:00:00 UTC on."""
    out = struct.pack(f"{order}IHHiIII", 0xA1B23C4D if nano else 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    for number, payload in enumerate(payloads):
        frame = ethernet(udp(payload, sender), tags, 6 if ":" in sender else 4)
        out += struct.pack(f"{order}IIII", CLOCK + number, 0, len(frame), len(frame)) + frame
    return out


CLOCK = 1754395200  # 2025-08-05 12:00:00 UTC


def ethernet(packet: bytes, tags: int = 0, ip_version: int = 4) -> bytes:
    return bytes(12) + b"\x81\x00\x00\x05" * tags + (b"\x08\x00" if ip_version == 4 else b"\x86\xdd") + packet


def udp(payload: bytes, sender: str) -> bytes:
    datagram = struct.pack(">HHHH", 50000, 2055, 8 + len(payload), 0) + payload
    source = ipaddress.ip_address(sender)
    if source.version == 6:
        return struct.pack(">IHBB", 6 << 28, len(datagram), 17, 64) + source.packed + bytes(16) + datagram
    header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(datagram), 0, 0, 64, 17, 0)
    return header + source.packed + bytes(4) + datagram


def v5(
    *records: bytes,
    sequence: int = 0,
    uptime: int = 600_000,
    seconds: int = CLOCK,
    interval: int = 0,
    count: int | None = None,
) -> bytes:
    told = len(records) if count is None else count
    return struct.pack(">HHIIIIBBH", 5, told, uptime, seconds, 0, sequence, 0, 0, interval) + b"".join(records)


def v5_record(
    src: str = "198.51.100.7",
    dst: str = "203.0.113.9",
    octets: int = 1500,
    packets: int = 3,
    first: int = 590_000,
    last: int = 595_000,
) -> bytes:
    ends = b"".join(ipaddress.IPv4Address(one).packed for one in (src, dst, "192.0.2.254"))
    head = struct.pack(">HHIIIIHH", 11, 12, packets, octets, first, last, 443, 50000)
    return ends + head + struct.pack(">BBBBHHBBH", 0, 0x1B, 6, 8, 64496, 64497, 24, 25, 0)


def v9(*sets: bytes, sequence: int = 0, source: int = 7, uptime: int = 600_000, seconds: int = CLOCK) -> bytes:
    return struct.pack(">HHIIII", 9, len(sets), uptime, seconds, sequence, source) + b"".join(sets)


def flow_set(number: int, content: bytes, padding: bool = True) -> bytes:
    filled = content + bytes(-len(content) % 4 if padding else 0)
    return struct.pack(">HH", number, 4 + len(filled)) + filled


def template(number: int, fields: Sequence[tuple[int, int]]) -> bytes:
    return flow_set(0, struct.pack(">HH", number, len(fields)) + b"".join(struct.pack(">HH", *one) for one in fields))


def options_template(number: int, scope: Sequence[tuple[int, int]], fields: Sequence[tuple[int, int]]) -> bytes:
    head = struct.pack(">HHH", number, 4 * len(scope), 4 * len(fields))
    return flow_set(1, head + b"".join(struct.pack(">HH", *one) for one in (*scope, *fields)))
