"""What Dagster is told of each day of a table: its own rows and the version of its own data, built now or before."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import dagster as dg
import duckdb
import pytest

from assets.ground.versions import VERSION_OF_PARTITION
from assets.ground.workspace import Workspace
from assets.warehouse.calls import Call
from assets.warehouse.ledger import Built
from assets.warehouse.manifest import Grain, Model, Project
from assets.warehouse.metadata import parts_made

BINS, LINKS = ("core", "bins"), ("core", "links")
NETWORKS = ("core", "networks")
DAYS = ["2025-10-01", "2025-10-02"]
Told = dict[tuple[str, str], dict[str, Any]]


def model(key: tuple[str, str], grain: Grain, *, is_partitioned: bool) -> Model:
    return Model(key, grain, is_partitioned, "sql", (), (), key)


PROJECT = Project(
    {
        BINS: model(BINS, Grain.DAY, is_partitioned=True),
        LINKS: model(LINKS, Grain.DAY, is_partitioned=True),
        NETWORKS: model(NETWORKS, Grain.WHOLE, is_partitioned=False),
    }
)


class Context:
    """A run over both days that chose all tables."""

    def __init__(self) -> None:
        self.selected_asset_keys = {dg.AssetKey(key) for key in PROJECT.models}
        self.partition_keys = DAYS
        specs = [SimpleNamespace(key=key, partitions_def="days") for key in self.selected_asset_keys]
        deps: dict[dg.AssetKey, set[dg.AssetKey]] = {key: set() for key in self.selected_asset_keys}
        self.assets_def = SimpleNamespace(specs=specs, asset_deps=deps)
        self.told: Told = {}

    def add_asset_metadata(self, metadata: dict[str, Any], asset_key: dg.AssetKey, partition_key: str) -> None:
        self.told[asset_key.path[-1], partition_key] = metadata


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Core with three bins of the first day and none of the second, and one link, whose table has no days."""
    found = SimpleNamespace(warehouse=tmp_path / "working.duckdb")
    with duckdb.connect(found.warehouse) as database:
        database.execute("create schema core; create table core.links as select 1 as link")
        database.execute("create table core.bins as select date '2025-10-01' as export_on from range(3)")
        database.execute("create table core.networks as select 1 as asn")
    return cast("Workspace", found)


def tell(workspace: Workspace, built: Built, builds: Built | None = None) -> tuple[Told, dict[str, str]]:
    """What a run tells of days, having built nothing or just `builds`, and by table the version of what it holds."""
    context, call = Context(), Call(PROJECT, built=built, builds=builds or {})
    results = list(parts_made(cast("Any", context), workspace, call, {"core/bins": 2.0}))
    return context.told, {one.asset_key.path[-1]: one.data_version.value for one in results}


def test_a_day_that_was_current_tells_its_rows(workspace: Workspace) -> None:
    """What was seen: after a run that found a day current, Dagster showed it with no rows."""
    told, _ = tell(workspace, {"core/bins": dict.fromkeys(DAYS, "a")})
    assert [told["bins", day]["dagster/partition_row_count"] for day in DAYS] == [3, 0]
    assert ["dagster/partition_row_count" in told["links", day] for day in DAYS] == [False, False]
    assert [one["is_built"] for one in told.values()] == [False] * 4


def test_seconds_are_those_of_the_days_that_were_built(workspace: Workspace) -> None:
    """One statement builds all days of a call: of two days its seconds are not those of each."""
    built = dict.fromkeys(DAYS, "a")
    one, _ = tell(workspace, {"core/bins": built}, {"core/bins": {"2025-10-01": "a"}})
    both, _ = tell(workspace, {"core/bins": built}, {"core/bins": built})
    assert [one["bins", day].get("seconds") for day in DAYS] == [2.0, None]
    assert [(told.get("seconds"), told["seconds_together"]) for told in (both["bins", day] for day in DAYS)] == [
        (None, 2.0),
        (None, 2.0),
    ]


def test_each_day_tells_the_version_of_its_own_data(workspace: Workspace) -> None:
    told, _ = tell(workspace, {"core/bins": {"2025-10-01": "a", "2025-10-02": "b"}, "core/links": {"2025-10-01": "a"}})
    assert [told["bins", day][VERSION_OF_PARTITION] for day in DAYS] == ["a", "b"]
    assert [told["links", day][VERSION_OF_PARTITION] for day in DAYS] == ["a", "not built"]


def test_what_is_made_of_all_days_has_no_new_version_with_each_day(workspace: Workspace) -> None:
    """Else every quarter that ended would be stale after each night; a change of registries or code does tell."""
    versions = [tell(workspace, {"core/networks": {"all": one}})[1]["networks"] for one in ("r-c-1", "r-c-2", "s-c-2")]
    assert versions[0] == versions[1] != versions[2]
