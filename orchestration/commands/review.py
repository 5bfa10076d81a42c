"""`netstats review`: the networks whose type no rule knows, or not well, and those that may be neoclouds.

Belongs here: reading the lists and printing them. Does not belong here: which networks are on them
(core.network_review, core.neocloud_candidates).
"""

import json
from collections.abc import Sequence

import click
import duckdb

from assets.warehouse.database import OneRun, reading
from orchestration import resources
from orchestration.commands.tables import print_table
from orchestration.commands.terminal import Lines, telling_errors

COLUMNS = (
    *("position", "network_key", "name", "bits", "share_of_bits", "network_kind", "confidence", "rule"),
    *("evidence", "runner_up"),
)
CANDIDATE_COLUMNS = (
    *("position", "candidate", "name", "bits", "score", "signs", "addresses", "times_bits_per_address"),
    *("persistent_share", "elephant_share", "mesh_addresses", "growth"),
)
SHARES = {"share_of_bits": ".2%", "persistent_share": ".0%", "elephant_share": ".0%"}
AMOUNTS = {"times_bits_per_address": ".3g", "growth": ".3g"}
DECIDE = "To decide on one, write a row in {}: `netstats decide AS|PREFIX|ORGANISATION TYPE --reason ...` does"


def run(limit: int, as_json: bool, *, neocloud: bool = False) -> None:
    """Print the first of the list, by bits of the newest 92 days (of neoclouds: by signs), and how to decide."""
    table, columns = ("neocloud_candidates", CANDIDATE_COLUMNS) if neocloud else ("network_review", COLUMNS)
    with telling_errors(resources.SettingsError):
        workspace = resources.workspace_from_environment()
    if not workspace.warehouse.exists():
        raise Lines(f"{workspace.warehouse}: no traffic is built yet; run `netstats demo` or `netstats build` first")
    try:
        # Between the steps of a build its lists are half made, and whoever reads then stands in its way.
        with OneRun(workspace.warehouse).held("`netstats review`"), reading(workspace.warehouse) as database:
            statement = f"select {', '.join(columns)} from core.{table} order by position limit ?"
            rows = database.execute(statement, [limit]).fetchall()
    except duckdb.CatalogException as error:
        raise Lines(f"{workspace.warehouse} holds no review list; run `netstats build` once more ({error})") from error
    if as_json:
        click.echo(json.dumps([dict(zip(columns, row, strict=True)) for row in rows], default=str, indent=1))
        return
    _print(columns, rows)
    click.echo(DECIDE.format(workspace.operator_folder / "overrides.csv"))


def _print(columns: Sequence[str], rows: list[tuple[object, ...]]) -> None:
    print_table(columns, ([_shown(column, value) for column, value in zip(columns, row, strict=True)] for row in rows))


def _shown(column: str, value: object) -> str:
    if value is None:
        return ""
    form = SHARES.get(column) or AMOUNTS.get(column)
    return format(value, form) if form else str(value)
