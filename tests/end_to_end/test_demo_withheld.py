"""The demo, published by the defaults, gives nothing away that it withholds."""

from pathlib import Path

import duckdb

from assets.warehouse.database import reading, tell_lake
from tests.auditor.audit import leaks, withheld_cells
from tests.auditor.marts_read import EDITIONS, OF_QUALITY, OTHERS, REFERENCE, TABLES, Execute, Marts
from tests.auditor.truth import truth_of
from tests.end_to_end.conftest import House


def test_the_published_file_gives_no_withheld_cell_away(demo: House) -> None:
    with duckdb.connect(demo.published, read_only=True) as database:
        published = Marts.read(cursors_of(database))
    with reading(demo.state / "warehouse" / "working.duckdb") as database:
        truth = truth_of(cursors_of(database, demo.state / "lake"))
    hidden = withheld_cells(published, truth)
    assert {cell[0] for cell in hidden} == {"connectivity_quarterly", "flow_size_quarterly"}
    assert leaks(published, truth) == []


def test_the_auditor_reads_every_published_relation(demo: House) -> None:
    tables = {str(name) for (name,) in demo.mart("select table_name from duckdb_tables() where schema_name = 'marts'")}
    assert tables == {*TABLES, *OTHERS, *EDITIONS, *OF_QUALITY, *REFERENCE}
    with duckdb.connect(demo.published, read_only=True) as database:
        assert Marts.read(cursors_of(database)).rows.keys() == tables - {*OF_QUALITY, *REFERENCE}


def test_no_address_of_a_router_is_published(demo: House) -> None:
    names = [
        name for (name,) in demo.mart("select table_name from information_schema.tables where table_schema = 'marts'")
    ]
    links = {key for (key,) in demo.mart("select network_key from marts.network_quarterly") if "link:" in str(key)}
    assert "link:smf-1/et-0/2/0" in links
    for name in names:
        assert demo.mart(f"select count(*) from marts.{name} as m where regexp_matches(m::varchar, 'link:[0-9]')") == [
            (0,)
        ], name


def cursors_of(database: duckdb.DuckDBPyConnection, lake: Path | None = None) -> Execute:
    """Each statement on a cursor of its own, which is told anew where the lake is that views read."""

    def execute(statement: str) -> duckdb.DuckDBPyConnection:
        cursor = database.cursor()
        if lake is not None:
            tell_lake(cursor, lake)
        return cursor.execute(statement)

    return execute
