"""A state lies where its operator likes: what a folder is called is never read as SQL, as a pattern or as YAML."""

from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
import yaml

from assets.ground.lake import Partition
from assets.ground.partitions import Calendar
from assets.ground.workspace import Workspace
from assets.warehouse.database import connected, writing
from assets.warehouse.freed_blocks import rewrite
from assets.warehouse.published_marts import publish
from checks._bounds import query_rows
from checks._topic import placed
from orchestration import resources

DAY = date(2025, 11, 10)

FOLDER = 'O\'Brien [1] {began_on} "lab" *'
KEY = ("operator", "regions")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A state with one row in the lake and one mart, in a folder whose name would mean something almost everywhere."""
    state = tmp_path / FOLDER / "net's"
    workspace = Workspace(tmp_path, state, tmp_path, Calendar(DAY))
    workspace.lake.write(KEY, pa.table({"region": ["west"]}), fingerprint="f")
    workspace.lake.write(KEY, pa.table({"region": ["east"]}), fingerprint="f", partition=Partition("as_of", DAY))
    with writing(workspace.warehouse) as database:
        database.execute("create schema ledger; create table ledger.built (layer varchar)")
        database.execute("create schema marts; create table marts.regions as select 'west' as region")
    return workspace


def test_a_check_reads_the_files_of_the_lake(workspace: Workspace) -> None:
    assert query_rows(None, placed("from read_parquet('{operator/regions}')", workspace)) == [{"region": "west"}]
    of_partitions = "select region from read_parquet('{lake}/operator/regions/*/*.parquet')"
    assert query_rows(None, placed(of_partitions, workspace)) == [{"region": "east"}]


def test_a_view_reads_the_files_of_the_lake(workspace: Workspace) -> None:
    with connected(workspace.warehouse, read_only=True) as database:
        read = "select region from read_parquet(getvariable('lake') || '/operator/regions/*/regions.parquet')"
        assert database.execute(read).fetchall() == [("east",)]


def test_the_marts_are_published(workspace: Workspace) -> None:
    assert publish(workspace.warehouse, workspace.published, fingerprints={}) == ["regions"]
    with duckdb.connect(workspace.published, read_only=True) as database:
        assert database.execute("from marts.regions").fetchall() == [("west",)]
    assert (workspace.published.parent / "marts" / "regions.parquet").exists()


def test_the_working_database_is_rewritten(workspace: Workspace) -> None:
    rewrite(workspace.warehouse)
    with connected(workspace.warehouse, read_only=True) as database:
        assert database.execute("from marts.regions").fetchall() == [("west",)]


def test_dagster_is_told_where_its_events_lie(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NETSTATS_OPERATOR", "NETSTATS_STATE", "DAGSTER_HOME", "DAGSTER_EVENT_BATCH_SIZE"):
        monkeypatch.setenv(name, "")
    resources.enter(workspace)
    for name in ("dagster.yaml", resources.COMMAND_SETTINGS):
        told = yaml.safe_load((workspace.dagster_home / name).read_text(encoding="utf-8"))
        assert told["event_log_storage"]["config"]["base_dir"] == str(workspace.dagster_home / "history" / "runs")
