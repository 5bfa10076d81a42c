"""What is news of runs: those that failed, each told once, by its job, days and steps.

Belongs here: reading Dagster's runs. Does not belong here: why a step failed, which may name routers and addresses and
stands in the run's events.
"""

from collections.abc import Iterator
from datetime import datetime

import dagster as dg

from orchestration.alerts.kept import Kept
from orchestration.alerts.message import RUNS, News

FIRST, LAST, ONE = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end", "dagster/partition"
MOST_STEPS = 5


def runs_that_failed(instance: dg.DagsterInstance, since: datetime) -> list[dg.DagsterRun]:
    """The runs that began since a time and failed, oldest first."""
    wanted = dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE], created_after=since)
    return [record.dagster_run for record in reversed(instance.get_run_records(wanted))]


def news_of_run(instance: dg.DagsterInstance, run: dg.DagsterRun, kept: Kept) -> Iterator[News]:
    """A line on a run that failed; nothing of one that was told."""
    if run.run_id not in kept.runs:
        kept.runs.append(run.run_id)
        yield News(RUNS, f"{run.job_name} of {days_of(run)} failed{_steps(instance, run)} (run {run.run_id[:8]})")


def days_of(run: dg.DagsterRun) -> str:
    """The partitions that a run is of."""
    first, last = (run.tags.get(name, run.tags.get(ONE, "no partition")) for name in (FIRST, LAST))
    return first if first == last else f"{first} to {last}"


def _steps(instance: dg.DagsterInstance, run: dg.DagsterRun) -> str:
    failed = instance.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE).records
    steps = dict.fromkeys(record.event_log_entry.step_key or "" for record in failed)
    more = ", ..." if len(steps) > MOST_STEPS else ""
    return f" in {', '.join(list(steps)[:MOST_STEPS])}{more}" if steps else ""
