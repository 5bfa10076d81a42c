"""Datagrams by the block: UDP payloads in one piece of memory, viewed all at once.

Belongs here: the block, its parts, and gathering of bytes at many places. Does not belong here: where blocks come from
(_containers) or what payloads mean.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
Integer = TypeVar("Integer", np.int64, np.uint64)
ADDRESS_BYTES = 16
UNKNOWN_EXPORTER = bytes(ADDRESS_BYTES)
NOT_CAPTURED = -1
# One datagram of so many is looked at to guess which exporters a block has.
STEP_OF_FEW = 32
# What IPv4 addresses begin with in IPv6 notation (RFC 4291 section 2.5.5.2).
MAPPED = b"\0" * 10 + b"\xff\xff"


def bytes_at(content: Bytes, at: Numbers, count: int) -> Bytes:
    """`count` bytes from each place, (n, count); places outside of the content give its nearest bytes."""
    if not len(content):
        return np.zeros((len(at), count), np.uint8)
    if not len(at) or at.min() < 0 or at.max() > len(content) - count:
        return content.take(at[:, np.newaxis] + np.arange(count), mode="clip")
    return _windows(content, count)[at].view(np.uint8).reshape(-1, count)


def structures_at(content: Bytes, at: Numbers, layout: np.dtype[np.void]) -> npt.NDArray[np.void]:
    """What stands at each place, laid out so; places outside of the content give its first or last whole structure."""
    return _windows(content, layout.itemsize)[np.clip(at, 0, len(content) - layout.itemsize)].view(layout)


def structures_one_behind_another(content: Bytes, at: Numbers, counts: Numbers, size: int) -> Bytes:
    """The bytes of `counts` structures of this size from each place on, all in a row; they lie within the content."""
    before = np.cumsum(counts) - counts
    places = np.repeat(at - before * size, counts) + np.arange(int(counts.sum())) * size
    return _windows(content, size)[places].view(np.uint8) if len(places) else np.zeros(0, np.uint8)


def _windows(content: Bytes, count: int) -> npt.NDArray[np.void]:
    """The `count` bytes from every place on, as overlapping items: taking some copies each of them in one go."""
    return np.ndarray((len(content) - count + 1,), f"V{count}", np.ascontiguousarray(content), strides=(1,))


def numbers_at(content: Bytes, at: Numbers, count: int) -> Numbers:
    """The big-endian number of 1, 2 or 4 bytes at each place."""
    return bytes_at(content, at, count).view(f">u{count}").ravel().astype(np.int64)


@dataclass(frozen=True)
class Datagrams:
    """Payloads between `begins_at` and `ends_at` of `content`; who sent them and when (ms), where the container tells.

    `number` counts the datagrams of the file from 1. `senders` is (n, 16) bytes, or None.
    """

    content: bytes
    begins_at: Numbers
    ends_at: Numbers
    number: Numbers
    captured_ms: Numbers
    senders: Bytes | None = None

    def __len__(self) -> int:
        return len(self.begins_at)

    @cached_property
    def view(self) -> Bytes:
        return np.frombuffer(self.content, np.uint8)

    @cached_property
    def lengths(self) -> Numbers:
        return self.ends_at - self.begins_at

    def heads(self, count: int) -> Bytes:
        """The first bytes of each payload, (n, count); behind a shorter one's end anything may stand."""
        return bytes_at(self.view, self.begins_at, count)

    def payloads(self) -> list[memoryview]:
        """Each payload, in the same memory."""
        content = memoryview(self.content)
        return list(map(content.__getitem__, map(slice, self.begins_at.tolist(), self.ends_at.tolist())))

    def chosen(self, rows: npt.NDArray[np.bool_] | Numbers) -> "Datagrams":
        """Some of the datagrams, in the same memory."""
        return replace(
            self,
            begins_at=self.begins_at[rows],
            ends_at=self.ends_at[rows],
            number=self.number[rows],
            captured_ms=self.captured_ms[rows],
            senders=None if self.senders is None else self.senders[rows],
        )

    def versions(self) -> Numbers:
        """The version that each begins with: 16 bits, or sFlow's 32 (0x00000005 is told as 0x50000)."""
        words = self.heads(4).view(">u4").ravel().astype(np.int64)
        return np.where(words == 5, 0x50000, words >> 16)


def distinct_addresses(addresses: Bytes) -> tuple[list[bytes], Numbers]:
    """The different addresses of (n, 16) bytes in their order, and which of them each is."""
    halves = np.ascontiguousarray(addresses).view(">u8").astype(np.uint64)
    high, low = halves[:, 0], halves[:, 1]
    if (low == low[0]).all() and (high == high[0]).all():
        return [addresses[0].tobytes()], np.zeros(len(addresses), np.int64)
    if (high == high[0]).all():
        different, which = distinct_numbers(low)
        prefix = addresses[0, :8].tobytes()
        return [prefix + one.to_bytes(8, "big") for one in different.tolist()], which
    order = np.lexsort((low, high))
    is_first = np.ones(len(order), bool)
    is_first[1:] = (np.diff(high[order]) != 0) | (np.diff(low[order]) != 0)
    which = np.empty(len(order), np.int64)
    which[order] = np.cumsum(is_first) - 1
    return [addresses[one].tobytes() for one in order[is_first].tolist()], which


def distinct_numbers(numbers: npt.NDArray[Integer]) -> tuple[npt.NDArray[Integer], Numbers]:
    """As np.unique with the inverse, without sorting all of them where they are few, as the exporters of a block."""
    different = np.unique(numbers[::STEP_OF_FEW])
    which = np.minimum(np.searchsorted(different, numbers), len(different) - 1)
    if (different[which] == numbers).all():
        return different, which
    return np.unique(numbers, return_inverse=True)


def is_one_of(values: npt.NDArray[np.integer], chosen: tuple[int, ...]) -> Flags:
    """Which values are among a few; for so few that is several times faster than np.isin."""
    found: Flags = values == chosen[0]
    for one in chosen[1:]:
        found |= values == one
    return found


def rows_by(which: Numbers, count: int) -> list[Numbers]:
    """The rows that have each number from 0 to `count`, in their order."""
    if count == 1:
        return [np.arange(len(which))]
    ends = np.cumsum(np.bincount(which, minlength=count))
    return np.split(np.argsort(shortened(which, count), kind="stable"), ends[:-1])[:count]


def shortened(numbers: Numbers, end: int) -> npt.NDArray[np.integer]:
    """Numbers from 0 to below `end`, short if they fit: numpy sorts short ones by their digits, many times as fast."""
    return numbers.astype(np.uint16) if end <= 1 << 16 else numbers


def single(payload: bytes, number: int = 1) -> Datagrams:
    """One datagram of which nothing else is known."""
    return in_a_row(payload, [len(payload)], number)


def in_a_row(content: bytes, ends: list[int], first_number: int) -> Datagrams:
    """Payloads one behind another, of which nothing else is known."""
    ends_at = np.array(ends, np.int64)
    return Datagrams(
        content,
        np.concatenate([np.zeros(1, np.int64), ends_at[:-1]]),
        ends_at,
        np.arange(first_number, first_number + len(ends), dtype=np.int64),
        np.full(len(ends), NOT_CAPTURED, np.int64),
    )
