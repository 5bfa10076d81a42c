"""Runs from the command line: the same jobs, instance and state as the Dagster UI.

Belongs here: which runs follow each other, and what is told at their end. Does not belong here: a run itself
(orchestration.runs), what the jobs hold (orchestration.automation), or drawing (orchestration.terminal).
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click
import duckdb

from assets.operator_folder import OperatorError, load_operator
from assets.partitions import days_between
from assets.workspace import Workspace
from orchestration import account, automation, definitions, reporting, resources, runs
from orchestration.account_lines import arrival_lines, heading, traffic_lines, why_nothing
from orchestration.doctor import replaced_plans
from orchestration.one_run import AnotherRunError, only_run
from orchestration.terminal import Lines, TerminalProgress, telling_errors, telling_interrupts


def build_range(first: date | None, last: date | None) -> None:
    """Make the days from first to last, then the reports of their quarters, and print the last one."""
    with telling_errors(OperatorError, resources.SettingsError):
        workspace = resources.workspace_from_environment()
        first, last = _range_of(workspace.calendar.tracking_began_on, first, last)
        run(workspace, first, last)


def _range_of(began_on: date, first: date | None, last: date | None) -> tuple[date, date]:
    """The days that were asked for, no earlier than tracking began and no later than yesterday (UTC)."""
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    if began_on > yesterday:
        raise resources.SettingsError(
            f"operator.yaml, tracking_began_on {began_on}: no day since has ended yet (UTC); build on the day after"
        )
    if last is not None and last > yesterday:
        raise resources.SettingsError(f"--to {last}: that day has not ended yet (UTC); the last one is {yesterday}")
    first, last = first or began_on, last or yesterday
    if last < began_on:
        raise resources.SettingsError(
            f"--to {last}: tracking began on {began_on}; name a later day, or set tracking_began_on in operator.yaml"
        )
    if last < first:
        raise resources.SettingsError(f"--from {first} is later than --to {last}; name the earlier day first")
    return max(first, began_on), last


def run(workspace: Workspace, first: date, last: date) -> None:
    """The daily job over a range of export days, the reports of their quarters, and what a person must know of them.

    The exit status is 1 if the daily job or a report failed, or if there is not one report.
    """
    operator, days = load_operator(workspace.operator_folder), days_between(first, last)
    with (
        telling_errors(AnotherRunError),
        telling_interrupts(runs.InterruptedRunError),
        only_run(workspace),
        TerminalProgress() as progress,
    ):
        with progress.step("Loading the definitions"):
            loaded = definitions.build(progress)
        daily = runs.execute(loaded, automation.DAILY, runs.partition_range(first.isoformat(), last.isoformat()))
        reports = reporting.make(loaded, workspace, days) if daily.is_success else None
    if reports and reports.newest:
        reporting.show_table(workspace, reports.newest)
    came = account.arrived(workspace, days)
    try:
        made = account.traffic(workspace, operator, days)
    except duckdb.IOException as error:
        raise Lines("\n".join(daily.failures or [runs.plain(str(error))])) from error
    _tell([heading(first, last), *arrival_lines(operator, came), *traffic_lines(made)])
    for line in (*daily.said_by_pulls, *daily.warned, *replaced_plans(workspace)):
        click.echo(f"warning        {line}", err=True)
    if reports is None:
        raise Lines("\n".join([*why_nothing(came, made), *daily.failures]))
    _tell(reports.lines)
    if reports.faults:
        raise Lines("\n".join(reports.faults))


def _tell(lines: Sequence[str]) -> None:
    for line in lines:
        click.echo(line)


def pull_registries(workspace: Workspace, accept_shrunken: Sequence[str] = ()) -> None:
    """Pull the registries and make the address plan, the networks and their evidence, without any exports."""
    ops = {"registry_snapshots": {"config": {"accept_shrunken": list(accept_shrunken)}}}
    with (
        telling_errors(AnotherRunError),
        telling_interrupts(runs.InterruptedRunError),
        only_run(workspace),
        TerminalProgress() as progress,
    ):
        with progress.step("Loading the definitions"):
            loaded = definitions.build(progress)
        ended = runs.execute(loaded, automation.REGISTRIES, {}, ops)
    if ended.failures:
        raise Lines("\n".join(ended.failures))


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
    project = resources.dbt_project(workspace)
    target = resources.PROJECT / "docs" / "dbt"
    resources.dbt_resource(project).cli(["docs", "generate", "--static"], target_path=target).wait()
    click.echo(f"Documentation of the warehouse: {target / 'static_index.html'}")
