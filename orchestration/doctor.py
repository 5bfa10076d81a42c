"""`netstats doctor`: is the operator folder valid, are its exports there, and what does the state hold.

Belongs here: looking and telling. Does not belong here: mending, or the checks of the data (checks/).
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import click

from assets import flow_exports
from assets.day_inputs import days_of_replaced_plans
from assets.export_rows import read_rows
from assets.export_sources import files_offered
from assets.operator_folder import Operator, OperatorError, load_operator
from assets.partitions import days_between
from assets.published_marts import published_quarters
from assets.workspace import Workspace
from orchestration import resources
from orchestration.terminal import telling_errors


def run() -> None:
    """Print what is found, one line each; exit status 1 if the folder is not valid."""
    with telling_errors(OperatorError, resources.SettingsError):
        workspace = resources.workspace_from_environment()
        operator = load_operator(workspace.operator_folder)
        for line in (*_folder(operator), *_exports(operator, datetime.now(UTC).date()), *_state(workspace)):
            click.echo(line)


def _folder(operator: Operator) -> Iterator[str]:
    yield f"operator {operator.name}: valid ({operator.folder})"
    yield (
        f"{len(operator.exporters)} exporters at {len(operator.sites)} sites, {len(operator.interfaces)} interfaces, "
        f"{len(operator.own_prefixes)} own prefixes, {len(operator.overrides)} overrides"
    )
    without_role = sum(interface.role is None for interface in operator.interfaces)
    if without_role:
        yield f"{without_role} interfaces have no role: own prefixes decide the direction of their traffic"


def _exports(operator: Operator, today: date) -> Iterator[str]:
    """How many days have files at the sources, and the first ones that have none."""
    days = days_between(operator.tracking_began_on, today - timedelta(days=1))
    empty = [day for day in days if all(offered.fault for offered in files_offered(operator, day))]
    yield f"{len(days) - len(empty)} of {len(days)} days since {operator.tracking_began_on} have export files"
    if empty:
        yield f"first days without files: {', '.join(str(day) for day in empty[:5])}"


def replaced_plans(workspace: Workspace) -> Iterator[str]:
    """A line on the days that keep what was made of them with a plan that is no more, if there are any."""
    if days := days_of_replaced_plans(workspace.lake):
        yield (
            f"{len(days)} export days were resolved with an address plan that was made anew since, and stay as they "
            f"are; resolve them again: `netstats build --from {days[0]} --to {days[-1]}`"
        )


def _state(workspace: Workspace) -> Iterator[str]:
    kept = workspace.lake.partitions(("exports", "flow_records"), "export_on")
    yield f"state {workspace.state}: {len(kept)} export days decoded"
    yield from replaced_plans(workspace)
    quarters = sorted(published_quarters(workspace.published))
    yield f"published quarters: {', '.join(quarters) or 'none yet; run `netstats build`'}"
    for day in workspace.lake.partitions(flow_exports.KEY, "export_on"):
        for line in flow_exports.lines_of_unused(read_rows(workspace.lake, day)):
            yield f"set aside: {line}"
