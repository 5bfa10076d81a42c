"""Which datagrams came before: hashes of all datagrams of a day, and of those that earlier days had.

Belongs here: recognising a datagram that is delivered again, to the byte and by the same exporter. Does not belong
here: files that are delivered again (assets.exports.flow_exports), or what becomes of a repeated datagram.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import xxhash

from assets.exports.formats._datagrams import Numbers, distinct_numbers, rows_by
from assets.exports.formats._hash_filter import GROWTH, Flags, Hashes, HashFilter

DAY_S = 86_400
# Two collectors see a datagram without a clock of its own (sFlow) at moments that differ by less.
SLACK_S = 300
MOST_PARTS = 64
# So few hashes are compared with each of a part sooner than the part is sorted for them.
FEW_HASHES = 4
# Exporters whose datagrams are kept apart, which makes finding one quicker; those of all others lie together.
MOST_EXPORTERS = 10_000
OTHERS = b""
# The clocks of headers end then; a later moment of capture is none.
LAST_SECOND = (1 << 32) - 1
# An earlier day is read whole, if datagrams of more days than this are looked for in it.
MOST_DAYS_APART = 32
DATAGRAM_HASHES = pa.schema(
    [pa.field("sent_on", pa.date32(), nullable=False), pa.field("hash", pa.uint64(), nullable=False)]
)
"""One row per datagram of an export day: the day of its own clock, and a 64-bit hash of its exporter and bytes."""


class EarlierDay(NamedTuple):
    """The hashes of an earlier export day by the days of the datagrams' clocks.

    `load` gives those of one of these days, or of all (None), sorted.
    """

    days: frozenset[int]
    load: Callable[[int | None], Hashes]


@dataclass
class _Part:
    """Hashes of one exporter, and the second that each was sent at; sorted only once they are searched."""

    hashes: Hashes
    seconds: Numbers
    is_sorted: bool = False

    def held(self, hashes: Hashes) -> Flags:
        """Which of these hashes it holds."""
        if len(hashes) <= FEW_HASHES and not self.is_sorted:
            return np.array([(self.hashes == one).any() for one in hashes])
        return _among(hashes, self.sorted())

    def sorted(self) -> Hashes:
        if not self.is_sorted:
            order = np.argsort(self.hashes)
            self.hashes, self.seconds, self.is_sorted = self.hashes[order], self.seconds[order], True
        return self.hashes


@dataclass
class DatagramHashes:
    """All datagrams so far, 16 bytes each, by exporter; a filter tells most new ones at a glance."""

    earlier: Sequence[EarlierDay] = ()
    parts: dict[bytes, list[_Part]] = field(default_factory=dict)
    known: HashFilter = field(default_factory=HashFilter)
    loaded: dict[tuple[int, int | None], Hashes] = field(default_factory=dict)
    # The days of the clocks of all datagrams that came, repeated ones too, as days since 1970.
    days_asked: set[int] = field(default_factory=set)

    def again(
        self, payloads: Sequence[memoryview], exporters: list[bytes], exporter: Numbers, seconds: Numbers
    ) -> Flags:
        """Which of these datagrams came before, here or on an earlier day; `exporter` is an index of `exporters`."""
        seeds = np.array([xxhash.xxh3_64_intdigest(one) for one in exporters], np.uint64)
        hashes = np.fromiter(map(xxhash.xxh3_64_intdigest, payloads), np.uint64, len(payloads)) ^ seeds[exporter]
        seconds = np.clip(seconds, 0, LAST_SECOND)
        repeated = _repeated_within(hashes) | self._came_earlier(hashes, seconds)
        may_be_known = self.known.may_hold(hashes)
        kept_under, which = self._kept_under(exporters)
        for name, rows in zip(kept_under, rows_by(which[exporter], len(kept_under)), strict=True):
            asked = rows[may_be_known[rows]]
            if len(asked):
                repeated[asked] |= self._seen(name, hashes[asked])
            fresh = rows[~repeated[rows]]
            if len(fresh):
                self._keep(name, _Part(hashes[fresh], seconds[fresh]))
        self._know(hashes[~repeated])
        return repeated

    def _kept_under(self, exporters: list[bytes]) -> tuple[list[bytes], Numbers]:
        """The names under which datagrams are kept, and which of them those of each exporter are."""
        names = dict[bytes, int]()
        room = MOST_EXPORTERS - len(self.parts)
        which = np.empty(len(exporters), np.int64)
        for number, exporter in enumerate(exporters):
            is_apart = exporter in self.parts or room > 0
            room -= is_apart and exporter not in self.parts
            which[number] = names.setdefault(exporter if is_apart else OTHERS, len(names))
        return list(names), which

    def _know(self, hashes: Hashes) -> None:
        """Let the filter know these, which are kept already."""
        self.known.add(hashes)
        if self.known.is_full:
            kept = [part.hashes for of_exporter in self.parts.values() for part in of_exporter]
            self.known = HashFilter(GROWTH * self.known.count)
            self.known.add(np.concatenate(kept))

    def _seen(self, exporter: bytes, hashes: Hashes) -> Flags:
        seen = np.zeros(len(hashes), bool)
        for part in self.parts.get(exporter, ()):
            seen |= part.held(hashes)
        return seen

    def _came_earlier(self, hashes: Hashes, seconds: Numbers) -> Flags:
        came = np.zeros(len(hashes), bool)
        self.days_asked.update(distinct_numbers(seconds // DAY_S)[0].tolist())
        if not self.earlier or not len(hashes):
            return came
        asked = np.unique(np.concatenate([(seconds + slack) // DAY_S for slack in (-SLACK_S, 0, SLACK_S)])).tolist()
        for number, earlier in enumerate(self.earlier):
            days = [day for day in asked if day in earlier.days]
            if len(days) > MOST_DAYS_APART:
                came |= _among(hashes, self._load(number, None))
                continue
            for day in days:
                near = (seconds >= day * DAY_S - SLACK_S) & (seconds < (day + 1) * DAY_S + SLACK_S)
                rows = np.flatnonzero(near)
                came[rows] |= _among(hashes[rows], self._load(number, day))
        return came

    def _load(self, number: int, day: int | None) -> Hashes:
        if (number, day) not in self.loaded:
            self.loaded[number, day] = self.earlier[number].load(day)
        return self.loaded[number, day]

    def _keep(self, exporter: bytes, part: _Part) -> None:
        """Keep a part; many old ones become one."""
        parts = self.parts.setdefault(exporter, [])
        parts.append(part)
        if len(parts) > MOST_PARTS:
            old, parts[: MOST_PARTS // 2] = parts[: MOST_PARTS // 2], []
            joined = _Part(np.concatenate([one.hashes for one in old]), np.concatenate([one.seconds for one in old]))
            parts.insert(0, joined)

    def table(self) -> pa.Table:
        """DATAGRAM_HASHES of all that came and was not repeated, ordered by day and hash."""
        parts = [part for of_exporter in self.parts.values() for part in of_exporter]
        hashes = np.concatenate([one.hashes for one in parts]) if parts else np.zeros(0, np.uint64)
        days = np.concatenate([one.seconds // DAY_S for one in parts]) if parts else np.zeros(0, np.int64)
        order = np.lexsort((hashes, days))
        columns = [pa.array(days[order].astype(np.int32)).cast(pa.date32()), pa.array(hashes[order])]
        return pa.table(columns, schema=DATAGRAM_HASHES)


def sent_on_days_of(table: pa.Table) -> frozenset[int]:
    """The days of the clocks of the datagrams of a table of hashes, as days since 1970."""
    return frozenset(table["sent_on"].cast(pa.int32()).unique().to_pylist())


def _repeated_within(hashes: Hashes) -> Flags:
    """Which hashes stand in the list before."""
    ordered = np.sort(hashes)
    if (ordered[1:] != ordered[:-1]).all():
        return np.zeros(len(hashes), bool)
    order = np.argsort(hashes, kind="stable")
    repeated = np.zeros(len(hashes), bool)
    same = hashes[order][1:] == hashes[order][:-1]
    repeated[order[1:][same]] = True
    return repeated


def _among(hashes: Hashes, known: Hashes) -> Flags:
    """Which hashes are among sorted ones."""
    if not len(known):
        return np.zeros(len(hashes), bool)
    place = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
    found: Flags = known[place] == hashes
    return found
