"""`netstats decide`: write a decision on the type of an AS, a prefix or an organisation, and say what it will change.

Belongs here: from arguments to a valid row of overrides.csv, and what is printed. Does not belong here: what a decision
reaches (orchestration.commands.decision_reach), or which decision counts on a day (dbt_project/).
"""

import csv
import io
from datetime import UTC, date, datetime
from getpass import getuser
from pathlib import Path

import click

from assets.ground.lake import replacing
from assets.ground.quarters import Quarter
from assets.ground.workspace import Workspace
from assets.operator import OperatorError, Override, load_operator
from assets.operator.columns import NOTE, OVERRIDES
from orchestration import resources
from orchestration.commands.decision_reach import Moved, matched, moved, parse_target
from orchestration.commands.terminal import telling_errors


def run(
    target: str, network_type: str, reason: str, author: str | None, decided_on: date | None, until: date | None
) -> None:
    """Write the row, if it is valid and matches something; Lines says what is wrong, and then nothing is written."""
    with telling_errors(OperatorError, resources.SettingsError):
        workspace = resources.workspace_from_environment()
        load_operator(workspace.operator_folder)
        decision = Override(
            **parse_target(target),
            network_type=network_type,
            reason=reason,
            author=author or getuser(),
            decided_on=decided_on or datetime.now(UTC).date(),
            expires_on=until,
        )
        names = matched(workspace, decision)
        write(workspace, decision)
    click.echo(f"{workspace.operator_folder / OVERRIDES.name}: {network_type} from {decision.decided_on}")
    click.echo(f"matches {names}")
    for line in what_moves(workspace, moved(workspace, decision)):
        click.echo(line)


def write(workspace: Workspace, decision: Override) -> None:
    """Add the row to overrides.csv; OperatorError, and the file as it was, if the folder is not valid with it."""
    path = workspace.operator_folder / OVERRIDES.name
    before = path.read_bytes() if path.exists() else None
    _replace(path, _with_row(before or (",".join(OVERRIDES.header) + "\n").encode(), decision))
    try:
        load_operator(workspace.operator_folder)
    except OperatorError:
        if before is None:
            path.unlink()
        else:
            _replace(path, before)
        raise


def _with_row(before: bytes, decision: Override) -> bytes:
    """The file with one row more, in the order of its own columns and with its own line ends."""
    text = before.decode("utf-8-sig")
    line_end = "\r\n" if "\r\n" in text else "\n"
    header = [name.strip() for name in next(csv.reader(io.StringIO(text)))]
    added = io.StringIO()
    cells = [None if name == NOTE else getattr(decision, name) for name in header]
    csv.writer(added, lineterminator=line_end).writerow(["" if cell is None else cell for cell in cells])
    missing_end = b"" if before.endswith(b"\n") else line_end.encode()
    return before + missing_end + added.getvalue().encode()


def _replace(path: Path, content: bytes) -> None:
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def what_moves(workspace: Workspace, moves: list[Moved] | None) -> list[str]:
    """How many bits leave which type in which quarters, and the command that restates them."""
    if moves is None:
        return ["no traffic is built yet; the decision counts from the first `netstats build` on"]
    if not moves:
        return ["moves no bits of the quarters that are built; it counts for the days to come"]
    lines = [f"{move.quarter}: {_in_words(move.bits)} leave {move.network_type} ({move.share:.2%})" for move in moves]
    quarters = [Quarter.parse(move.quarter) for move in moves]
    first = max(quarters[0].began_on, workspace.calendar.tracking_began_on)
    last = min(quarters[-1].ended_on, datetime.now(UTC).date())
    return [*lines, f"run `netstats build --from {first} --to {last}`; until then reports stay as they are"]


def _in_words(bits: int) -> str:
    """Bits as people write them: 12.3 Gbit."""
    amount, unit = float(bits), "bit"
    for larger in ("kbit", "Mbit", "Gbit", "Tbit", "Pbit"):
        if amount < 1000:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.3g} {unit}"
