"""`netstats retire`: exports go, addresses kept long enough become keyed hashes, and hashes go; sketches stay.

Belongs here: the key, the day and what is printed. Does not belong here: what goes (assets.warehouse.retention), which
the schedule `every_day` does by itself.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import click

from assets.operator import OperatorError, load_operator
from assets.warehouse.address_contract import UndeclaredColumn
from assets.warehouse.database import OneRun
from assets.warehouse.retention import LetGo, apply, days_told
from orchestration import resources
from orchestration.commands.terminal import Lines, telling_errors
from orchestration.run_log import noting


def run(today: date | None) -> None:
    """Retire what is due today (UTC) by `retention_days` of operator.yaml, and say of which days."""
    with telling_errors(OperatorError, resources.SettingsError):
        workspace = resources.workspace_from_environment()
        asked = load_operator(workspace.operator_folder).settings.retention_days
        key = resources.hashing_key()
    if not workspace.warehouse.exists():
        raise Lines(f"{workspace.warehouse}: no traffic is built yet; run `netstats build` first")
    resources.enter(workspace)
    # What core would be built from now is told by the project as it is written now.
    resources.dbt_of(workspace)
    try:
        with OneRun(workspace.warehouse).held("`netstats retire`"), noting(workspace.state, "netstats retire"):
            gone = apply(workspace, asked, on=today or datetime.now(UTC).date(), key=key)
    except UndeclaredColumn as error:
        raise Lines(str(error)) from error
    for line in _lines(gone):
        click.echo(line)
    if gone.left:
        raise Lines("\n".join(gone.left))


def _lines(gone: LetGo) -> Iterator[str]:
    exports, addresses = gone.exports, gone.addresses
    size = f"; {exports.files} files of {exports.file_bytes} bytes deleted" if exports.files else ""
    yield f"exports: {days_told(exports.days)}{size}"
    yield f"hashed:  {days_told(addresses.hashed)}"
    yield f"dropped: {days_told(addresses.dropped)}"
