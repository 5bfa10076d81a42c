"""A filter that tells of most hashes that are new, at a glance, that they are (a Bloom filter of two bits a hash).

Belongs here: bits at places that hashes name. Does not belong here: the hashes themselves (_datagram_hashes).
"""

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]
FEWEST_WORDS, MOST_WORDS, GROWTH = 1 << 7, 1 << 21, 16
WORD_BITS = 64
# With so many bits a hash, one new hash of some thousand is looked up in vain.
BITS_A_HASH = 128
WORD_SHIFT, BIT_SHIFTS, LAST_BIT, ONE = np.uint64(12), (np.uint64(0), np.uint64(6)), np.uint64(63), np.uint64(1)


class HashFilter:
    """Bits for hashes, in as many words of 64 bits as `count` of them need, at most 16 MB.

    Both bits of a hash stand in one word, so that a hash costs one access to memory.
    """

    def __init__(self, count: int = 0) -> None:
        size = FEWEST_WORDS
        while size < MOST_WORDS and size * WORD_BITS < count * BITS_A_HASH:
            size *= GROWTH
        self.words = np.zeros(min(size, MOST_WORDS), np.uint64)
        self.count = 0

    @property
    def is_full(self) -> bool:
        """Whether a larger one would tell of more hashes that they are new."""
        return len(self.words) < MOST_WORDS and len(self.words) * WORD_BITS < self.count * BITS_A_HASH

    def may_hold(self, hashes: Hashes) -> Flags:
        """False for those that were not added; those of which it is true may have been."""
        bits = _bits(hashes)
        found: Flags = self.words[self._places(hashes)] & bits == bits
        return found

    def add(self, hashes: Hashes) -> None:
        self.count += len(hashes)
        np.bitwise_or.at(self.words, self._places(hashes), _bits(hashes))

    def _places(self, hashes: Hashes) -> npt.NDArray[np.int64]:
        """The words that hashes name."""
        return ((hashes >> WORD_SHIFT) & np.uint64(len(self.words) - 1)).astype(np.int64)


def _bits(hashes: Hashes) -> Hashes:
    """The bits of a word that hashes name."""
    first, second = (ONE << ((hashes >> shift) & LAST_BIT) for shift in BIT_SHIFTS)
    return first | second
