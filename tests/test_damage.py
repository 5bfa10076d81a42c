"""Damaged files of a state: each is named with its remedy in a line, or made again."""

import json
import re
import sqlite3
from collections.abc import Callable
from datetime import date
from pathlib import Path

import click
import duckdb
import pyarrow as pa
import pytest
import sqlalchemy
from click.testing import CliRunner

from assets.ground.damage import DamagedFileError
from assets.ground.lake import Lake, Partition
from assets.ground.partitions import Calendar
from assets.ground.workspace import Workspace
from assets.warehouse.database import connected
from assets.warehouse.published_marts import is_published, publish
from assets.warehouse.published_quarters import fingerprints_path, published_quarters
from orchestration import due, runs
from orchestration.commands import cli
from orchestration.errors import plain

KEY, DAY = ("exports", "flow_records"), Partition("export_on", date(2026, 1, 5))
BUILT = {"2026Q1": "a"}


def cut(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def spoil(path: Path) -> None:
    """Other bytes in the middle, where the values lie."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 4096] = b"\xa5" * 4096
    path.write_bytes(content)


@pytest.mark.parametrize("ask", [Lake.read, Lake.fingerprint])
def test_a_cut_file_of_the_lake_is_named_with_its_remedy(tmp_path: Path, ask: Callable[..., object]) -> None:
    lake = Lake(tmp_path)
    lake.write(KEY, pa.table({"bytes": [1, 2]}), fingerprint="a", partition=DAY)
    cut(lake.path(KEY, DAY))
    with pytest.raises(DamagedFileError, match=r"flow_records\.parquet: is damaged .*; bring it back from a backup"):
        ask(lake, KEY, DAY)


@pytest.mark.parametrize("content", [b"nothing of DuckDB's, but long enough" * 1000, b"x"])
def test_a_damaged_warehouse_is_named_with_its_remedy(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "working.duckdb"
    path.write_bytes(content)
    with pytest.raises(DamagedFileError, match=r"working\.duckdb: is damaged .*; bring the state back from a backup"):
        connected(path, read_only=True)


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A published copy of one mart of many rows."""
    warehouse, copy = tmp_path / "warehouse" / "working.duckdb", tmp_path / "published" / "network_stats.duckdb"
    warehouse.parent.mkdir()
    with duckdb.connect(warehouse) as database:
        database.execute("create schema marts; create table marts.many as select hash(range) as x from range(100000)")
    publish(warehouse, copy, fingerprints=BUILT)
    assert is_published(copy, BUILT)
    return copy


@pytest.mark.parametrize(
    "damage",
    [
        lambda copy: copy.unlink(),
        cut,
        spoil,
        lambda copy: copy.write_bytes(b""),
        lambda copy: (copy.parent / "marts" / "many.parquet").unlink(),
        lambda copy: cut(copy.parent / "marts" / "many.parquet"),
        lambda copy: fingerprints_path(copy).write_text("{"),
        lambda copy: fingerprints_path(copy).write_text("[]"),
        lambda copy: fingerprints_path(copy).unlink(),
    ],
    ids=["gone", "cut", "spoilt", "empty", "no Parquet", "cut Parquet", "half a note", "another note", "no note"],
)
def test_what_is_published_and_damaged_or_gone_is_not_taken_for_published(
    published: Path, damage: Callable[[Path], object]
) -> None:
    damage(published)
    assert not is_published(published, BUILT)


def test_a_damaged_note_of_quarters_tells_none(published: Path) -> None:
    fingerprints_path(published).write_text("{")
    assert published_quarters(published) == {}


def test_a_damaged_note_of_the_last_build_has_everything_looked_at(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path, tmp_path, tmp_path, Calendar(date(2026, 1, 5)))
    (tmp_path / due.NOTE).write_text(json.dumps({"daily": "[]"})[:-3])
    assert due.warned(workspace) == {}


def test_damaged_files_of_dagster_are_named_with_their_remedy(tmp_path: Path) -> None:

    workspace = Workspace(tmp_path, tmp_path, tmp_path, Calendar(date(2026, 1, 5)))
    path = tmp_path / "runs.db"
    path.write_bytes(b"no database" * 1000)
    engine = sqlalchemy.create_engine(f"sqlite:///{path}")
    with pytest.raises(DamagedFileError, match="move this folder away"), runs.telling_history(workspace):
        sqlalchemy.inspect(engine).get_table_names()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("disk I/O error", "can't be used (disk I/O error); make room on its disk"),
        ("database or disk is full", "can't be used (database or disk is full); make room on its disk"),
        ("attempt to write a readonly database", "let the user of netstats write there"),
        ("database disk image is malformed", "is damaged (database disk image is malformed); move this folder away"),
    ],
)
def test_a_disk_that_refuses_is_not_taken_for_damage(tmp_path: Path, said: str, told: str) -> None:
    workspace = Workspace(tmp_path, tmp_path, tmp_path, Calendar(date(2026, 1, 5)))
    refused = sqlalchemy.exc.OperationalError("select 1", None, sqlite3.OperationalError(said))
    with pytest.raises(DamagedFileError, match=re.escape(told)), runs.telling_history(workspace):
        raise refused


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            OSError(28, "No space left on device", "/state/x"),
            "/state/x: No space left on device; make room on",
        ),
        (PermissionError(13, "Permission denied", "/state/x"), "/state/x: Permission denied; let the user of netstats"),
        (OSError(30, "Read-only file system", "/state/x"), "/state/x: Read-only file system; mount its disk"),
        (DamagedFileError("/state/x: is damaged; delete it"), "/state/x: is damaged; delete it"),
    ],
)
def test_what_the_disk_refuses_is_told_in_a_line(error: OSError, told: str) -> None:
    @click.group(cls=cli.Commands)
    def group() -> None: ...

    @group.command()
    def fails() -> None:
        raise error

    ran = CliRunner().invoke(group, ["fails"])
    assert (ran.exit_code, len(ran.output.splitlines())) == (1, 1)
    assert ran.output.startswith(told)


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("PermissionError: [Errno 13] Permission denied: 'x'\n", "let the user of netstats read and write there"),
        ("dbt.Error: IO Error: Could not write file: No space left on device", "make room on its disk"),
        ('IO Error: Cannot open file "/state/x": Read-only file system', "mount its disk for writing"),
    ],
)
def test_a_step_that_the_system_refused_is_told_with_its_remedy(said: str, remedy: str) -> None:
    told = plain(said)
    assert told.endswith(f"; {remedy}, and run the same again, which completes it")
    assert plain(told) == told
