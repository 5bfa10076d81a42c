"""Traffic of months by network type as a grid.

Belongs here: months, the types that carry traffic, and the row of each pair. Does not belong here: how they
look.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from assets.reports.charts._marts import Row
from assets.reports.charts._report import NetworkType, Report
from assets.reports.charts._units import WITHHELD
from assets.reports.charts._words import month_name


@dataclass(frozen=True)
class Months:
    """The rows as a grid: months, the types that carry traffic, and the row of each pair that has one."""

    months: tuple[date, ...]
    types: tuple[NetworkType, ...]
    cells: dict[tuple[date, str], Row]

    @classmethod
    def of(cls, report: Report, rows: Sequence[Row]) -> "Months":
        cells = {(row.day("month"), row.text("network_type")): row for row in rows}
        amount = {key for key, row in cells.items() if row.number_or_none("bits") is not None}
        present = {report.network_type(network_type) for _, network_type in amount}
        months = tuple(sorted({month for month, _ in cells}))
        return cls(months, tuple(sorted(present, key=lambda kind: kind.position)), cells)

    def amount(self, month: date, network_type: str, column: str) -> float | None:
        """A month's value of a type; a type without a row carried nothing, None is withheld."""
        row = self.cells.get((month, network_type))
        return row.number_or_none(column) if row else 0.0

    def value(self, month: date, network_type: str, column: str) -> float:
        """The same to add up and compare: what is withheld adds nothing."""
        return self.amount(month, network_type, column) or 0.0

    def share(self, month: date, kind: NetworkType) -> float | None:
        return self.amount(month, kind.network_type, "share_of_bits")

    @property
    def named(self) -> tuple[NetworkType, ...]:
        """The types without what is withheld of several."""
        return tuple(kind for kind in self.types if kind.network_type != WITHHELD)

    @property
    def withheld_types(self) -> tuple[str, ...]:
        """Types that are withheld in at least one month, by their ids; `withheld` where some have no month at all."""
        told_together = {kind.network_type for kind in self.types if kind not in self.named}
        untold = {kind for (_, kind), row in self.cells.items() if row.number_or_none("bits") is None}
        return tuple(sorted(told_together | untold))

    def withheld_months(self, column: str) -> list[date]:
        """Months in which a type that is drawn has no value to draw."""
        return [
            month
            for month in self.months
            if any(self.amount(month, kind.network_type, column) is None for kind in self.types)
        ]

    def total(self, month: date) -> float:
        """A month's bits of all types."""
        return sum(self.value(month, kind.network_type, "bits") for kind in self.types)

    def name(self, month: date) -> str:
        """A month by name, with its year where the months are of more than one."""
        one_year = self.months[0].year == self.months[-1].year
        return month_name(month) if one_year else f"{month_name(month)} {month.year}"

    def peak(self, network_type: str) -> date:
        return max(self.months, key=lambda month: (self.value(month, network_type, "bits"), month))

    @property
    def span(self) -> str:
        """The months in words: "August 2025 to December 2025"."""
        first, last = self.months[0], self.months[-1]
        end = f"{month_name(last)} {last.year}"
        return end if first == last else f"{month_name(first)} {first.year} to {end}"
