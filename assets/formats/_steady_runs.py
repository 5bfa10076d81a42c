"""Runs of datagrams that hold one set of data and nothing else, which is what exporters send most of the time.

Belongs here: finding them, so that they can be taken all at once. Does not belong here: taking them (_template_sets).
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from assets.formats._datagrams import bytes_at
from assets.formats._intake import Flags, Headers, Intake

FIRST_DATA_SET = 256
PADDING = 4
SHORTEST = 4
NOT_STEADY = -1


class Run(NamedTuple):
    """Datagrams from `begin` to `end`; of one domain, each with one set of this id if it is steady, else any."""

    begin: int
    end: int
    set_id: int

    @property
    def is_steady(self) -> bool:
        return self.set_id != NOT_STEADY and self.end - self.begin >= SHORTEST


def runs(intake: Intake, headers: Headers, plain: Flags, at: int) -> Iterator[Run]:
    """All datagrams in their order, as runs; the sets begin `at` bytes into each; only plain ones can be steady."""
    datagrams = intake.datagrams
    head = bytes_at(datagrams.view, datagrams.begins_at + at, 4).view(">u2").astype(np.int64)
    set_id, rest = head[:, 0], datagrams.lengths - at - head[:, 1]
    is_steady = plain & (set_id >= FIRST_DATA_SET) & (head[:, 1] > PADDING) & (rest >= 0) & (rest < PADDING)
    set_id = np.where(is_steady, set_id, NOT_STEADY)
    key = np.where(is_steady, intake.exporter << 48 | headers.domain << 16 | set_id, NOT_STEADY)
    begins = np.flatnonzero(np.diff(key, prepend=key[0] + 1)).tolist()
    for begin, end in zip(begins, [*begins[1:], len(key)], strict=True):
        yield Run(begin, end, int(set_id[begin]))
