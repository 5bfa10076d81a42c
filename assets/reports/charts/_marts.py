"""Reading the published marts: a read-only connection, and rows whose columns are taken by type.

Belongs here: how a value comes out of DuckDB. Does not belong here: which mart a chart reads (its own
file says).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

import duckdb

from assets.reports.charts._words import seen


class ChartError(ValueError):
    """What a report lacks and what to do about it, in one line."""


@dataclass(frozen=True)
class Row:
    """One row of a mart; each accessor raises ChartError where the column's value is of another kind.

    Texts are given with a mark in place of characters that nobody sees: a name may not turn the words around it.
    """

    values: Mapping[str, object]

    def text(self, column: str) -> str:
        value = self.values[column]
        return seen(value) if isinstance(value, str) else self._refuse(column, "text")

    def text_or_none(self, column: str) -> str | None:
        return None if self.values[column] is None else self.text(column)

    def texts(self, column: str) -> tuple[str, ...]:
        """A list of texts; a single text is a list separated by semicolons; null is empty."""
        value = self.values[column]
        if isinstance(value, str):
            return tuple(part.strip() for part in seen(value).split(";") if part.strip())
        return tuple(seen(str(part)) for part in value) if isinstance(value, list) else ()

    def number(self, column: str) -> float:
        value = self.values[column]
        return float(value) if isinstance(value, int | float | Decimal) else self._refuse(column, "a number")

    def number_or_none(self, column: str) -> float | None:
        return None if self.values[column] is None else self.number(column)

    def whole(self, column: str) -> int:
        value = self.values[column]
        return int(value) if isinstance(value, int | float | Decimal) else self._refuse(column, "a whole number")

    def whole_or_none(self, column: str) -> int | None:
        return None if self.values[column] is None else self.whole(column)

    def day(self, column: str) -> date:
        value = self.values[column]
        if isinstance(value, datetime):
            return value.date()
        return value if isinstance(value, date) else self._refuse(column, "a date")

    def moment(self, column: str) -> datetime:
        value = self.values[column]
        return value if isinstance(value, datetime) else self._refuse(column, "a moment")

    def day_or_none(self, column: str) -> date | None:
        return None if self.values[column] is None else self.day(column)

    def flag(self, column: str) -> bool:
        """True where the column is true; null counts as false."""
        return self.values[column] is True

    def _refuse(self, column: str, wanted: str) -> NoReturn:
        raise ChartError(
            f"column {column} is {self.values[column]!r} where {wanted} is needed; check the mart's contract"
        )


class Marts:
    """The marts of a published database, opened read-only and closed with the block."""

    def __init__(self, database: Path) -> None:
        if not database.exists():
            raise ChartError(f"{database} does not exist; materialize the marts and the analyst database first")
        self._connection = duckdb.connect(str(database), read_only=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def rows(self, sql: str) -> list[Row]:
        """The rows of a query, in its order; ChartError names a mart or column that is not there."""
        try:
            result = self._connection.execute(sql)
        except duckdb.CatalogException as error:
            raise ChartError(f"{_first_line(error)}; materialize the marts first") from error
        except duckdb.BinderException as error:
            raise ChartError(f"{_first_line(error)}; the mart's columns are not those of its contract") from error
        names = [description[0] for description in result.description or ()]
        return [Row(dict(zip(names, values, strict=True))) for values in result.fetchall()]


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
