"""Sampling: which interval the records of an exporter have, and when it was booted, by what its options told.

Belongs here: what was told of a domain over time, and the answer for records by sampler, interface and moment
(docs/method.md). Does not belong here: reading options records (_options).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from assets.exports.formats._datagrams import Numbers
from assets.exports.formats._options import EGRESS, INGRESS, INTERFACE, LINE_CARD, Announced, SamplingKey, Scope
from assets.exports.formats._stretches import (
    IN_FORCE,
    LAST_OF_ITS_MOMENT,
    NO_ANSWER,
    TOLD_LATER,
    UNKNOWN,
    Answer,
    Sent,
    Stretches,
)
from assets.exports.formats._templates import Domain
from assets.exports.formats._timeline import Timeline, When

# What one exporter tells, changes included, and all of them; those known before a flood of others keep their place.
MOST_INTERVALS = 65_536
MOST_INTERVALS_OF_ALL = 1 << 18
MOST_BOOTS = 1_000
# Domains of which it is remembered what was asked.
MOST_ASKED = 65_536
ABSENT = -1
METERED_ON_LEAVING = 1
UNKNOWN_BOOT = -1


class SampledRecords(NamedTuple):
    """Records of one domain: when their datagram was sent, and what may say how they were sampled (ABSENT: nothing)."""

    sent: Sent
    sampler: Numbers
    in_if: Numbers
    out_if: Numbers
    metering_direction: Numbers
    line_card: Numbers


@dataclass(frozen=True)
class _Ordered:
    """What is told of a domain, in order of time, for all records that ask: made once until there is news."""

    stretches: Stretches
    agreed: list[Answer]
    kinds: frozenset[str]

    @classmethod
    def of(cls, known: dict[SamplingKey, Timeline[float]]) -> "_Ordered":
        stretches = Stretches.of(known.values())
        return cls(stretches, stretches.agreed(list(known.values())), frozenset(key.scope.kind for key in known))


@dataclass
class Sampling:
    """Intervals by domain, sampler and scope, and boot times by domain (ms since 1970), each over time."""

    intervals: dict[Domain, dict[SamplingKey, Timeline[float]]] = field(default_factory=dict)
    booted: dict[Domain, Timeline[int]] = field(default_factory=dict)
    # Domains of which something was asked in vain.
    missed: set[Domain] = field(default_factory=set)
    # Domains whose records took an interval that is not told of them, but the same of all that is told.
    guessed: set[Domain] = field(default_factory=set)
    asked_until: dict[Domain, When] = field(default_factory=dict)
    is_contradicted: bool = False
    _announcements: Counter[bytes] = field(default_factory=Counter)
    _told_of_all: int = 0
    _ordered: dict[Domain, _Ordered] = field(default_factory=dict)

    def learn(self, domain: Domain, announced: Announced, when: When) -> bool:
        """Take what an options record told; says whether there was room for it. Values of 0 say nothing."""
        is_kept = announced.booted_ms is None or self.keep_boot(domain, announced.booted_ms, when)
        return (announced.interval is None or self.keep(domain, announced.key, announced.interval, when)) and is_kept

    def keep_boot(self, domain: Domain, booted_ms: int, when: When) -> bool:
        """Remember when an exporter was booted; says whether there was room for it."""
        timeline = self.booted.get(domain)
        if timeline is None:
            if len(self.booted) >= MOST_INTERVALS:
                return False
            timeline = self.booted[domain] = Timeline()
            self.is_contradicted |= domain in self.missed
        timeline.tell(when, booted_ms)
        self.is_contradicted |= timeline.is_contradicted or timeline.is_rough
        if len(timeline) > MOST_BOOTS:
            timeline.drop_oldest()
        return True

    def keep(self, domain: Domain, key: SamplingKey, interval: float, when: When) -> bool:
        """Remember an interval; says whether there was room for it. One that is known may always change."""
        timeline = self.intervals.get(domain, {}).get(key)
        asked = self.asked_until.get(domain)
        if timeline is None:
            if self._is_full(domain):
                return False
            timeline = self.intervals.setdefault(domain, {})[key] = Timeline()
            self.is_contradicted |= domain in self.missed or domain in self.guessed
        if asked is not None and when <= asked and (not timeline or when < timeline.begins[0]):
            # Records behind it may have taken what was told later, or what is told of others.
            self.is_contradicted = True
        before, timeline.asked_until = len(timeline), asked
        if timeline.tell(when, interval):
            self._ordered.pop(domain, None)
        self._count(domain, len(timeline) - before)
        self.is_contradicted |= timeline.is_contradicted or timeline.is_rough
        while len(timeline) > 1 and self._is_full(domain, more=0):
            timeline.drop_oldest()
            self._count(domain, -1)
        return True

    def _is_full(self, domain: Domain, more: int = 1) -> bool:
        of_exporter = self._announcements[domain.exporter] + more
        return of_exporter > MOST_INTERVALS or self._told_of_all + more > MOST_INTERVALS_OF_ALL

    def _count(self, domain: Domain, more: int) -> None:
        self._announcements[domain.exporter] += more
        self._told_of_all += more

    def of_records(self, domain: Domain, records: SampledRecords) -> tuple[npt.NDArray[np.float64], Numbers]:
        """The interval of each record (not a number where it is unknown), and IN_FORCE, TOLD_LATER or UNKNOWN."""
        known = self.intervals.get(domain, {})
        until = self._asked(domain, records.sent)
        if domain in self.asked_until or len(self.asked_until) < MOST_ASKED:
            self.asked_until[domain] = until
        ordered = self._ordered.get(domain) or _Ordered.of(known)
        if known:
            self._ordered[domain] = ordered
        stretch = ordered.stretches.holding(records.sent)
        columns = [stretch, records.sampler, *_columns_of_scopes(ordered.kinds, records)]
        representatives, which = _different(columns)
        answers = []
        for row in representatives:
            when = ordered.stretches.moment(int(stretch[row]))
            found = _matched(known, when, records, row) if known else None
            if found is None and records.sampler[row] == ABSENT:
                found = ordered.agreed[int(stretch[row])]
                _remember(self.guessed, domain)
            answers.append(found or NO_ANSWER)
        if any(one.source == UNKNOWN for one in answers):
            _remember(self.missed, domain)
        intervals = np.array([one.interval for one in answers], np.float64)
        return intervals[which], np.array([one.source for one in answers], np.int64)[which]

    def _asked(self, domain: Domain, sent: Sent) -> When:
        """Until when records have asked of a domain."""
        until = When(int(sent.max()), LAST_OF_ITS_MOMENT)
        return max(until, self.asked_until.get(domain, until))

    def boots_of(self, domain: Domain, sent: Sent) -> Numbers:
        """The boot time (ms since 1970) that holds for each record of a domain, or UNKNOWN_BOOT."""
        timeline = self.booted.get(domain)
        if timeline is None:
            _remember(self.missed, domain)
            return np.full(len(sent), UNKNOWN_BOOT, np.int64)
        timeline.ask(When(int(sent.max()), LAST_OF_ITS_MOMENT))
        stretches = Stretches.of([timeline])
        stretch, which = np.unique(stretches.holding(sent), return_inverse=True)
        found = [timeline.holding(stretches.moment(one)) for one in stretch.tolist()]
        return np.array([UNKNOWN_BOOT if one is None else one for one in found], np.int64)[which]

    def domains(self) -> list[Domain]:
        """All of which an interval or a boot is known."""
        return [*self.intervals, *(one for one in self.booted if one not in self.intervals)]

    def forget(self, domains: Iterable[Domain]) -> None:
        """Forget all of some domains."""
        for domain in domains:
            self._count(domain, -sum(map(len, self.intervals.pop(domain, {}).values())))
            self.booted.pop(domain, None)
            self._ordered.pop(domain, None)
        self._announcements += Counter()

    def anew(self, before: "Sampling") -> "Sampling":
        """The same knowledge, of which nothing has been asked; where it is rough, what was known before."""
        found = Sampling()
        for domain, of_domain in self.intervals.items():
            known = before.intervals.get(domain, {})
            found.intervals[domain] = {key: timeline.anew(known.get(key)) for key, timeline in of_domain.items()}
            found._count(domain, sum(map(len, found.intervals[domain].values())))
        found.booted = {domain: one.anew(before.booted.get(domain)) for domain, one in self.booted.items()}
        return found


def _remember(domains: set[Domain], domain: Domain) -> None:
    if len(domains) < MOST_ASKED:
        domains.add(domain)


def _matched(known: dict[SamplingKey, Timeline[float]], when: When, records: SampledRecords, row: int) -> Answer | None:
    """What is told of a record's sampler and scope."""
    return _first([known[key] for key in _keys_of(records, row) if key in known], when)


