"""`netstats status`: which days have exports, by source and router, how the last run ended, and what is published.

Belongs here: the order of what is told. Does not belong here: counting (orchestration.commands.account), wording it
(orchestration.commands.account_lines), or looking at the sources themselves (orchestration.commands.doctor).
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import click
import dagster as dg
import duckdb

from assets.exports.operator_here import operator_of
from assets.exports.rows import KEY as FLOW_EXPORTS
from assets.ground.quarters import days_between
from assets.ground.workspace import Workspace
from assets.operator import Operator, OperatorError
from assets.warehouse.published_marts import published_quarters
from orchestration import resources, runs
from orchestration.commands import account
from orchestration.commands.account_lines import arrival_lines, heading, traffic_lines
from orchestration.commands.terminal import Lines, telling_errors


def run() -> None:
    """Print what the state holds of the days from the first to the last that was pulled."""
    with telling_errors(OperatorError, resources.SettingsError):
        workspace = resources.workspace_from_environment()
        operator = operator_of(workspace)
    pulled = workspace.lake.partitions(FLOW_EXPORTS, "export_on")
    if not pulled:
        raise Lines(f"{workspace.state}: no day was pulled yet; run `netstats build` first")
    days = days_between(min(pulled[0].on, workspace.calendar.tracking_began_on), pulled[-1].on)
    try:
        for line in (*_days(workspace, operator, days), *_last_run(workspace), *_published(workspace)):
            click.echo(line)
    except duckdb.IOException as error:
        raise Lines(runs.plain(str(error))) from error
    except duckdb.CatalogException as error:
        raise Lines(f"{workspace.warehouse} was built by an older version; run `netstats build` ({error})") from error


def _days(workspace: Workspace, operator: Operator, days: list[date]) -> Iterator[str]:
    yield heading(days[0], days[-1])
    yield from arrival_lines(operator, account.arrived(workspace, days))
    names = {str(row.exporter): row.name for row in operator.exporters}
    heard = account.days_by_exporter(workspace, days)
    for number, address in enumerate(sorted({*heard, *names}, key=lambda one: (names.get(one, ""), one))):
        named = f"{names[address]} ({address})" if address in names else f"{address}, without a row"
        yield f"{'routers' if not number else '':<15}{named}: heard on {heard.get(address, 0)} of {len(days)} days"
    yield from traffic_lines(account.traffic(workspace, operator, days))


def _last_run(workspace: Workspace) -> Iterator[str]:
    """How the newest run ended, of the command or of the UI."""
    resources.enter(workspace)
    with dg.DagsterInstance.get() as instance:
        for record in instance.get_run_records(limit=1):
            at = datetime.fromtimestamp(record.end_time or record.create_timestamp.timestamp(), UTC)
            state = record.dagster_run.status.value.lower()
            yield f"{'last run':<15}{record.dagster_run.job_name}: {state}, {at:%Y-%m-%d %H:%M} UTC"


def _published(workspace: Workspace) -> Iterator[str]:
    for number, quarter in enumerate(sorted(published_quarters(workspace.published))):
        page = workspace.reports / quarter / "index.html"
        page_shown = str(page) if page.exists() else f"no report yet; run `netstats report {quarter}`"
        yield f"{'published' if not number else '':<15}{quarter}: {page_shown}"
