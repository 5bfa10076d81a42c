"""A little encoder of nfcapd files of its own: file header, blocks, records and their extensions (file layout 2)."""

import bz2
import ipaddress
import struct
from collections.abc import Callable

import pyarrow as pa
from lzallright import LZOCompressor

from tests.formats.encoder import CLOCK

COMPRESSORS: dict[int, Callable[[bytes], bytes]] = {
    0: bytes,
    1: lambda content: LZOCompressor().compress(content),
    2: bz2.compress,
    3: lambda content: pa.Codec("lz4_raw").compress(content, asbytes=True),
    4: lambda content: pa.Codec("zstd").compress(content, asbytes=True),
}
STARTED_MS, ENDED_MS, RECEIVED_MS = CLOCK * 1000 - 5_000, CLOCK * 1000 - 1_000, CLOCK * 1000
EVENT, SAMPLED = 1, 2


def nfcapd_file(
    *blocks: bytes,
    compression: int = 0,
    layout: int = 2,
    encryption: int = 0,
    told_blocks: int | None = None,
    created: int = CLOCK,
    slot: tuple[int, int] = (0, 0),
) -> bytes:
    """A file of blocks, opened at `created` (s), and the appendix that a collector closes it with: name and sums.

    `slot` (ms) is the time that the sums tell: of the flows, or of the time slot where there are none.
    """
    told = len(blocks) if told_blocks is None else told_blocks
    sums = record(0x8002, struct.pack("<18Q", *[0] * 15, *slot, 0))
    name = block(record(0x8001, b"none\0\0\0\0"), sums, compression=compression)
    appendix = 40 + sum(map(len, blocks))
    header = struct.pack(
        "<HHIQBBHIQII", 0xA50C, layout, 0x01070100, created, compression, encryption, 1, 1, appendix, 0, told
    )
    return header + b"".join(blocks) + name


def block(*records: bytes, compression: int = 0, kind: int = 3, flags: int = 0, told: int | None = None) -> bytes:
    content = b"".join(records)
    packed = content if flags & 1 else COMPRESSORS[compression](content)
    return struct.pack("<IIHH", len(records) if told is None else told, len(packed), kind, flags) + packed


def record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, 4 + len(body)) + body


def flow(*extensions: bytes, exporter: int = 1, flags: int = 0, version: int = 9, told: int | None = None) -> bytes:
    count = len(extensions) if told is None else told
    return record(11, struct.pack("<HBBHBB", count, 0, 0, exporter, flags, version) + b"".join(extensions))


def extension(number: int, body: bytes) -> bytes:
    return struct.pack("<HH", number, 4 + len(body)) + body


def generic(
    octets: int = 1500,
    packets: int = 3,
    started_ms: int = STARTED_MS,
    ended_ms: int = ENDED_MS,
    received_ms: int = RECEIVED_MS,
) -> bytes:
    times_and_counters = struct.pack("<QQQQQ", started_ms, ended_ms, received_ms, packets, octets)
    return extension(1, times_and_counters + struct.pack("<HHBBBB", 443, 50000, 6, 0x1B, 0, 8))


def ipv4(source: str = "198.51.100.7", destination: str = "203.0.113.9") -> bytes:
    return extension(2, number_v4(source) + number_v4(destination))


def ipv6(source: str, destination: str) -> bytes:
    return extension(3, number_v6(source) + number_v6(destination))


def misc(in_if: int = 11, out_if: int = 12, direction: int = 1) -> bytes:
    return extension(4, struct.pack("<IIBBBBBBH", in_if, out_if, 24, 25, direction, 0, 0, 0, 0))


def counters(packets: int, octets: int) -> bytes:
    return extension(5, struct.pack("<QQQ", 1, packets, octets))


def received_v4(address: str = "192.0.2.1") -> bytes:
    return extension(12, number_v4(address))


def exporter(number: int = 1, address: str = "192.0.2.1", version: int = 9, domain: int = 7) -> bytes:
    """As nfdump 1.7.1 writes it: numbers of the machine, with their address family."""
    told = ipaddress.ip_address(address)
    packed = bytes(8) + number_v4(address) + bytes(4) if told.version == 4 else number_v6(address)
    family = 2 if told.version == 4 else 10
    return record(7, struct.pack("<I16sHHI", version, packed, family, number, domain))


def sampler(number: int = -1, packets: int = 1, space: int = 99, exporter_number: int = 1) -> bytes:
    return record(15, struct.pack("<HHqII", exporter_number, 0, number, packets, space))


def number_v4(address: str) -> bytes:
    return ipaddress.IPv4Address(address).packed[::-1]


def number_v6(address: str) -> bytes:
    packed = ipaddress.IPv6Address(address).packed
    return packed[7::-1] + packed[:7:-1]
