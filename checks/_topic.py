"""A check of a topic: a query's rows held against a bound, with the limit that holds at the operator.

Belongs here: the frame that all checks share. Does not belong here: any one check.
"""

import re
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg

from assets.ground.paths_in_sql import as_pattern, within_quotes
from assets.ground.workspace import Workspace
from assets.operator import Operator, load_operator
from assets.warehouse.database import reading
from assets.warehouse.ledger import shut_gates, tell_gate
from checks._bounds import Bound, Row, at_least, at_most, hold, query_rows
from checks._history import keep_history, run_of
from checks.data_docs import keep_result
from checks.expectations import Expected, validate
from checks.limits import Limit, limit_of, project_limits

__all__ = ["LakeCheck", "TopicCheck", "at_least", "at_most", "guard", "placed", "run_together", "together"]
EXPECTATIONS = "expectations"
SWITCHED_OFF = "switched off by check_limits.csv"
Sql = str | Callable[[Workspace], str]


@dataclass(frozen=True)
class TopicCheck:
    """One check: on which asset it stands, the query whose rows are held, and which bound they keep.

    `sql` is run on the file that `database` names; `remedy` says what to do about rows that fail; `suite` is expected
    of the same rows, whatever the limit. A check whose rows may be none says so: every other one fails without rows.
    All checks block what comes after their asset, if the limit's severity is block, also where that was changed after
    Dagster loaded the definitions. A condition of Dagster that waits for blocking checks would wait for warnings, too.
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
            metadata={
                "limit_of": self.default.check,
                "expected": self.expected.wanted(self.default.limit),
                "may_be_empty": self.may_be_empty,
            },
        )

    def define(self, workspace: Workspace) -> dg.AssetChecksDefinition:
        """The check as a step of its own."""
        [made] = together(workspace, [self])
        return made

    def run(self, workspace: Workspace) -> dg.AssetCheckResult:
        """Find what the check says, and keep it: a gate that is shut stays so for later runs."""
        result = self.found(workspace, load_operator(workspace.operator_folder))
        self.keep(workspace, result)
        return result

    def found(self, workspace: Workspace, operator: Operator) -> dg.AssetCheckResult:
        """Run the query and hold its rows against what is expected; nothing is written."""
        limit = limit_of(operator, self.default)
        about = {**limit.metadata, "holds": self.description, **({"remedy": self.remedy} if self.remedy else {})}
        return self._held_against(workspace, limit, about)._replace(asset_key=self.asset, check_name=self.name)

    def keep(self, workspace: Workspace, result: dg.AssetCheckResult, shut: Container[str] | None = None) -> None:
        """Tell the ledger of a gate that is shut, or no longer is; `shut` are those that it knows, if asked before."""
        is_shut = not result.passed and result.severity is dg.AssetCheckSeverity.ERROR
        if is_shut or shut is None or self.default.check in shut:
            said = (result.description or "no reason given") if is_shut else None
            tell_gate(workspace.warehouse, self.default.check, self.asset.to_user_string(), said)
        if EXPECTATIONS in (result.metadata or {}):
            keep_result(workspace, self.default.check, result.metadata[EXPECTATIONS].value)
        if result.passed and result.description != SWITCHED_OFF:
            self.after_passing(workspace)

    def _held_against(self, workspace: Workspace, limit: Limit, about: dict[str, Any]) -> dg.AssetCheckResult:
        if limit.is_off:
            return dg.AssetCheckResult(passed=True, description=SWITCHED_OFF, metadata=about)
        rows = self.rows(workspace)
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
        return self._with_suite(held, rows) if self.suite and rows else held

    def _with_suite(self, held: dg.AssetCheckResult, rows: Sequence[Row]) -> dg.AssetCheckResult:
        """The result with what the suite found of the same rows."""
        validated = validate(self.default.check, rows, self.suite)
        told = [held.description] if held.description else []
        said = "; ".join([*told, *validated.lines, self.remedy or "see docs/checks.md"])
        return dg.AssetCheckResult(
            passed=held.passed and not validated.lines,
            severity=held.severity,
            description=said if validated.lines else held.description,
            metadata={**(held.metadata or {}), EXPECTATIONS: validated.result},
        )

    def rows(self, workspace: Workspace) -> list[Row]:
        """The rows that are held."""
        return query_rows(self.database(workspace), self.sql(workspace))

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
    kind: Callable[..., TopicCheck] = TopicCheck,
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
    values = {"lake": _path_of(workspace.lake.root), "began_on": str(workspace.calendar.tracking_began_on)}

    def value(found: re.Match[str]) -> str:
        name = found.group(1)
        folder, _, table = name.partition("/")
        return values.get(name) or _path_of(workspace.lake.path((folder, table)))

    return re.sub(r"\{([a-z_/]+)\}", value, sql)


def _path_of(path: Path) -> str:
    return within_quotes(as_pattern(path))


def together(workspace: Workspace, checks: Iterable[TopicCheck]) -> list[dg.AssetChecksDefinition]:
    """The checks, those of one layer as one step: a step costs more than most checks, and loads the operator once."""
    by_layer: dict[str, list[TopicCheck]] = {}
    for check in checks:
        by_layer.setdefault("/".join(_step_of(check)), []).append(check)
    return [_step(workspace, of_layer) for of_layer in by_layer.values()]


def run_together(workspace: Workspace, checks: Sequence[TopicCheck]) -> list[dg.AssetCheckResult]:
    """What the checks say, with the operator loaded and the warehouse opened once; then what is kept of it."""
    operator = load_operator(workspace.operator_folder)
    with reading(workspace.warehouse) if workspace.warehouse.exists() else nullcontext():
        results = [check.found(workspace, operator) for check in checks]
        shut = shut_gates(workspace.warehouse)
    for check, result in zip(checks, results, strict=True):
        check.keep(workspace, result, shut)
    return results


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
        selected = [check for check in checks if check.spec.key in context.selected_asset_check_keys]
        results = run_together(workspace, selected)
        keep_history(workspace, run_of(context), results)
        yield from results

    return checked


def _step_name(check: TopicCheck) -> str:
    return check.default.check.replace(".", "_")
