"""A state with a few rows in the lake and in core, written by hand: no run, no dbt."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from assets.exports.rows import FLOW_EXPORTS, write_rows
from assets.ground.lake import Partition
from assets.ground.partitions import Calendar
from assets.ground.workspace import Workspace
from assets.operator import Operator, load_operator
from orchestration.resources import write_instance_settings

PROJECT = Path(__file__).parents[2]
CORE = """
create schema core;
create schema ledger;
create table ledger.built (layer varchar, member varchar, fingerprint varchar);
create table core.conservation (
    export_on date, exporter varchar, reason varchar, records bigint, bytes_as_exported decimal(38, 0)
);
create table core.exporter_bins (
    export_on date, exporter varchar, records_expected bigint, records_lost bigint, is_estimate boolean
);
create table core.export_losses (export_on date, reason varchar, losses bigint, remedy varchar);
create table core.typed_traffic_bins (export_on date, network_type varchar, bits decimal(38, 0));
"""
Put = Callable[[str, Sequence[tuple[object, ...]]], None]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """The operator of the real exports, whose exporters are 127.0.0.2 to 127.0.0.5; nothing is built."""
    folder = PROJECT / "tests" / "operators" / "real_exports"
    return Workspace(folder, tmp_path, PROJECT / "dbt_project", Calendar(date(2025, 11, 10)))


@pytest.fixture
def operator(workspace: Workspace) -> Operator:
    return load_operator(workspace.operator_folder)


@pytest.fixture
def came(workspace: Workspace) -> Callable[..., None]:
    """Writes a day's rows of exports/flow_exports, each of a file's name and what differs from a file that counts."""

    def write(day: date, files: dict[str, dict[str, Any]]) -> None:
        counts = {"source": "exports/{date}", "state": "pulled", "is_complete": True, "export_on": day}
        rows = [
            {**dict.fromkeys(FLOW_EXPORTS.names), **counts, "source_file": name, "kept_as": name, **told}
            for name, told in files.items()
        ]
        write_rows(workspace.lake, Partition("export_on", day), rows)

    return write


@pytest.fixture
def put(workspace: Workspace) -> Put:
    """Adds rows to a table of the warehouse."""
    workspace.warehouse.parent.mkdir()
    with duckdb.connect(workspace.warehouse) as database:
        database.execute(CORE)

    def insert(table: str, rows: Sequence[tuple[object, ...]]) -> None:
        with duckdb.connect(workspace.warehouse) as database:
            database.executemany(f"insert into {table} values ({', '.join('?' * len(rows[0]))})", rows)

    return insert


@pytest.fixture
def dagster_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where Dagster keeps its runs, with the platform's settings."""
    home = tmp_path / "dagster"
    home.mkdir()
    write_instance_settings(home)
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    return home
