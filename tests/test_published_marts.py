import duckdb
import pyarrow.parquet as pq
import pytest

from assets.warehouse.published_marts import publish, published_quarters


@pytest.fixture
def warehouse(tmp_path):
    path = tmp_path / "working.duckdb"
    with duckdb.connect(path) as database:
        database.execute("create schema core; create table core.peer_addresses as select 'secret' as address")
        database.execute("create schema marts; create table marts.coverage as select 7 as days_present")
        database.execute("comment on column marts.coverage.days_present is 'Days with exports; it''s a count.'")
    return path


def test_only_marts_are_published_with_their_descriptions(warehouse, tmp_path):
    published = tmp_path / "published" / "network_stats.duckdb"
    assert publish(warehouse, published, fingerprints={"2025Q4": "a"}) == ["coverage"]
    with duckdb.connect(published, read_only=True) as database:
        assert database.execute("from marts.coverage").fetchall() == [(7,)]
        schemas = database.execute("select distinct schema_name from duckdb_tables()").fetchall()
        comments = database.execute("select comment from duckdb_columns() where table_name = 'coverage'").fetchall()
    assert schemas == [("marts",)]
    assert comments == [("Days with exports; it's a count.",)]
    assert pq.read_table(published.parent / "marts" / "coverage.parquet").to_pydict() == {"days_present": [7]}
    assert published_quarters(published) == {"2025Q4": "a"}


def test_a_reader_keeps_the_file_it_opened_while_a_new_one_is_published(warehouse, tmp_path):
    published = tmp_path / "published" / "network_stats.duckdb"
    publish(warehouse, published, fingerprints={})
    with duckdb.connect(published, read_only=True) as reader:
        with duckdb.connect(warehouse) as database:
            database.execute("update marts.coverage set days_present = 8")
        publish(warehouse, published, fingerprints={})
        assert reader.execute("from marts.coverage").fetchall() == [(7,)]
    with duckdb.connect(published, read_only=True) as reader:
        assert reader.execute("from marts.coverage").fetchall() == [(8,)]


def test_parquet_of_a_mart_that_is_gone_goes_too(warehouse, tmp_path):
    published = tmp_path / "published" / "network_stats.duckdb"
    with duckdb.connect(warehouse) as database:
        database.execute("create table marts.tried as select 1 as bits")
    assert publish(warehouse, published, fingerprints={}) == ["coverage", "tried"]
    beside = {path.stem for path in (published.parent / "marts").iterdir()}
    with duckdb.connect(warehouse) as database:
        database.execute("drop table marts.tried")
    assert publish(warehouse, published, fingerprints={}) == ["coverage"]
    assert {path.stem for path in (published.parent / "marts").iterdir()} == beside - {"tried"}


def test_nothing_is_published_before_the_first_time(tmp_path):
    assert published_quarters(tmp_path / "published" / "network_stats.duckdb") == {}
