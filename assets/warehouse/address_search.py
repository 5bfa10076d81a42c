"""Looking for addresses of a range in everything of a state that was made of exports.

Belongs here: how an address may be written, and reading whatever files there are. Does not belong here: what becomes of
what is found (assets.warehouse.forgetting).
"""

import ipaddress
import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from assets.exports.formats import open_file
from assets.exports.rows import KEY as FLOW_EXPORTS
from assets.ground.addresses import MAPPED, IPNetwork, bounds, sixteen_bytes
from assets.ground.lake import TableKey
from assets.ground.workspace import Workspace
from assets.warehouse.address_contract import EXPORT_TABLES, held_by_columns, held_by_fields
from assets.warehouse.address_sketches import KEY as SKETCHES
from assets.warehouse.database import connected
from assets.warehouse.sketches import addresses_told, hashes_of

BLOCK_BYTES = 1 << 22
# Longer than any way to write an address.
OVERLAP_BYTES = 80
TEXT_V4 = re.compile(rb"(?<![0-9.])[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}(?![0-9]|\.[0-9])")
TEXT_V6 = re.compile(rb"(?<![0-9a-fA-F:])[0-9a-fA-F]{1,4}:[0-9a-fA-F:.]{2,40}")
ROUTER = "router"
# What registries and the operator say of prefixes is no traffic of anybody; dbt's folder holds SQL.
NOT_OF_EXPORTS = ("registries", "dbt", "lake/registry", "lake/operator")
COLUMNS = """
select columns.schema_name, columns.table_name, columns.column_name, columns.data_type
from duckdb_columns() as columns inner join duckdb_tables() as tables using (database_oid, table_oid)
where columns.database_name = current_database() and columns.data_type in ('BLOB', 'VARCHAR')
order by all
"""


class Needle:
    """A range of addresses, and the ways in which one of it may be written."""

    def __init__(self, network: IPNetwork) -> None:
        self.network = network
        self._first, self._last = bounds(network)
        whole, bits = divmod(network.prefixlen, 8)
        packed = network.network_address.packed
        low, high = packed[whole : whole + 1], network.broadcast_address.packed[whole : whole + 1]
        part = b"[" + re.escape(low) + b"-" + re.escape(high) + b"]" if bits else b""
        self._bare = re.compile(re.escape(packed[:whole]) + part, re.DOTALL)
        mapped = re.escape(MAPPED) if network.version == 4 else b""
        self._packed = re.compile(mapped + re.escape(packed[:whole]) + part, re.DOTALL)

    def covers(self, address: bytes) -> bool:
        """Whether an address of 16 bytes, or a /64 of 8, is of the range."""
        size = len(address)
        return size in {8, 16} and self._first[:size] <= address <= self._last[:size] and any(address)

    def is_in(self, content: bytes) -> bool:
        """Whether bytes hold an address of the range in 16 bytes, or as text."""
        return self._packed.search(content) is not None or self._is_in_text(content)

    def may_be_in_file(self, path: Path) -> bool:
        """Whether a file, once decompressed, holds the range's first bytes or one of its addresses as text."""
        with open_file(path) as opened:
            rest = b""
            while block := opened.read(BLOCK_BYTES):
                content = rest + block
                if self._bare.search(content) or self._is_in_text(content):
                    return True
                rest = content[-OVERLAP_BYTES:]
        return False

    def _is_in_text(self, content: bytes) -> bool:
        found = TEXT_V4.findall(content) if self.network.version == 4 else TEXT_V6.findall(content)
        return any(self._is_written(text) for text in set(found))

    def _is_written(self, text: bytes) -> bool:
        try:
            return self.covers(sixteen_bytes(ipaddress.ip_address(text.decode())))
        except ValueError:
            return False


def places_with(workspace: Workspace, network: IPNetwork, routers: Collection[bytes] = ()) -> list[str]:
    """Where below a state an address of the range is told, but those of routers (16 bytes): files, tables, columns.

    Copies of exports that a day counts are known by their records, and not read again.
    """
    needle, found = _Besides(network, routers), list[str]()
    for path in sorted(workspace.state.rglob("*")):
        name = path.relative_to(workspace.state).as_posix()
        if path.is_file() and not name.startswith(NOT_OF_EXPORTS) and not _is_copy(name):
            found += [f"{name}{where}" for where, content in _parts(workspace, path, name) if needle.is_in(content)]
    return found


class _Besides(Needle):
    """A range without the addresses of routers in it."""

    def __init__(self, network: IPNetwork, routers: Collection[bytes]) -> None:
        super().__init__(network)
        self._routers = frozenset(routers)

    def covers(self, address: bytes) -> bool:
        return super().covers(address) and address not in self._routers


def _is_copy(name: str) -> bool:
    return name.startswith(f"lake/{'/'.join(FLOW_EXPORTS)}/") and "/files/" in name


def _parts(workspace: Workspace, path: Path, name: str) -> Iterator[tuple[str, bytes]]:
    """What a file holds, by the column where it has any; what columns say that they hold of routers is left out."""
    if path.suffix == ".parquet":
        yield from _columns_of_parquet(path, _key(name))
    elif path.suffix == ".duckdb":
        holds = held_by_columns(workspace.dbt_project / "models")
        with connected(path, read_only=path != workspace.warehouse) as database:
            yield from _columns_of_tables(database, holds)
        yield "", path.read_bytes()
    else:
        yield "", path.read_bytes()


def _key(name: str) -> TableKey:
    """The table of a file of the lake."""
    _, group, table, *_ = [*name.split("/"), "", ""]
    return group, table


def _columns_of_parquet(path: Path, key: TableKey) -> Iterator[tuple[str, bytes]]:
    table = pq.ParquetFile(path).read()
    if key == SKETCHES:
        yield ", sketch", _told_by_sketches(table)
        return
    holds = held_by_fields(EXPORT_TABLES[key]) if key in EXPORT_TABLES else {}
    for field in table.schema:
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        if holds.get(field.name) != ROUTER and not pa.types.is_primitive(kind):
            yield f", {field.name}", _joined(set(map(_hashable, table[field.name].to_pylist())))


def _told_by_sketches(table: pa.Table) -> bytes:
    cells = zip(table["sketch"].to_pylist(), table["ip_version"].to_pylist(), strict=True)
    return b"\n".join(
        one.tobytes() for stored, version in cells for one in addresses_told(hashes_of(stored), is_v6=version == 6)
    )


def _columns_of_tables(
    database: duckdb.DuckDBPyConnection, holds: dict[tuple[str, str], str]
) -> Iterator[tuple[str, bytes]]:
    for schema, table, column, kind in database.execute(COLUMNS).fetchall():
        if holds.get((table, column)) != ROUTER and not (kind == "VARCHAR" and schema == "ledger"):
            values = database.execute(f'select distinct "{column}" from "{schema}"."{table}"').fetchall()
            yield f", {schema}.{table}.{column}", _joined(one for (one,) in values)


def _joined(values: Iterable[Any]) -> bytes:
    """Bytes as they are, anything else as text."""
    told = (one if isinstance(one, bytes) else str(one).encode() for one in values if one is not None)
    return b"\n".join(told)


def _hashable(value: Any) -> Any:
    return value if isinstance(value, bytes) else str(value)
