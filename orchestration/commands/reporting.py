"""The reports of quarters from the command line: each by a run of its own, so that none keeps another from being made.

Belongs here: which quarters of a range are reported, and why one is not. Does not belong here: making a report
(assets.reports.quarter_comparison, assets.reports.chart_bundle).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import click
import dagster as dg
from rich.console import Console

from assets.ground.quarters import Quarter, quarters_of_export_day
from assets.ground.workspace import Workspace
from assets.operator import OperatorError
from assets.warehouse.database import OneRun
from assets.warehouse.editions.kept import Edition, EditionError, editions_folder, editions_of
from assets.warehouse.published_quarters import published_quarters
from orchestration import automation, runs
from orchestration.alerts.watching import watched
from orchestration.commands import account
from orchestration.commands.account import Counted
from orchestration.commands.terminal import Lines, TerminalProgress, telling_errors, telling_interrupts, warn
from orchestration.due import is_reported


@dataclass
class Reports:
    """The quarters that were reported, with their pages, and those that could not be.

    `newest` is the last one of the range. `without_traffic` says why a quarter has none to report. `faults` make the
    command fail: a report that could not be made, a quarter all of whose traffic is set apart, and no report at all.
    `restated` says which edition a new report made in place of a published one, and what changed.
    """

    pages: dict[Quarter, Path] = field(default_factory=dict)
    newest: Quarter | None = None
    without_traffic: dict[Quarter, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    restated: dict[Quarter, str] = field(default_factory=dict)

    @property
    def lines(self) -> list[str]:
        """A line for each quarter without traffic, one for each that is restated, then one for each page."""
        return [
            *(f"no report      {quarter}: {reason}" for quarter, reason in sorted(self.without_traffic.items())),
            *(f"restated       {quarter}: {what}" for quarter, what in sorted(self.restated.items())),
            *(f"Report: {self.pages[quarter]}" for quarter in sorted(self.pages)),
        ]


def make(loaded: Callable[[], dg.Definitions], workspace: Workspace, days: Iterable[date]) -> Reports:
    """The reports of all quarters of export days that have traffic, and of the one after, to which they count.

    What is current is not made again; the definitions are loaded where something is not.
    """
    reports, published, days = Reports(), published_quarters(workspace.published), list(days)
    own = sorted({Quarter.of(day) for day in days})
    touched = {*own, *(quarter for day in days for quarter in quarters_of_export_day(day))}
    for quarter in sorted(quarter for quarter in touched if str(quarter) in published):
        _make_if_due(loaded, workspace, quarter, reports)
    reports.newest = max(reports.pages, default=None)
    if str(own[-1].next) in published:
        _make_if_due(loaded, workspace, own[-1].next, reports)
    counts = account.counts_by_quarter(workspace)
    for quarter in own:
        if str(quarter) not in published:
            _tell_missing(quarter, counts.get(quarter), reports)
    if not reports.pages and not reports.faults:
        reports.faults.append("there is no report, since no quarter of these days has traffic of its own")
    return reports


def _make_if_due(
    loaded: Callable[[], dg.Definitions], workspace: Workspace, quarter: Quarter, reports: Reports
) -> None:
    try:
        if is_reported(workspace, quarter):
            reports.pages[quarter] = workspace.reports / str(quarter) / "index.html"
        else:
            _make_one(loaded(), workspace, quarter, reports)
    except EditionError as error:
        reports.faults.append(f"{quarter} has no new report: {error}")


def _make_one(loaded: dg.Definitions, workspace: Workspace, quarter: Quarter, reports: Reports) -> None:
    key, known = quarter.began_on.isoformat(), len(_editions(workspace, quarter))
    ended = runs.execute(loaded, automation.REPORTS, runs.partition_range(key, key))
    if ended.failures:
        reports.faults += [f"{quarter} has no new report: {line}" for line in ended.failures]
        return
    reports.pages[quarter] = workspace.reports / str(quarter) / "index.html"
    editions = _editions(workspace, quarter)
    if len(editions) > known > 0 and not editions[known - 1].is_running:
        newest = editions[-1]
        reports.restated[quarter] = f"edition {newest.number} ({'; '.join(newest.changed)})"


def _editions(workspace: Workspace, quarter: Quarter) -> list[Edition]:
    return editions_of(editions_folder(workspace.published), str(quarter))


def _tell_missing(quarter: Quarter, counts: dict[str, Counted] | None, reports: Reports) -> None:
    """Why a quarter of the range is not published; it is a fault only where its own records were all set apart."""
    if not counts:
        reports.without_traffic[quarter] = "no flow record came of its days"
    elif account.PUBLISHED in counts:
        reports.without_traffic[quarter] = "what came of its days is traffic of the quarter before"
    else:
        reasons = ", ".join(reason.replace("_", " ") for reason in counts)
        reports.faults.append(f"{quarter} has no report: all of its traffic is set apart ({reasons})")


def report(text: str) -> None:
    """Make and show the report of one quarter."""
    # They take seconds to import, and the warnings of dbt's libraries with them.
    from orchestration import definitions, resources

    with telling_errors(ValueError, OperatorError, resources.SettingsError):
        quarter = Quarter.parse(text)
        workspace = resources.workspace_from_environment()
    _refuse_unpublished(workspace, quarter)
    reports = Reports()
    with (
        telling_errors(EditionError),
        telling_interrupts(runs.InterruptedRunError),
        OneRun(workspace.warehouse).held("`netstats report`"),
        runs.telling_history(workspace),
        watched(workspace, "netstats report", warn),
    ):
        with TerminalProgress() as progress:
            with progress.step("Loading the definitions"):
                loaded = definitions.build(progress)
            _make_one(loaded, workspace, quarter, reports)
        if reports.faults:
            raise Lines("\n".join(reports.faults))
    show_table(workspace, quarter)
    click.echo("\n".join(reports.lines))


def _refuse_unpublished(workspace: Workspace, quarter: Quarter) -> None:
    """Only what is published can be reported; the remedy is the range of days that would publish it."""
    published = sorted(published_quarters(workspace.published))
    if str(quarter) not in published:
        raise Lines(
            f"{quarter} is not published ({', '.join(published) or 'no quarter is yet'}); build its days first: "
            f"`netstats build --from {quarter.began_on} --to {quarter.next.began_on}`"
        )


def show_table(workspace: Workspace, quarter: Quarter) -> None:
    """Print the quarter's table."""
    from assets.reports.charts import quarter_table

    Console().print(quarter_table(workspace.published, str(quarter)))
