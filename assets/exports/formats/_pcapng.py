"""Captures in pcapng files.

Belongs here: sections, interfaces and blocks of packets; other blocks are passed over. Does not belong here: what
stands in a frame (_frames), captures one behind another (_captures).
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from assets.exports.formats._datagrams import NOT_CAPTURED, Datagrams
from assets.exports.formats._frames import FrameReader, Frames
from assets.exports.formats._pcap import begins_pcap
from assets.exports.formats._state import FileOutcome
from assets.exports.formats._window import Window

PCAPNG = b"\x0a\x0d\x0d\x0a"
ORDERS = {b"\x1a\x2b\x3c\x4d": ">", b"\x4d\x3c\x2b\x1a": "<"}
INTERFACE, OBSOLETE_PACKET, SIMPLE_PACKET, ENHANCED_PACKET = 1, 2, 3, 6
SMALLEST_BLOCK, PACKET_HEADER_BYTES = 12, 20
# More than libpcap and Wireshark read.
LARGEST_BLOCK = 16 << 20
# What pcap can write: a later time is none.
LATEST_CAPTURE_MS = (1 << 32) * 1000


class _Interface(NamedTuple):
    """What a section tells of an interface."""

    link_type: int
    ticks_per_second: int


class _Packet(NamedTuple):
    """A captured frame in a block's memory."""

    begins_at: int
    ends_at: int
    captured_ms: int
    link_type: int


def begins_pcapng(content: bytes) -> bool:
    """Whether a section begins here."""
    return content[:4] == PCAPNG and content[8:12] in ORDERS


def pcapng(window: Window, frames: FrameReader, outcome: FileOutcome) -> Iterator[Datagrams]:
    """The datagrams of a capture.

    The walk ends at the file's end, or before what is not a block: another file's header, or an impossible length.
    """
    sections = _Sections(outcome)
    while True:
        yield from _datagrams(sections.packets(window), window.content, frames)
        window.at = sections.at
        if sections.is_stuck:
            return
        if not window.more():
            window.end(outcome, f"a block behind packet {frames.count}")
            return


class _Sections:
    """Walks the blocks of a file; order of bytes and interfaces are those of the section in which it is."""

    def __init__(self, outcome: FileOutcome) -> None:
        self.order, self.interfaces = "<", list[_Interface]()
        self.at, self.is_stuck = 0, False
        self._outcome = outcome

    def packets(self, window: Window) -> list[_Packet]:
        """The packets of the blocks that are there as a whole."""
        content, self.at, found = window.content, window.at, list[_Packet]()
        while self.at + SMALLEST_BLOCK <= len(content):
            at = self.at
            if content[at : at + 4] == PCAPNG:
                self.order, self.interfaces = ORDERS.get(content[at + 8 : at + 12], ""), []
            kind, length = struct.unpack_from(f"{self.order}II", content, at)
            is_possible = self.order and SMALLEST_BLOCK <= length <= LARGEST_BLOCK
            if not is_possible or begins_pcap(content[at : at + 6]):
                self.is_stuck = True
                break
            if at + length > len(content):
                break
            self._take(kind, content, at + 8, at + length - 4, found)
            self.at += length
        return found

    def _take(self, kind: int, content: bytes, at: int, end: int, found: list[_Packet]) -> None:
        if kind == INTERFACE and at + 8 <= end:
            (link_type,) = struct.unpack_from(f"{self.order}H", content, at)
            self.interfaces.append(_Interface(link_type, _ticks_per_second(content[at + 8 : end], self.order)))
        elif kind in {OBSOLETE_PACKET, SIMPLE_PACKET, ENHANCED_PACKET}:
            packet = self._packet(kind, content, at, end)
            if packet is None:
                self._outcome.lose("unknown_link_type", "a packet is of an interface that the file does not describe")
            else:
                found.append(packet)

    def _packet(self, kind: int, content: bytes, at: int, end: int) -> _Packet | None:
        """The packet in a block's body; None if its interface is not known."""
        if kind == SIMPLE_PACKET:
            known = self.interfaces[:1]
            return _Packet(min(at + 4, end), end, NOT_CAPTURED, known[0].link_type) if known else None
        if end - at < PACKET_HEADER_BYTES:
            return None
        number, high, low, captured = struct.unpack_from(f"{self.order}IIII", content, at)
        if kind == OBSOLETE_PACKET:
            (number,) = struct.unpack_from(f"{self.order}H", content, at)
        if number >= len(self.interfaces):
            return None
        interface, begin = self.interfaces[number], at + PACKET_HEADER_BYTES
        captured_ms = ((high << 32) | low) * 1000 // interface.ticks_per_second
        is_possible = captured_ms <= LATEST_CAPTURE_MS
        captured_ms = captured_ms if is_possible else NOT_CAPTURED
        return _Packet(begin, min(begin + captured, end), captured_ms, interface.link_type)


def _datagrams(packets: list[_Packet], content: bytes, frames: FrameReader) -> Iterator[Datagrams]:
    """The datagrams of packets, in runs of one link type."""
    if not packets:
        return
    found_packets = np.array(packets, np.int64)
    numbers = frames.numbers(len(packets))
    changes = np.flatnonzero(np.diff(found_packets[:, 3])) + 1
    for rows in np.split(np.arange(len(packets)), changes):
        of_one = Frames(found_packets[rows, 0], found_packets[rows, 1], numbers[rows], found_packets[rows, 2])
        yield frames.datagrams(content, of_one, int(found_packets[rows[0], 3]))


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
