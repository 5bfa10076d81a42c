"""Finding the range of an address, for many addresses at a time.

IPv4: a flat table with an entry for each /24, and one of 256 entries for each /24 that ranges divide.
IPv6: a sorted list of the /64s where something changes, and an exact search for each /64 that ranges divide.
Belongs here: the search. Does not belong here: what the ranges say.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assets.registry.address_columns import MAPPED_LOW, Addresses, Bytes, Words

Found = npt.NDArray[np.int32]

NO_RANGE = -1
DIVIDED = -2
"""A table's entry of -2 - n sends to the n-th divided block."""
BLOCKS = 1 << 24
AT_A_TIME = 1 << 16
MAPPED_HALF = np.uint64(0xFFFF_0000)
"""The first half of the low word of a mapped address, read in little-endian order (bytes 0, 0, ff, ff)."""


class AddressLookup:
    """Disjoint ranges in order, ready to be searched; the result is a range's place among them."""

    def __init__(self, first: Addresses, last: Addresses) -> None:
        is_v4 = (first.high == 0) & (first.low >> np.uint64(32) == 0xFFFF)
        places = np.arange(len(first), dtype=np.int32)
        v4, v6 = np.flatnonzero(is_v4), np.flatnonzero(~is_v4)
        self._v4 = _V4Table.of_changes(_changes(first.at(v4), last.at(v4), places[v4]))
        self._v6 = _V6Table.of_changes(_changes(first.at(v6), last.at(v6), places[v6]))

    def find(self, addresses: Bytes) -> Found:
        """The place of the range of each of (n, 16) addresses, -1 where there is none."""
        words = np.ascontiguousarray(addresses).view("<u8").reshape(-1, 2)
        found = np.empty(len(words), np.int32)
        for begin in range(0, len(words), AT_A_TIME):
            found[begin : begin + AT_A_TIME] = self._find_some(words[begin : begin + AT_A_TIME])
        return found

    def _find_some(self, words: Words) -> Found:
        low = words[:, 1]
        is_v4 = ((low & np.uint64(0xFFFF_FFFF)) == MAPPED_HALF) & (words[:, 0] == 0)
        if is_v4.all():
            return self._v4.find(_v4_number(low))
        if not is_v4.any():
            return self._v6.find(words[:, 0].byteswap(), low.byteswap())
        found = np.empty(len(words), np.int32)
        found[is_v4] = self._v4.find(_v4_number(low[is_v4]))
        others = words[~is_v4].byteswap()
        found[~is_v4] = self._v6.find(others[:, 0], others[:, 1])
        return found


def _v4_number(low: Words) -> npt.NDArray[np.uint32]:
    return (low >> np.uint64(32)).astype(np.uint32).byteswap()


@dataclass(frozen=True)
class _Changes:
    """Where the answer changes: from `at` on it is `place`; before the first it is NO_RANGE."""

    at: Addresses
    place: Found


def _changes(first: Addresses, last: Addresses, places: Found) -> _Changes:
    after = last.next()
    count = len(places)
    high, low = np.empty(2 * count, np.uint64), np.empty(2 * count, np.uint64)
    high[::2], high[1::2], low[::2], low[1::2] = first.high, after.high, first.low, after.low
    place = np.full(2 * count, NO_RANGE, np.int32)
    place[::2] = places
    # A gap is a change only if the next range begins later; none follows the last address of all.
    keep = np.ones(2 * count, np.bool_)
    keep[1:-1:2] = (high[1:-1:2] != high[2::2]) | (low[1:-1:2] != low[2::2])
    keep[1::2] &= (after.high != 0) | (after.low != 0)
    return _Changes(Addresses(high[keep], low[keep]), place[keep])


