"""`netstats query`: SQL on the published marts, printed as a table, CSV or JSON.

Belongs here: reading the published file and printing. Does not belong here: making it.
"""

import csv
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import duckdb

from orchestration import resources
from orchestration.commands.tables import print_table
from orchestration.commands.terminal import Lines, telling_errors

ROWS_SHOWN = 200
SCHEMA = "marts"


def run(sql: str, output_format: str, file: Path | None = None) -> None:
    """Print a query's result; the published file, or another, is opened read-only, and nothing else can be reached."""
    database_file = file or _published()
    try:
        with opened(database_file) as database:
            found = database.execute(sql)
            # DuckDB answers a text without a statement with nothing at all.
            if found is None:
                raise Lines("there is no statement; write one, such as `from share_group_quarterly`")
            columns = [name for name, *_ in found.description or []]
            PRINTERS[output_format](columns, found.fetchall())
    except duckdb.Error as error:
        is_damaged = file is None and "not a valid DuckDB database" in str(error)
        raise Lines(f"{error}{PUBLISH_AGAIN if is_damaged else ''}") from error


def _published() -> Path:
    with telling_errors(resources.SettingsError):
        published = resources.workspace_from_environment().published
    if not published.exists():
        raise Lines(f"{published}: nothing is published yet; run `netstats demo` or `netstats build` first")
    return published


@contextmanager
def opened(file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database for statements of whoever asks: they read what is in it, and no file, address or other database."""
    with duckdb.connect(file, read_only=True, config={"enable_external_access": "false"}) as database:
        schemas = database.execute("select schema_name from duckdb_schemas() where not internal").fetchall()
        if (SCHEMA,) in schemas:
            database.execute(f"set schema = '{SCHEMA}'")
        database.execute("set lock_configuration = true")
        yield database


def _print_table(columns: list[str], rows: list[tuple[object, ...]]) -> None:
    print_table(columns, rows[:ROWS_SHOWN])
    if len(rows) > ROWS_SHOWN:
        click.echo(f"{len(rows) - ROWS_SHOWN} more rows; --format csv prints all", err=True)


def _print_csv(columns: list[str], rows: list[tuple[object, ...]]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)


def _print_json(columns: list[str], rows: list[tuple[object, ...]]) -> None:
    json.dump([dict(zip(columns, row, strict=True)) for row in rows], sys.stdout, default=str, indent=1)
    click.echo()


PUBLISH_AGAIN = "; `netstats build` publishes it again"
PRINTERS = {"table": _print_table, "csv": _print_csv, "json": _print_json}
