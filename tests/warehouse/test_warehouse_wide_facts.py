"""Days that were stored before facts had keys, and whose exports were let go since then, stay as they were.

Belongs here: a state of before. Does not belong here: what keys are made of (test_warehouse_keys).
"""

import pytest
from warehouse_cases import Query, Rows, query_of
from world import World, copied

from assets.warehouse.database import connected

COLUMNS = "columns of flow_sizes"
WIDE = """
create or replace table core.wide as
select *{extra} from core.placed_{table};
drop table core.{table};
alter table core.wide rename to {table}
"""


@pytest.fixture(scope="module")
def upgraded(
    shape_world: World, shapes: Query, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[Rows, Rows]]:
    """What facts say in words, before and after one day was built on a state whose facts were in words."""
    world = copied(shape_world, tmp_path_factory.mktemp("wide"), shape_world.operator_folder)
    facts = ("traffic_bins", "peer_address_days")
    before = {table: shapes(f"from core.placed_{table} order by all") for table in facts}
    with connected(world.warehouse, read_only=False) as database:
        database.execute(WIDE.format(table="traffic_bins", extra=" exclude (place)"))
        database.execute(WIDE.format(table="peer_address_days", extra=" exclude (peer)"))
        database.execute("drop table core.links; drop table core.peer_places")
        database.execute("alter table core.flow_sizes add column told_before integer")
    world.build_core([shapes("select max(export_on) from core.export_files")[0][0]])
    query = query_of(world.warehouse)
    columns = "select column_name from duckdb_columns() where table_name = 'flow_sizes' order by all"
    said = {table: (before[table], query(f"from core.placed_{table} order by all")) for table in facts}
    return {**said, COLUMNS: (shapes(columns), query(columns))}


@pytest.mark.parametrize("table", ["traffic_bins", "peer_address_days"])
def test_days_that_no_call_builds_say_what_they_said(upgraded: dict[str, tuple[Rows, Rows]], table: str) -> None:
    before, after = upgraded[table]
    assert len(before) > 1
    assert after == before


def test_a_column_that_the_model_no_longer_has_is_gone(upgraded: dict[str, tuple[Rows, Rows]]) -> None:
    before, after = upgraded[COLUMNS]
    assert ("bits",) in before
    assert after == before
