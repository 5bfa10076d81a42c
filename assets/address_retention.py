"""Letting peer addresses go: after some days keyed hashes stand in their place, later only sketches are left.

Belongs here: what becomes of the addresses of core's export days by their age. Does not belong here: where the key is
kept, or making sketches (assets.address_sketches).
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa

from assets.address_sketches import RETIRED, days_to_sketch
from assets.lake import Lake
from assets.operator_folder.model import RetentionDays
from assets.partitions import Quarter
from assets.warehouse_ledger import Ledger, built

# Longer than any address, so that a hash is told from an address by itself.
HASH_BYTES = 20
LEAST_KEY_BYTES = 16
PLAIN = f"octet_length(peer_address) < {HASH_BYTES}"
DUE = f"""
select distinct export_on from core.peer_address_days
where export_on < ? and ({PLAIN} or export_on < ?)
order by export_on
"""
VALUES = f"""
select distinct unnest([peer_address, subscriber]) as plain from core.peer_address_days where export_on = ? and {PLAIN}
"""
HIDE = f"""
update core.peer_address_days
set peer_address = addresses.hashed, subscriber = subscribers.hashed
from hashes as addresses, hashes as subscribers
where export_on = ? and {PLAIN} and addresses.plain = peer_address and subscribers.plain = subscriber
"""
DROP = "delete from core.peer_address_days where export_on = ?"


@dataclass(frozen=True)
class Retired:
    """Export days by what became of their addresses; those `without_sketch` are due but were left as they are."""

    hashed: list[date]
    dropped: list[date]
    without_sketch: list[date]


def retire(warehouse: Path, lake: Lake, retention: RetentionDays, *, today: date, key: bytes) -> Retired:
    """Hash the addresses of export days older than `addresses` days; drop those that are older than `hashes` too.

    Under one key equal addresses stay equal, so counts over hashed days alone stay exact; a count over hashed and plain
    days together counts an address twice. A day whose sketches are not current is left as it is, and told. The database
    file may hold what was deleted until its blocks are used again. ValueError where the key is shorter than 16 bytes.
    """
    if len(key) < LEAST_KEY_BYTES:
        raise ValueError(f"the hashing key has {len(key)} bytes; {LEAST_KEY_BYTES} random ones are the least")
    hidden_before, dropped_before = (today - timedelta(days=days) for days in _ages(retention))
    with duckdb.connect(warehouse) as database:
        days = days_to_sketch(database, lake)
        core = built(database, "core")
        due = [day for (day,) in database.execute(DUE, [hidden_before, dropped_before]).fetchall()]
        ready = [day for day in due if day in days.wanted and day not in days.stale]
        # Told first: were the run killed in between, the sketches of these days would still not be made of hashes.
        Ledger(warehouse, RETIRED).remember({day.isoformat(): core[day.isoformat()] for day in ready})
        for day in ready:
            if day < dropped_before:
                database.execute(DROP, [day])
            else:
                hide_addresses(database, day, key)
        database.execute("checkpoint")
    return Retired(
        hashed=[day for day in ready if day >= dropped_before],
        dropped=[day for day in ready if day < dropped_before],
        without_sketch=[day for day in due if day not in ready],
    )


def by_whole_quarters(retention: RetentionDays, today: date) -> RetentionDays:
    """The same or more days, such that a quarter's export days fall due together: when the last of them does."""
    addresses, hashes = ((today - Quarter.of(today - timedelta(days=days)).began_on).days for days in _ages(retention))
    return replace(retention, addresses=addresses, hashes=hashes)


def retired_quarters(warehouse: Path) -> set[str]:
    """Quarters of which export days have no addresses any more: their marts are kept as they are."""
    if not warehouse.exists():
        return set()
    with duckdb.connect(warehouse, read_only=True) as database:
        core, retired = built(database, "core"), built(database, RETIRED)
    return {str(Quarter.of(date.fromisoformat(day))) for day, told in retired.items() if core.get(day) == told}


def _ages(retention: RetentionDays) -> tuple[int, int]:
    """After how many days addresses are hashed and dropped; both are counted from the export day."""
    return retention.addresses, max(retention.addresses, retention.hashes)


def hide_addresses(database: duckdb.DuckDBPyConnection, export_on: date, key: bytes) -> None:
    """Put keyed hashes (BLAKE2b, RFC 7693, 20 bytes) in place of a day's peer addresses and their /64."""
    plain = [value for (value,) in database.execute(VALUES, [export_on]).fetchall()]
    hashed = [hashlib.blake2b(value, digest_size=HASH_BYTES, key=key).digest() for value in plain]
    hashes = pa.table({"plain": pa.array(plain, pa.binary()), "hashed": pa.array(hashed, pa.binary())})
    database.register("hashes", hashes)
    try:
        database.execute(HIDE, [export_on])
    finally:
        database.unregister("hashes")
