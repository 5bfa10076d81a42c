"""Jobs, schedules and sensors: a day's exports up to core every night, the reports once a quarter is complete.

Belongs here: what runs together and when. Does not belong here: what it does.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import dagster as dg

from assets.exports.day_inputs import days_that_count_other_files
from assets.exports.operator_here import operator_of
from assets.ground.quarters import Quarter, days_between, quarters_of_export_day
from assets.ground.workspace import Workspace
from assets.operator import Operator, OperatorError
from orchestration import late_files, retries
from orchestration.alerts.watching import look, tell_of_run
from orchestration.runs import partition_range

DAILY = "daily"
QUARTERLY = "quarterly"
REGISTRIES = "registries"
MARTS = "marts"
REPORTS = "reports"
RETENTION = "retention"
CORE_OF_A_DAY = dg.AssetKey(["core", "conservation"])
"""A table by export day of core, which are told of together, once all of them are made."""
OF_CONDITIONS = "__ASSET_JOB"
"""What Dagster calls runs that an automation condition asked for: here those of the running quarter's marts."""
TRIED_AGAIN = {DAILY: DAILY, MARTS: MARTS, QUARTERLY: QUARTERLY, RETENTION: RETENTION, OF_CONDITIONS: MARTS}
"""The jobs whose runs are tried again if they fail, by which job; they are alerted of once no try is left."""
BETWEEN_LOOKS_S = 300
BETWEEN_RETRIES_S = 60
BETWEEN_LISTINGS_S = 900
LOOKED_BACK = timedelta(days=7)
"""So many days are looked at again each night: those of other machines, whose late files do not show by themselves, and
those that a killed night left half made."""
MADE_UP = dg.SkipReason("the operator is simulated: its days are made by its author, not by the calendar")
OF_QUARTERS = dg.AssetSelection.groups("marts", "by_quarter", "reports")


@cache
def jobs(workspace: Workspace) -> list[Any]:
    """Days and quarters are built by jobs of their own, since one run can't mix partition definitions."""
    return [
        dg.define_asset_job(
            DAILY,
            selection=dg.AssetSelection.all() - OF_QUARTERS - dg.AssetSelection.groups("retention"),
            description="Exports and registries of a day (or a range of days) up to core, behind the checks.",
        ),
        dg.define_asset_job(
            REGISTRIES,
            selection=dg.AssetSelection.groups("operator", "registry"),
            description="The registries and the operator's folder alone, without exports: who is at the other end.",
        ),
        dg.define_asset_job(
            MARTS,
            selection=OF_QUARTERS - dg.AssetSelection.groups("reports"),
            description="The marts of a quarter from core, and their published copy, behind the checks.",
        ),
        dg.define_asset_job(
            QUARTERLY,
            selection=OF_QUARTERS,
            description="The marts of a quarter, their published copy, and its edition, comparison and charts.",
        ),
        dg.define_asset_job(
            REPORTS,
            selection=dg.AssetSelection.groups("reports"),
            description="The quarter's edition, comparison and charts, from the published marts as they are.",
        ),
        dg.define_asset_job(
            RETENTION,
            selection=dg.AssetSelection.groups("retention"),
            description="Exports, addresses and hashes that are older than retention_days keeps go.",
        ),
    ]


