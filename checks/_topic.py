"""A check of a topic: a query's rows held against a bound, with the limit that holds at the operator.

Belongs here: the frame that all checks share. Does not belong here: any one check.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg

from assets.ground.workspace import Workspace
from assets.operator import Operator, load_operator
from assets.warehouse.ledger import tell_gate
from checks._bounds import Bound, at_least, at_most, hold, query_rows
from checks._expectations import Expected, unmet
from checks._limits import Limit, limit_of, project_limits

__all__ = ["LakeCheck", "TopicCheck", "at_least", "at_most", "guard", "placed", "together"]
Sql = str | Callable[[Workspace], str]


@dataclass(frozen=True)
class TopicCheck:
    """One check: on which asset it stands, the query whose rows are held, and which bound they keep.

    `sql` is run on the file that `database` names; `remedy` says what to do about rows that fail; `suite` is expected
    of the same rows, whatever the limit. A check whose rows may be none says so: every other one fails without rows.
    All checks block what comes after their asset, if the limit's severity is block.
    """

    name: str
    asset: dg.AssetKey
    description: str
    default: Limit
    sql: Callable[[Workspace], str]
    expected: Bound
    remedy: str | None = None
    may_be_empty: bool = False
    suite: Sequence[Expected] = field(default=())

    @property
    def spec(self) -> dg.AssetCheckSpec:
        return dg.AssetCheckSpec(
            self.name,
            asset=self.asset,
            description=self.description,
            blocking=True,
            metadata={"limit_of": self.default.check, "expected": self.expected.wanted(self.default.limit)},
        )

    def define(self, workspace: Workspace) -> dg.AssetChecksDefinition:
        """The check as a step of its own."""
        [made] = together(workspace, [self])
        return made

    def run(self, workspace: Workspace, operator: Operator | None = None) -> dg.AssetCheckResult:
        """Run the query and hold its rows against what is expected; a gate that is shut stays so for later runs."""
        limit = limit_of(operator or load_operator(workspace.operator_folder), self.default)
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
        rows = query_rows(self.database(workspace), self.sql(workspace))
        severity = limit.dagster_severity
        held = hold(
            rows,
            self.expected,
            limit.limit,
            severity=severity,
            metadata=about,
            remedy=self.remedy,
            may_be_empty=self.may_be_empty,
        )
        if not (self.suite and rows and (lines := unmet(rows, self.suite))):
            return held
        said = "; ".join([*([held.description] if held.description else []), *lines])
        return dg.AssetCheckResult(passed=False, severity=severity, description=said, metadata=held.metadata)

    def after_passing(self, workspace: Workspace) -> None:
        """What a check keeps of having passed: nothing, but where it says otherwise."""

    def database(self, workspace: Workspace) -> Path | None:
        """The file that the query is run on; None if it names the lake's files itself."""
        return workspace.warehouse


class LakeCheck(TopicCheck):
    """A check of the lake's files alone, which needs no warehouse."""

    def database(self, workspace: Workspace) -> Path | None:
        return None


def guard(
    check: str,
    asset: str,
    description: str,
    sql: Sql,
    expected: Bound,
    remedy: str,
    *,
    kind: type[TopicCheck] = TopicCheck,
    may_be_empty: bool = False,
    suite: Sequence[Expected] = (),
) -> TopicCheck:
    """A check by its name `<topic>.<check>`, on an asset such as `core/networks`, with its row of limits.csv.

    A query that is text may name the lake's tables, as `placed` says.
    """
    return kind(
        name=check.partition(".")[2],
        asset=dg.AssetKey(asset.split("/")),
        description=description,
        default=project_limits()[check],
        sql=(lambda workspace: placed(sql, workspace)) if isinstance(sql, str) else sql,
        expected=expected,
        remedy=remedy,
        may_be_empty=may_be_empty,
        suite=suite,
    )


def placed(sql: str, workspace: Workspace) -> str:
    """A query in which {lake}, {operator/exporters}, {registry/pulls} and the like, and {began_on} are filled in."""
    values = {"lake": str(workspace.lake.root), "began_on": str(workspace.calendar.tracking_began_on)}

    def value(found: re.Match[str]) -> str:
        name = found.group(1)
        folder, _, table = name.partition("/")
        return values.get(name) or str(workspace.lake.path((folder, table)))

    return re.sub(r"\{([a-z_/]+)\}", value, sql)


def together(workspace: Workspace, checks: Iterable[TopicCheck]) -> list[dg.AssetChecksDefinition]:
    """The checks, those of one layer as one step: a step costs more than most checks, and loads the operator once."""
    by_layer: dict[str, list[TopicCheck]] = {}
    for check in checks:
        by_layer.setdefault("/".join(_step_of(check)), []).append(check)
    return [_step(workspace, of_layer) for of_layer in by_layer.values()]


def _step_of(check: TopicCheck) -> tuple[str, ...]:
    """Checks that may run as one step: of one topic, on tables that are made in one step themselves."""
    topic, layer = check.default.check.partition(".")[0], check.asset.path[0]
    return (topic, layer) if layer in ("core", "marts") else (topic, *check.asset.path)


def _step(workspace: Workspace, checks: Sequence[TopicCheck]) -> dg.AssetChecksDefinition:
    @dg.multi_asset_check(
        name="_".join(("check", *_step_of(checks[0]))) if len(checks) > 1 else f"check_{_step_name(checks[0])}",
        specs=[check.spec for check in checks],
        can_subset=True,
    )
    def checked(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        operator = load_operator(workspace.operator_folder)
        for check in checks:
            if check.spec.key in context.selected_asset_check_keys:
                yield check.run(workspace, operator)._replace(asset_key=check.asset, check_name=check.name)

    return checked


def _step_name(check: TopicCheck) -> str:
    return check.default.check.replace(".", "_")
