"""The sets of datagrams, found for all datagrams of a block at once.

Belongs here: where each set of NetFlow v9 and IPFIX begins and ends. Does not belong here: what stands in a set.
"""

from typing import NamedTuple

import numpy as np

from assets.exports.formats._datagrams import Datagrams, Numbers

SET_HEADER_BYTES = 4


class Sets(NamedTuple):
    """Sets in the order of the wire: their datagram's row, id, and where their content begins and ends."""

    row: Numbers
    set_id: Numbers
    begins_at: Numbers
    ends_at: Numbers


class Fault(NamedTuple):
    """A set that does not fit its datagram: the row, its id, the byte it begins at, its length and what is left."""

    row: int
    set_id: int
    at: int
    says: int
    left: int

    def __str__(self) -> str:
        return f"set {self.set_id} at byte {self.at} says {self.says} bytes, {self.left} are left"


def walk(datagrams: Datagrams, rows: Numbers, header_bytes: int, lengths: Numbers) -> tuple[Sets, list[Fault]]:
    """The sets of some rows, and those rows whose walk ended at a set that does not fit.

    Sets begin behind the header and within `lengths`, one a datagram, which a header may tell; zeros end a datagram.
    """
    found, faults = list[Sets](), list[Fault]()
    begins, sizes = datagrams.begins_at, datagrams.lengths
    at = np.full(len(rows), header_bytes, np.int64)
    words = np.frombuffer(datagrams.content, np.uint8)
    while True:
        size = sizes[rows]
        is_on = (at < lengths[rows]) & (at + SET_HEADER_BYTES <= size)
        rows, at, size = rows[is_on], at[is_on], size[is_on]
        if not len(rows):
            break
        place = begins[rows] + at
        head = words[place[:, np.newaxis] + np.arange(SET_HEADER_BYTES)].view(">u2").astype(np.int64)
        set_id, says = head[:, 0], head[:, 1]
        is_end = (set_id == 0) & (says == 0)
        fits = (says >= SET_HEADER_BYTES) & (at + says <= size)
        wrong = np.flatnonzero(~fits & ~is_end)
        columns = (rows, set_id, at, says, size - at)
        faults += [Fault(*one) for one in zip(*(column[wrong].tolist() for column in columns), strict=True)]
        if not fits.all():
            rows, at, set_id, says, place = (column[fits] for column in (rows, at, set_id, says, place))
        found.append(Sets(rows, set_id, place + SET_HEADER_BYTES, place + says))
        at = at + says
    if not found:
        nothing = np.zeros(0, np.int64)
        return Sets(nothing, nothing, nothing, nothing), faults
    together = Sets(*(np.concatenate(columns) for columns in zip(*found, strict=True)))
    if len(found) == 1:
        return together, faults
    order = np.argsort(together.row, kind="stable")
    return Sets(*(column[order] for column in together)), faults
