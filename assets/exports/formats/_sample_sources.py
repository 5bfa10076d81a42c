"""Sources of sFlow samples: what the numbers of each source say was lost, and the drops that it counts.

Belongs here: runs of samples of a source, followed in the order in which they were sent once all are there (sFlow
version 5, section 3.1). Does not belong here: datagrams and their bins (_export_health).
"""

from collections.abc import Container
from collections.abc import Sequence as Rows
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from assets.exports.formats._datagrams import Numbers, shortened
from assets.exports.formats._sequences import SEQUENCE_SPACE, Sequence
from assets.exports.formats._streams import BIN_MS, Stream

LARGEST_DROPS = 1 << 31
# Sources (an interface each) that are followed at a time.
MOST_SOURCES = 200_000
# Runs that wait, about 200 bytes each; beyond it they are followed as they came.
MOST_RUNS = 500_000

Source = tuple[Stream, int]


class Run(NamedTuple):
    """Samples of one source whose numbers follow one another with the same drops: when, from which to which, uptime."""

    clock_ms: int
    number: int
    after: int
    uptime_ms: int
    drops: int


@dataclass
class SamplesMissed:
    """What was lost and dropped in a bin."""

    lost: int = 0
    dropped: int = 0


@dataclass
class SampleSources:
    """The runs of each source that wait, and where each source stands."""

    waiting: dict[Source, list[Run]] = field(default_factory=dict)
    sequences: dict[Source, Sequence] = field(default_factory=dict)
    drops: dict[Source, int] = field(default_factory=dict)
    _missed: dict[Stream, dict[int, SamplesMissed]] = field(default_factory=dict)
    _runs: int = 0

    def wait(
        self, streams: Rows[Stream], stream: Numbers, source: Numbers, number: Numbers, clock_ms: Numbers,
        uptime_ms: Numbers, drops: Numbers,
    ) -> None:  # fmt: skip
        """Keep samples, one number a sample, as runs; `stream` are indices of `streams`."""
        if not len(stream):
            return
        order = np.lexsort((shortened(source, int(source.max()) + 1), shortened(stream, len(streams))))
        key, number, drops = (stream << 32 | source)[order], number[order], drops[order]
        begins = np.ones(len(key), bool)
        follows = (key[1:] == key[:-1]) & (number[1:] == (number[:-1] + 1) % SEQUENCE_SPACE)
        begins[1:] = ~follows | (drops[1:] != drops[:-1])
        first = np.flatnonzero(begins)
        last = np.append(first[1:], len(key)) - 1
        columns = (clock_ms[order][first], number[first], (number[last] + 1) % SEQUENCE_SPACE,
                   uptime_ms[order][first], drops[first])  # fmt: skip
        runs = map(Run, *(column.tolist() for column in columns))
        for one, run in zip(key[first].tolist(), runs, strict=True):
            self.waiting.setdefault((streams[one >> 32], one & 0xFFFFFFFF), []).append(run)
        self._runs += len(first)
        if self._runs > MOST_RUNS:
            self._follow()

    def settle(self) -> dict[Stream, dict[int, SamplesMissed]]:
        """What was lost and dropped by stream and bin; forgets the runs."""
        self._follow()
        missed, self._missed = self._missed, {}
        return missed

    def _follow(self) -> None:
        waiting, self.waiting, self._runs = self.waiting, {}, 0
        for source in sorted(waiting):
            bins = self._missed.setdefault(source[0], {})
            for run in sorted(waiting[source]):
                found = bins.setdefault(run.clock_ms // BIN_MS, SamplesMissed())
                found.lost += self._lost_before(source, run)
                found.dropped += _grown(self.drops.get(source, run.drops), run.drops)
                self.drops[source] = run.drops
            if len(self.drops) > MOST_SOURCES:
                del self.drops[next(iter(self.drops))]

    def forget_but(self, streams: Container[Stream]) -> None:
        """Follow the sources of these streams on, and no others."""
        self.sequences = {one: found for one, found in self.sequences.items() if one[0] in streams}
        self.drops = {one: found for one, found in self.drops.items() if one[0] in streams}

    def _lost_before(self, source: Source, run: Run) -> int:
        steps = (run.after - run.number) % SEQUENCE_SPACE
        sequence = self.sequences.get(source)
        if sequence is None:
            if len(self.sequences) >= MOST_SOURCES:
                del self.sequences[next(iter(self.sequences))]
            self.sequences[source] = Sequence(run.after, run.uptime_ms)
            return 0
        return sequence.advance(run.number, steps, run.uptime_ms)


def _grown(before: int, after: int) -> int:
    """What a running total grew by; nothing where it begins anew."""
    grown = (after - before) % SEQUENCE_SPACE
    return grown if grown < LARGEST_DROPS else 0
