"""The simplest expectation: no value of a column is above, or none is below, the limit that holds.

Belongs here: holding rows against one bound, and wording what failed. Does not belong here: suites over several
columns (checks.expectations), which limit holds (checks.limits).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb

from assets.ground.quarters import Quarter
from assets.warehouse.database import reading

FAILING_ROWS_SHOWN = 10
DAYS = ("export_on", "event_on", "quarter_began_on", "month")
NO_ROWS = "there were no rows to check"
Row = dict[str, Any]


@dataclass(frozen=True)
class Bound:
    """Which side of the limit every value of a column must be on; a value that is missing is on neither."""

    column: str
    is_ceiling: bool

    def wanted(self, limit: float) -> str:
        """What every value must be, in words."""
        return f"{'at most' if self.is_ceiling else 'at least'} {limit:g}"

    def is_met(self, value: Any, limit: float) -> bool:
        if value is None or math.isnan(value):
            return False
        return bool(value <= limit if self.is_ceiling else value >= limit)

    def worst(self, values: Sequence[Any]) -> float | None:
        """The value that is furthest beyond the limit, or nearest to it; None if there is none."""
        numbers = [float(value) for value in values if value is not None and math.isfinite(value)]
        return (max if self.is_ceiling else min)(numbers, default=None)


def at_most(column: str) -> Bound:
    """Every value of a column is at most the limit."""
    return Bound(column, is_ceiling=True)


def at_least(column: str) -> Bound:
    """Every value of a column is at least the limit."""
    return Bound(column, is_ceiling=False)


def query_rows(database: Path | None, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
    """A query's rows from a DuckDB file opened read-only, or from files alone (None)."""
    with reading(database) if database else duckdb.connect() as connection:
        answer = connection.execute(sql, list(parameters))
        names = [column[0] for column in answer.description or ()]
        return [dict(zip(names, values, strict=True)) for values in answer.fetchall()]


def hold(
    rows: Sequence[Row],
    bound: Bound,
    limit: float,
    *,
    severity: dg.AssetCheckSeverity,
    metadata: Mapping[str, Any],
    remedy: str | None = None,
    may_be_empty: bool = False,
) -> dg.AssetCheckResult:
    """Hold every row against the bound; no rows at all fails, since nothing was checked, unless there may be none."""
    if not rows and not may_be_empty:
        return dg.AssetCheckResult(passed=False, severity=severity, description=NO_ROWS, metadata=metadata)
    wrong = [row for row in rows if not bound.is_met(row[bound.column], limit)]
    counted = {
        "rows_checked": len(rows),
        "rows_broken": len(wrong),
        "worst": bound.worst([row[bound.column] for row in rows]),
        "quarters": sorted({quarter for row in wrong if (quarter := quarter_of(row))}),
    }
    said = None
    if wrong:
        shown = [_in_words(row) for row in wrong[:FAILING_ROWS_SHOWN]]
        found = f"{bound.column} must be {bound.wanted(limit)}: {len(wrong)} rows are not, such as {shown}"
        said = f"{found}; {remedy}" if remedy else found
    return dg.AssetCheckResult(passed=not wrong, severity=severity, description=said, metadata={**metadata, **counted})


def quarter_of(row: Row) -> str | None:
    """The quarter that a row is of, by its column of quarters or days; None if it has none."""
    if row.get("quarter"):
        return str(row["quarter"])
    day = next((row[name] for name in DAYS if row.get(name)), None)
    return None if day is None else str(Quarter.of(date.fromisoformat(str(day)[:10])))


def _in_words(row: Row) -> Row:
    """A row as a message shows it: days as days, amounts as plain numbers."""
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return str(value)
    if isinstance(value, Decimal):
        return float(value) if value.as_tuple().exponent else int(value)
    return float(f"{value:.4g}") if isinstance(value, float) and math.isfinite(value) else value
