"""One run builds at a time: who comes second waits and says for whom, and a killed run leaves nothing in the way."""

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import dagster as dg
import duckdb
import pytest
import yaml

from assets.ground.lake import replacing
from assets.ground.partitions import Calendar, Quarter
from assets.ground.unfinished import remove_left_over
from assets.ground.workspace import Workspace
from assets.reports import bundles, editions
from assets.warehouse import address_sketches, database, published_marts
from assets.warehouse.database import OneRun, reading
from assets.warehouse.editions.kept import Edition
from assets.warehouse.ledger import opened
from assets.warehouse.published_marts import publish
from tests.beside import a_reader

PROJECT = Path(__file__).parents[1]
NO_PROCESS = 2**22 + 1
HOLD = """
import sys
from pathlib import Path
from assets.warehouse.database import OneRun
with OneRun(Path(sys.argv[1])).held("the daily job"):
    print("held", flush=True)
    sys.stdin.read()
"""


def started(script: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_a_second_run_waits_and_says_for_whom(tmp_path: Path) -> None:
    warehouse = tmp_path / "real" / "warehouse" / "working.duckdb"
    said: list[str] = []
    with started(HOLD, str(warehouse)) as first:
        assert first.stdout is not None and first.stdin is not None
        assert first.stdout.readline() == "held\n"

        def say(line: str) -> None:
            said.append(line)
            first.stdin.close()  # type: ignore[union-attr]

        with OneRun(warehouse).held("another", say):
            assert first.wait() == 0
    assert said == [
        f"another run is making this state (the daily job, process {first.pid}, {tmp_path / 'real'}); waiting until it "
        "has ended"
    ]


def test_a_killed_run_holds_nothing(tmp_path: Path) -> None:
    warehouse = tmp_path / "working.duckdb"
    with started(HOLD, str(warehouse)) as first:
        assert first.stdout is not None
        first.stdout.readline()
        first.kill()
        first.wait()
        said: list[str] = []
        with OneRun(warehouse).held("another", said.append):
            assert said == []


def test_a_run_that_ended_however_leaves_the_state_free(tmp_path: Path) -> None:
    one = OneRun(tmp_path / "working.duckdb")
    with pytest.raises(ZeroDivisionError), one.held("a job"):
        raise ZeroDivisionError
    with one.held("another"):
        assert one.path.read_text() == f"another, process {os.getpid()}"


def test_within_one_process_a_run_is_taken_again(tmp_path: Path) -> None:
    one = OneRun(tmp_path / "working.duckdb")
    with one.held("a job"), one.held("its step"):
        assert one.path.read_text().startswith("a job, process ")
    assert one.path.read_text() == ""


def test_a_reader_waits_for_a_writer_and_says_so(tmp_path: Path) -> None:
    warehouse = tmp_path / "working.duckdb"
    write = "import duckdb, sys; d = duckdb.connect(sys.argv[1]); d.execute('create table t as select 1 as n'); "
    said: list[str] = []
    with started(write + "print('held', flush=True); sys.stdin.read(); d.close()", str(warehouse)) as writer:
        assert writer.stdout is not None and writer.stdin is not None
        writer.stdout.readline()

        def say(line: str) -> None:
            said.append(line)
            writer.stdin.close()  # type: ignore[union-attr]

        with reading(warehouse, say) as database:
            assert database.execute("from t").fetchall() == [(1,)]
    assert said == [f"{warehouse} is in use (process {writer.pid}); waiting until it is free"]


def test_sketches_wait_for_who_writes_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A click on them while a build writes: what was seen is DuckDB's error of its lock."""
    workspace = Workspace(tmp_path, tmp_path / "state", tmp_path, Calendar(date(2025, 10, 1)))
    with opened(workspace.warehouse):
        """A database with an empty ledger."""
    write = "import duckdb, sys; d = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    with started(write, str(workspace.warehouse)) as writer:
        assert writer.stdout is not None and writer.stdin is not None
        writer.stdout.readline()
        monkeypatch.setattr(database, "BETWEEN_TRIES_S", 0)
        monkeypatch.setattr(database.time, "sleep", lambda _: writer.communicate())
        (sketched,) = address_sketches.define(workspace)
        made = dg.materialize([sketched, dg.AssetSpec(["core", "peer_address_days"])], selection=[sketched])
    assert made.success


@pytest.mark.filterwarnings("ignore:.*`backfill_policy`")
def test_publishing_and_making_editions_take_the_right_to_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both write the published copy: of two that write it at once the later would undo the other."""
    workspace = Workspace(tmp_path, tmp_path / "state", tmp_path, Calendar(date(2025, 10, 1)))
    workspace.dbt_target.mkdir(parents=True)
    (workspace.dbt_target / "manifest.json").write_text('{"nodes": {}}', encoding="utf-8")
    lock, held_by = OneRun(workspace.warehouse).path, list[str]()

    def note(*_: object) -> dict[Quarter, Edition]:
        held_by.append(lock.read_text(encoding="utf-8").split(",")[0])
        raise dg.Failure("seen enough")

    monkeypatch.setattr(published_marts, "refuse_behind_shut_gates", note)
    monkeypatch.setattr(editions, "make_editions", note)
    for asset in (*published_marts.define(workspace), *editions.define(workspace)):
        key = "2025-10-01" if asset.partitions_def else None
        assert not dg.materialize([asset], partition_key=key, raise_on_error=False).success
    assert held_by[0] == "publishing the marts"
    assert held_by[1].startswith("run ")
    assert lock.read_text(encoding="utf-8") == ""


@pytest.mark.filterwarnings("ignore:.*`backfill_policy`", "ignore::DeprecationWarning")
def test_what_dbt_is_to_build_is_chosen_by_the_run_that_may_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dbt reads the chosen days from the lake for each model: one that chose meanwhile would have it build its own."""
    from assets.warehouse import core_and_marts

    workspace = Workspace(tmp_path, tmp_path / "state", tmp_path, Calendar(date(2025, 10, 1)))
    lock, held_by = OneRun(workspace.warehouse).path, list[bool]()

    def note(*_: object) -> None:
        held_by.append(lock.exists() and lock.read_text(encoding="utf-8").startswith("run "))
        raise dg.Failure("seen enough")

    monkeypatch.setattr(core_and_marts, "dbt_assets", lambda name, **_: dg.asset(name=name))
    monkeypatch.setattr(core_and_marts, "refuse_behind_shut_gates", note)
    for asset in core_and_marts.define(workspace):
        assert not dg.materialize([asset], resources={"dbt": None, "progress": None}, raise_on_error=False).success
    assert held_by == [True, True]


def test_what_killed_processes_were_writing_is_removed_and_what_others_write_is_not(tmp_path: Path) -> None:
    left = tmp_path / "lake" / f".records.parquet.{NO_PROCESS}.writing"
    left.parent.mkdir()
    for path in (left, left.with_name(f"{left.name}.wal")):
        path.write_text("half")
    with replacing(tmp_path / "other") as temporary:
        temporary.write_text("half")
        assert remove_left_over(tmp_path) == [left]
        assert temporary.exists()
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["other"]


def test_a_page_that_a_killed_process_was_putting_in_place_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn, reports = tmp_path / "drawn", tmp_path / "reports"
    for folder in (drawn, reports):
        folder.mkdir()
    (drawn / "index.html").write_text("a page")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", killed)
        patched.setattr(os, "getpid", lambda: NO_PROCESS)
        with pytest.raises(KeyboardInterrupt):
            bundles.replace_folder(reports / "2025Q4", drawn)
    assert [path.name for path in remove_left_over(tmp_path)] == [f".2025Q4.{NO_PROCESS}.writing"]
    bundles.replace_folder(reports / "2025Q4", drawn)
    assert [path.name for path in reports.iterdir()] == ["2025Q4"]


def test_what_tells_no_process_was_drawn_by_one_that_is_gone(tmp_path: Path) -> None:
    left = tmp_path / ".2025Q4.writing"
    left.mkdir()
    assert remove_left_over(tmp_path) == [left]
    assert list(tmp_path.iterdir()) == []


def test_a_first_publication_is_not_stopped_by_what_a_process_of_the_same_number_left(tmp_path: Path) -> None:
    warehouse, published = tmp_path / "working.duckdb", tmp_path / "published" / "network_stats.duckdb"
    with duckdb.connect(warehouse) as database:
        database.execute("create schema marts; create table marts.coverage as select 7 as days_present")
    published.parent.mkdir()
    with duckdb.connect(published.with_name(f".{published.name}.{os.getpid()}.writing")) as database:
        database.execute("create schema marts; create table marts.coverage as select 0 as days_present")
    publish(warehouse, published, fingerprints={})
    with duckdb.connect(published, read_only=True) as database:
        assert database.execute("from marts.coverage").fetchall() == [(7,)]


def test_a_call_of_dbt_waits_for_a_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours are through before a call opens the file; one that opens it meanwhile ended the whole build."""
    from dbt.adapters.duckdb.credentials import DuckDBCredentials
    from dbt.adapters.duckdb.environments.local import LocalEnvironment

    written = yaml.safe_load((PROJECT / "dbt_project" / "profiles.yml").read_text(encoding="utf-8"))
    output = written["network_stats"]["outputs"]["working"]
    with opened(warehouse := tmp_path / "working.duckdb"):
        """A database with an empty ledger."""
    told = {"schema": "main", "database": "working", "path": str(warehouse)} | {"retries": output["retries"]}
    with a_reader(warehouse, monkeypatch):
        connection = LocalEnvironment.initialize_db(DuckDBCredentials.from_dict(told))
    connection.close()