@dataclass(frozen=True)
class _V4Table:
    blocks: Found
    divided: Found

    @classmethod
    def of_changes(cls, changes: _Changes) -> "_V4Table":
        at = np.append(0, (changes.at.low - MAPPED_LOW).astype(np.int64))
        place = np.append(np.int32(NO_RANGE), changes.place)
        first_block = (at + 255) >> 8
        blocks = np.repeat(place, np.diff(first_block, append=BLOCKS))
        divided = np.unique(at[at & 255 != 0] >> 8)
        blocks[divided] = DIVIDED - np.arange(len(divided), dtype=np.int32)
        inside = np.empty((len(divided), 256), np.int32)
        for begin in range(0, len(divided), 4096):
            numbers = (divided[begin : begin + 4096, None] << 8) + np.arange(256)
            inside[begin : begin + 4096] = place[np.searchsorted(at, numbers, side="right") - 1]
        return cls(blocks, inside.ravel())

    def find(self, numbers: npt.NDArray[np.uint32]) -> Found:
        found: Found = self.blocks[numbers >> np.uint32(8)]
        divided = np.flatnonzero(found <= DIVIDED)
        if len(divided):
            block = (DIVIDED - found[divided]).astype(np.int64)
            found[divided] = self.divided[(block << 8) + (numbers[divided] & np.uint32(255))]
        return found


@dataclass(frozen=True)
class _V6Table:
    high: Words
    place: Found
    low: Words
    inside_at: npt.NDArray[np.int64]
    inside_place: Found

    @classmethod
    def of_changes(cls, changes: _Changes) -> "_V6Table":
        """`high` and `place`: the changes by /64. The rest is for /64s that ranges divide.

        `low` are the low halves of all changes within a /64, in order; a change in the n-th divided /64
        stands in `inside_at` as n * len(low) + the place of its low half in `low`.
        """
        high, low, place = changes.at.high, changes.at.low, changes.place
        divided = np.unique(high[low != 0])
        before = np.append(place, np.int32(NO_RANGE))[np.searchsorted(high, divided, side="left") - 1]
        within = np.flatnonzero(np.isin(high, divided))
        lows = np.unique(np.append(low[within], np.uint64(0)))
        block = np.append(np.arange(len(divided)), np.searchsorted(divided, high[within]))
        rank = np.append(np.zeros(len(divided), np.int64), np.searchsorted(lows, low[within]))
        inside_at = block * len(lows) + rank
        order = np.argsort(inside_at, kind="stable")
        inside_place = np.append(before, place[within])[order]
        by_block = _by_block(changes, divided)
        return cls(by_block.at.high, by_block.place, lows, inside_at[order], inside_place)

    def find(self, high: Words, low: Words) -> Found:
        # Searching in order keeps to the cache; with the sorting it takes half the time.
        order = np.argsort(high)
        found = np.empty(len(high), np.int32)
        found[order] = self.place[np.searchsorted(self.high, high[order], side="right") - 1]
        divided = np.flatnonzero(found <= DIVIDED)
        if len(divided):
            rank = np.searchsorted(self.low, low[divided], side="right") - 1
            at = (DIVIDED - found[divided]).astype(np.int64) * len(self.low) + rank
            found[divided] = self.inside_place[np.searchsorted(self.inside_at, at, side="right") - 1]
        return found


def _by_block(changes: _Changes, divided: Words) -> _Changes:
    """The changes by /64; at one, division comes before its own change, and that before what went on."""
    high, place = changes.at.high, changes.place
    last_within = place[np.searchsorted(high, divided, side="right") - 1]
    whole = changes.at.low == 0
    start = np.zeros(1, np.uint64)
    at = np.concatenate([start, divided + np.uint64(1), high[whole], divided])
    sends = DIVIDED - np.arange(len(divided), dtype=np.int32)
    ranges_at = np.concatenate([np.array([NO_RANGE], np.int32), last_within, place[whole], sends])
    behind_all = np.concatenate([[False], divided == np.uint64(2**64 - 1), np.zeros(len(at) - 1 - len(divided), bool)])
    at, ranges_at = at[~behind_all], ranges_at[~behind_all]
    order = np.argsort(at, kind="stable")
    at, ranges_at = at[order], ranges_at[order]
    is_last = np.append(at[1:] != at[:-1], True)
    return _Changes(Addresses(at[is_last], np.zeros(int(is_last.sum()), np.uint64)), ranges_at[is_last])
