"""`netstats review`: the networks whose type no rule knows, or not well, ranked by their bits.

Belongs here: reading the list and printing it. Does not belong here: which networks are on it (core.network_review).
"""

import json
import sys

import click
import duckdb
from rich.console import Console
from rich.table import Table

from orchestration import resources
from orchestration.terminal import Lines, telling_errors

COLUMNS = (
    *("position", "network_key", "name", "bits", "share_of_bits", "network_kind", "confidence", "rule"),
    *("evidence", "runner_up"),
)
DECIDE = "To decide on one, write a row in {}: prefix,asn,organisation,network_type,reason,author,decided_on,expires_on"


def run(limit: int, as_json: bool) -> None:
    """Print the first of the list, by bits of the newest 92 days, and how to decide."""
    with telling_errors(resources.SettingsError):
        workspace = resources.workspace_from_environment()
    if not workspace.warehouse.exists():
        raise Lines(f"{workspace.warehouse}: no traffic is built yet; run `netstats demo` or `netstats build` first")
    try:
        with duckdb.connect(workspace.warehouse, read_only=True) as database:
            statement = f"select {', '.join(COLUMNS)} from core.network_review order by position limit ?"
            rows = database.execute(statement, [limit]).fetchall()
    except duckdb.IOException as error:
        raise Lines(f"{workspace.warehouse} is in use by a run; ask again when it has ended ({error})") from error
    except duckdb.CatalogException as error:
        raise Lines(f"{workspace.warehouse} holds no review list; run `netstats build` once more ({error})") from error
    if as_json:
        click.echo(json.dumps([dict(zip(COLUMNS, row, strict=True)) for row in rows], default=str, indent=1))
        return
    _print(rows)
    click.echo(DECIDE.format(workspace.operator_folder / "overrides.csv"))


def _print(rows: list[tuple[object, ...]]) -> None:
    table = Table(*COLUMNS)
    for row in rows:
        shown = {**dict(zip(COLUMNS, row, strict=True))}
        shown["share_of_bits"] = f"{shown['share_of_bits']:.2%}"
        table.add_row(*("" if value is None else str(value) for value in shown.values()))
    Console(width=None if sys.stdout.isatty() else 240).print(table)
