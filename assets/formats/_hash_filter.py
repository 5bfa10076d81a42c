"""A filter that tells of most hashes that are new, at a glance, that they are (a Bloom filter of two bits a hash).

Belongs here: bits at places that hashes name. Does not belong here: the hashes themselves (_datagram_hashes).
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]
FEWEST_BYTES, MOST_BYTES, GROWTH = 1 << 10, 1 << 24, 16
# With so many bits a hash, one new hash of 4,000 is looked up in vain.
BITS_A_HASH = 128
SHIFTS = (np.uint64(0), np.uint64(32))


class HashFilter:
    """Bits for hashes, in as many bytes as `count` of them need, at most 16 MB."""

    def __init__(self, count: int = 0) -> None:
        size = FEWEST_BYTES
        while size < MOST_BYTES and size * 8 < count * BITS_A_HASH:
            size *= GROWTH
        self.bits = np.zeros(size, np.uint8)
        self.count = 0

    @property
    def is_full(self) -> bool:
        """Whether a larger one would tell of more hashes that they are new."""
        return len(self.bits) < MOST_BYTES and len(self.bits) * 8 < self.count * BITS_A_HASH

    def may_hold(self, hashes: Hashes) -> Flags:
        """False for those that were not added; those of which it is true may have been."""
        found = np.ones(len(hashes), bool)
        for byte, bit in self._places(hashes):
            found &= self.bits[byte] & bit != 0
        return found

    def add(self, hashes: Hashes) -> None:
        self.count += len(hashes)
        for byte, bit in self._places(hashes):
            np.bitwise_or.at(self.bits, byte, bit)

    def _places(self, hashes: Hashes) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]]:
        """The bytes and the bits in them that hashes name."""
        for shift in SHIFTS:
            place = (hashes >> shift) & np.uint64(len(self.bits) * 8 - 1)
            bit = np.left_shift(np.uint8(1), (place & np.uint64(7)).astype(np.uint8))
            yield (place >> np.uint64(3)).astype(np.int64), bit
