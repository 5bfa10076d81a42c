"""A state whose addresses were let go: nothing below it holds one, and building goes on."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.warehouse.address_contract import (
    EXPORT_TABLES,
    export_tables_with_addresses,
    held_by_fields,
    tables_with_addresses,
)
from assets.warehouse.database import reading
from tests.end_to_end.address_search import files_with
from tests.end_to_end.conftest import PROJECT, House, Ran

TABLES = {
    "core.conversation_bins": ["own_address", "peer_address"],
    "core.peer_address_days": ["peer_address", "subscriber"],
    "core.quarter_peer_addresses": ["peer_address", "subscriber"],
    "core.quarter_elephant_bins": ["own_address", "peer_address"],
    "intermediate.int_traffic__spread": ["own_address", "peer_address"],
}
NAMES = ("src_addr", "dst_addr", "exporter")
KEY = bytes(range(16)).hex()
SHARES = "select network_type, bits, unique_ips from marts.network_type_quarterly order by all"


def hosts(state: Path) -> set[bytes]:
    """The addresses of all flow records, but those of routers."""
    tables = [pq.ParquetFile(path).read() for path in (state / "lake/exports/flow_records").rglob("*.parquet")]
    found = {name: {one for table in tables for one in table[name].to_pylist()} for name in NAMES}
    return (found["src_addr"] | found["dst_addr"]) - found["exporter"]


def test_no_retired_address_is_left_and_building_goes_on(
    built: House, build_days: Callable[[House], Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETSTATS_HASHING_KEY", KEY)
    addresses, shares = hosts(built.state), built.mart(SHARES)
    assert len(addresses) == 653
    assert "warehouse/working.duckdb" in files_with(built.state, addresses)
    assert_everything_stored_says_what_it_holds(built.state)

    told = built.netstats("retire", "--today", "2027-01-01")
    assert told.stdout.splitlines() == [
        "exports: 5 export days, 2025-11-10 to 2025-11-14; 4 files of 44554 bytes deleted",
        "hashed:  4 export days, 2025-11-10 to 2025-11-13",
        "dropped: none",
    ]
    assert files_with(built.state, addresses) == set()
    again = build_days(built)
    assert (again.status, "WARNING" in again.stderr) == (0, False)
    assert files_with(built.state, addresses) == set()
    assert built.mart(SHARES) == shares

    assert "dropped: 4 export days" in built.netstats("retire", "--today", "2029-01-01").stdout
    assert build_days(built).status == 0
    assert built.mart(SHARES) == shares


def assert_everything_stored_says_what_it_holds(state: Path) -> None:
    """No column of bytes is stored in the warehouse or among the lake's exports that does not say what it holds."""
    with reading(state / "warehouse" / "working.duckdb") as database:
        tables = tables_with_addresses(database, PROJECT / "dbt_project" / "models")
    assert {table.name: table.addresses for table in tables} == TABLES
    assert export_tables_with_addresses() == [("exports", "flow_records")]
    for path in (state / "lake" / "exports").glob("*/*/*.parquet"):
        schema = pq.read_schema(path)
        of_bytes = {one.name for one in schema if pa.types.is_fixed_size_binary(one.type) or is_binary(one.type)}
        assert of_bytes == held_by_fields(schema).keys(), path
        assert path.parts[-3] == "flow_exports" or ("exports", path.parts[-3]) in EXPORT_TABLES


def is_binary(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))
