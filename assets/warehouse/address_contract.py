"""Which columns hold addresses: in the warehouse by the models' yml, in the lake by the tables' schemas.

Belongs here: reading what columns say they hold (`holds: address`). Does not belong here: what becomes of addresses by
their age (assets.warehouse.address_retention, assets.warehouse.export_retention).
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import yaml

from assets.exports.decoded_day import DECODER_STATE, EXPORT_LOSSES
from assets.exports.formats import DATAGRAM_HASHES, EXPORT_HEALTH, FLOW_RECORD
from assets.ground.lake import TableKey

ADDRESS = "address"
EXPORT_TABLES: dict[TableKey, pa.Schema] = {
    ("exports", "flow_records"): FLOW_RECORD,
    ("exports", "export_health"): EXPORT_HEALTH,
    ("exports", "export_losses"): EXPORT_LOSSES,
    ("exports", "datagram_hashes"): DATAGRAM_HASHES,
    ("exports", "decoder_state"): DECODER_STATE,
}
"""The lake's tables of what exports say, one file an export day."""
BINARY_COLUMNS = """
select columns.schema_name, columns.table_name, columns.column_name
from duckdb_columns() as columns
inner join duckdb_tables() as tables using (database_oid, table_oid)
where columns.database_name = current_database() and columns.data_type like '%BLOB%'
order by all
"""
TABLES = """
select schema_name, table_name, list(column_name)
from duckdb_columns() inner join duckdb_tables() using (database_name, schema_name, table_name)
where database_name = current_database()
group by all order by all
"""


class UndeclaredColumn(Exception):  # noqa: N818
    """A stored column of bytes of which no yml says what it holds."""


@dataclass(frozen=True)
class AddressTable:
    """A stored table of the warehouse that holds addresses, with the columns that do."""

    name: str
    addresses: list[str]
    columns: list[str]


def tables_with_addresses(database: duckdb.DuckDBPyConnection, models: Path) -> list[AddressTable]:
    """The stored tables of a warehouse that hold addresses by the contract of its models.

    UndeclaredColumn names a column of bytes that says nothing of what it holds: it may hold addresses.
    """
    holds = held_by_columns(models)
    for schema, table, column in database.execute(BINARY_COLUMNS).fetchall():
        if (table, column) not in holds:
            raise UndeclaredColumn(
                f"{schema}.{table}.{column} is of bytes and says nothing of what it holds; run `netstats build`, which "
                "makes anew what an older version left; if it stays, write `config: {meta: {holds: ...}}` in the yml "
                "of its model, or drop the table if no model makes it"
            )
    found = []
    for schema, table, columns in database.execute(TABLES).fetchall():
        addresses = sorted(name for name in columns if holds.get((table, name)) == ADDRESS)
        if addresses:
            found.append(AddressTable(f"{schema}.{table}", addresses, columns))
    return found


def held_by_columns(models: Path) -> dict[tuple[str, str], str]:
    """What the columns of models say they hold, by model and column, as written in the yml below a folder."""
    return {
        (model["name"], column["name"]): column["config"]["meta"]["holds"]
        for path in sorted(models.rglob("*.yml"))
        for model in _read(path, path.stat().st_mtime_ns).get("models", [])
        for column in model.get("columns", [])
        if "holds" in column.get("config", {}).get("meta", {})
    }


def export_tables_with_addresses() -> list[TableKey]:
    """The lake's tables of exports whose rows hold addresses."""
    return [key for key, schema in EXPORT_TABLES.items() if ADDRESS in held_by_fields(schema).values()]


def held_by_fields(schema: pa.Schema) -> dict[str, str]:
    """What the fields of a schema say they hold, by name."""
    return {field.name: field.metadata[b"holds"].decode() for field in schema if b"holds" in (field.metadata or {})}


@lru_cache(maxsize=512)
def _read(path: Path, _modified_ns: int) -> dict[str, list[dict[str, Any]]]:
    document: dict[str, list[dict[str, Any]]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document
