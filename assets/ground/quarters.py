"""Quarters and ranges of days: their names, first and last days.

Belongs here: the calendar that all rooms share. Does not belong here: Dagster's partitions (assets.ground.partitions).
"""

from dataclasses import dataclass
from datetime import date, timedelta

LONGEST_FLOW = timedelta(days=2)
"""From a flow's begin to its export at most: an active timeout and what clocks may be off, of a day at most each."""


@dataclass(frozen=True, order=True)
class Quarter:
    """A calendar quarter, written `2025Q4`; its partition key is its first day."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> "Quarter":
        return cls(day.year, (day.month + 2) // 3)

    @classmethod
    def parse(cls, text: str) -> "Quarter":
        """Read `2025Q4`, or the first day of a quarter such as `2025-10-01`; ValueError says what is wanted."""
        year, separator, number = text.partition("Q")
        if separator and year.isdecimal() and number in {"1", "2", "3", "4"}:
            return cls(int(year), int(number))
        try:
            quarter = cls.of(date.fromisoformat(text))
        except ValueError:
            raise ValueError(f"{text!r} is not a quarter; write it like 2025Q4") from None
        if quarter.began_on.isoformat() != text:
            raise ValueError(f"{text!r} is not the first day of a quarter; write it like 2025Q4")
        return quarter

    @property
    def began_on(self) -> date:
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def ended_on(self) -> date:
        return self.next.began_on - timedelta(days=1)

    @property
    def next(self) -> "Quarter":
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)

    @property
    def previous(self) -> "Quarter":
        return Quarter.of(self.began_on - timedelta(days=1))

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"


def days_between(first: date, last: date) -> list[date]:
    """All days from first to last, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def quarters_of_export_day(export_on: date) -> list[Quarter]:
    """The quarters whose traffic an export day can hold: its own, and on a quarter's first days the one before."""
    own = Quarter.of(export_on)
    return [own.previous, own] if export_on - own.began_on < LONGEST_FLOW else [own]
