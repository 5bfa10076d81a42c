"""`netstats status`: which days have exports, by source and router, what is to be built, how the last run
ended, and what is published.

Belongs here: the order of what is told. Does not belong here: counting (orchestration.commands.account), wording it
(orchestration.commands.account_lines), or looking at the sources themselves (orchestration.commands.doctor).
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import chain

import click
import dagster as dg
import duckdb

from assets.exports.rows import KEY as FLOW_EXPORTS
from assets.ground.quarters import days_between
from assets.ground.workspace import Workspace
from assets.operator import Operator, OperatorError, load_operator
from assets.warehouse.published_marts import published_quarters
from orchestration import due, resources, runs
from orchestration.commands import account
from orchestration.commands.account_lines import arrival_lines, days_text, heading, traffic_lines
from orchestration.commands.terminal import Lines, telling_errors


def run() -> None:
    """Print what the state holds of the days from the first to the last that was pulled."""
    with telling_errors(OperatorError, resources.SettingsError):
        workspace = resources.workspace_from_environment()
        operator = load_operator(workspace.operator_folder)
    pulled = workspace.lake.partitions(FLOW_EXPORTS, "export_on")
    if not pulled:
        raise Lines(f"{workspace.state}: no day was pulled yet; run `netstats build` first")
    days = days_between(min(pulled[0].on, workspace.calendar.tracking_began_on), pulled[-1].on)
    try:
        told = (
            _days(workspace, operator, days),
            _to_build(workspace, days),
            _last_run(workspace),
            _published(workspace),
        )
        for line in chain.from_iterable(told):
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


def _to_build(workspace: Workspace, days: list[date]) -> Iterator[str]:
    """What the next build of these days makes or looks through, as that build would find it."""
    wanted = due.what_is_due(workspace, days[0], days[-1])
    of_days = days_text(wanted.stale) if wanted.stale else "what the days share, and the marts"
    said = f"{of_days}; `netstats build` makes what of it is not current"
    yield f"{'to build':<15}{'nothing: all of it is current' if wanted.is_nothing else said}"
    if days[-1] < datetime.now(UTC).date() - timedelta(days=1):
        yield f"{'':<15}no day after {days[-1]} was pulled yet"


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
