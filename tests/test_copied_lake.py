"""Views of the working database read the lake beside it, wherever a state was copied to."""

import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.warehouse.database import connected, reading, writing
from assets.warehouse.ledger import built_of, remember

VIEW = "create view staging.{name} as from read_parquet({path} || '/numbers.parquet')"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state whose lake holds a 1, with a view of it as they are written now, and one as they were written before."""
    state = tmp_path / "first"
    write(state, 1)
    with writing(warehouse(state)) as database:
        database.execute("create schema staging")
        database.execute(VIEW.format(name="now", path="getvariable('lake')"))
        database.execute(f"create view staging.before as from read_parquet('{state}/lake/numbers.parquet')")
    remember(warehouse(state), {"staging/now": {"all": "code"}, "staging/before": {"all": "code"}})
    return state


def write(state: Path, number: int) -> None:
    (state / "lake").mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"number": [number]}), state / "lake" / "numbers.parquet")


def warehouse(state: Path) -> Path:
    return state / "warehouse" / "working.duckdb"


def test_a_copy_reads_its_own_lake_also_when_the_first_is_gone(state: Path, tmp_path: Path) -> None:
    copy = tmp_path / "a copy, moved"
    shutil.copytree(state, copy)
    write(copy, 2)
    for reader in (reading(warehouse(copy)), connected(warehouse(copy), read_only=True)):
        with reader as database:
            assert database.execute("from staging.now").fetchall() == [(2,)]
    shutil.rmtree(state)
    with reading(warehouse(copy)) as database:
        assert database.execute("from staging.now").fetchall() == [(2,)]


def test_a_view_that_names_a_path_is_not_current(state: Path) -> None:
    """As they were written before: the next build makes it anew."""
    assert built_of(warehouse(state)) == {"staging/now": {"all": "code"}}
