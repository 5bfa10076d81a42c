"""Captures in pcap files.

Belongs here: the file header, and walking its packets. Does not belong here: what stands in a frame (_frames), captures
one behind another (_captures).
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from assets.exports.formats._datagrams import Datagrams, bytes_at, is_one_of
from assets.exports.formats._frames import FrameReader, Frames
from assets.exports.formats._state import FileOutcome
from assets.exports.formats._window import Window

BYTE_ORDER = {
    b"\xa1\xb2\xc3\xd4": (">", 1_000),
    b"\xd4\xc3\xb2\xa1": ("<", 1_000),
    b"\xa1\xb2\x3c\x4d": (">", 1_000_000),
    b"\x4d\x3c\xb2\xa1": ("<", 1_000_000),
}
"""The order of bytes, and ticks a millisecond, by the bytes that a file begins with."""
MAGIC_NUMBERS = tuple(int.from_bytes(magic, "big") for magic in BYTE_ORDER)
FILE_HEADER_BYTES, PACKET_HEADER_BYTES = 24, 16
LARGEST_CAPTURE = 1 << 18
# Full datagrams are often of one length: behind so many alike it pays to look whether many more are.
MANY_ALIKE = 16


class _Packets(NamedTuple):
    """Packets found in a block, up to where the walk had to stop: the frames, and the place behind the last one."""

    frames: Frames
    end: int


def begins_pcap(content: bytes) -> bool:
    """Whether a file header stands here, as behind the last packet of files joined by `cat`: version 2 of pcap."""
    order, _ = BYTE_ORDER.get(content[:4], ("", 0))
    return bool(order) and content[4:6] == struct.pack(f"{order}H", 2)


def pcap(window: Window, frames: FrameReader, outcome: FileOutcome) -> Iterator[Datagrams]:
    """The datagrams of a capture.

    The walk ends at the file's end, or before what is not a packet: another file's header, or an impossible length.
    """
    header = window.peek(FILE_HEADER_BYTES)
    if len(header) < FILE_HEADER_BYTES:
        window.end(outcome, "its header")
        return
    order, ticks_per_ms = BYTE_ORDER[header[:4]]
    link_type = struct.unpack(f"{order}I", header[20:])[0] & 0xFFFF
    window.at += FILE_HEADER_BYTES
    while True:
        found = _packets(window, order, ticks_per_ms, frames)
        if len(found.frames.number):
            yield frames.datagrams(window.content, found.frames, link_type)
        window.at = found.end
        if _is_stuck(window, order):
            return
        if not window.more():
            window.end(outcome, f"packet {frames.count + 1}")
            return


def _packets(window: Window, order: str, ticks_per_ms: int, frames: FrameReader) -> _Packets:
    content = window.content
    found, at = _places(content, window.at, order)
    places = np.array(found, np.int64)
    heads = bytes_at(np.frombuffer(content, np.uint8), places, 12).view(f"{order}u4").astype(np.int64)
    sound = int((heads[:, 2] <= LARGEST_CAPTURE).cumprod().sum())
    # A file header reads as a packet captured in 2011 or later, at a second that is its magic number.
    may_be_headers = np.flatnonzero(is_one_of(heads[:sound, 0], MAGIC_NUMBERS)).tolist()
    sound = next((row for row in may_be_headers if begins_pcap(content[found[row] : found[row] + 6])), sound)
    if sound < len(found):
        at, places, heads = found[sound], places[:sound], heads[:sound]
    begins_at = places + PACKET_HEADER_BYTES
    captured_ms = heads[:, 0] * 1000 + heads[:, 1] // ticks_per_ms
    return _Packets(Frames(begins_at, begins_at + heads[:, 2], frames.numbers(sound), captured_ms), at)


def _places(content: bytes, at: int, order: str) -> tuple[list[int], int]:
    """Where the whole packets of a block begin, by the lengths that they say, and the place behind the last one."""
    found, length_before, alike = list[int](), -1, 0
    length_at, last, take = struct.Struct(f"{order}8xI").unpack_from, len(content) - PACKET_HEADER_BYTES, found.append
    while at <= last:
        length = length_at(content, at)[0]
        take(at)
        at += PACKET_HEADER_BYTES + length
        alike = alike + 1 if length == length_before else 0
        length_before = length
        if alike == MANY_ALIKE:
            more = _alike(content, at, length, order)
            found.extend(more)
            at, alike = more.stop, 0
    if at > len(content):
        at = found.pop()
    return found, at


def _alike(content: bytes, at: int, length: int, order: str) -> range:
    """The places of the next packets as long as those before them: looked at together, twice as many each time."""
    step = PACKET_HEADER_BYTES + length
    most, found, some = max(0, len(content) - at) // step, 0, 2 * MANY_ALIKE
    while found < most:
        some = min(2 * some, most - found)
        lengths = np.ndarray((some,), f"{order}u4", content, at + found * step + 8, (step,))
        is_other = lengths != length
        if is_other.any():
            found += int(is_other.argmax())
            break
        found += some
    return range(at, at + step * found, step)


def _is_stuck(window: Window, order: str) -> bool:
    """Whether what stands here is not a packet, and more of the file would not make it one."""
    head = window.content[window.at : window.at + PACKET_HEADER_BYTES]
    if len(head) < PACKET_HEADER_BYTES:
        return False
    return begins_pcap(head) or bool(struct.unpack(f"{order}I", head[8:12])[0] > LARGEST_CAPTURE)
