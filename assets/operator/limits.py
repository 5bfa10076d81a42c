"""The numbers that SQL and checks both go by (dbt's seed limits), and which row of check_limits.csv sets one.

Belongs here: the project's numbers, what they may be, and which row holds. Does not belong here: the limits of checks
alone (checks.limits), applying any (dbt_project/, checks/).
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from types import MappingProxyType

SEED = Path(__file__).parents[2] / "dbt_project" / "seeds" / "shared_limits" / "limits.csv"
CLOCK_TOLERANCE = "clock tolerance"
LARGEST = {"part": 1.0, "seconds": 86_400.0}
"""By unit, the largest number that a limit may be; the smallest is 0."""
PLACES = 4
"""Decimals that SQL keeps, so that marts, pages and checks tell the same number."""
WORDS = {"part": "a part", "seconds": "seconds"}


@dataclass(frozen=True)
class SharedLimit:
    """A number that SQL goes by, and the name `<topic>.<check>` by which check_limits.csv sets it."""

    limit_name: str
    set_by: str
    number: float
    unit: str

    @property
    def range(self) -> str:
        """What it may be, in words."""
        return f"{WORDS[self.unit]} from 0 to {LARGEST[self.unit]:.0f} with at most {PLACES} decimals"

    def may_be(self, number: float) -> bool:
        return 0 <= number <= LARGEST[self.unit] and round(number, PLACES) == number


@cache
def shared_limits() -> Mapping[str, SharedLimit]:
    """The rows of the seed by their name."""
    with SEED.open(encoding="utf-8", newline="") as content:
        rows = [
            SharedLimit(row["limit_name"], row["set_by"], float(row["number"]), row["unit"])
            for row in csv.DictReader(content)
        ]
    return MappingProxyType({one.limit_name: one for one in rows})


def row_that_holds(patterns: Sequence[str], name: str) -> int | None:
    """The place of the last pattern that a name fits; None if it fits none."""
    fitting = [place for place, pattern in enumerate(patterns) if fnmatchcase(name, pattern)]
    return fitting[-1] if fitting else None
