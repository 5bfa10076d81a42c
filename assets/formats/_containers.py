"""Containers of datagrams: pcap, pcapng, single datagrams and messages one after another, and compression around them.

Belongs here: getting at the payload of each UDP datagram, with its sender and the time of its capture.
Does not belong here: what the payload means.
"""

import gzip
import lzma
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple, cast

import pyarrow as pa

MAPPED = b"\0" * 10 + b"\xff\xff"
PCAP_BYTE_ORDER = {
    b"\xa1\xb2\xc3\xd4": (">", 1_000),
    b"\xd4\xc3\xb2\xa1": ("<", 1_000),
    b"\xa1\xb2\x3c\x4d": (">", 1_000_000),
    b"\x4d\x3c\xb2\xa1": ("<", 1_000_000),
}
BEGINNING_BYTES = 4096
PCAPNG = b"\x0a\x0d\x0d\x0a"
LARGEST_CAPTURE = 1 << 20
VLAN_TYPES = {b"\x81\x00", b"\x88\xa8", b"\x91\x00", b"\x92\x00"}
DATAGRAM_VERSIONS = {b"\x00\x01", b"\x00\x05", b"\x00\x07", b"\x00\x09", b"\x00\x0a"}
SFLOW = b"\x00\x00\x00"
IPFIX, IPFIX_FILE = b"\x00\x0a", ".ipfix"
ETHERNET, RAW_IP, NULL, COOKED, COOKED_2 = 1, (12, 14, 101, 228, 229), 0, 113, 276


class Datagram(NamedTuple):
    """A UDP payload; the sender as 16 bytes and the capture time in milliseconds, where the container tells them."""

    payload: bytes
    sender: bytes | None
    captured_ms: int | None


class NotAnExport(ValueError):  # noqa: N818
    """A file that is no flow export; the text is one line with the file's name and a remedy."""


REMEDY = "give it pcap, pcapng or raw datagrams of NetFlow, IPFIX or sFlow"


def open_file(path: Path) -> IO[bytes]:
    """Open a file for reading, through gzip, xz or zstd if its first bytes say so."""
    with path.open("rb") as plain:
        magic = plain.read(6)
    if magic.startswith(b"\x1f\x8b"):
        return cast("IO[bytes]", gzip.open(path, "rb"))
    if magic.startswith(b"\xfd7zXZ\x00"):
        return lzma.open(path, "rb")
    if magic.startswith(b"\x28\xb5\x2f\xfd"):
        stream: IO[bytes] = pa.input_stream(str(path), compression="zstd")
        return stream
    return path.open("rb")


def beginning_of(path: Path) -> bytes:
    """The first bytes of a file, decompressed."""
    with open_file(path) as stream:
        return stream.read(BEGINNING_BYTES)


def reason_no_datagrams(path: Path) -> str | None:
    """Why a file's beginning is not that of datagrams; None if it may be."""
    try:
        magic = beginning_of(path)[:4]
    except (OSError, EOFError, lzma.LZMAError, pa.ArrowException) as error:
        return f"can't be decompressed ({error})"
    if not magic:
        return "is empty"
    if magic in PCAP_BYTE_ORDER or magic == PCAPNG or magic[:2] in DATAGRAM_VERSIONS or magic[:3] == SFLOW:
        return None
    return f"begins with {magic!r}, which is no pcap, pcapng, NetFlow, IPFIX or sFlow"


def datagrams(path: Path) -> Iterator[Datagram]:
    """The datagrams of a file, in its order."""
    with open_file(path) as stream:
        magic = stream.read(4)
        if magic in PCAP_BYTE_ORDER:
            yield from _pcap(stream, *PCAP_BYTE_ORDER[magic])
        elif magic == PCAPNG:
            yield from _pcapng(stream)
        else:
            yield from _raw(magic + stream.read(), path)


def _raw(content: bytes, path: Path) -> Iterator[Datagram]:
    """One datagram; or, in a file named .ipfix, messages one after another (RFC 5655), each as long as it says.

    What stands behind a single datagram is not looked at: collectors and test suites leave other things there.
    """
    at = 0
    while IPFIX_FILE in path.suffixes and content[at : at + 2] == IPFIX:
        length = int.from_bytes(content[at + 2 : at + 4], "big")
        if length < 16 or at + length >= len(content):
            break
        yield Datagram(content[at : at + length], None, None)
        at += length
    if at < len(content):
        yield Datagram(content[at:], None, None)


