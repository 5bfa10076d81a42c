"""UDP datagrams that IP sent in fragments: put together again, within bounds, or counted.

Belongs here: which fragments make a datagram (RFC 791, RFC 8200 section 4.5). Does not belong here: finding frames and
IP headers (_frames).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from assets.exports.formats._compression import Teller

MOST_INCOMPLETE = 1_000
MOST_HELD_BYTES = 8 << 20
# What a receiver waits for the other fragments at most (RFC 8200 section 4.5); then their number may mean another one.
LONGEST_WAIT_MS = 60_000
LARGEST_DATAGRAM, UDP_BYTES = 0xFFFF, 8


class Fragment(NamedTuple):
    """A part of a datagram; `key` is of both addresses and the number that all of its parts share."""

    key: bytes
    offset: int
    is_last: bool
    content: bytes
    captured_ms: int


@dataclass
class _Incomplete:
    """The parts of a datagram that came so far, by their offset; `length` is known when the last part came."""

    began_ms: int
    ended_ms: int
    parts: dict[int, bytes] = field(default_factory=dict)
    held_bytes: int = 0
    length: int | None = None

    def whole(self) -> bytes | None:
        """The datagram, if its parts fill it without overlap and hold at least its header."""
        content = bytearray()
        for offset in sorted(self.parts):
            if offset != len(content):
                return None
            content += self.parts[offset]
        return bytes(content) if len(content) >= UDP_BYTES else None


@dataclass
class Fragments:
    """The datagrams of a file of which parts are missing, and how many were given up."""

    incomplete: dict[bytes, _Incomplete] = field(default_factory=dict)
    given_up: int = 0
    _held_bytes: int = 0

    def take(self, one: Fragment) -> bytes | None:
        """The datagram that this part completes, if it does; a part that came before changes nothing."""
        known = self.incomplete.get(one.key)
        if known is not None and _is_of_another(known, one):
            self._give_up(one.key)
            known = None
        if known is None:
            known = self.incomplete[one.key] = _Incomplete(one.captured_ms, one.captured_ms)
        if one.offset not in known.parts:
            known.parts[one.offset] = one.content
            known.held_bytes += len(one.content)
            self._held_bytes += len(one.content)
        known.ended_ms = max(known.ended_ms, one.captured_ms)
        if one.is_last:
            known.length = one.offset + len(one.content)
        if known.length is None or known.held_bytes < known.length:
            self._bound(one.key)
            return None
        whole = known.whole()
        if whole is None:
            self._give_up(one.key)
        else:
            self._forget(one.key)
        return whole

    def hand_over(self) -> Iterator[tuple[bytes, list[Fragment]]]:
        """The parts of each datagram that was not completed, by its key; they are forgotten here."""
        for key, one in self.incomplete.items():
            ends = {offset: offset + len(part) == one.length for offset, part in one.parts.items()}
            yield key, [Fragment(key, at, ends[at], one.parts[at], one.ended_ms) for at in sorted(one.parts)]
        self.incomplete, self._held_bytes = {}, 0

    def _bound(self, key: bytes) -> None:
        """Give up a datagram that is larger than any, and the oldest ones of too many."""
        if self.incomplete[key].held_bytes > LARGEST_DATAGRAM:
            self._give_up(key)
        while len(self.incomplete) > MOST_INCOMPLETE or self._held_bytes > MOST_HELD_BYTES:
            self._give_up(next(iter(self.incomplete)))

    def _give_up(self, key: bytes) -> None:
        self.given_up += 1
        self._forget(key)

    def _forget(self, key: bytes) -> None:
        self._held_bytes -= self.incomplete.pop(key).held_bytes


@dataclass
class PartedDatagrams:
    """The datagrams that no file held whole, as those leave them whose rotation parts fragments; in any order of files.

    Of files of different days nothing is put together: each day is made by itself.
    """

    fragments: Fragments = field(default_factory=Fragments)
    # The file that held the first part which was read.
    owners: dict[bytes, Teller] = field(default_factory=dict)

    def take(self, left: Fragments, teller: Teller) -> Iterator[tuple[Fragment, bytes]]:
        """The datagrams that what a file left completes, each with a part of it at the time when the last one came.

        What is given up for want of room is told.
        """
        before = self.fragments.given_up
        for key, parts in left.hand_over():
            self.owners.setdefault(key, teller)
            for part in parts:
                known = self.fragments.incomplete.get(key)
                whole = self.fragments.take(part)
                if whole is not None:
                    ended_ms = max(part.captured_ms, known.ended_ms if known else 0)
                    yield part._replace(captured_ms=ended_ms), whole
                    break
        tell_lost(self.fragments.given_up - before, teller)
        self.owners = {key: owner for key, owner in self.owners.items() if key in self.fragments.incomplete}

    def tell(self) -> None:
        """Tell what no file completed, in the outcomes of the files that held their first parts, and forget it."""
        lost = [self.owners[key] for key in self.fragments.incomplete]
        for owner in {id(one): one for one in lost}.values():
            tell_lost(sum(one is owner for one in lost), owner)
        self.fragments, self.owners = Fragments(), {}


def tell_lost(count: int, teller: Teller) -> None:
    """Tell datagrams of which fragments are missing, if there are any."""
    if count:
        teller.lose("fragments", f"{count} datagrams came in fragments of which some are missing", count)


def _is_of_another(known: _Incomplete, one: Fragment) -> bool:
    """Whether a part belongs to a later datagram of the same number: it is too late, or another one has its place."""
    is_late = abs(one.captured_ms - known.began_ms) > LONGEST_WAIT_MS
    return is_late or known.parts.get(one.offset, one.content) != one.content
