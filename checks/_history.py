"""What a run's checks found, as findings of the history.

Belongs here: reading results and the run that they are of. Does not belong here: keeping and publishing findings
(assets.warehouse.check_history).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import dagster as dg

from assets.ground.quarters import Quarter
from assets.ground.workspace import Workspace
from assets.warehouse.check_history import Finding, add, history_path

RANGE = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")
PARTITION = "dagster/partition"
OF_QUARTERS = ("marts/", "reports/")


@dataclass(frozen=True)
class Run:
    """A run by its job and id, with the keys of its first and last partition, if it is of any."""

    job: str
    run_id: str
    first: date | None
    last: date | None


def run_of(context: dg.AssetCheckExecutionContext) -> Run:
    """The run of a step; a partition's key is its first day."""
    tags = context.run.tags
    first, last = (tags.get(name, tags.get(PARTITION)) for name in RANGE)
    days = (None if key is None else date.fromisoformat(key) for key in (first, last))
    return Run(context.run.job_name, context.run.run_id, *days)


def keep_history(
    workspace: Workspace, run: Run, results: Sequence[dg.AssetCheckResult], now: datetime | None = None
) -> None:
    """Add what a step's checks found to the history."""
    moment = now or datetime.now(UTC)
    add(history_path(workspace.published), [_finding(run, result, moment) for result in results])


def _finding(run: Run, result: dg.AssetCheckResult, moment: datetime) -> Finding:
    asset = result.asset_key.to_user_string() if result.asset_key else ""
    told: dict[str, Any] = {name: value.value for name, value in (result.metadata or {}).items()}
    last = _last_day(run, asset)
    undated = (str(Quarter.of(last or moment.date())),)
    return Finding(
        check=str(told["limit_of"]),
        asset=asset,
        job=run.job,
        run=run.run_id,
        checked_at=moment,
        first_day=run.first,
        last_day=last,
        passed=result.passed,
        severity=str(told["severity"]),
        limit=float(told["limit"]),
        worst=told.get("worst"),
        rows_checked=int(told.get("rows_checked", 0)),
        rows_broken=int(told.get("rows_broken", 0)),
        quarters=() if result.passed else tuple(told.get("quarters") or undated),
        holds=str(told["holds"]),
        remedy=str(told.get("remedy", "")),
        found=result.description or "",
    )


def _last_day(run: Run, asset: str) -> date | None:
    """The last day of a run of days, or of the last quarter of one of quarters."""
    return Quarter.of(run.last).ended_on if run.last and asset.startswith(OF_QUARTERS) else run.last
