"""Days and quarters: the partitions of the platform, both beginning with the operator's tracking.

Belongs here: partition definitions and the names of quarters. Does not belong here: which job runs when.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

# Imported where it is used: a second that commands which run nothing should not wait for.
if TYPE_CHECKING:
    import dagster as dg


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
    """The quarters whose traffic an export day can hold: its own, and on a quarter's first day the one before."""
    own = Quarter.of(export_on)
    return [own.previous, own] if export_on == own.began_on else [own]


@dataclass(frozen=True)
class Calendar:
    """The partitions of an operator whose tracking began on a day."""

    tracking_began_on: date

    @property
    def days(self) -> "dg.DailyPartitionsDefinition":
        import dagster as dg

        return dg.DailyPartitionsDefinition(start_date=self.tracking_began_on.isoformat())

    @property
    def quarters(self) -> "dg.TimeWindowPartitionsDefinition":
        """Quarters by their first day, from the one in which tracking began; a quarter appears once it has begun."""
        first = Quarter.of(self.tracking_began_on).began_on
        import dagster as dg

        return dg.TimeWindowPartitionsDefinition(
            start=datetime(first.year, first.month, 1, tzinfo=UTC),
            cron_schedule="0 0 1 1,4,7,10 *",
            fmt="%Y-%m-%d",
            end_offset=1,
        )
