"""What the working database holds: the fingerprint of the inputs of each day of core and each quarter of the marts.

Belongs here: remembering and forgetting. Does not belong here: what a fingerprint is made of (assets.warehouse).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

CREATE = """
create schema if not exists ledger;
create table if not exists ledger.built (
    layer varchar not null, member varchar not null, fingerprint varchar not null, primary key (layer, member)
);
"""


@dataclass(frozen=True)
class Ledger:
    """The ledger of one layer (`core` by day, `marts` by quarter), kept inside the database that it speaks of."""

    warehouse: Path
    layer: str

    def stale(self, wanted: Mapping[str, str]) -> list[str]:
        """The members whose built fingerprint is not the wanted one, in order."""
        built = self._built()
        return sorted(member for member, fingerprint in wanted.items() if built.get(member) != fingerprint)

    def forget(self, members: list[str]) -> None:
        """Before members are built: whatever a killed run leaves of them is not taken for current."""
        with self._open() as database:
            for member in members:
                database.execute("delete from ledger.built where layer = ? and member = ?", [self.layer, member])

    def remember(self, built: Mapping[str, str]) -> None:
        """After members were built: what they were built from."""
        if not built:
            return
        with self._open() as database:
            database.executemany(
                "insert or replace into ledger.built values (?, ?, ?)",
                [[self.layer, member, fingerprint] for member, fingerprint in sorted(built.items())],
            )

    def _built(self) -> dict[str, str]:
        with self._open() as database:
            return built(database, self.layer)

    def _open(self) -> duckdb.DuckDBPyConnection:
        self.warehouse.parent.mkdir(parents=True, exist_ok=True)
        database = duckdb.connect(self.warehouse)
        database.execute(CREATE)
        return database


def built_in(warehouse: Path, layer: str) -> dict[str, str]:
    """The members of a layer with their fingerprints; none where nothing was built yet."""
    if not warehouse.exists():
        return {}
    with duckdb.connect(warehouse, read_only=True) as database:
        has_ledger = database.execute("select 1 from duckdb_tables() where schema_name = 'ledger'").fetchone()
        return built(database, layer) if has_ledger else {}


def built(database: duckdb.DuckDBPyConnection, layer: str) -> dict[str, str]:
    """The members of a layer with their fingerprints, from a database that may be open for reading only."""
    rows = database.execute("select member, fingerprint from ledger.built where layer = ?", [layer])
    return dict(rows.fetchall())
