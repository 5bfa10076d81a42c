"""Letting peer addresses go: after some days keyed hashes stand in their place, later only sketches are left.

Belongs here: what becomes of the addresses of core's export days by their age. Does not belong here: where the key is
kept, making sketches (assets.warehouse.address_sketches), the lake's exports (assets.warehouse.export_retention), freed
blocks (assets.warehouse.freed_blocks).
"""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa

from assets.ground.quarters import Quarter
from assets.ground.workspace import Workspace
from assets.operator.model import RetentionDays
from assets.warehouse.address_contract import AddressTable, tables_with_addresses
from assets.warehouse.address_sketches import RETIRED, days_to_sketch
from assets.warehouse.database import writing
from assets.warehouse.freed_blocks import mark_freed_blocks
from assets.warehouse.ledger import Ledger, built, built_in

# Longer than any address, so that a hash is told from an address by itself.
HASH_BYTES = 20
LEAST_KEY_BYTES = 16
# The layer of the ledger that names the retired export days whose hashes are gone too, by what core was built from.
DROPPED = "dropped_addresses"
EXPORT_DAY, QUARTER = "export_on", "quarter"


@dataclass(frozen=True)
class Retired:
    """Export days by what became of their addresses; those `without_sketch` or `without_key` are due but were left."""

    hashed: list[date]
    dropped: list[date]
    without_sketch: list[date]
    without_key: list[date] = field(default_factory=list)


def retire(workspace: Workspace, retention: RetentionDays, *, today: date, key: bytes | None) -> Retired:
    """Hash the addresses of export days older than `addresses` days; drop those that are older than `hashes` too.

    Under one key equal addresses stay equal, so counts over hashed days alone stay exact; a count over hashed and plain
    days together counts an address twice. A day whose sketches are not current is left as it is, and told; so is one
    that is to be hashed where there is no key. Freed blocks of the database file hold what was deleted until
    assets.warehouse.freed_blocks rewrites it. ValueError where the key is shorter than 16 bytes.
    """
    if key is not None and len(key) < LEAST_KEY_BYTES:
        raise ValueError(f"the hashing key has {len(key)} bytes; {LEAST_KEY_BYTES} random ones are the least")
    hidden_before, dropped_before = (today - timedelta(days=days) for days in _ages(retention))
    with writing(workspace.warehouse) as database:
        tables = tables_with_addresses(database, workspace.dbt_project / "models")
        by_day = [table for table in tables if EXPORT_DAY in table.columns]
        days = days_to_sketch(database, workspace.lake)
        core = built(database, "core")
        due = _days_due(database, by_day, hidden_before, dropped_before)
        ready = [day for day in due if day in days.wanted and day not in days.stale]
        without_key = [day for day in ready if key is None and day >= dropped_before]
        ready = [day for day in ready if day not in without_key]
        dropped = [day for day in ready if day < dropped_before]
        # Told first: were the run killed in between, the sketches of these days would still not be made of hashes.
        Ledger(workspace.warehouse, RETIRED).remember({str(day): core[str(day)] for day in ready})
        Ledger(workspace.warehouse, DROPPED).remember({str(day): core[str(day)] for day in dropped})
        if ready:
            mark_freed_blocks(workspace.warehouse)
        for day in ready:
            _let_go(database, by_day, day, None if day in dropped else key)
        _empty(database, [table for table in tables if EXPORT_DAY not in table.columns], workspace.warehouse)
        database.execute("checkpoint")
    hashed, done = [day for day in ready if day not in dropped], {*ready, *without_key}
    return Retired(hashed, dropped, [day for day in due if day not in done], without_key)


def by_whole_quarters(retention: RetentionDays, today: date) -> RetentionDays:
    """The same or more days, such that a quarter's export days fall due together: when the last of them does."""
    addresses, hashes = ((today - Quarter.of(today - timedelta(days=days)).began_on).days for days in _ages(retention))
    return replace(retention, addresses=addresses, hashes=hashes)


def retired_quarters(warehouse: Path) -> set[str]:
    """Quarters of which export days have no addresses any more: their marts are kept as they are."""
    core, retired = built_in(warehouse, "core"), built_in(warehouse, RETIRED)
    return {
        str(Quarter.of(date.fromisoformat(day))) for day, fingerprint in retired.items() if core.get(day) == fingerprint
    }


def _ages(retention: RetentionDays) -> tuple[int, int]:
    """After how many days addresses are hashed and dropped; both are counted from the export day."""
    return retention.addresses, max(retention.addresses, retention.hashes)


def _days_due(
    database: duckdb.DuckDBPyConnection, tables: list[AddressTable], hidden_before: date, dropped_before: date
) -> list[date]:
    """The export days of which some table has addresses older than `hidden_before`, or hashes too old to be kept."""
    due = set[date]()
    for table in tables:
        statement = f"""
            select distinct export_on from {table.name}
            where export_on < ? and (export_on < ? or {" or ".join(map(_is_plain, table.addresses))})
        """
        due |= {day for (day,) in database.execute(statement, [hidden_before, dropped_before]).fetchall()}
    return sorted(due)


def _let_go(database: duckdb.DuckDBPyConnection, tables: list[AddressTable], day: date, key: bytes | None) -> None:
    """Hash a day's addresses in all tables, or drop them where there is no key, at once or not at all."""
    database.begin()
    for table in tables:
        if key is None:
            database.execute(f"delete from {table.name} where export_on = ?", [day])
        else:
            hide_addresses(database, table, day, key)
    database.commit()


def hide_addresses(database: duckdb.DuckDBPyConnection, table: AddressTable, export_on: date, key: bytes) -> None:
    """Put keyed hashes (BLAKE2b, RFC 7693, 20 bytes) in place of a day's addresses and their /64."""
    for column in table.addresses:
        plain_rows = f"from {table.name} where export_on = ? and {_is_plain(column)}"
        plain = [one for (one,) in database.execute(f'select distinct "{column}" {plain_rows}', [export_on]).fetchall()]
        hashed = [hashlib.blake2b(one, digest_size=HASH_BYTES, key=key).digest() for one in plain]
        database.register(
            "hashes", pa.table({"plain": pa.array(plain, pa.binary()), "hashed": pa.array(hashed, pa.binary())})
        )
        try:
            database.execute(
                f'update {table.name} set "{column}" = hashed from hashes '
                f'where export_on = ? and {_is_plain(column)} and plain = "{column}"',
                [export_on],
            )
        finally:
            database.unregister("hashes")


def _is_plain(column: str) -> str:
    return f'coalesce(octet_length("{column}") < {HASH_BYTES}, false)'


def _empty(database: duckdb.DuckDBPyConnection, tables: list[AddressTable], warehouse: Path) -> None:
    """Empty tables that one build leaves to the next of what they hold of retired quarters."""
    retired = [Quarter.of(date.fromisoformat(day)) for day in built(database, RETIRED)]
    for table in tables:
        statement = f"from {table.name} where quarter in (select unnest(?))"
        quarters = [sorted({str(quarter) for quarter in retired})]
        if database.execute(f"select 1 {statement} limit 1", quarters).fetchone():
            mark_freed_blocks(warehouse)
            database.execute(f"delete {statement}", quarters)
