"""Runs from the command line: the same jobs, instance and state as the Dagster UI.

Belongs here: which runs follow each other, and what is told at their end. Does not belong here: a run itself
(orchestration.runs), what the jobs hold (orchestration.automation), or drawing (orchestration.commands.terminal).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from time import monotonic

import click
import dagster as dg
import duckdb

from assets.exports.flow_exports import LANDED_TAG
from assets.exports.operator_here import operator_of
from assets.exports.retired_days import is_retired
from assets.exports.sources import Landing, NoRoomError
from assets.ground.quarters import Quarter, days_between, quarters_of_export_day
from assets.ground.unfinished import remove_left_over
from assets.ground.workspace import Workspace
from assets.operator import Operator, OperatorError
from assets.warehouse.database import OneRun
from orchestration import automation, due, ended_well, resources, runs
from orchestration.alerts.watching import watched
from orchestration.commands import account, reporting
from orchestration.commands.account_lines import arrival_lines, heading, traffic_lines, why_nothing
from orchestration.commands.doctor import replaced_plans
from orchestration.commands.ranges import ranges_of, told
from orchestration.commands.terminal import Lines, TerminalProgress, telling_errors, telling_interrupts, warn
from orchestration.errors import plain
from orchestration.runs import Ended


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


@dataclass
class _Built:
    """The runs of a build up to the published marts, and what their checks warned of, now or when they last ran."""

    ended: list[Ended]
    warned: list[str]

    @property
    def is_success(self) -> bool:
        return all(one.is_success for one in self.ended)

    @property
    def failures(self) -> list[str]:
        return [line for one in self.ended for line in one.failures]

    @property
    def said_by_pulls(self) -> list[str]:
        return [line for one in self.ended for line in one.said_by_pulls]


def run(workspace: Workspace, first: date, last: date) -> None:
    """The daily job over a range of export days, the marts, their reports, and what a person must know of them.

    Only what is not current is run. The exit status is 1 if a job or a report failed, or if there is not one report.
    """
    resources.enter(workspace)
    with (
        telling_interrupts(runs.InterruptedRunError),
        _alone(workspace, "netstats build"),
        watched(workspace, "netstats build", warn),
    ):
        _run(workspace, operator_of(workspace), days_between(first, last))


@contextmanager
def _alone(workspace: Workspace, command: str) -> Iterator[None]:
    """The one run of the state: another is waited for, and what killed ones left half written is removed."""
    with OneRun(workspace.warehouse).held(f"`{command}`"), runs.telling_history(workspace):
        remove_left_over(workspace.state)
        yield


def _run(workspace: Workspace, operator: Operator, days: Sequence[date]) -> None:
    began_at = datetime.now(UTC)
    with TerminalProgress() as progress:
        loaded = _Definitions(progress)
        not_listed = _land(operator, [day for day in days if not is_retired(workspace.lake, day)], progress)
        made = _build(workspace, loaded, days)
        reports = reporting.make(loaded, workspace, days) if made.is_success else None
    if not loaded.are_loaded:
        click.echo("Everything is current: no run is started.", err=True)
    if reports and reports.newest:
        reporting.show_table(workspace, reports.newest)
    came = account.arrived(workspace, days)
    try:
        traffic = account.traffic(workspace, operator, days)
    except (duckdb.IOException, duckdb.CatalogException) as error:
        raise Lines("\n".join(made.failures or [plain(str(error))])) from error
    _tell([heading(days[0], days[-1]), *arrival_lines(operator, came), *traffic_lines(traffic)])
    for line in (*dict.fromkeys([*not_listed, *made.said_by_pulls]), *made.warned, *replaced_plans(workspace)):
        warn(line)
    if reports is None:
        raise Lines("\n".join([*why_nothing(came, traffic), *made.failures]))
    _tell(reports.lines)
    if reports.faults:
        raise Lines("\n".join(reports.faults))
    ended_well.note(workspace, days, began_at)


def _land(operator: Operator, days: Sequence[date], progress: TerminalProgress) -> list[str]:
    """Bring what sources of other machines have that is new; a line for each day that one does not list."""
    if not any(one.landing for one in operator.flow_sources):
        return []
    try:
        with progress.step("Bringing exports from other machines"):
            return Landing.of(operator).land(days)
    except NoRoomError as error:
        raise Lines(str(error)) from error


class _Definitions:
    """The definitions, loaded when a run first needs them: it takes seconds, and where all is current none does."""

    def __init__(self, progress: TerminalProgress) -> None:
        self.progress = progress
        self.are_loaded = False

    @cached_property
    def loaded(self) -> dg.Definitions:
        from assets.warehouse import dbt_host

        dbt_host.make_ready()
        with self.progress.step("Loading the definitions"):
            from orchestration import definitions

            loaded = definitions.build(self.progress)
        self.are_loaded = True
        return loaded

    def __call__(self) -> dg.Definitions:
        return self.loaded


def _build(workspace: Workspace, loaded: Callable[[], dg.Definitions], days: Sequence[date]) -> _Built:
    """The daily job over the days that are due, then the job of the marts, unless all of it is current."""
    first, last = days[0], days[-1]
    seen, wanted = due.looked_at(workspace, first, last), due.what_is_due(workspace, first, last)
    warned, ended = due.warned(workspace), list[Ended]()
    if wanted.days or wanted.are_marts_due:
        due.forget(workspace)
    if wanted.days:
        ended += _build_days(operator_of(workspace), loaded, days_between(wanted.days[0], wanted.days[-1]))
    if wanted.are_marts_due and all(one.is_success for one in ended):
        oldest, newest = _first_and_last_quarter(workspace, first, last)
        keys = oldest.began_on.isoformat(), newest.began_on.isoformat()
        ended.append(runs.execute(loaded(), automation.MARTS, runs.partition_range(*keys)))
    warned |= {job: _warned_by(ended, job) for job in dict.fromkeys(one.job for one in ended)}
    made = _Built(ended, [line for lines in warned.values() for line in lines])
    if ended and made.is_success:
        due.note(workspace, seen, warned)
    return made


def _build_days(operator: Operator, loaded: Callable[[], dg.Definitions], days: Sequence[date]) -> list[Ended]:
    """The daily job, range by range, until one fails; what was built stays, and the same command goes on from there."""
    ended, began = list[Ended](), monotonic()
    ranges = ranges_of(operator, days)
    for number, one in enumerate(ranges, start=1):
        tags = runs.partition_range(one.first.isoformat(), one.last.isoformat()) | {LANDED_TAG: "yes"}
        ended.append(runs.execute(loaded(), automation.DAILY, tags))
        if not ended[-1].is_success:
            break
        if len(ranges) > 1:
            click.echo(told(ranges, number, monotonic() - began), err=True)
    return ended


def _warned_by(ended: Sequence[Ended], job: str) -> list[str]:
    """What the runs of a job warned of, each line once."""
    return list(dict.fromkeys(line for one in ended if one.job == job for line in one.warned))


def _first_and_last_quarter(workspace: Workspace, first: date, last: date) -> tuple[Quarter, Quarter]:
    """The quarters that a range of export days counts to, none of them before tracking began."""
    touched = {quarter for day in (first, last) for quarter in quarters_of_export_day(day)}
    tracked = [quarter for quarter in touched if quarter.ended_on >= workspace.calendar.tracking_began_on]
    return min(tracked), max(tracked)


def _tell(lines: Sequence[str]) -> None:
    for line in lines:
        click.echo(line)


def pull_registries(workspace: Workspace, accept_shrunken: Sequence[str] = ()) -> None:
    """Pull the registries and make the address plan, the networks and their evidence, without any exports."""
    # It takes seconds to import.
    from orchestration import definitions

    ops = {"registry_snapshots": {"config": {"accept_shrunken": list(accept_shrunken)}}}
    with (
        telling_interrupts(runs.InterruptedRunError),
        _alone(workspace, "netstats registries"),
        watched(workspace, "netstats registries", warn),
    ):
        with TerminalProgress() as progress:
            with progress.step("Loading the definitions"):
                loaded = definitions.build(progress)
            ended = runs.execute(loaded, automation.REGISTRIES, {}, ops)
        if ended.failures:
            raise Lines("\n".join(ended.failures))


def docs() -> None:
    """Write the static dbt docs, one page that needs no server, to docs/dbt, and what suites found, to its checks."""
    from checks.data_docs import write_pages

    workspace = resources.workspace_from_environment()
    resources.enter(workspace)
    target = resources.PROJECT / "docs" / "dbt"
    resources.dbt_of(workspace).call(["docs", "generate", "--static"], target=target).wait()
    page = target / "static_index.html"
    # dbt writes for its owner alone, as becomes a state; this page is for whoever may read the project.
    page.chmod(0o644)
    click.echo(f"Documentation of the warehouse: {page}")
    if pages := write_pages(workspace, target / "checks"):
        click.echo(f"What suites of expectations found: {pages[0]}")
