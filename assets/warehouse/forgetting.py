"""Forgetting a range of addresses: wherever what was made of exports still tells them, others stand in their place.

Belongs here: the order of it, and what is told of it. Does not belong here: what stands in their place
(assets.warehouse.pseudonyms), a day's exports (assets.warehouse.export_retention), proving it
(assets.warehouse.address_search).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from assets.exports.retired_days import DAY, RECORDS, retired_days
from assets.exports.rows import KEY as FLOW_EXPORTS
from assets.exports.rows import kept_path, read_rows
from assets.ground.addresses import IPNetwork
from assets.ground.lake import Lake, Partition
from assets.ground.workspace import Workspace
from assets.warehouse.address_contract import AddressTable, tables_with_addresses
from assets.warehouse.address_retention import HASH_BYTES
from assets.warehouse.address_search import Needle
from assets.warehouse.address_sketches import KEY as SKETCHES
from assets.warehouse.address_sketches import RETIRED, sketches_of_day
from assets.warehouse.database import writing
from assets.warehouse.export_retention import REASON, ExportsLetGo, days_in_core, let_exports_of_days_go
from assets.warehouse.freed_blocks import has_freed_blocks, mark_freed_blocks, rewrite
from assets.warehouse.ledger import built
from assets.warehouse.pseudonyms import Pseudonyms
from assets.warehouse.sketches import exchanged, is_of_registers

ENDS = ("src_addr", "dst_addr")


class NotReadyError(Exception):
    """What is held can't be forgotten as it stands; the text says why, and what to do."""


@dataclass
class Forgotten:
    """What became of an address range: days whose exports went, other files, rows of tables, days of sketches.

    `registers` are days with sketches of many addresses, which tell none of them and can't do without one.
    """

    exports: ExportsLetGo
    files: list[Path] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    sketches: list[date] = field(default_factory=list)
    registers: list[date] = field(default_factory=list)


def days_that_hold(workspace: Workspace, network: IPNetwork) -> list[date]:
    """The export days of whose flow records an end lies in the range."""
    lake, needle = workspace.lake, Needle(network)
    return [day.on for day in lake.partitions(RECORDS, DAY) if _holds(lake, day, needle)]


def forget(workspace: Workspace, network: IPNetwork, key: bytes | None) -> Forgotten:
    """Let the range go wherever it is told; NotReadyError, and nothing is done, if some of it would come back.

    Exports of days that hold it go as those that are too old do. In core and sketches other addresses, by a key that is
    thrown away, stand in the place of these, so that what was counted stays so. Killed at any point, the next call
    completes it.
    """
    days = days_that_hold(workspace, network)
    if behind := sorted({*days} - (days_in_core(workspace) if days else set())):
        raise NotReadyError(
            f"{network}: core does not hold {len(behind)} of the export days that tell of it as they are now "
            f"({behind[0]} to {behind[-1]}); run `netstats build`, then this again"
        )
    instead = Pseudonyms(network)
    _refuse_without_key(workspace, key)
    forgotten = Forgotten(let_exports_of_days_go(workspace, days))
    forgotten.files = list(_delete_what_does_not_count(workspace, Needle(network)))
    forgotten.rows = _exchange_in_tables(workspace, instead, key)
    if has_freed_blocks(workspace.warehouse):
        rewrite(workspace.warehouse)
    _exchange_in_sketches(workspace, instead, forgotten)
    return forgotten


def _holds(lake: Lake, day: Partition, needle: Needle) -> bool:
    table = lake.read(RECORDS, day).select(ENDS)
    return any(needle.covers(end) for name in ENDS for end in pc.unique(table[name].combine_chunks()).to_pylist())


def _refuse_without_key(workspace: Workspace, key: bytes | None) -> None:
    """Hashes can't be told apart without the key that they were made with."""
    with writing(workspace.warehouse) as database:
        hashed = any(_hashes(database, table, column) for table, column in _columns(database, workspace))
    if hashed and key is None:
        raise NotReadyError(
            "the warehouse holds keyed hashes, and the range can't be found among them without their key; "
            "set NETSTATS_HASHING_KEY to the one that `netstats retire` hashed them with"
        )


def _columns(database: duckdb.DuckDBPyConnection, workspace: Workspace) -> list[tuple[AddressTable, str]]:
    tables = tables_with_addresses(database, workspace.dbt_project / "models")
    return [(table, column) for table in tables for column in table.addresses]


def _hashes(database: duckdb.DuckDBPyConnection, table: AddressTable, column: str) -> set[bytes]:
    statement = f'select distinct "{column}" from {table.name} where octet_length("{column}") = {HASH_BYTES}'
    return {one for (one,) in database.execute(statement).fetchall()}


