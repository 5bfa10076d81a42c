"""The demo's sketches beside the exact counts of its marts."""

import pyarrow as pa
import pytest

from assets.ground.lake import Lake
from assets.warehouse.address_sketches import KEY
from assets.warehouse.database import reading
from assets.warehouse.sketches._tables import merged
from tests.end_to_end.conftest import House

TYPED = """
    select sketched.*, types.quarter, cast(date_trunc('month', event_on) as date) as month, types.network_type
    from sketched
    inner join core.network_types_by_quarter as types
        on types.quarter = year(event_on) || 'Q' || quarter(event_on)
        and types.network_key = sketched.network_key
        and types."override" is not distinct from sketched."override"
"""


@pytest.fixture(scope="module")
def typed(demo: House) -> pa.Table:
    """The sketches of all days, each with its quarter and the type of that quarter's map."""
    lake = Lake(demo.state / "lake")
    sketched = pa.concat_tables([lake.read(KEY, day) for day in lake.partitions(KEY, "export_on")])
    with reading(demo.state / "warehouse" / "working.duckdb") as database:
        return database.register("sketched", sketched).sql(TYPED).to_arrow_table()


@pytest.mark.parametrize(
    ("mart", "keys", "cells"),
    [
        ("network_type_monthly", ["month", "network_type"], 40),
        ("network_type_quarterly", ["quarter", "network_type"], 16),
        ("region_network_type_quarterly", ["quarter", "region", "network_type"], 48),
    ],
)
def test_sketches_give_the_unique_addresses_of_each_cell_within_their_error(
    demo: House, typed: pa.Table, mart: str, keys: list[str], cells: int
) -> None:
    exact = {tuple(row[:-1]): row[-1] for row in demo.mart(f"select {', '.join(keys)}, unique_ips from marts.{mart}")}
    united = merged(typed, keys).drop_columns(["sketch"]).to_pylist()
    assert {tuple(row[key] for key in keys) for row in united} == set(exact)
    assert len(united) == cells
    for row in united:
        count = exact[tuple(row[key] for key in keys)]
        assert abs(row["unique_ips"] - count) <= 4 * row["relative_standard_error"] * count, row


def test_daily_counts_are_not_added_up(typed: pa.Table) -> None:
    """The same addresses come back on many days."""
    quarter = merged(typed, ["quarter"])["unique_ips"].to_pylist()
    days = merged(typed, ["quarter", "event_on"])["unique_ips"].to_pylist()
    assert sum(days) > 2 * sum(quarter)
