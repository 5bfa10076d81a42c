"""Stretches of time between what options tell: in which each record was sent, and what all that is told agrees on.

Belongs here: what many records ask of the same timelines, found once for all of them. Does not belong here: which
timeline a record asks (_sampling).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from assets.exports.formats._datagrams import Numbers
from assets.exports.formats._timeline import Timeline, When

Sent = npt.NDArray[np.uint64]
LAST_OF_ITS_MOMENT = 1 << 62
UNKNOWN, IN_FORCE, TOLD_LATER = -1, 0, 1


class Answer(NamedTuple):
    """An interval, and whether it was in force or told later."""

    interval: float
    source: int


NO_ANSWER = Answer(np.nan, UNKNOWN)


@dataclass(frozen=True)
class Stretches:
    """The stretches between news; the first is before all of them. What is sent at the moment of news is behind it."""

    bounds: Sent

    @classmethod
    def of(cls, timelines: Iterable[Timeline[Any]]) -> "Stretches":
        news = {begin.sent for timeline in timelines for begin in timeline.begins}
        return cls(np.array(sorted(news), np.uint64))

    def holding(self, sent: Sent) -> Numbers:
        """The stretch that each record was sent in."""
        return np.searchsorted(self.bounds, sent, side="right").astype(np.int64)

    def moment(self, stretch: int) -> When:
        """A moment of a stretch, by its number."""
        return When(int(self.bounds[stretch - 1]), LAST_OF_ITS_MOMENT) if stretch else When(0, -2)

    def agreed(self, timelines: Sequence[Timeline[float]]) -> list[Answer]:
        """For each stretch what all say that have something in force, else are told next; unknown where they differ."""
        news = sorted(
            (begin, number, value)
            for number, timeline in enumerate(timelines)
            for begin, value in zip(timeline.begins, timeline.values, strict=True)
        )
        in_force, counts, at = dict[int, float](), Counter[float](), 0
        answers = [_if_one({one.values[0] for one in timelines if one.values}, TOLD_LATER)]
        for bound in self.bounds.tolist():
            while at < len(news) and news[at][0].sent <= bound:
                _, number, value = news[at]
                if number in in_force:
                    _less(counts, in_force[number])
                in_force[number] = value
                counts[value] += 1
                at += 1
            answers.append(_if_one(counts, IN_FORCE))
        return answers


def _less(counts: Counter[float], value: float) -> None:
    counts[value] -= 1
    if not counts[value]:
        del counts[value]


def _if_one(values: Iterable[float], source: int) -> Answer:
    found = list(values)
    return Answer(found[0], source) if len(found) == 1 else NO_ANSWER
