"""What is read of a state: days by stage, traffic, registries, checks, runs, disk, alerts.

Belongs here: reading. Does not belong here: judging (orchestration.commands.standing.problems), wording.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import duckdb

from assets.exports.rows import KEY as FLOW_EXPORTS
from assets.ground.quarters import days_between
from assets.ground.workspace import Workspace
from assets.operator import Operator
from assets.registry.in_force import PULLS
from assets.registry.pulls import ALWAYS
from assets.warehouse.check_history import Finding, HistoryError, history_path, last_findings
from assets.warehouse.published_quarters import published_quarters
from orchestration import ended_well, freshness
from orchestration.alerts import kept
from orchestration.commands import account
from orchestration.commands.account import Arrived, Traffic
from orchestration.commands.standing.collectors import Collecting, collectors_of
from orchestration.commands.standing.disk import Disk, disk_of
from orchestration.commands.standing.last_runs import LastRun, last_runs
from orchestration.errors import plain

FLOW_RECORDS = ("exports", "flow_records")
NEWEST_PUBLISHED = "select max(export_on) from marts.coverage_daily"


@dataclass(frozen=True)
class Stage:
    """How far a stage came: its first and last day, and how many days it has."""

    name: str
    first: date | None
    last: date | None
    days: int


@dataclass(frozen=True)
class Registry:
    """A registry in force: the day of its snapshot, when that was last confirmed, and what became of its last pull."""

    source: str
    as_of: date | None
    confirmed_on: date | None
    outcome: str
    is_at_fault: bool


@dataclass(frozen=True)
class Standing:
    """All of it; `unread` says what could not be read now, and why."""

    workspace: Workspace
    operator: Operator
    at: datetime
    days: Sequence[date]
    arrived: Arrived
    stages: list[Stage]
    traffic: Traffic | None
    heard: dict[str, int]
    registries: list[Registry]
    checks: list[Finding]
    runs: list[LastRun]
    built_well_at: datetime | None
    quarters: list[str]
    disk: Disk
    alerts: dict[str, kept.Reached]
    collectors: list[Collecting]
    stale: list[freshness.Stale]
    unread: list[str]

    @property
    def broken_checks(self) -> list[Finding]:
        """The checks that did not hold when they last ran, those that block first."""
        broken = [one for one in self.checks if not one.passed and one.severity != "off"]
        return sorted(broken, key=lambda one: (one.severity, one.check))


def standing_of(workspace: Workspace, operator: Operator, at: datetime) -> Standing:
    """How the state stands; a part that is in use or damaged is told, and keeps no other from being read."""
    unread = list[str]()
    pulled = [one.on for one in workspace.lake.partitions(FLOW_EXPORTS, "export_on")]
    days = days_between(min(pulled[0], workspace.calendar.tracking_began_on), pulled[-1]) if pulled else []
    traffic, heard = _traffic(workspace, operator, days, unread)
    return Standing(
        workspace=workspace,
        operator=operator,
        at=at,
        days=days,
        arrived=account.arrived(workspace, days),
        stages=_stages(workspace, pulled, traffic, unread),
        traffic=traffic,
        heard=heard,
        registries=_registries(workspace),
        checks=_checks(workspace, unread),
        runs=_runs(workspace, unread),
        built_well_at=ended_well.ended_well(workspace),
        quarters=sorted(published_quarters(workspace.published)),
        disk=disk_of(workspace.state),
        alerts=_alerts(workspace, operator),
        collectors=collectors_of(operator),
        stale=list(freshness.stale(workspace, operator, at)),
        unread=unread,
    )


def _stage(name: str, days: Sequence[date]) -> Stage:
    return Stage(name, min(days, default=None), max(days, default=None), len(days))


def _stages(workspace: Workspace, pulled: list[date], traffic: Traffic | None, unread: list[str]) -> list[Stage]:
    decoded = [one.on for one in workspace.lake.partitions(FLOW_RECORDS, "export_on")]
    stages = [_stage("pulled", pulled), _stage("decoded", decoded)]
    if traffic is not None:
        stages.append(_stage("built", traffic.days))
    return [*stages, Stage("published", None, _newest_published(workspace, unread), 0)]


def _newest_published(workspace: Workspace, unread: list[str]) -> date | None:
    """The newest export day that the published copy tells of."""
    if not workspace.published.exists():
        return None
    try:
        with duckdb.connect(workspace.published, read_only=True) as database:
            row = database.execute(NEWEST_PUBLISHED).fetchone()
    except duckdb.Error as error:
        unread.append(f"{workspace.published} can't be read ({plain(str(error))}); run `netstats build`")
        return None
    return row[0] if row else None


def _traffic(
    workspace: Workspace, operator: Operator, days: Sequence[date], unread: list[str]
) -> tuple[Traffic | None, dict[str, int]]:
    """What core holds; nothing while a run writes the warehouse."""
    try:
        return account.traffic(workspace, operator, days), account.days_by_exporter(workspace, days)
    except duckdb.CatalogException as error:
        unread.append(f"{workspace.warehouse} was built by an older version; run `netstats build` ({error})")
    except duckdb.Error as error:
        unread.append(plain(str(error)))
    return None, {}


def _registries(workspace: Workspace) -> list[Registry]:
    rows = workspace.lake.read(PULLS).to_pylist() if workspace.lake.path(PULLS).exists() else []
    return [
        Registry(
            row["source"], row["as_of"], row["confirmed_on"] or row["as_of"], row["outcome"], bool(row["is_at_fault"])
        )
        for row in rows
        if (row["is_used"] or row["is_at_fault"]) and row["source"] not in ALWAYS
    ]


def _checks(workspace: Workspace, unread: list[str]) -> list[Finding]:
    try:
        return last_findings(history_path(workspace.published))
    except HistoryError as error:
        unread.append(str(error))
        return []


def _runs(workspace: Workspace, unread: list[str]) -> list[LastRun]:
    try:
        return last_runs(workspace.dagster_home)
    except sqlite3.Error as error:
        unread.append(f"the runs of {workspace.dagster_home} can't be read ({error}); `netstats ui` shows them")
        return []


def _alerts(workspace: Workspace, operator: Operator) -> dict[str, kept.Reached]:
    """Of each target, how it took what it was told."""
    told = kept.read(kept.alerts_path(workspace)).targets
    return {one.name: told.get(one.name, kept.Reached()) for one in operator.settings.alert_targets}
