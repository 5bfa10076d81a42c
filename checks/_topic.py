"""A check of a topic: a query's rows held against an expectation, with the limit that holds at the operator.

Belongs here: the frame that all checks share. Does not belong here: any one check.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg

from assets.ground.workspace import Workspace
from assets.operator import load_operator
from assets.warehouse.ledger import tell_gate
from checks._expectations import Expected, check, query_rows
from checks._limits import Limit, limit_of


@dataclass(frozen=True)
class TopicCheck:
    """One check: on which asset it stands, the query whose rows are held, and what is expected of them.

    `sql` is run on the file that `database` names; `expected` is told the limit that holds; `remedy` says what to do
    about rows that fail. All checks block what comes after their asset, if the limit's severity is block.
    """

    name: str
    asset: dg.AssetKey
    description: str
    default: Limit
    sql: Callable[[Workspace], str]
    expected: Callable[[float], list[Expected]]
    remedy: str | None = None

    def define(self, workspace: Workspace) -> dg.AssetChecksDefinition:
        @dg.asset_check(
            asset=self.asset,
            name=self.name,
            description=self.description,
            blocking=True,
            metadata={"limit_of": self.default.check, "expected": self.expected(self.default.limit)[0].wanted},
        )
        def checked() -> dg.AssetCheckResult:
            return self.run(workspace)

        return checked

    def run(self, workspace: Workspace) -> dg.AssetCheckResult:
        """Run the query and hold its rows against what is expected; a gate that is shut stays so for later runs."""
        limit = limit_of(load_operator(workspace.operator_folder), self.default)
        about = {**limit.metadata, "holds": self.description, **({"remedy": self.remedy} if self.remedy else {})}
        result = self._held_against(workspace, limit, about)
        is_shut = not result.passed and result.severity is dg.AssetCheckSeverity.ERROR
        said = result.description or "no reason given"
        tell_gate(workspace.warehouse, self.default.check, self.asset.to_user_string(), said if is_shut else None)
        if result.passed and not limit.is_off:
            self.after_passing(workspace)
        return result

    def _held_against(self, workspace: Workspace, limit: Limit, about: dict[str, Any]) -> dg.AssetCheckResult:
        if limit.is_off:
            return dg.AssetCheckResult(passed=True, description="switched off by check_limits.csv", metadata=about)
        return check(
            query_rows(self.database(workspace), self.sql(workspace)),
            self.expected(limit.limit),
            severity=limit.dagster_severity,
            metadata=about,
            remedy=self.remedy,
        )

    def after_passing(self, workspace: Workspace) -> None:
        """What a check keeps of having passed: nothing, but where it says otherwise."""

    def database(self, workspace: Workspace) -> Path | None:
        """The file that the query is run on; None if it names the lake's files itself."""
        return workspace.warehouse


def at_least(column: str) -> Callable[[float], list[Expected]]:
    """Every value of a column is at least the limit."""
    return lambda limit: [Expected("ExpectColumnValuesToBeBetween", column, {"min_value": limit})]


def at_most(column: str) -> Callable[[float], list[Expected]]:
    """Every value of a column is at most the limit."""
    return lambda limit: [Expected("ExpectColumnValuesToBeBetween", column, {"max_value": limit})]
