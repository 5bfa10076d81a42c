"""`netstats status`: how the state stands, for a person, a program, or Prometheus.

Belongs here: the command, its forms and its exit status. Does not belong here: reading, judging or wording
(orchestration.commands.standing), or looking at the sources themselves (orchestration.commands.doctor).
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from assets.exports.operator_here import operator_of
from assets.exports.rows import KEY as FLOW_EXPORTS
from assets.ground.lake import replacing
from assets.ground.workspace import Workspace
from assets.operator import OperatorError
from orchestration import resources
from orchestration.commands.standing.document import document
from orchestration.commands.standing.facts import Standing, standing_of
from orchestration.commands.standing.lines import lines
from orchestration.commands.standing.problems import PROBLEM, Noted, noted
from orchestration.commands.standing.prometheus import text
from orchestration.commands.standing.to_build import to_build
from orchestration.commands.terminal import Lines, telling_errors

PERSON, JSON, PROMETHEUS = "person", "json", "prometheus"


def run(form: str = PERSON, out: Path | None = None) -> None:
    """Print how the state stands, or put it in place of a file; exit status 1 if there is a problem."""
    with telling_errors(OperatorError, resources.SettingsError):
        workspace = resources.workspace_from_environment()
        operator = operator_of(workspace)
    _refuse_a_state_of_nothing(workspace)
    standing = standing_of(workspace, operator, datetime.now(UTC))
    found = noted(standing)
    _tell(_written(form, standing, found), out)
    sys.exit(any(one.level == PROBLEM for one in found))


def _refuse_a_state_of_nothing(workspace: Workspace) -> None:
    if not workspace.lake.partitions(FLOW_EXPORTS, "export_on"):
        raise Lines(f"{workspace.state}: no day was pulled yet; run `netstats build` first")


def _written(form: str, standing: Standing, found: list[Noted]) -> str:
    if form == JSON:
        return json.dumps(document(standing, found), indent=1, default=_plain) + "\n"
    if form == PROMETHEUS:
        return text(standing, found)
    wanted = to_build(standing.workspace, standing.days, standing.at.date())
    return "".join(f"{line}\n" for line in lines(standing, found, wanted))


def _plain(value: object) -> str:
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value)


def _tell(told: str, out: Path | None) -> None:
    """A file takes its name when it is whole: a node exporter reads it at any time."""
    if out is None:
        click.echo(told, nl=False)
        return
    try:
        with replacing(out) as temporary:
            temporary.write_text(told, encoding="utf-8")
            temporary.chmod(0o644)
    except OSError as error:
        raise Lines(f"{out} can't be written ({error.strerror}); name a file in a folder that can be") from error
