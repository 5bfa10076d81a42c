"""What the working database holds: of each table the fingerprint of each day, quarter or whole that was built.

Belongs here: remembering and forgetting. Does not belong here: what a fingerprint is made of (assets.warehouse.inputs).
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from assets.warehouse.database import reading, writing

CREATE = """
create schema if not exists ledger;
create table if not exists ledger.built (
    layer varchar not null, member varchar not null, fingerprint varchar not null, primary key (layer, member)
);
create table if not exists ledger.shut_gates (name varchar primary key, asset varchar not null, said varchar not null);
"""
# Views once held the path of their lake: in a state that was copied or moved they would read another one's.
BUILT = """
select layer, member, fingerprint from ledger.built
where layer not in (select schema_name || '/' || view_name from duckdb_views() where sql like '%read_parquet(''/%')
order by all
"""
# Half a year of days is thousands of rows: one statement each takes seconds.
REMEMBER = "insert or replace into ledger.built select unnest($1), unnest($2), unnest($3)"
FORGET = "delete from ledger.built where (layer, member) in (select unnest($1), unnest($2))"
CORE = "core"
"""The layer of export days of which every table is built from the same inputs."""
MARTS = "marts"
"""The layer of quarters of which every mart is built from the same core."""
Built = dict[str, dict[str, str]]
"""By layer the members with their fingerprints."""


@dataclass(frozen=True)
class Ledger:
    """The ledger of one layer, kept inside the database that it speaks of: a table such as `core/traffic_bins` by day,
    `core` by day or `marts` by quarter for all tables of the layer together."""

    warehouse: Path
    layer: str

    def stale(self, wanted: Mapping[str, str]) -> list[str]:
        """The members whose built fingerprint is not the wanted one, in order."""
        built = built_of(self.warehouse).get(self.layer, {})
        return sorted(member for member, fingerprint in wanted.items() if built.get(member) != fingerprint)

    def forget(self, members: Collection[str]) -> None:
        """Before members are built: whatever a killed run leaves of them is not taken for current."""
        forget(self.warehouse, {self.layer: members})

    def remember(self, built: Mapping[str, str]) -> None:
        """After members were built: what they were built from."""
        remember(self.warehouse, {self.layer: built})


@contextmanager
def opened(warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The working database, made if it is not there, with the ledger's tables."""
    with writing(warehouse) as database:
        database.execute(CREATE)
        yield database


def remember(warehouse: Path, built: Mapping[str, Mapping[str, str]]) -> None:
    """Members of several layers with what they were built from, all or none."""
    rows = [(layer, member, of_part) for layer, members in built.items() for member, of_part in sorted(members.items())]
    if rows:
        with opened(warehouse) as database:
            database.execute(REMEMBER, [list(column) for column in zip(*rows, strict=True)])


def forget(warehouse: Path, members: Mapping[str, Collection[str]]) -> None:
    """The same for several layers at once, before they are built."""
    rows = [(layer, member) for layer, some in members.items() for member in some]
    if rows:
        with opened(warehouse) as database:
            database.execute(FORGET, [list(column) for column in zip(*rows, strict=True)])


def built_of(warehouse: Path) -> Built:
    """All layers with their members; empty before the first build."""
    if not warehouse.exists():
        return {}
    with reading(warehouse) as database:
        if not _has_ledger(database, "built"):
            return {}
        found: Built = {}
        rows = database.execute(BUILT).fetchall()
        for layer, member, fingerprint in rows:
            found.setdefault(layer, {})[member] = fingerprint
        return found


def built_in(warehouse: Path, layer: str) -> dict[str, str]:
    """The members of a layer with their fingerprints; none where nothing was built yet."""
    return built_of(warehouse).get(layer, {})


def built(database: duckdb.DuckDBPyConnection, layer: str) -> dict[str, str]:
    """The members of a layer with their fingerprints, from a database that may be open for reading only."""
    rows = database.execute("select member, fingerprint from ledger.built where layer = ?", [layer])
    return dict(rows.fetchall())


def tell_gate(warehouse: Path, name: str, asset: str, said: str | None) -> None:
    """Keep that a blocking check failed, with what it said; or, with None, that nothing stands in the way any more."""
    if said is None and name not in shut_gates(warehouse):
        return
    with opened(warehouse) as database:
        database.execute("delete from ledger.shut_gates where name = ?", [name])
        if said is not None:
            database.execute("insert into ledger.shut_gates values (?, ?, ?)", [name, asset, said])


def shut_gates(warehouse: Path) -> dict[str, tuple[str, str]]:
    """The checks that failed when last run and block what comes after: by name their asset and what they said."""
    if not warehouse.exists():
        return {}
    with reading(warehouse) as database:
        if not _has_ledger(database, "shut_gates"):
            return {}
        rows = database.execute("select name, asset, said from ledger.shut_gates order by name").fetchall()
        return {name: (asset, said) for name, asset, said in rows}


def _has_ledger(database: duckdb.DuckDBPyConnection, table: str) -> bool:
    found = database.execute("select 1 from duckdb_tables() where schema_name = 'ledger' and table_name = ?", [table])
    return found.fetchone() is not None