def _pcap(stream: IO[bytes], order: str, ticks_per_ms: int) -> Iterator[Datagram]:
    header = stream.read(20)
    if len(header) < 20:
        return
    link_type = struct.unpack(f"{order}HHiIII", header)[5] & 0xFFFF
    unpack = struct.Struct(f"{order}IIII").unpack
    while len(record := stream.read(16)) == 16:
        seconds, ticks, captured, _ = unpack(record)
        if captured > LARGEST_CAPTURE:
            return
        datagram = udp_of_frame(stream.read(captured), link_type, seconds * 1000 + ticks // ticks_per_ms)
        if datagram is not None:
            yield datagram


def _pcapng(stream: IO[bytes]) -> Iterator[Datagram]:
    """Section, interface, enhanced, simple and obsolete packet blocks of pcapng; others are passed over."""
    order, interfaces = "<", list[tuple[int, int]]()
    kind_bytes = PCAPNG
    while len(kind_bytes) == 4:
        length_bytes = stream.read(4)
        if kind_bytes == PCAPNG:
            order_magic = stream.read(4)
            order, interfaces = (">" if order_magic == b"\x1a\x2b\x3c\x4d" else "<"), []
            stream.read(max(0, struct.unpack(f"{order}I", length_bytes)[0] - 12))
        elif len(length_bytes) == 4:
            (kind,), (length,) = struct.unpack(f"{order}I", kind_bytes), struct.unpack(f"{order}I", length_bytes)
            if not 12 <= length <= LARGEST_CAPTURE:
                return
            body = stream.read(length - 8)[: length - 12]
            if kind == 1 and len(body) >= 8:
                interfaces.append((struct.unpack_from(f"{order}H", body)[0], _ticks_per_second(body[8:], order)))
            datagram = _packet_block(kind, body, order, interfaces)
            if datagram is not None:
                yield datagram
        kind_bytes = stream.read(4)


def _packet_block(kind: int, body: bytes, order: str, interfaces: list[tuple[int, int]]) -> Datagram | None:
    if kind == 3 and interfaces and len(body) >= 4:
        return udp_of_frame(body[4:], interfaces[0][0], None)
    if kind not in {2, 6} or len(body) < 20:
        return None
    number, high, low, captured = struct.unpack_from(f"{order}IIII", body)
    number = number if kind == 6 else struct.unpack_from(f"{order}H", body)[0]
    if number >= len(interfaces):
        return None
    link_type, ticks_per_second = interfaces[number]
    return udp_of_frame(body[20 : 20 + captured], link_type, ((high << 32) | low) * 1000 // ticks_per_second)


def _ticks_per_second(options: bytes, order: str) -> int:
    """The resolution of an interface's times: option 9, a power of ten or two; microseconds if absent."""
    at = 0
    while at + 4 <= len(options):
        code, length = struct.unpack_from(f"{order}HH", options, at)
        if code == 9 and length == 1 and at + 4 < len(options):
            resolution = options[at + 4]
            return int(2 ** (resolution & 0x7F)) if resolution & 0x80 else int(10**resolution)
        if code == 0:
            break
        at += 4 + length + (-length) % 4
    return 1_000_000


def udp_of_frame(frame: bytes, link_type: int, captured_ms: int | None) -> Datagram | None:
    """The UDP payload in a captured frame; None for everything else, fragments included."""
    if link_type == ETHERNET:
        at = 14
        while frame[at - 2 : at] in VLAN_TYPES:
            at += 4
    elif link_type in RAW_IP:
        at = 0
    elif link_type == NULL:
        at = 4
    elif link_type == COOKED:
        at = 16
    elif link_type == COOKED_2:
        at = 20
    else:
        return None
    if len(frame) <= at:
        return None
    version = frame[at] >> 4
    if version == 4:
        return _udp_of_ipv4(frame, at, captured_ms)
    if version == 6 and frame[at + 6 : at + 7] == b"\x11" and len(frame) >= at + 48:
        return _udp(frame, at + 40, frame[at + 8 : at + 24], captured_ms)
    return None


def _udp_of_ipv4(frame: bytes, at: int, captured_ms: int | None) -> Datagram | None:
    header = (frame[at] & 0x0F) * 4
    if len(frame) < at + header + 8 or frame[at + 9] != 17:
        return None
    if frame[at + 6] & 0x3F or frame[at + 7]:
        return None
    return _udp(frame, at + header, MAPPED + frame[at + 12 : at + 16], captured_ms)


def _udp(frame: bytes, at: int, sender: bytes, captured_ms: int | None) -> Datagram:
    length = int.from_bytes(frame[at + 4 : at + 6], "big")
    return Datagram(frame[at + 8 : at + length if length >= 8 else len(frame)], sender, captured_ms)
