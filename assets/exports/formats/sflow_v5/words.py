"""The words of sFlow datagrams, and walks over the parts of something larger: samples, and records in them.

Belongs here: numbers, structures and addresses at many places (XDR, RFC 4506), and where parts begin and end.
Does not belong here: what samples (sflow_v5.samples) and records (sflow_v5.sample_records) say.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from assets.exports.formats._datagrams import Bytes, Numbers, structures_at
from assets.exports.formats._gathering import mapped_addresses

IPV4_ADDRESS, IPV6_ADDRESS = 1, 2
ABSENT = WHOLE = -1
# Zeros behind the last datagram: longer than any structure, so that none is read across the end.
BEHIND = bytes(64)
ADDRESS_LAYOUT = np.dtype([("address", "V16")])


@dataclass(frozen=True)
class Words:
    """Datagrams as numbers of 32 bits (XDR, RFC 4506), one behind another; places are in words."""

    content: bytes
    view: Bytes
    native: npt.NDArray[np.uint32]
    begins_at: Numbers
    ends_at: Numbers

    @classmethod
    def of(cls, payloads: Sequence[memoryview], lengths: Numbers) -> "Words":
        """Payloads of these lengths in bytes, filled up to whole words, as some agents leave the last ones unfilled."""
        filling = -lengths % 4
        pieces: Iterable[bytes | memoryview] = payloads
        if filling.any():
            pieces = chain.from_iterable(zip(payloads, map(bytes, filling.tolist()), strict=True))
        words = (lengths + filling) >> 2
        ends_at = np.cumsum(words)
        content = b"".join([*pieces, BEHIND])
        return cls(
            content, np.frombuffer(content, np.uint8), np.frombuffer(content, np.uint32), ends_at - words, ends_at
        )

    def unsigned(self, place: Numbers, offset: Numbers | int = 0) -> npt.NDArray[np.uint32]:
        """The number `offset` words behind each place, as it is written: for what is not reckoned with."""
        return self.native.take(place + offset, mode="clip").byteswap(inplace=True)

    def at(self, place: Numbers, offset: Numbers | int = 0) -> Numbers:
        return self.unsigned(place, offset).astype(np.int64)

    def structures(self, place: Numbers, layout: np.dtype[np.void]) -> npt.NDArray[np.void]:
        return structures_at(self.view, place << 2, layout)

    def address_at(self, place: Numbers, offset: int, words: int) -> Bytes:
        """IPv4 (1 word) or IPv6 (4 words) addresses as (n, 16) bytes."""
        if words == 1:
            return mapped_addresses(self.native.take(place + offset, mode="clip"))
        return self.structures(place + offset, ADDRESS_LAYOUT).view(np.uint8).reshape(-1, 16)


class Parts(NamedTuple):
    """Parts of something larger: whose, of which format, and where they begin and end."""

    of: Numbers
    format: Numbers
    begins_at: Numbers
    ends_at: Numbers

    def chosen(self, rows: npt.NDArray[np.bool_]) -> "Parts":
        return self if rows.all() else Parts(*(column[rows] for column in self))


def parts_in_step(words: Words, at: Numbers, ends_at: Numbers, count: Numbers, cut: Numbers) -> Iterator[Parts]:
    """`count` parts (format, length in bytes, content) from each place on: the first of all, then the second of all.

    A part that reaches beyond its whole's end is the last of that whole: its format is noted in `cut`.
    """
    of = np.flatnonzero(count > 0)
    at, ends, left = at[of], ends_at[of], count[of]
    while len(of):
        format_, begins = words.at(at), at + 2
        stop = begins + ((words.at(at, 1) + 3) >> 2)
        fits = stop <= ends
        if not fits.all():
            cut[of[~fits]] = format_[~fits]
            of, format_, begins, stop, ends, left = (one[fits] for one in (of, format_, begins, stop, ends, left))
        yield Parts(of, format_, begins, stop)
        goes_on = left > 1
        at, left = stop, left - 1
        if not goes_on.all():
            of, at, ends, left = (one[goes_on] for one in (of, at, ends, left))


def parts(words: Words, at: Numbers, ends_at: Numbers, count: Numbers) -> tuple[Parts, Numbers]:
    """The parts from each place on in the order of the wire, and of the wholes the format that was cut, or WHOLE."""
    cut = np.full(len(at), WHOLE, np.int64)
    taken = np.zeros(len(at), np.int64)
    found = list[Parts]()
    for step in parts_in_step(words, at, ends_at, count, cut):
        found.append(step)
        taken[step.of] += 1
    return _in_order(found, taken), cut


def _in_order(found: list[Parts], taken: Numbers) -> Parts:
    """Parts found step by step, in the order of the wire; `taken` is how many there are of each whole."""
    first, count = np.cumsum(taken) - taken, int(taken.sum())
    format_, begins_at, ends_at = (np.empty(count, np.int64) for _ in range(3))
    for step, some in enumerate(found):
        places = first[some.of] + step
        format_[places], begins_at[places], ends_at[places] = some.format, some.begins_at, some.ends_at
    return Parts(np.repeat(np.arange(len(taken)), taken), format_, begins_at, ends_at)
