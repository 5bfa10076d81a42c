"""Containers of datagrams: pcap, pcapng, single datagrams and messages one after another, and compression around them.

Belongs here: reading files by the block, and finding frames and messages in it.
Does not belong here: what stands in a frame (_frames), what a payload means.
"""

import bz2
import gzip
import lzma
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, NamedTuple, cast

import numpy as np
import pyarrow as pa

from assets.formats._datagrams import NOT_CAPTURED, Datagrams, in_a_row, single
from assets.formats._frames import Frames, udp_datagrams

PCAP_BYTE_ORDER = {
    b"\xa1\xb2\xc3\xd4": (">", 1_000),
    b"\xd4\xc3\xb2\xa1": ("<", 1_000),
    b"\xa1\xb2\x3c\x4d": (">", 1_000_000),
    b"\x4d\x3c\xb2\xa1": ("<", 1_000_000),
}
BEGINNING_BYTES = 4096
BEGINS = "begins with"
PCAPNG = b"\x0a\x0d\x0d\x0a"
LARGEST_CAPTURE = 1 << 18
# What pcap can write: a later time is none.
LATEST_CAPTURE_MS = (1 << 32) * 1000
BLOCK_BYTES = 4 << 20
LARGEST_RAW_BYTES = 1 << 16
DATAGRAM_VERSIONS = {b"\x00\x01", b"\x00\x05", b"\x00\x07", b"\x00\x09", b"\x00\x0a"}
SFLOW = b"\x00\x00\x00"
IPFIX, IPFIX_FILE = b"\x00\x0a", ".ipfix"
# What reading a file that is cut or damaged raises, from plain, gzip, xz and zstd streams.
UNREADABLE = (OSError, EOFError, lzma.LZMAError, zlib.error, pa.ArrowException)


class NotAnExport(ValueError):  # noqa: N818
    """A file that is no flow export; the text is one line with the file's name and a remedy."""


REMEDY = "give it pcap, pcapng or raw datagrams of NetFlow, IPFIX or sFlow, or a collector's file (docs/operate.md)"


def open_file(path: Path) -> IO[bytes]:
    """Open a file for reading, through gzip, bzip2, xz or zstd if its first bytes say so."""
    with path.open("rb") as plain:
        magic = plain.read(6)
    if magic.startswith(b"\x1f\x8b"):
        return cast("IO[bytes]", gzip.open(path, "rb"))
    if magic.startswith(b"BZh"):
        return cast("IO[bytes]", bz2.open(path, "rb"))
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
    except UNREADABLE as error:
        return f"can't be decompressed ({error})"
    if not magic:
        return "is empty"
    if magic in PCAP_BYTE_ORDER or magic == PCAPNG or magic[:2] in DATAGRAM_VERSIONS or magic[:3] == SFLOW:
        return None
    return f"{BEGINS} {magic!r}, which is no pcap, pcapng, NetFlow, IPFIX or sFlow"


def datagrams(path: Path) -> Iterator[Datagrams]:
    """The datagrams of a file, in its order, by blocks of about BLOCK_BYTES."""
    with open_file(path) as stream:
        magic = stream.read(4)
        if magic in PCAP_BYTE_ORDER:
            yield from _pcap(stream, *PCAP_BYTE_ORDER[magic])
        elif magic == PCAPNG:
            yield from _pcapng(stream)
        elif IPFIX_FILE in path.suffixes and magic[:2] == IPFIX:
            yield from _messages(magic, stream)
        else:
            yield single(magic + stream.read(LARGEST_RAW_BYTES))


def _messages(rest: bytes, stream: IO[bytes]) -> Iterator[Datagrams]:
    """Messages one after another (RFC 5655), each as long as it says.

    Only in a file named .ipfix: what stands behind a single datagram is not looked at, since collectors and test suites
    leave other things there.
    """
    number = 1
    while chunk := stream.read(BLOCK_BYTES):
        content, at, ends = rest + chunk, 0, list[int]()
        while at + 4 <= len(content):
            length = int.from_bytes(content[at + 2 : at + 4], "big")
            if content[at : at + 2] != IPFIX or length < 16:
                ends.append(len(content))
                break
            if at + length > len(content):
                break
            at += length
            ends.append(at)
        if ends:
            yield in_a_row(content, ends, number)
        number, rest = number + len(ends), content[ends[-1] if ends else 0 :]
    if rest:
        yield single(rest, number)


