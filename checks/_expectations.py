"""A Great Expectations suite over a query's result, told as a Dagster asset check.

Belongs here: running expectations and wording what failed. Does not belong here: what is expected (one file a topic).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
import duckdb

from assets.warehouse.database import reading

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations.expectations.expectation import Expectation

FAILING_ROWS_SHOWN = 10


@dataclass(frozen=True)
class Expected:
    """What a column of a query's result must be, in Great Expectations' terms.

    `expectation` is the name of an expectation class, `arguments` its arguments without the column.
    """

    expectation: str
    column: str
    arguments: dict[str, Any]

    @property
    def wanted(self) -> str:
        """What every value must be, in words."""
        bounds = {"min_value": "at least", "max_value": "at most"}
        if self.arguments.keys() <= bounds.keys():
            return " and ".join(f"{bounds[name]} {value:g}" for name, value in self.arguments.items())
        return f"as {self.expectation} says of {self.arguments}"

    def build(self) -> "Expectation":
        import great_expectations.expectations as expectations

        made: Expectation = getattr(expectations, self.expectation)(column=self.column, **self.arguments)
        return made


def query_rows(database: Path | None, sql: str, parameters: Sequence[Any] = ()) -> "pd.DataFrame":
    """A query's result from a DuckDB file opened read-only, or from files alone (None); exact decimals stay exact."""
    with reading(database) if database else duckdb.connect() as connection:
        return connection.execute(sql, list(parameters)).df()


def check(
    rows: "pd.DataFrame",
    expected: Sequence[Expected],
    *,
    severity: dg.AssetCheckSeverity,
    metadata: dict[str, Any],
    remedy: str | None = None,
) -> dg.AssetCheckResult:
    """Hold every expectation against the rows; no rows at all fails, since nothing was checked."""
    if rows.empty:
        return dg.AssetCheckResult(
            passed=False, severity=severity, description="there were no rows to check", metadata=metadata
        )
    unmet = [line for one in expected if (line := _unmet(rows, one))]
    return dg.AssetCheckResult(
        passed=not unmet,
        severity=severity,
        description="; ".join([*unmet, remedy] if unmet and remedy else unmet) or None,
        metadata={**metadata, "rows_checked": len(rows)},
    )


def _unmet(rows: "pd.DataFrame", expected: Expected) -> str | None:
    """What an expectation found wrong, with the first rows it found wrong; None if it is met."""
    outcome = _batch(rows).validate(expected.build(), result_format="COMPLETE")
    if outcome.success:
        return None
    wrong = outcome.result.get("unexpected_index_list") or []
    shown = rows.iloc[wrong[:FAILING_ROWS_SHOWN]].to_dict("records") if wrong else outcome.exception_info
    return f"{expected.column} must be {expected.wanted}: {len(wrong)} rows are not, such as {shown}"


def _batch(rows: "pd.DataFrame") -> Any:
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_pandas("result")
    return source.add_dataframe_asset("rows").add_batch_definition_whole_dataframe("all").get_batch({"dataframe": rows})
