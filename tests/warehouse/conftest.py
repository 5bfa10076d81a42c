"""The warehouse that dbt makes of all cases, once a session.

Belongs here: the fixtures. Does not belong here: what the world holds (warehouse_cases and each module's RECORDS).
"""

from collections.abc import Callable
from datetime import date
from importlib import import_module
from typing import Any

import pytest
import shape_cases
from warehouse_cases import CLOUDS, FILES, ORIGINS, QUARTERS, Query, Rows, all_health, query_of
from world import PROJECT, World, copied

from assets.warehouse.address_contract import tables_with_addresses
from assets.warehouse.address_retention import hide_addresses
from assets.warehouse.database import connected

MODELS = PROJECT / "dbt_project" / "models"
MODULES = (
    "test_warehouse_measures",
    "test_warehouse_sides",
    "test_warehouse_twins",
    "test_warehouse_amounts",
    "test_warehouse_networks",
    "test_warehouse_spreading",
    "test_warehouse_marts",
    "test_warehouse_comparison",
)


@pytest.fixture(scope="session")
def records() -> list[dict[str, Any]]:
    """The records of all cases."""
    return [one for module in MODULES for one in import_module(module).RECORDS]


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, records: list[dict[str, Any]]) -> World:
    """The world with its lake written, and core of all of its export days built."""
    folder = tmp_path_factory.mktemp("warehouse")
    operator_folder = folder / "operator"
    operator_folder.mkdir()
    for name, text in FILES.items():
        (operator_folder / name).write_text(text.lstrip())
    made = World(folder, operator_folder, ORIGINS, CLOUDS, {410213: "Example Holding", 410214: "Example Holding"})
    made.write_registries()
    made.write_records(records)
    made.write_health(all_health())
    states = ["pulled", "duplicate", "withdrawn", "quarantined", "unreadable", "unstable"]
    made.write_files({date(2026, 4, 1): ["pulled"], date(2026, 4, 2): states})
    lost = [(date(2026, 4, 1), "0.pcap", "fragments", 12), (date(2026, 4, 2), "0.pcap", "fragments", 3)]
    cut = [(date(2026, 4, 2), "0.pcap", "cut_file", 1), (date(2026, 4, 2), "1.pcap", "malformed", 2)]
    made.write_losses([], [*lost, *cut])
    days = {*(one["export_on"] for one in records), *(one["export_on"] for one in all_health())}
    made.build_core(days, are_tested=True)
    return made


@pytest.fixture(scope="session")
def core_rebuilt(world: World) -> dict[str, Rows]:
    """Core before and after one day was built again, while the file of another day had changed."""
    one_day, other_day = date(2025, 10, 5), date(2025, 10, 1)
    path = next(world.folder.glob(f"lake/exports/flow_records/export_on={other_day}/*.parquet"))
    kept = path.read_bytes()
    before = query_of(world.warehouse)("from core.placed_traffic_bins order by all")
    replacement = next(world.folder.glob("lake/exports/flow_records/export_on=2025-10-02/*.parquet"))
    path.write_bytes(replacement.read_bytes())
    world.build_core([one_day])
    path.write_bytes(kept)
    return {"before": before, "after": query_of(world.warehouse)("from core.placed_traffic_bins order by all")}


@pytest.fixture(scope="session")
def query(world: World, core_rebuilt: dict[str, Rows]) -> Query:
    """Ask the finished warehouse: rows of a statement with parameters."""
    world.build_marts(QUARTERS, are_tested=True)
    return query_of(world.warehouse)


@pytest.fixture(scope="session")
def apart(query: Query) -> Callable[[str], dict[str, tuple[int, int]]]:
    """Records and bytes by reason of one export day, where each case of set-apart records has a day of its own."""

    def by_reason(day: str) -> dict[str, tuple[int, int]]:
        rows = query(
            "select reason, cast(sum(records) as int), cast(sum(bytes_as_exported) as bigint) from core.conservation "
            "where export_on = ? group by all",
            date.fromisoformat(day),
        )
        return {reason: (records, octets) for reason, records, octets in rows}

    return by_reason


@pytest.fixture(scope="session")
def shape_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The second world, with core of all of its export days built."""
    return shape_cases.made_world(tmp_path_factory.mktemp("shapes"))


@pytest.fixture(scope="session")
def shapes(shape_world: World) -> Query:
    """Ask the second world, in which nothing is suppressed."""
    shape_world.build_marts(shape_cases.QUARTERS)
    return query_of(shape_world.warehouse)


@pytest.fixture(scope="session")
def suppressed(shape_world: World, shapes: Query, tmp_path_factory: pytest.TempPathFactory) -> Query:
    """Ask the second world as an operator publishes it who wants two addresses and at most 60% of one network."""
    folder = tmp_path_factory.mktemp("suppressed")
    world = copied(shape_world, folder, shape_cases.write_operator(folder / "operator", least=2, most=0.6))
    world.write_registries()
    world.build_marts(["2025Q4", "2026Q1", "2027Q1"])
    return query_of(world.warehouse)


@pytest.fixture(scope="session")
def redefined(shape_world: World, shapes: Query, tmp_path_factory: pytest.TempPathFactory) -> Query:
    """Ask the second world as it is when `other_clouds` holds CDNs too from 2026Q4 on."""
    folder = tmp_path_factory.mktemp("redefined")
    world = copied(shape_world, folder, shape_world.operator_folder)
    with connected(world.warehouse, read_only=False) as database:
        database.execute(
            "insert into seeds.share_groups (share_group, network_type, label, version, reason, valid_from) "
            "values ('other_clouds', 'cdn', 'Other clouds', 2, 'tests', date '2026-10-01')"
        )
    world.build_marts(["2026Q3", "2026Q4"])
    return query_of(world.warehouse)


@pytest.fixture(scope="session")
def retired(shape_world: World, shapes: Query, tmp_path_factory: pytest.TempPathFactory) -> Query:
    """Ask the second world, whose addresses of 2025Q4 had become hashes when the quarter after it was built."""
    folder = tmp_path_factory.mktemp("retired")
    world = copied(shape_world, folder, shape_world.operator_folder)
    with connected(world.warehouse, read_only=False) as database:
        tables = [one for one in tables_with_addresses(database, MODELS) if "export_on" in one.columns]
        for (day,) in database.execute(
            "select distinct export_on from core.peer_address_days where event_on < date '2026-01-01'"
        ).fetchall():
            for table in tables:
                hide_addresses(database, table, day, bytes(16))
    world.build_marts(["2026Q1"])
    return query_of(world.warehouse)
