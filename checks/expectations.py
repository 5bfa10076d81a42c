"""A Great Expectations suite over a query's rows: columns, sets, nulls and ranges of several columns at once.

Belongs here: running a suite and wording what failed. Does not belong here: what is expected (one file a topic), single
bounds (checks._bounds), which need none of this: the library takes five seconds to load.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from checks._bounds import FAILING_ROWS_SHOWN, Row

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations.expectations.expectation import Expectation


@dataclass(frozen=True)
class Expected:
    """An expectation by the name of its class in Great Expectations, of a column or, with None, of the whole table."""

    expectation: str
    column: str | None = None
    arguments: dict[str, Any] = field(default_factory=dict)

    def build(self) -> "Expectation":
        import great_expectations.expectations as expectations

        of_column = {} if self.column is None else {"column": self.column}
        made: Expectation = getattr(expectations, self.expectation)(**of_column, **self.arguments)
        return made


@dataclass(frozen=True)
class Validated:
    """A line for each expectation that was not met, and the result as Great Expectations tells it."""

    lines: list[str]
    result: dict[str, Any]


def validate(name: str, rows: Sequence[Row], suite: Sequence[Expected]) -> Validated:
    """What a suite found wrong of rows, with the first rows that it found wrong; one context a process."""
    import great_expectations as gx
    import pandas as pd

    table = pd.DataFrame(list(rows))
    batch = _asset().add_batch_definition_whole_dataframe(f"suite {id(table)}").get_batch({"dataframe": table})
    expectations = [expected.build() for expected in suite]
    found = batch.validate(gx.ExpectationSuite(name=name, expectations=expectations), result_format="COMPLETE")
    lines = [_told(table, outcome) for outcome in found.results if not outcome.success]
    return Validated(lines, found.to_json_dict())


def _told(table: "pd.DataFrame", outcome: Any) -> str:
    wrong = outcome.result.get("unexpected_index_list") or []
    found = table.iloc[wrong[:FAILING_ROWS_SHOWN]].to_dict("records") if wrong else outcome.result
    expected = outcome.expectation_config
    arguments = {name: value for name, value in expected.kwargs.items() if name not in {"batch_id", "column"}}
    column = expected.kwargs.get("column", "the table")
    return f"{column} must be as {expected.type} says of {arguments}: {found}"


def load() -> None:
    """Load the library before it is needed, as while another process works."""
    import great_expectations.expectations  # noqa: F401


@cache
def _asset() -> Any:
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context.data_sources.add_pandas("results").add_dataframe_asset("rows")
