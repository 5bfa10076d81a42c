"""Runs of schedules and sensors that failed, tried again: after which wait, and how often.

Belongs here: which failed runs are due again. Does not belong here: asking for them (orchestration.automation), runs of
the `netstats` command, which a person or cron starts again.

Dagster's own retries begin at once, when what was out of reach a moment ago still is.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import dagster as dg

WAITS = (timedelta(minutes=5), timedelta(minutes=20), timedelta(minutes=60))
"""How long after its end a run that failed is tried again, the first time, the second and the third."""
LOOKED_BACK = timedelta(days=1)
ATTEMPT = "netstats/attempt"
"""The tag of a run that was tried before: how often."""
OF_SCHEDULE, OF_SENSOR = "dagster/schedule_name", "dagster/sensor_name"
ONE, FIRST, LAST = "dagster/partition", "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
Jobs = Mapping[str, str]
"""The jobs whose runs are tried again, and the job that does it."""


def is_tried_again(run: dg.DagsterRun, jobs: Jobs) -> bool:
    """Whether a run of these jobs that fails is to be tried once more."""
    is_automatic = bool({OF_SCHEDULE, OF_SENSOR} & run.tags.keys())
    return is_automatic and run.job_name in jobs and attempt_of(run) < len(WAITS)


def attempt_of(run: dg.DagsterRun) -> int:
    """How often it was tried before."""
    return int(run.tags.get(ATTEMPT, "0"))


def due_again(instance: dg.DagsterInstance, jobs: Jobs, now: datetime) -> Iterator[dg.RunRequest]:
    """A request for each failed run whose wait is over, unless the same was begun since."""
    wanted = dg.RunsFilter(created_after=now - LOOKED_BACK)
    begun = set[tuple[str, ...]]()
    for record in instance.get_run_records(wanted):  # The newest is first.
        run = record.dagster_run
        if (same := _what(run, jobs)) in begun:
            continue
        begun.add(same)
        is_failed = run.status is dg.DagsterRunStatus.FAILURE and record.end_time is not None
        if is_failed and is_tried_again(run, jobs) and _is_over(record, now):
            days = {name: run.tags[name] for name in (FIRST, LAST) if name in run.tags}
            yield dg.RunRequest(
                run_key=run.run_id,
                job_name=jobs[run.job_name],
                partition_key=run.tags.get(ONE),
                tags={**days, ATTEMPT: str(attempt_of(run) + 1)},
            )


def _what(run: dg.DagsterRun, jobs: Jobs) -> tuple[str, ...]:
    """What a run makes, however it was asked for."""
    return (jobs.get(run.job_name, run.job_name), *(run.tags.get(name, "") for name in (ONE, FIRST, LAST)))


def _is_over(record: dg.RunRecord, now: datetime) -> bool:
    ended_at = datetime.fromtimestamp(record.end_time or 0.0, UTC)
    return now - ended_at >= WAITS[attempt_of(record.dagster_run)]
