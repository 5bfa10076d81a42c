"""Each difference between a quarter and the one before with its interval, what it is made of, and as restated.

Belongs here: reading them from the marts. Does not belong here: places and IP versions, which the marts do not compare
(`_compared_places`), sentences (`_compared_words`), files (`_compared_files`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from assets.reports.charts._comparison import (
    MEASURES,
    Compared,
    compared_of,
    place_of,
    place_of_measure,
    says_nothing_new,
)
from assets.reports.charts._marts import Marts, Row
from assets.reports.charts._report import Report
from assets.reports.charts._words import readable

SQL = """
select
    compared.metric, compared.dimension, compared.member, compared.value, compared.previous_value, compared.difference,
    compared.verdict, compared.level, compared.reasons, compared.previous_value_restated, compared.week_to_week_low,
    compared.week_to_week_high, bridges.traffic_effect, bridges.reclassification_effect, bridges.coverage_effect,
    bridges.definition_effect
from marts.quarter_over_quarter as compared
left join marts.quarter_bridge as bridges using (metric, dimension, member, quarter)
where quarter = '{quarter}'
order by metric, dimension, member
"""
EFFECTS = ("traffic", "reclassification", "coverage", "definition")
WEEKS = "weeks"
SAMPLING = "sampling"


@dataclass(frozen=True)
class Interval:
    """How far a difference could be another, in the metric's unit.

    `of` says by what: `weeks` (5th to 95th percentile when each quarter's weeks are drawn anew) or `sampling` (1.96
    standard errors of both values).
    """

    low: float
    high: float
    of: str

    @property
    def holds_zero(self) -> bool:
        return self.low <= 0 <= self.high


@dataclass(frozen=True)
class Explained:
    """A compared value with what stands behind its difference; effects are None where they are not told."""

    compared: Compared
    interval: Interval | None = None
    previous_value_restated: float | None = None
    effects: Mapping[str, float | None] = field(default_factory=dict)

    @property
    def is_bridged(self) -> bool:
        """Whether any part of the difference is told."""
        return any(effect is not None for effect in self.effects.values())


def read_explained(marts: Marts, report: Report) -> list[Explained]:
    """What the marts compare of a quarter, in the order in which it is read; empty where no quarter is before it."""
    rows = [row for row in marts.rows(SQL.format(quarter=report.quarter)) if not says_nothing_new(report, row)]
    return sorted((_explained(report, row) for row in rows), key=lambda row: place_of_row(report, row))


def place_of_row(report: Report, row: Explained) -> tuple[object, ...]:
    """Where a row stands: by measure, dimension and member."""
    compared = row.compared
    return place_of_measure(compared.metric), *place_of(report, compared.dimension, compared.member)


def _explained(report: Report, row: Row) -> Explained:
    compared = compared_of(report, row)
    if compared.is_withheld:
        return Explained(compared)
    return Explained(
        compared,
        _interval(row),
        row.number_or_none("previous_value_restated"),
        {effect: row.number_or_none(f"{effect}_effect") for effect in EFFECTS},
    )


def _interval(row: Row) -> Interval | None:
    low, high = row.number_or_none("week_to_week_low"), row.number_or_none("week_to_week_high")
    return None if low is None or high is None else Interval(low, high, WEEKS)


def measure_of(metric: str) -> tuple[str, str]:
    """A measure's heading and what to know of it."""
    return MEASURES.get(metric, (readable(metric), ""))
