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


def unmet(rows: Sequence[Row], suite: Sequence[Expected]) -> list[str]:
    """What each expectation of a suite found wrong, with the first rows that it found wrong; one context a process."""
    import pandas as pd

    table = pd.DataFrame(list(rows))
    batch = _asset().add_batch_definition_whole_dataframe(f"suite {id(table)}").get_batch({"dataframe": table})
    lines = []
    for expected in suite:
        outcome = batch.validate(expected.build(), result_format="COMPLETE")
        if not outcome.success:
            lines.append(_told(table, expected, outcome))
    return lines


def _told(table: "pd.DataFrame", expected: Expected, outcome: Any) -> str:
    wrong = outcome.result.get("unexpected_index_list") or []
    found = table.iloc[wrong[:FAILING_ROWS_SHOWN]].to_dict("records") if wrong else outcome.result
    return f"{expected.column or 'the table'} must be as {expected.expectation} says of {expected.arguments}: {found}"


@cache
def _asset() -> Any:
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context.data_sources.add_pandas("results").add_dataframe_asset("rows")
