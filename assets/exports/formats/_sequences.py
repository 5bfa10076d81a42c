"""Sequence numbers: what they say was lost, told from what came late or was counted anew.

Belongs here: following one stream's numbers in the order in which they were sent, by the standards and by the habits of
exporters. Does not belong here: bins and counts (_export_health), reading headers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from assets.exports.formats._datagrams import Numbers

SEQUENCE_SPACE = 1 << 32
# A datagram this many steps behind the newest one came late; further behind, its exporter counts anew.
REORDER_STEPS = 4096
# A jump forward by more than this is a restart or another exporter behind the same address, not loss.
LARGEST_GAP_STEPS = 1 << 24


class Steps(NamedTuple):
    """Datagrams of one stream: clock (ms), number, what each counts (data and options), uptime; one number a datagram.

    `weight` is how many records a lost step stands for; `is_unknown`: it held data that could not be counted.
    """

    clock_ms: Numbers
    number: Numbers
    data: Numbers
    options: Numbers
    uptime_ms: Numbers
    weight: Numbers
    is_unknown: npt.NDArray[np.bool_]

    def chosen(self, rows: Numbers | npt.NDArray[np.bool_]) -> "Steps":
        return Steps(
            self.clock_ms[rows],
            self.number[rows],
            self.data[rows],
            self.options[rows],
            self.uptime_ms[rows],
            self.weight[rows],
            self.is_unknown[rows],
        )

    def in_order(self) -> "Steps":
        """As they were sent: by clock and, within its tick, by number, across the wrap."""
        clock, number = self.clock_ms, self.number
        forward = (np.diff(clock) > 0) | ((np.diff(clock) == 0) & (np.diff(number) >= 0))
        if forward.all():
            return self
        _, first, tick = np.unique(clock, return_index=True, return_inverse=True)
        half = SEQUENCE_SPACE // 2
        within = (number - number[first][tick] + half) % SEQUENCE_SPACE
        return self.chosen(np.lexsort((within, clock)))


@dataclass(slots=True)
class Sequence:
    """What is known of one stream: the number that comes next, how it counts, and how many are still missing."""

    expected: int
    uptime_ms: int
    lost: int = 0
    habit: int = 0

    def advance(self, number: int, steps: int, uptime_ms: int) -> int:
        """Take a datagram whose number is `number` and that counts `steps`; return the steps lost (negative: found).

        A number behind is a datagram that came late, unless the exporter's uptime went back too: then it restarted.
        """
        ahead = (number - self.expected) % SEQUENCE_SPACE
        behind = SEQUENCE_SPACE - ahead
        is_restart = uptime_ms + 1000 < self.uptime_ms and self.uptime_ms - uptime_ms < SEQUENCE_SPACE // 2
        if not is_restart and ahead and behind <= REORDER_STEPS:
            found = min(steps, self.lost)
            self.lost -= found
            return -found
        is_loss = 0 < ahead <= LARGEST_GAP_STEPS and not is_restart
        self.expected = (number + steps) % SEQUENCE_SPACE
        self.uptime_ms = uptime_ms
        if not is_loss:
            self.lost = 0 if ahead else self.lost
            return 0
        self.lost += ahead
        return ahead


def follow(sequence: Sequence | None, number: Numbers, steps: Numbers, uptime_ms: Numbers) -> tuple[Sequence, Numbers]:
    """The steps lost before each datagram (negative: found again), and where the stream then stands."""
    lost = np.zeros(len(number), np.int64)
    after = (number + steps) % SEQUENCE_SPACE
    gaps = np.flatnonzero(number[1:] != after[:-1]) + 1
    at = 0
    if sequence is None:
        sequence, at = Sequence(int(after[0]), int(uptime_ms[0])), 1
    while at < len(number):
        if at and sequence.expected == after[at - 1]:
            following = int(np.searchsorted(gaps, at))
            at = int(gaps[following]) if following < len(gaps) else len(number)
            sequence.expected, sequence.uptime_ms = int(after[at - 1]), int(uptime_ms[at - 1])
            if at == len(number):
                break
        lost[at] = sequence.advance(int(number[at]), int(steps[at]), int(uptime_ms[at]))
        at += 1
    return sequence, lost


class Habit(NamedTuple):
    """A way to count: what a message adds, and whether its number holds what it adds itself."""

    counted: Callable[[Steps], Numbers]
    counts_own: bool


# RFC 7011 section 3.1: the number is that of records sent before, those of options included. Some exporters leave
# options out (pmacct's nfprobe), others count a message's own records in (softflowd).
HABITS = (
    Habit(lambda counts: counts.data + counts.options, False),
    Habit(lambda counts: counts.data, False),
    Habit(lambda counts: counts.data + counts.options, True),
    Habit(lambda counts: counts.data, True),
)


def lost_records(sequence: Sequence | None, counts: Steps) -> tuple[Sequence | None, Numbers]:
    """The data records lost before each IPFIX message of a stream, in the order of sending, and where it stands.

    How the exporter counts is what most of its messages agree on, the standard first. What follows a set that could not
    be decoded, at the end, or a change of habit begins the sequence anew.
    """
    habit = _habit(counts, sequence.habit if sequence else 0)
    number, steps = _counted(counts, HABITS[habit])
    known = sequence if sequence is not None and sequence.habit == habit else None
    after, lost = follow(known, number, steps, counts.uptime_ms)
    after.habit = habit
    return None if counts.is_unknown[-1] else after, lost


def _habit(counts: Steps, before: int) -> int:
    """The habit that explains the most steps between messages; the one before where none explains any."""
    ahead = np.diff(counts.number) % SEQUENCE_SPACE
    right = []
    for one in HABITS:
        counted = one.counted(counts)
        right.append(int((ahead == (counted[1:] if one.counts_own else counted[:-1])).sum()))
    return right.index(max(right)) if any(right) else before


def _counted(counts: Steps, habit: Habit) -> tuple[Numbers, Numbers]:
    """Numbers of records sent before each message, and what each adds; what is not known is what the next one says."""
    counted = habit.counted(counts)
    number = (counts.number - counted) % SEQUENCE_SPACE if habit.counts_own else counts.number
    if not counts.is_unknown.any():
        return number, counted
    if habit.counts_own:
        before = np.concatenate([number[:1], counts.number[:-1]])
        number = np.where(counts.is_unknown, before, number)
        return number, np.where(counts.is_unknown, (counts.number - before) % SEQUENCE_SPACE, counted)
    ahead = np.diff(number, append=number[-1:]) % SEQUENCE_SPACE
    return number, np.where(counts.is_unknown & (ahead <= LARGEST_GAP_STEPS), ahead, counted)
