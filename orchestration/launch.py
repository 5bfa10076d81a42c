"""Runs from the command line: the same jobs, instance and state as the Dagster UI.

Belongs here: starting runs and telling how they ended. Does not belong here: what the jobs hold
(orchestration.automation), or drawing (orchestration.terminal).
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click
import dagster as dg
from rich.console import Console

from assets.lake import remove_left_over
from assets.operator_folder import OperatorError
from assets.partitions import Quarter, quarters_of_export_day
from assets.warehouse_database import OneRun
from assets.workspace import Workspace
from orchestration import automation, due, resources
from orchestration.doctor import replaced_plans
from orchestration.terminal import Lines, TerminalProgress, telling_errors

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def build_range(first: date | None, last: date | None) -> None:
    """Make the days from first to last, then the reports of their quarters, and print the last one."""
    with telling_errors(OperatorError, resources.SettingsError):
        workspace = resources.workspace_from_environment()
        began_on = workspace.calendar.tracking_began_on
        first, last = max(first or began_on, began_on), last or datetime.now(UTC).date() - timedelta(days=1)
        quarters = sorted({quarter for day in (first, last) for quarter in quarters_of_export_day(day)})
        run(workspace, first, last, [quarter for quarter in quarters if quarter.ended_on >= began_on])


def run(workspace: Workspace, first: date, last: date, quarters: list[Quarter]) -> None:
    """The daily job over a range of export days and the quarterly job over quarters, then the last quarter's table."""
    resources.enter(workspace)
    seen, wanted = due.looked_at(workspace, first, last), due.what_is_due(workspace, first, last, quarters)
    if wanted.days or wanted.is_quarterly_due:
        due.forget(workspace)
        _run_what_is_due(wanted, quarters)
        due.note(workspace, seen)
    else:
        click.echo("Everything is current: no run is started.", err=True)
    for line in replaced_plans(workspace):
        click.echo(line, err=True)
    show_report(workspace, quarters[-1])


def _run_what_is_due(wanted: due.Due, quarters: list[Quarter]) -> None:
    from orchestration import definitions

    with TerminalProgress() as progress:
        with progress.step("Loading the definitions"):
            loaded = definitions.build(progress)
        if wanted.days:
            execute(loaded, automation.DAILY, wanted.days[0].isoformat(), wanted.days[-1].isoformat())
        execute(loaded, automation.QUARTERLY, quarters[0].began_on.isoformat(), quarters[-1].began_on.isoformat())


def execute(loaded: dg.Definitions, job: str, first_key: str, last_key: str) -> None:
    """Run a job over a range of partitions in this process; a failure is told step by step."""
    tags = {"dagster/asset_partition_range_start": first_key, "dagster/asset_partition_range_end": last_key}
    _execute(loaded, job, tags)


def _execute(loaded: dg.Definitions, job: str, tags: dict[str, str], ops: Mapping[str, object] | None = None) -> None:
    instance = dg.DagsterInstance.get()
    said_to = Path(instance.root_directory) / f"{job}.log"
    workspace = resources.workspace_from_environment()
    with (
        OneRun(workspace.warehouse).held(f"the {job} job of `netstats`"),
        said_to.open("w", encoding="utf-8") as said,
        redirect_stdout(said),
    ):
        remove_left_over(workspace.state)
        result = loaded.resolve_job_def(job).execute_in_process(
            instance=instance,
            run_config={**QUIET, "ops": ops or {}},
            tags=tags,
            raise_on_error=False,
        )
    if result.success:
        return
    failures = [*_blocking(result.all_events), *_broken(result.all_events)]
    raise Lines("\n".join(failures) or f"the {job} job failed; see `netstats ui`")


def pull_registries(workspace: Workspace, accept_shrunken: Sequence[str] = ()) -> None:
    """Pull the registries and make the address plan, the networks and their evidence, without any exports."""
    from orchestration import definitions

    ops = {"registry_snapshots": {"config": {"accept_shrunken": list(accept_shrunken)}}}
    with TerminalProgress() as progress:
        with progress.step("Loading the definitions"):
            loaded = definitions.build(progress)
        _execute(loaded, automation.REGISTRIES, {}, ops)


def _blocking(events: Sequence[dg.DagsterEvent]) -> Iterator[str]:
    """The checks that let nothing after them run, with what they found and what to do."""
    for event in events:
        if event.event_type is not dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            continue
        told = event.asset_check_evaluation_data
        if told.passed or not told.blocking or told.severity is not dg.AssetCheckSeverity.ERROR:
            continue
        name = told.metadata["limit_of"].value if "limit_of" in told.metadata else told.asset_check_key.to_user_string()
        yield f"check {name} failed, and nothing is published: {told.description or 'no reason given'}"


def _broken(events: Sequence[dg.DagsterEvent]) -> Iterator[str]:
    """The failed steps with their innermost cause; those that a blocking check failed are told by the check."""
    for event in events:
        if not event.is_step_failure:
            continue
        cause = event.step_failure_data.error
        if cause is not None and cause.cls_name == "DagsterAssetCheckFailedError":
            continue
        while cause is not None and cause.cause is not None:
            cause = cause.cause
        yield f"{event.step_key} failed: {cause.message.strip() if cause else 'no reason given'}"


def report(text: str) -> None:
    """Make and show the report of one quarter."""
    from orchestration import definitions

    with telling_errors(ValueError):
        quarter = Quarter.parse(text)
        workspace = resources.workspace_from_environment()
        with TerminalProgress() as progress:
            with progress.step("Loading the definitions"):
                loaded = definitions.build(progress)
            key = quarter.began_on.isoformat()
            execute(loaded, automation.REPORTS, key, key)
        show_report(workspace, quarter)


def show_report(workspace: Workspace, quarter: Quarter) -> None:
    """Print the quarter's table and where its page is."""
    from assets.charts._terminal import quarter_table

    Console().print(quarter_table(workspace.published, str(quarter)))
    click.echo(f"Report: {workspace.reports / str(quarter) / 'index.html'}")


def ui(port: int) -> None:
    """Serve the Dagster UI and its daemon on the loopback address until interrupted."""
    workspace = resources.workspace_from_environment()
    resources.enter(workspace)
    dagster = Path(sys.executable).with_name("dagster")
    click.echo(f"Dagster UI: http://127.0.0.1:{port} (state: {workspace.state})")
    arguments = [
        "dev",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--workspace",
        str(resources.PROJECT / "workspace.yaml"),
    ]
    sys.exit(subprocess.run([dagster, *arguments], env=os.environ, check=False).returncode)


def docs() -> None:
    """Write the static dbt docs, one page that needs no server, to docs/dbt."""
    workspace = resources.workspace_from_environment()
    resources.enter(workspace)
    target = resources.PROJECT / "docs" / "dbt"
    resources.dbt_of(workspace).call(["docs", "generate", "--static"], target=target).wait()
    click.echo(f"Documentation of the warehouse: {target / 'static_index.html'}")