def _pcap(stream: IO[bytes], order: str, ticks_per_ms: int) -> Iterator[Datagrams]:
    """Packets behind a 24-byte header, each behind a header of seconds, ticks, captured and original length."""
    header = stream.read(20)
    if len(header) < 20:
        return
    link_type = struct.unpack(f"{order}HHiIII", header)[5] & 0xFFFF
    captured_at = struct.Struct(f"{order}I").unpack_from
    rest, number = b"", 1
    while chunk := stream.read(BLOCK_BYTES):
        content, at, found = rest + chunk, 0, list[int]()
        end = len(content)
        while at + 16 <= end:
            following = at + 16 + captured_at(content, at + 8)[0]
            if following > end:
                break
            found.append(at)
            at = following
        frames, is_sound = _packets(content, found, order, ticks_per_ms, number)
        if len(frames.number):
            yield udp_datagrams(content, frames, link_type)
        number, rest = number + len(found), content[at:]
        if not is_sound or len(rest) > LARGEST_CAPTURE:
            return


def _packets(content: bytes, found: list[int], order: str, ticks_per_ms: int, number: int) -> tuple[Frames, bool]:
    """The frames up to the first one of an impossible length, and whether there was none."""
    at = np.array(found, np.int64)
    heads = np.frombuffer(content, np.uint8)[at[:, np.newaxis] + np.arange(12)].view(f"{order}u4").astype(np.int64)
    sound = int((heads[:, 2] <= LARGEST_CAPTURE).cumprod().sum())
    at, heads = at[:sound], heads[:sound]
    captured_ms = heads[:, 0] * 1000 + heads[:, 1] // ticks_per_ms
    frames = Frames(at + 16, at + 16 + heads[:, 2], np.arange(number, number + sound, dtype=np.int64), captured_ms)
    return frames, sound == len(found)


def _pcapng(stream: IO[bytes]) -> Iterator[Datagrams]:
    """Section, interface, enhanced, simple and obsolete packet blocks of pcapng; others are passed over."""
    order, interfaces = "<", list[tuple[int, int]]()
    kind_bytes, number, waiting = PCAPNG, 1, _Waiting()
    while len(kind_bytes) == 4:
        length_bytes = stream.read(4)
        if kind_bytes == PCAPNG:
            order_magic = stream.read(4)
            order, interfaces = (">" if order_magic == b"\x1a\x2b\x3c\x4d" else "<"), []
            if len(length_bytes) < 4:
                break
            stream.read(min(LARGEST_CAPTURE, max(0, struct.unpack(f"{order}I", length_bytes)[0] - 12)))
        elif len(length_bytes) == 4:
            (kind,), (length,) = struct.unpack(f"{order}I", kind_bytes), struct.unpack(f"{order}I", length_bytes)
            if not 12 <= length <= LARGEST_CAPTURE:
                break
            body = stream.read(length - 8)[: length - 12]
            if kind == 1 and len(body) >= 8:
                interfaces.append((struct.unpack_from(f"{order}H", body)[0], _ticks_per_second(body[8:], order)))
            packet = _packet_block(kind, body, order, interfaces)
            if packet is not None:
                if waiting.must_go_before(packet.link_type):
                    yield waiting.datagrams()
                    waiting = _Waiting()
                waiting.add(packet, number)
                number += 1
        kind_bytes = stream.read(4)
    if waiting.ends:
        yield waiting.datagrams()


class _Packet(NamedTuple):
    """A captured frame of a pcapng file."""

    frame: bytes
    link_type: int
    captured_ms: int


@dataclass
class _Waiting:
    """Frames of one link type, until they are a block."""

    link_type: int = 0
    frames: list[bytes] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    captured_ms: list[int] = field(default_factory=list)
    number: int = 1

    def must_go_before(self, link_type: int) -> bool:
        return bool(self.ends) and (self.link_type != link_type or self.ends[-1] >= BLOCK_BYTES)

    def add(self, packet: _Packet, number: int) -> None:
        if not self.ends:
            self.link_type, self.number = packet.link_type, number
        self.frames.append(packet.frame)
        self.ends.append((self.ends[-1] if self.ends else 0) + len(packet.frame))
        self.captured_ms.append(packet.captured_ms)

    def datagrams(self) -> Datagrams:
        lying = in_a_row(b"".join(self.frames), self.ends, self.number)
        frames = Frames(lying.begins_at, lying.ends_at, lying.number, np.array(self.captured_ms, np.int64))
        return udp_datagrams(lying.content, frames, self.link_type)


def _packet_block(kind: int, body: bytes, order: str, interfaces: list[tuple[int, int]]) -> _Packet | None:
    if kind == 3 and interfaces and len(body) >= 4:
        return _Packet(body[4:], interfaces[0][0], NOT_CAPTURED)
    if kind not in {2, 6} or len(body) < 20:
        return None
    number, high, low, captured = struct.unpack_from(f"{order}IIII", body)
    number = number if kind == 6 else struct.unpack_from(f"{order}H", body)[0]
    if number >= len(interfaces):
        return None
    link_type, ticks_per_second = interfaces[number]
    captured_ms = ((high << 32) | low) * 1000 // ticks_per_second
    is_possible = captured_ms <= LATEST_CAPTURE_MS
    return _Packet(body[20 : 20 + captured], link_type, captured_ms if is_possible else NOT_CAPTURED)


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
