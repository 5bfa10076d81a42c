"""`netstats query`: SQL on the published marts, printed as a table, CSV or JSON.

Belongs here: reading the published file and printing. Does not belong here: making it.
"""

import csv
import json
import sys

import click
import duckdb
from rich.console import Console
from rich.table import Table

from orchestration import resources
from orchestration.commands.terminal import Lines

ROWS_SHOWN = 200


def run(sql: str, output_format: str) -> None:
    """Print a query's result; the published file is opened read-only, so a run going on is not in the way."""
    published = resources.workspace_from_environment().published
    if not published.exists():
        raise Lines(f"{published}: nothing is published yet; run `netstats demo` or `netstats build` first")
    with duckdb.connect(published, read_only=True) as database:
        database.execute("set schema = 'marts'")
        try:
            found = database.execute(sql)
        except duckdb.Error as error:
            raise Lines(str(error)) from error
        columns = [name for name, *_ in found.description or []]
        PRINTERS[output_format](columns, found.fetchall())


def _print_table(columns: list[str], rows: list[tuple[object, ...]]) -> None:
    table = Table(*columns)
    for row in rows[:ROWS_SHOWN]:
        table.add_row(*("" if value is None else str(value) for value in row))
    Console().print(table)
    if len(rows) > ROWS_SHOWN:
        click.echo(f"{len(rows) - ROWS_SHOWN} more rows; --format csv prints all", err=True)


def _print_csv(columns: list[str], rows: list[tuple[object, ...]]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)


def _print_json(columns: list[str], rows: list[tuple[object, ...]]) -> None:
    json.dump([dict(zip(columns, row, strict=True)) for row in rows], sys.stdout, default=str, indent=1)
    click.echo()


PRINTERS = {"table": _print_table, "csv": _print_csv, "json": _print_json}
