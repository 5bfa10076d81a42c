"""What routers add to sFlow samples: next hops, mask lengths and AS numbers.

Belongs here: extended router (1002) and extended gateway (1003) data (sFlow version 5, section 5.3).
Does not belong here: the packet itself and what switches add (sflow_v5.sample_records).
"""

import numpy as np
import numpy.typing as npt

from assets.exports.formats._datagrams import Bytes, Flags, Numbers
from assets.exports.formats._gathering import Column, address_array, mapped_addresses, where
from assets.exports.formats.sflow_v5.words import IPV4_ADDRESS, IPV6_ADDRESS, Words

NO_ADDRESS = 0
MOST_SEGMENTS = 8


class NextHops:
    """The next hop of each sample, as far as a record tells it; the last record that does counts."""

    def __init__(self, samples: int) -> None:
        self.addresses: Bytes = mapped_addresses(np.zeros(samples, np.uint32))
        self.is_told: Flags = np.zeros(samples, bool)

    def read(self, words: Words, at: Numbers, ends_at: Numbers, has: Flags) -> tuple[Numbers, Flags]:
        """Take the address that a record begins with; returns what stands behind it, and who has it whole."""
        family = words.at(at)
        behind = at + 1 + np.where(family == IPV6_ADDRESS, 4, family)
        is_whole = has & (family <= IPV6_ADDRESS) & (behind <= ends_at)
        self._of_ipv4(words, at, is_whole & (family == IPV4_ADDRESS))
        rows = np.flatnonzero(is_whole & (family == IPV6_ADDRESS))
        if len(rows):
            self._of_ipv6(words, at[rows], rows)
        return behind, is_whole

    def _of_ipv4(self, words: Words, at: Numbers, has: Flags) -> None:
        address = words.native.take(at + 1, mode="clip")
        has &= address != NO_ADDRESS
        if has.all():
            self.addresses, self.is_told = mapped_addresses(address), has
            return
        rows = np.flatnonzero(has)
        self.addresses[rows], self.is_told[rows] = mapped_addresses(address[rows]), True

    def _of_ipv6(self, words: Words, at: Numbers, rows: Numbers) -> None:
        address = words.address_at(at, 1, 4)
        is_told = address.any(axis=1)
        self.addresses[rows[is_told]], self.is_told[rows[is_told]] = address[is_told], True

    def columns(self) -> dict[str, Column]:
        return {"next_hop": address_array(self.addresses, self.is_told)} if self.is_told.any() else {}


def masks(words: Words, at: Numbers, ends_at: Numbers, has: Flags) -> dict[str, Column]:
    """The mask lengths that stand behind a router's next hop."""
    has = has & (at + 2 <= ends_at)
    lengths = (np.minimum(words.unsigned(at, number), 0xFF).astype(np.uint8) for number in range(2))
    return {name: where(values, has) for name, values in zip(("src_mask", "dst_mask"), lengths, strict=True)}


def as_numbers(words: Words, at: Numbers, ends_at: Numbers, has: Flags) -> dict[str, Column]:
    """Source AS, and the last AS of the path as destination; without a path the router's own AS is the destination."""
    has = has & (at + 4 <= ends_at)
    segments: npt.NDArray[np.int64] = np.where(has, words.at(at, 3), 0)
    place, dst_as = at + 4, words.unsigned(at)
    for number in range(MOST_SEGMENTS):
        goes_on = (segments > number) & (place + 2 <= ends_at)
        if not goes_on.any():
            break
        length = words.at(place, 1)
        goes_on &= (length > 0) & (place + 2 + length <= ends_at)
        place = np.where(goes_on, place + 2 + length, place)
        dst_as = np.where(goes_on, words.unsigned(place, -1), dst_as)
    return {"src_as": where(words.unsigned(at, 1), has), "dst_as": where(dst_as, has)}
