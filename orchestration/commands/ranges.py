"""Many export days in ranges, each a run of its own: what a run holds at once stays the same however long it goes back.

Belongs here: where a range ends, and how long the rest will take. Does not belong here: running
(orchestration.commands.launch).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from assets.exports.sources import files_offered
from assets.operator import Operator

# Of files as they are offered, mostly compressed: some tens of millions of records, which core spreads over bins in
# one table. Small operators have years below it, and one run.
MOST_BYTES = 2 << 30


@dataclass(frozen=True)
class Range:
    """Export days in a row that are built together, and how many bytes their files have."""

    first: date
    last: date
    file_bytes: int


def ranges_of(operator: Operator, days: Sequence[date], most_bytes: int = MOST_BYTES) -> list[Range]:
    """The days in their order, as many together as have no more bytes than this, but at least one."""
    found: list[Range] = []
    for day in days:
        size = sum(one.path.stat().st_size for one in files_offered(operator, day) if one.fault is None)
        if found and found[-1].file_bytes + size <= most_bytes:
            found[-1] = Range(found[-1].first, day, found[-1].file_bytes + size)
        else:
            found.append(Range(day, day, size))
    return found


def told(ranges: Sequence[Range], built: int, seconds: float) -> str:
    """After so many ranges were built in so many seconds: which is done, and how long the rest will take."""
    done, rest = (sum(one.file_bytes for one in some) for some in (ranges[:built], ranges[built:]))
    left = timedelta(seconds=round(seconds * rest / done)) if done else None
    of = ranges[built - 1]
    until = f"about {left} left" if left is not None else "the rest can't be told yet"
    return f"range {built} of {len(ranges)}, {of.first} to {of.last}, is built; {until}"
