"""Jobs, schedules and sensors: a day's exports up to core every night, the reports once a quarter is complete.

Belongs here: what runs together and when. Does not belong here: what it does.
"""

from datetime import timedelta
from typing import Any

import dagster as dg

from assets.ground.quarters import Quarter, days_between
from assets.ground.workspace import Workspace
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
BETWEEN_LOOKS_S = 300
OF_QUARTERS = dg.AssetSelection.groups("marts", "by_quarter", "reports")


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
    def every_night(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        yesterday = context.scheduled_execution_time.date() - timedelta(days=1)
        made = context.instance.get_materialized_partitions(CORE_OF_A_DAY)
        days = days_between(workspace.calendar.tracking_began_on, yesterday)
        first = next((day for day in days if day.isoformat() not in made), yesterday)
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
    def every_quarter(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
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

    following = dg.AutomationConditionSensorDefinition(
        "between_assets",
        target=dg.AssetSelection.all(),
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="The running quarter's marts after core, their published copy after them.",
    )
    return [following, a_run_failed, alerts]
