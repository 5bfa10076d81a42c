"""Columns of 16-byte addresses as pairs of 64-bit numbers, so that numpy can sort, compare and count them.

Belongs here: the way between Arrow and numpy. Does not belong here: what ranges mean.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]

MAPPED_LOW = np.uint64(0xFFFF_0000_0000)
V4_MASK = np.uint64(0xFFFF_FFFF)


def bytes_of(column: pa.Array | pa.ChunkedArray) -> Bytes:
    """The (n, 16) bytes of a binary(16) column, a view where it is one chunk; a null's are undefined."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if array.type != pa.binary(16):
        raise TypeError(f"addresses are binary(16) columns, not {array.type}; pack them to 16 bytes")
    if len(array) == 0:
        return np.empty((0, 16), np.uint8)
    whole = np.frombuffer(array.buffers()[1], np.uint8)
    return whole[16 * array.offset : 16 * (array.offset + len(array))].reshape(-1, 16)


@dataclass(frozen=True)
class Addresses:
    """Addresses as two columns of 64-bit numbers, the high and the low half."""

    high: Words
    low: Words

    @classmethod
    def of_bytes(cls, packed: Bytes) -> "Addresses":
        words = np.ascontiguousarray(packed).view(">u8").reshape(-1, 2)
        return cls(words[:, 0].astype(np.uint64), words[:, 1].astype(np.uint64))

    @classmethod
    def of_column(cls, column: pa.Array | pa.ChunkedArray) -> "Addresses":
        return cls.of_bytes(bytes_of(column))

    def to_column(self) -> pa.Array:
        """The addresses as a binary(16) column."""
        words = np.empty((len(self.low), 2), ">u8")
        words[:, 0], words[:, 1] = self.high, self.low
        return pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(words), [None, pa.py_buffer(words.tobytes())])

    def __len__(self) -> int:
        return len(self.low)

    def at(self, chosen: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> "Addresses":
        return Addresses(self.high[chosen], self.low[chosen])

    def next(self) -> "Addresses":
        """The address after each; after the last of all comes ::."""
        low = self.low + np.uint64(1)
        return Addresses(self.high + (low == 0), low)

    def previous(self) -> "Addresses":
        """The address before each; before :: comes the last of all."""
        return Addresses(self.high - (self.low == 0), self.low - np.uint64(1))

    def minus(self, other: "Addresses") -> "Addresses":
        """The distance from each of `other`, as the high and the low half of a number."""
        low = self.low - other.low
        return Addresses(self.high - other.high - (self.low < other.low), low)


def joined(parts: list[Addresses]) -> Addresses:
    """Addresses one after another."""
    none = np.empty(0, np.uint64)
    return Addresses(
        np.concatenate([none, *(part.high for part in parts)]),
        np.concatenate([none, *(part.low for part in parts)]),
    )


def ranked(addresses: Addresses) -> tuple[Addresses, npt.NDArray[np.intp]]:
    """The different addresses in order, and for each given one its place among them."""
    order = np.lexsort((addresses.low, addresses.high))
    ordered = addresses.at(order)
    is_new = np.ones(len(order), np.bool_)
    is_new[1:] = (ordered.high[1:] != ordered.high[:-1]) | (ordered.low[1:] != ordered.low[:-1])
    places = np.empty(len(order), np.intp)
    places[order] = np.cumsum(is_new) - 1
    return ordered.at(is_new), places
