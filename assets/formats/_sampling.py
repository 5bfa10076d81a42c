"""Sampling: which interval the records of an exporter have, and when it was booted, by what its options told.

Belongs here: what was told of a domain over time, and the answer for records by sampler, interface and moment
(docs/method.md). Does not belong here: reading options records (_options).
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from assets.formats._datagrams import Numbers
from assets.formats._options import EGRESS, INGRESS, INTERFACE, LINE_CARD, Announced, SamplingKey, Scope
from assets.formats._templates import Domain
from assets.formats._timeline import Timeline, When

Sent = npt.NDArray[np.uint64]
MOST_INTERVALS = 65_536
ABSENT = -1
METERED_ON_LEAVING = 1
UNKNOWN_BOOT = -1
LAST_OF_ITS_MOMENT = 1 << 62
UNKNOWN, IN_FORCE, TOLD_LATER = -1, 0, 1


class SampledRecords(NamedTuple):
    """Records of one domain: when their datagram was sent, and what may say how they were sampled (ABSENT: nothing)."""

    sent: Sent
    sampler: Numbers
    in_if: Numbers
    out_if: Numbers
    metering_direction: Numbers
    line_card: Numbers


class Answer(NamedTuple):
    """An interval, and whether it was in force or told later."""

    interval: float
    source: int


NO_ANSWER = Answer(np.nan, UNKNOWN)


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
    _known: int = 0

    def learn(self, domain: Domain, told: Announced, when: When) -> None:
        """Take what an options record told; values of 0 say nothing."""
        if told.booted_ms is not None:
            timeline = self.booted.get(domain)
            if timeline is None:
                timeline = self.booted[domain] = Timeline()
                self.is_contradicted |= domain in self.missed
                if len(self.booted) > MOST_INTERVALS:
                    del self.booted[next(iter(self.booted))]
            timeline.tell(when, told.booted_ms)
            self.is_contradicted |= timeline.is_contradicted or timeline.is_rough
        if told.interval is not None:
            self.keep(domain, told.key, told.interval, when)

    def keep(self, domain: Domain, key: SamplingKey, interval: float, when: When) -> None:
        """Remember an interval; of more than MOST_INTERVALS, the domain that was heard of longest ago is forgotten."""
        of_domain = self.intervals[domain] = self.intervals.pop(domain, {})
        timeline = of_domain.get(key)
        if timeline is None:
            timeline = of_domain[key] = Timeline()
            self._known += 1
            asked = self.asked_until.get(domain)
            is_late = asked is not None and when <= asked
            self.is_contradicted |= is_late or domain in self.missed or domain in self.guessed
        timeline.tell(when, interval)
        self.is_contradicted |= timeline.is_contradicted or timeline.is_rough
        if self._known > MOST_INTERVALS:
            self._known -= len(self.intervals.pop(next(iter(self.intervals))))

    def of_records(self, domain: Domain, records: SampledRecords) -> tuple[npt.NDArray[np.float64], Numbers]:
        """The interval of each record (not a number where it is unknown), and IN_FORCE, TOLD_LATER or UNKNOWN."""
        known = self.intervals.get(domain, {})
        self._ask(domain, known.values(), records.sent)
        epoch, moments = _epochs(list(known.values()), records.sent)
        columns = [epoch, records.sampler, *_columns_of_scopes(known, records)]
        representatives, which = _different(columns)
        agreed = cache(lambda number: _agreed(known.values(), moments[number]))
        answers = []
        for row in representatives:
            found = _matched(known, moments[epoch[row]], records, row)
            if found is None and records.sampler[row] == ABSENT:
                found = agreed(int(epoch[row]))
                self.guessed.add(domain)
            answers.append(found or NO_ANSWER)
        if any(one.source == UNKNOWN for one in answers):
            self.missed.add(domain)
        intervals = np.array([one.interval for one in answers], np.float64)
        return intervals[which], np.array([one.source for one in answers], np.int64)[which]

    def _ask(self, domain: Domain, timelines: Iterable[Timeline[float]], sent: Sent) -> None:
        until = When(int(sent.max()), LAST_OF_ITS_MOMENT)
        self.asked_until[domain] = max(until, self.asked_until.get(domain, until))
        for timeline in timelines:
            timeline.ask(until)

    def boots_of(self, domain: Domain, sent: Sent) -> Numbers:
        """The boot time (ms since 1970) that holds for each record of a domain, or UNKNOWN_BOOT."""
        timeline = self.booted.get(domain)
        if timeline is None:
            self.missed.add(domain)
            return np.full(len(sent), UNKNOWN_BOOT, np.int64)
        timeline.ask(When(int(sent.max()), LAST_OF_ITS_MOMENT))
        epoch, moments = _epochs([timeline], sent)
        found = [timeline.holding(moment) for moment in moments]
        return np.array([UNKNOWN_BOOT if one is None else one for one in found], np.int64)[epoch]

    def forget(self, domain: Domain) -> None:
        """Forget all of a domain."""
        self._known -= len(self.intervals.pop(domain, {}))
        self.booted.pop(domain, None)

    def anew(self, before: "Sampling") -> "Sampling":
        """The same knowledge, of which nothing has been asked; where it is rough, what was known before."""
        found = Sampling(_known=self._known)
        for domain, of_domain in self.intervals.items():
            known = before.intervals.get(domain, {})
            found.intervals[domain] = {key: timeline.anew(known.get(key)) for key, timeline in of_domain.items()}
        found.booted = {domain: one.anew(before.booted.get(domain)) for domain, one in self.booted.items()}
        return found


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


def _agreed(timelines: Collection[Timeline[float]], when: When) -> Answer:
    """What all say that have something in force, else what all say that are told next; unknown where they differ."""
    for source, asked in ((IN_FORCE, Timeline.in_force), (TOLD_LATER, Timeline.told_next)):
        found = {one for timeline in timelines if (one := asked(timeline, when)) is not None}
        if found:
            return Answer(found.pop(), source) if len(found) == 1 else NO_ANSWER
    return NO_ANSWER


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


def _columns_of_scopes(known: dict[SamplingKey, Timeline[float]], records: SampledRecords) -> list[Numbers]:
    """The columns on which an answer depends beside sampler and moment."""
    kinds = {key.scope.kind for key in known}
    columns = list[Numbers]()
    if not kinds.isdisjoint((INTERFACE, INGRESS, EGRESS)):
        columns += [records.in_if, records.out_if, records.metering_direction]
    return [*columns, records.line_card] if LINE_CARD in kinds else columns


def _epochs(timelines: Sequence[Timeline[Any]], sent: Sent) -> tuple[Numbers, list[When]]:
    """In which stretch of time, between two news, each record was sent, and a moment of each stretch."""
    news = {begin.sent for timeline in timelines for begin in timeline.begins}
    bounds = sorted(news)
    epoch = np.searchsorted(np.array(bounds, np.uint64), sent, side="right")
    return epoch.astype(np.int64), [When(0, -2), *(When(bound, LAST_OF_ITS_MOMENT) for bound in bounds)]


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
