"""Sketches beside the exact counts of core and marts, cell by cell."""

from datetime import date

import pyarrow as pa
import pytest
from warehouse_cases import Query, Rows
from world import World

from assets.warehouse.address_sketches import sketches_of_day
from assets.warehouse.database import connected
from assets.warehouse.sketches._tables import ADDRESS_SKETCHES, CELL, merged

CELLS = ", ".join(f'"{name}"' for name in CELL.names)
TYPED = """
    select sketched.*, types.quarter, cast(date_trunc('month', event_on) as date) as month, types.network_type
    from sketched
    inner join core.network_types_by_quarter as types
        on types.quarter = year(event_on) || 'Q' || quarter(event_on)
        and types.network_key = sketched.network_key
        and types."override" is not distinct from sketched."override"
"""


@pytest.fixture(scope="module")
def sketched(world: World, query: Query) -> pa.Table:
    """The sketches of all export days of core."""
    days = [day for (day,) in query("select distinct export_on from core.placed_peer_address_days order by 1")]
    with connected(world.warehouse, read_only=True) as database:
        return pa.concat_tables([sketches_of_day(database, day) for day in days])


def in_order(rows: Rows) -> Rows:
    return sorted(rows, key=lambda row: [(value is None, value) for value in row])


def counts(table: pa.Table, *columns: str) -> Rows:
    return in_order([tuple(row.values()) for row in table.select([*columns, "unique_ips"]).to_pylist()])


def test_each_cell_of_a_day_has_its_exact_count(sketched: pa.Table, query: Query) -> None:
    exact = query(f"select {CELLS}, count(distinct subscriber) from core.placed_peer_address_days group by {CELLS}")
    assert sketched.schema == ADDRESS_SKETCHES
    assert len(exact) > 50
    assert counts(sketched, *CELL.names) == in_order(exact)


@pytest.mark.parametrize(
    ("mart", "keys"),
    [
        ("network_type_monthly", ["month", "network_type"]),
        ("network_type_quarterly", ["quarter", "network_type"]),
        ("region_network_type_quarterly", ["quarter", "region", "network_type"]),
    ],
)
def test_days_and_networks_merge_to_the_cells_of_the_marts(
    sketched: pa.Table, world: World, query: Query, mart: str, keys: list[str]
) -> None:
    with connected(world.warehouse, read_only=True) as database:
        typed = database.register("sketched", sketched).sql(TYPED).to_arrow_table()
    united = merged(typed, keys)
    assert counts(united, *keys) == in_order(query(f"select {', '.join(keys)}, unique_ips from marts.{mart}"))
    assert sum(sketched["unique_ips"].to_pylist()) > sum(united["unique_ips"].to_pylist())


def test_a_day_without_peer_addresses_has_no_sketches(world: World, query: Query) -> None:
    assert query("select count(*) from core.placed_peer_address_days where export_on = '2030-01-01'") == [(0,)]
    with connected(world.warehouse, read_only=True) as database:
        table = sketches_of_day(database, date(2030, 1, 1))
    assert (table.num_rows, table.schema) == (0, ADDRESS_SKETCHES)
