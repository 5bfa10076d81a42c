"""`netstats doctor`: is the operator folder valid, what do its newest exports show, and what does the state hold.

Belongs here: the order of findings, printing, exit statuses. Does not belong here: finding
(orchestration.commands.diagnosis), mending, or the checks of the data (checks/).
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import click

from assets.exports.day_inputs import days_of_replaced_plans
from assets.exports.operator_here import operator_of
from assets.exports.rows import KEY as FLOW_EXPORTS
from assets.exports.rows import read_rows
from assets.exports.sources import Landing
from assets.exports.unused import lines_of_unused
from assets.ground.workspace import Workspace
from assets.operator import Operator, OperatorError
from assets.warehouse.check_history import HistoryError
from assets.warehouse.published_quarters import published_quarters
from orchestration import resources
from orchestration.commands.diagnosis import (
    BLOCKS,
    NOTE,
    WARNING,
    Finding,
    of_checks,
    of_collectors,
    of_exports,
    of_folder,
    of_registries,
    unclassified,
)
from orchestration.commands.terminal import telling_errors

LINES_OF_A_TOPIC = 20


def run(*, as_json: bool = False, reads_all: bool = False) -> None:
    """Print what is found, one line each; exit status 1 if the folder is not valid or something blocks."""
    with telling_errors(OperatorError, resources.SettingsError, HistoryError):
        workspace = resources.workspace_from_environment()
        operator = operator_of(workspace)
        found = list(findings(workspace, operator, reads_all=reads_all))
    if as_json:
        click.echo(json.dumps([one.as_row() for one in found], indent=1))
    else:
        for line in lines(found):
            click.echo(line)
        click.echo(_summary(found))
    sys.exit(any(one.level == BLOCKS for one in found))


def findings(workspace: Workspace, operator: Operator, *, reads_all: bool) -> Iterator[Finding]:
    """All findings, from the folder to the state."""
    today = datetime.now(UTC).date()
    yield from of_folder.findings(operator)
    yield from of_checks.misspelt(operator)
    for line in Landing.of(operator).land_newest(today):
        yield Finding(WARNING, "sources", line)
    yield from of_exports.days_without_files(operator, today)
    exports = of_exports.Exports.of(operator, reads_all=reads_all)
    yield from of_exports.findings(exports)
    yield from of_collectors.findings(operator, datetime.now(UTC))
    yield from of_registries.findings(workspace, operator, today)
    yield from unclassified.findings(workspace, exports)
    yield from of_checks.findings(workspace)
    yield from _state(workspace)


def lines(found: Sequence[Finding]) -> Iterator[str]:
    """A line for each finding; of a topic with very many, the first, and how many more there are."""
    shown = Counter[str]()
    counts = Counter(one.topic for one in found)
    for one in found:
        shown[one.topic] += 1
        if shown[one.topic] <= LINES_OF_A_TOPIC:
            yield one.line
        if shown[one.topic] == LINES_OF_A_TOPIC < counts[one.topic]:
            more = counts[one.topic] - LINES_OF_A_TOPIC
            yield f"{one.level}: and {more} more of this kind ({one.topic}); `netstats doctor --json` lists them all"


def _summary(found: list[Finding]) -> str:
    blocking, warnings = (sum(one.level == level for one in found) for level in (BLOCKS, WARNING))
    if blocking or warnings:
        return f"{blocking} findings block, {warnings} warn"
    return "nothing is wrong"


def replaced_plans(workspace: Workspace) -> Iterator[str]:
    """A line on the days that keep what was made of them with a plan that is no more, if there are any."""
    if days := days_of_replaced_plans(workspace.lake):
        yield (
            f"{len(days)} export days were resolved with an address plan that was made anew since, and stay as they "
            f"are; resolve them again: `netstats build --from {days[0]} --to {days[-1]}`"
        )


def _state(workspace: Workspace) -> Iterator[Finding]:
    kept = workspace.lake.partitions(("exports", "flow_records"), "export_on")
    yield Finding(NOTE, "state", f"state {workspace.state}: {len(kept)} export days decoded")
    for line in replaced_plans(workspace):
        yield Finding(WARNING, "replaced_plans", line)
    quarters = sorted(published_quarters(workspace.published))
    yield Finding(NOTE, "state", f"published quarters: {', '.join(quarters) or 'none yet; run `netstats build`'}")
    for day in workspace.lake.partitions(FLOW_EXPORTS, "export_on"):
        for line in lines_of_unused(read_rows(workspace.lake, day)):
            yield Finding(WARNING, "set_aside", f"set aside: {line}")
