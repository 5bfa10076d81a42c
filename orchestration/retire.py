"""`netstats retire`: addresses that were kept long enough become keyed hashes, and hashes go; sketches stay.

Belongs here: the key, the day and what is printed. Does not belong here: what becomes of a day's addresses
(assets.address_retention).
"""

from datetime import UTC, date, datetime

import click
import duckdb

from assets.address_retention import by_whole_quarters, retire
from assets.operator_folder import OperatorError, load_operator
from orchestration import resources
from orchestration.terminal import Lines, telling_errors


def run(today: date | None) -> None:
    """Retire the addresses that are due today (UTC) by `retention_days` of operator.yaml, and say of which days."""
    with telling_errors(OperatorError, resources.SettingsError):
        workspace = resources.workspace_from_environment()
        retention = load_operator(workspace.operator_folder).settings.retention_days
        key = resources.hashing_key()
    if not workspace.warehouse.exists():
        raise Lines(f"{workspace.warehouse}: no traffic is built yet; run `netstats build` first")
    on = today or datetime.now(UTC).date()
    try:
        retired = retire(workspace.warehouse, workspace.lake, by_whole_quarters(retention, on), today=on, key=key)
    except duckdb.IOException as error:
        raise Lines(f"{workspace.warehouse} is in use by a run; ask again when it has ended ({error})") from error
    click.echo(f"hashed:  {_days(retired.hashed)}")
    click.echo(f"dropped: {_days(retired.dropped)}")
    if retired.without_sketch:
        raise Lines(f"left as they are, since their sketches are not current: {_days(retired.without_sketch)}; "
                    "run `netstats build`, then this again")  # fmt: skip


def _days(days: list[date]) -> str:
    return f"{len(days)} export days, {days[0]} to {days[-1]}" if days else "none"