def _delete_what_does_not_count(workspace: Workspace, needle: Needle) -> Iterator[Path]:
    """Delete copies that no day counts any more, and files that were set aside, where they seem to tell the range."""
    lake, retired = workspace.lake, retired_days(workspace.lake)
    withdrawn = {
        kept_path(lake, row)
        for day in lake.partitions(FLOW_EXPORTS, DAY)
        if day.on not in retired
        for row in read_rows(lake, day)
        if row["kept_as"] is not None and row["state"] == "withdrawn"
    }
    aside = {path for path in workspace.quarantine.rglob("*") if path.is_file() and not path.name.endswith(REASON)}
    for path in sorted(withdrawn | aside):
        if path.exists() and needle.may_be_in_file(path):
            path.unlink()
            yield path


def _exchange_in_tables(workspace: Workspace, instead: Pseudonyms, key: bytes | None) -> dict[str, int]:
    """Exchange addresses and their hashes in all tables of the warehouse, at once or not at all; rows by table."""
    rows = dict[str, int]()
    with writing(workspace.warehouse) as database:
        columns = _columns(database, workspace)
        hashes = _hashes_of_range(database, columns, instead, key) if key else {}
        exchanges = [(*one, _exchange(database, *one, instead, hashes)) for one in columns]
        if not any(exchange for *_, exchange in exchanges):
            return rows
        mark_freed_blocks(workspace.warehouse)
        database.begin()
        for table, column, exchange in exchanges:
            if exchange:
                rows[table.name] = rows.get(table.name, 0) + _exchange_in(database, table.name, column, exchange)
        database.commit()
        database.execute("checkpoint")
    return rows


def _exchange(
    database: duckdb.DuckDBPyConnection,
    table: AddressTable,
    column: str,
    instead: Pseudonyms,
    hashes: dict[bytes, bytes],
) -> dict[bytes, bytes]:
    """What of a column's values is to be exchanged for what."""
    statement = f'select distinct "{column}" from {table.name} where "{column}" is not null'
    values = [one for (one,) in database.execute(statement).fetchall()]
    plain = {one: other for one in values if len(one) < HASH_BYTES and (other := instead.of(one)) != one}
    return plain | {one: hashes[one] for one in values if one in hashes}


def _exchange_in(database: duckdb.DuckDBPyConnection, table: str, column: str, exchange: dict[bytes, bytes]) -> int:
    told = {"before": pa.array(exchange.keys(), pa.binary()), "after": pa.array(exchange.values(), pa.binary())}
    database.register("exchange", pa.table(told))
    try:
        (changed,) = database.execute(
            f'update {table} set "{column}" = exchange.after from exchange where "{column}" = exchange.before'
        ).fetchone() or (0,)
    finally:
        database.unregister("exchange")
    return int(changed)


def _hashes_of_range(
    database: duckdb.DuckDBPyConnection, columns: list[tuple[AddressTable, str]], instead: Pseudonyms, key: bytes
) -> dict[bytes, bytes]:
    """The stored hashes of the range's addresses, and what stands for each.

    Each IPv4 address and each /64 is tried; the IPv6 addresses of a /64 are found beside it, by the rows of its hash.
    """
    stored = set[bytes]().union(*(_hashes(database, *one) for one in columns))
    found = instead.hashes(stored, key)
    for table in {
        table.name: table for table, _ in columns if {"peer_address", "subscriber"} <= {*table.columns}
    }.values():
        statement = f"select distinct peer_address, subscriber from {table.name} where octet_length(subscriber) = ?"
        for address, subscriber in database.execute(statement, [HASH_BYTES]).fetchall():
            if subscriber in found and address not in found:
                found[address] = instead.for_hash(address)
    return found


def _exchange_in_sketches(workspace: Workspace, instead: Pseudonyms, forgotten: Forgotten) -> None:
    """Days whose core has addresses are sketched anew; of others, what a sketch of few addresses tells is exchanged."""
    lake = workspace.lake
    with writing(workspace.warehouse) as database:
        core, retired = built(database, "core"), built(database, RETIRED)
        for day in lake.partitions(SKETCHES, DAY):
            table = lake.read(SKETCHES, day)
            after, changed = exchanged(table, partial(_exchanged_addresses, instead))
            has_registers = any(is_of_registers(one.as_py()) for one in table["sketch"])
            has_addresses = str(day.on) in core and retired.get(str(day.on)) != core[str(day.on)]
            if has_registers and has_addresses:
                after = sketches_of_day(database, day.on).replace_schema_metadata(table.schema.metadata)
                changed = not after.equals(table)
            elif has_registers:
                forgotten.registers.append(day.on)
            if changed:
                lake.write(SKETCHES, after, fingerprint=lake.fingerprint(SKETCHES, day) or "", partition=day)
                forgotten.sketches.append(day.on)


def _exchanged_addresses(instead: Pseudonyms, addresses: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Rows of 16 bytes with others in place of the range's; the first address of a /64 stands for all of it."""
    found = addresses.copy()
    for place in np.flatnonzero(instead.covers(addresses)):
        found[place] = np.frombuffer(instead.of(addresses[place].tobytes()), np.uint8)
    return found