def _first(timelines: Sequence[Timeline[float]], when: When) -> Answer | None:
    """What is in force of the first that has something in force, else what is told next of the first that has that."""
    for source, asked in ((IN_FORCE, Timeline.in_force), (TOLD_LATER, Timeline.told_next)):
        for timeline in timelines:
            found = asked(timeline, when)
            if found is not None:
                return Answer(found, source)
    return None


def _keys_of(records: SampledRecords, row: int) -> Iterator[SamplingKey]:
    """What may be told of a record, the most telling first: of its sampler before others, of its scope before all."""
    scopes = [*_scopes_of(records, row), Scope()]
    sampler = int(records.sampler[row])
    for one in (sampler, None) if sampler != ABSENT else (None,):
        yield from (SamplingKey(one, scope) for scope in scopes)


def _scopes_of(records: SampledRecords, row: int) -> Iterator[Scope]:
    """The interface that a record was metered at first, then the other one; then its line card."""
    received, sent = int(records.in_if[row]), int(records.out_if[row])
    direction = int(records.metering_direction[row])
    arriving = (Scope(INTERFACE, received), Scope(INGRESS, received))
    leaving = (Scope(INTERFACE, sent), Scope(EGRESS, sent))
    if direction == METERED_ON_LEAVING:
        yield from (*leaving, Scope(INGRESS, received))
    elif direction == ABSENT:
        yield from (*arriving, *leaving)
    else:
        yield from (*arriving, Scope(EGRESS, sent))
    yield Scope(LINE_CARD, int(records.line_card[row]))


def _columns_of_scopes(kinds: frozenset[str], records: SampledRecords) -> list[Numbers]:
    """The columns on which an answer depends beside sampler and moment."""
    columns = list[Numbers]()
    if not kinds.isdisjoint((INTERFACE, INGRESS, EGRESS)):
        columns += [records.in_if, records.out_if, records.metering_direction]
    return [*columns, records.line_card] if LINE_CARD in kinds else columns


def _different(columns: Sequence[Numbers]) -> tuple[list[int], Numbers]:
    """A row of each different combination of the columns' values, and which combination each row has."""
    code = np.zeros(len(columns[0]), np.int64)
    varying = [column for column in columns if column.min() != column.max()]
    if not varying:
        return [0], code
    for column in varying:
        values, place = np.unique(column, return_inverse=True)
        _, code = np.unique(code * len(values) + place, return_inverse=True)
    _, rows, which = np.unique(code, return_index=True, return_inverse=True)
    return rows.tolist(), which