def schedules(workspace: Workspace) -> list[dg.ScheduleDefinition]:
    """Each night the day that ended, with those that nights before left out; each quarter's second day the one before.

    By then the last exports of a quarter are in. Each day after the night's run, what is too old goes. All are on until
    somebody switches them off: a platform that is to run for years must not wait for a click.
    """
    on = dg.DefaultScheduleStatus.RUNNING

    @dg.schedule(
        name="every_night", job_name=DAILY, cron_schedule="0 2 * * *", execution_timezone="UTC", default_status=on
    )
    def every_night(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        if _is_simulated(workspace):
            return MADE_UP
        yesterday = context.scheduled_execution_time.date() - timedelta(days=1)
        made = context.instance.get_materialized_partitions(CORE_OF_A_DAY)
        first = _first_day(workspace, made, yesterday)
        return dg.RunRequest(
            run_key=yesterday.isoformat(), tags=partition_range(first.isoformat(), yesterday.isoformat())
        )

    @dg.schedule(
        name="every_quarter",
        job_name=QUARTERLY,
        cron_schedule="0 6 2 1,4,7,10 *",
        execution_timezone="UTC",
        default_status=on,
    )
    def every_quarter(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        if _is_simulated(workspace):
            return MADE_UP
        ended = Quarter.of(context.scheduled_execution_time.date()).previous
        return dg.RunRequest(run_key=str(ended), partition_key=ended.began_on.isoformat())

    every_day = dg.ScheduleDefinition(
        name="every_day",
        job_name=RETENTION,
        cron_schedule="0 12 * * *",
        execution_timezone="UTC",
        default_status=on,
        description="What is older than retention_days keeps goes, at noon: the night's run has mostly ended by then.",
    )
    return [every_night, every_quarter, every_day]


def _first_day(workspace: Workspace, made: set[str], yesterday: date) -> date:
    """The first day that is missing, that a killed run pulled and did not decode, or that is to be listed again."""
    days = days_between(workspace.calendar.tracking_began_on, yesterday)
    missing = [day for day in days if day.isoformat() not in made]
    # Only of the last days: one whose copies are gone stays so for good, and would have each night begin there.
    begun = [day for day in days_that_count_other_files(workspace.lake) if day in days and _is_recent(day, yesterday)]
    return min([*missing, *begun, *_listed_again(workspace, days)], default=yesterday)


def _listed_again(workspace: Workspace, days: list[date]) -> list[date]:
    operator = _operator(workspace)
    is_remote = operator is not None and any(one.landing for one in operator.flow_sources)
    return [day for day in days if _is_recent(day, days[-1])] if is_remote else []


def _is_recent(day: date, yesterday: date) -> bool:
    return yesterday - day < LOOKED_BACK


def _operator(workspace: Workspace) -> Operator | None:
    """The operator; None if its folder is not valid, which the run tells and fails."""
    try:
        return operator_of(workspace)
    except OperatorError:
        return None


def _is_simulated(workspace: Workspace) -> bool:
    operator = _operator(workspace)
    return operator is not None and operator.is_simulated


def restated_quarters(workspace: Workspace, run: dg.DagsterRun, today: date) -> Iterator[Quarter]:
    """The quarters that ended, have a report, and count export days of a run."""
    first, last = (run.tags.get(f"dagster/asset_partition_range_{end}") for end in ("start", "end"))
    one = run.tags.get("dagster/partition")
    if (first := first or one) is None or (last := last or one) is None:
        return
    days = days_between(date.fromisoformat(first), date.fromisoformat(last))
    for quarter in sorted({quarter for day in days for quarter in quarters_of_export_day(day)}):
        if quarter.ended_on < today and (workspace.reports / str(quarter) / "index.html").exists():
            yield quarter


def sensors(workspace: Workspace) -> list[dg.SensorDefinition]:
    """What makes marts follow core without a schedule of their own, and what tells of a run that failed."""

    @dg.run_failure_sensor(name="a_run_failed", default_status=dg.DefaultSensorStatus.RUNNING)
    def a_run_failed(context: dg.RunFailureSensorContext) -> None:
        run = context.dagster_run
        of = run.tags.get("dagster/partition", run.tags.get("dagster/asset_partition_range_start", "no partition"))
        line = f"{run.job_name} of {of} failed (run {run.run_id}): {context.failure_event.message}"
        context.log.error(line)
        with (workspace.state / "failed_runs.log").open("a", encoding="utf-8") as kept:
            kept.write(f"{line}\n")
        if retries.is_tried_again(run, TRIED_AGAIN):
            return
        for fault in tell_of_run(workspace, context.instance, run):
            context.log.error(fault)

    @dg.sensor(
        name="alerts",
        minimum_interval_seconds=BETWEEN_LOOKS_S,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Tells alert_targets what checks found otherwise than before, and what is no longer fresh.",
    )
    def alerts(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        faults = look(workspace)
        for fault in faults:
            context.log.error(fault)
        return dg.SkipReason("; ".join(faults) or "alert targets know what is to be known")

    @dg.sensor(
        name="late_files",
        job_name=DAILY,
        minimum_interval_seconds=BETWEEN_LISTINGS_S,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Makes the past days again whose files came late or changed since they were pulled.",
    )
    def late(context: dg.SensorEvaluationContext) -> list[dg.RunRequest] | dg.SkipReason:
        try:
            found = late_files.stretches(workspace, datetime.now(UTC))
        except OperatorError as error:
            return dg.SkipReason(str(error))
        return [
            dg.RunRequest(
                run_key=f"{one.first} {one.last} {one.version}",
                tags=partition_range(one.first.isoformat(), one.last.isoformat()),
            )
            for one in found
        ] or dg.SkipReason("all past days are as they were pulled")

    jobs_by_name = {job.name: job for job in jobs(workspace)}

    @dg.run_status_sensor(
        name="restated_quarters",
        run_status=dg.DagsterRunStatus.SUCCESS,
        monitored_jobs=[jobs_by_name[DAILY]],
        request_job=jobs_by_name[QUARTERLY],
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Makes the reports of quarters again that have one, and whose days were made again.",
    )
    def restated(context: dg.RunStatusSensorContext) -> list[dg.RunRequest] | dg.SkipReason:
        quarters = restated_quarters(workspace, context.dagster_run, datetime.now(UTC).date())
        return [
            dg.RunRequest(run_key=f"{context.dagster_run.run_id} {one}", partition_key=one.began_on.isoformat())
            for one in quarters
        ] or dg.SkipReason("no quarter that is reported has days of this run")

    @dg.sensor(
        name="failed_runs",
        jobs=[jobs_by_name[name] for name in dict.fromkeys(TRIED_AGAIN.values())],
        minimum_interval_seconds=BETWEEN_RETRIES_S,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Tries runs of schedules and sensors that failed again, after 5, 20 and 60 minutes.",
    )
    def failed_runs(context: dg.SensorEvaluationContext) -> list[dg.RunRequest] | dg.SkipReason:
        due = list(retries.due_again(context.instance, TRIED_AGAIN, datetime.now(UTC)))
        return due or dg.SkipReason("no run that failed is due again")

    following = dg.AutomationConditionSensorDefinition(
        "between_assets",
        target=dg.AssetSelection.all(),
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="The running quarter's marts after core, their published copy after them.",
    )
    return [following, a_run_failed, alerts, late, restated, failed_runs]
