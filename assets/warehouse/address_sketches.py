"""sketches/peer_addresses: each export day's sets of peer addresses as mergeable sketches, kept for good.

Belongs here: which days are made, and reading their addresses from core. Does not belong here: sketches themselves
(assets.warehouse.sketches), or letting addresses go once they are sketched (assets.warehouse.address_retention).
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import dagster as dg
import duckdb
import numpy as np
import pyarrow as pa

from assets.ground.lake import Lake, Partition, fingerprint_of, fingerprint_of_files
from assets.ground.workspace import Workspace
from assets.warehouse import sketches
from assets.warehouse.database import reading
from assets.warehouse.ledger import built
from assets.warehouse.sketches import CELL, sketch_cells

KEY = ("sketches", "peer_addresses")
CODE = Path(sketches.__file__).parent
# The layer of the ledger that names the export days whose addresses were let go, by what core was then built from.
RETIRED = "retired_addresses"
COLUMNS = ", ".join(f'"{name}"' for name in CELL.names)
CELLS = f"""
select {COLUMNS}, list(peer_address) as addresses
from core.placed_peer_address_days
where export_on = ?
group by {COLUMNS}
order by {COLUMNS}
"""


@dataclass(frozen=True)
class Days:
    """Export days by what is to be done with their sketches, oldest first, and the fingerprint each shall have."""

    wanted: dict[date, str]
    stale: list[date]
    kept: list[date]


def days_to_sketch(database: duckdb.DuckDBPyConnection, lake: Lake) -> Days:
    """The export days of core; `stale` ones are to be made, `kept` ones would be but have no addresses any more.

    FileNotFoundError names a day that has neither addresses nor a sketch.
    """
    code = code_of_sketches()
    core = {date.fromisoformat(day): of_day for day, of_day in sorted(built(database, "core").items())}
    retired = {date.fromisoformat(day): of_day for day, of_day in built(database, RETIRED).items()}
    wanted = {day: fingerprint_of(code, of_day) for day, of_day in core.items()}
    outdated = [day for day in wanted if lake.fingerprint(KEY, partition_of(day)) != wanted[day]]
    kept = [day for day in outdated if retired.get(day) == core[day]]
    for day in kept:
        if not (path := lake.path(KEY, partition_of(day))).exists():
            raise FileNotFoundError(f"{path}: the addresses of {day} are gone, so it can't be made; restore the file")
    return Days(wanted, [day for day in outdated if day not in kept], kept)


def code_of_sketches() -> str:
    """The code of the sketches: a day's is made again when it changes."""
    return fingerprint_of_files(CODE.glob("*.py"))


def partition_of(export_on: date) -> Partition:
    return Partition("export_on", export_on)


def sketches_of_day(database: duckdb.DuckDBPyConnection, export_on: date) -> pa.Table:
    """ADDRESS_SKETCHES of one export day of core; pa.ArrowInvalid where a peer address is not of 16 bytes."""
    found = database.sql(CELLS, params=[export_on]).to_arrow_table()
    lists = pa.chunked_array(found["addresses"].chunks, found["addresses"].type).combine_chunks()
    addresses = lists.flatten().cast(pa.binary(16))
    packed = np.frombuffer(addresses.buffers()[1] or b"", np.uint8).reshape(-1, 16)
    lengths = lists.value_lengths().to_numpy(zero_copy_only=False).astype(np.int64)
    return sketch_cells(found, packed[addresses.offset : addresses.offset + len(addresses)], lengths)


def define(workspace: Workspace) -> list[dg.AssetsDefinition]:
    """The asset sketches/peer_addresses, one file an export day."""

    @dg.asset(
        key=dg.AssetKey(KEY),
        deps=[dg.AssetKey(["core", "peer_address_days"])],
        group_name="core",
        kinds={"parquet"},
        code_version=code_of_sketches(),
        description="Unique peer addresses as mergeable sketches, for history beyond the retention of addresses.",
    )
    def peer_address_sketches(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        lake = workspace.lake
        with reading(workspace.warehouse, context.log.warning) as database:
            days = days_to_sketch(database, lake)
            for day in days.stale:
                table = sketches_of_day(database, day)
                lake.write(KEY, table, fingerprint=days.wanted[day], partition=partition_of(day))
        made_of = {str(day): lake.fingerprint(KEY, partition_of(day)) for day in days.wanted}
        return dg.MaterializeResult(
            metadata={"days_made": len(days.stale), "days_kept_without_addresses": len(days.kept)},
            data_version=dg.DataVersion(fingerprint_of(made_of)),
        )

    return [peer_address_sketches]
