"""`netstats retire`: exports go, addresses kept long enough become keyed hashes, and hashes go; sketches stay.

Belongs here: the key, the day and what is printed. Does not belong here: what becomes of a day's exports
(assets.warehouse.export_retention) or addresses (assets.warehouse.address_retention).
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import click
import duckdb

from assets.ground.workspace import Workspace
from assets.operator import OperatorError, load_operator
from assets.operator.model import RetentionDays
from assets.warehouse.address_contract import UndeclaredColumn
from assets.warehouse.address_retention import Retired, by_whole_quarters, retire
from assets.warehouse.database import OneRun, connected
from assets.warehouse.export_retention import ExportsLetGo, let_exports_go
from assets.warehouse.freed_blocks import has_freed_blocks, rewrite
from orchestration import resources
from orchestration.commands.terminal import Lines, telling_errors


def run(today: date | None) -> None:
    """Retire what is due today (UTC) by `retention_days` of operator.yaml, and say of which days.

    Exports hold addresses, and are therefore kept no longer than these.
    """
    with telling_errors(OperatorError, resources.SettingsError):
        workspace = resources.workspace_from_environment()
        asked = load_operator(workspace.operator_folder).settings.retention_days
        key = resources.hashing_key()
    if not workspace.warehouse.exists():
        raise Lines(f"{workspace.warehouse}: no traffic is built yet; run `netstats build` first")
    on = today or datetime.now(UTC).date()
    retention = by_whole_quarters(asked, on)
    resources.enter(workspace)
    # What core would be built from now is told by the project as it is written now.
    resources.dbt_of(workspace)
    try:
        with OneRun(workspace.warehouse).held("`netstats retire`"):
            exports, addresses = _retire(workspace, retention, on, key)
    except duckdb.IOException as error:
        raise Lines(f"{workspace.warehouse} is in use by a run; ask again when it has ended ({error})") from error
    except UndeclaredColumn as error:
        raise Lines(str(error)) from error
    for line in _lines(exports, addresses):
        click.echo(line)
    if left := list(_left(exports, addresses)):
        raise Lines("\n".join(left))


def _retire(workspace: Workspace, retention: RetentionDays, on: date, key: bytes) -> tuple[ExportsLetGo, Retired]:
    """Exports, then addresses, then the file that held them; each completes what a killed run began."""
    kept_days = min(retention.exports, retention.addresses)
    # A run that builds has the file open: nothing is let go under it.
    with connected(workspace.warehouse, read_only=False):
        pass
    exports = let_exports_go(workspace, before=on - timedelta(days=kept_days))
    addresses = retire(workspace, retention, today=on, key=key)
    if has_freed_blocks(workspace.warehouse):
        rewrite(workspace.warehouse)
    return exports, addresses


def _lines(exports: ExportsLetGo, addresses: Retired) -> Iterator[str]:
    size = f"; {exports.files} files of {exports.file_bytes} bytes deleted" if exports.files else ""
    yield f"exports: {_days(exports.days)}{size}"
    yield f"hashed:  {_days(addresses.hashed)}"
    yield f"dropped: {_days(addresses.dropped)}"


def _left(exports: ExportsLetGo, addresses: Retired) -> Iterator[str]:
    remedy = "run `netstats build`, then this again"
    if exports.not_in_core:
        yield f"exports left, since core does not hold them as they are: {_days(exports.not_in_core)}; {remedy}"
    if addresses.without_sketch:
        yield f"addresses left, since their sketches are not current: {_days(addresses.without_sketch)}; {remedy}"


def _days(days: list[date]) -> str:
    return f"{len(days)} export days, {days[0]} to {days[-1]}" if days else "none"
