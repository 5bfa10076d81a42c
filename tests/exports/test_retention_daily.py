"""The asset that lets go every day what is older than `retention_days` keeps."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import dagster as dg
import pytest

from assets.warehouse import retention
from assets.warehouse.retention import Retaining
from tests.beside import a_reader
from tests.exports.test_retention import TUESDAY, build_core, files_with_flows
from tests.exports.world import MONDAY, World, flow

pytestmark = pytest.mark.filterwarnings("ignore:.*`backfill_policy`")


@pytest.fixture
def house(world: World) -> World:
    """Two days of one flow each, and a core that holds what they would be built from; exports are kept 30 days."""
    world.offer("a.json", flow(100))
    world.offer("b.json", flow(200), TUESDAY)
    world.pull(MONDAY, TUESDAY)
    build_core(world)
    keeping(world, exports=30)
    return world


def keeping(world: World, *, is_simulated: bool = False, **days: int) -> None:
    path = world.operator / "operator.yaml"
    told = json.loads(path.read_text()) | {"retention_days": days, "simulated": is_simulated}
    path.write_text(json.dumps(told))


def let_go(world: World, today: date, key: Callable[[], bytes | None] = lambda: None) -> dict[str, Any]:
    made = dg.materialize(
        retention.define(world.workspace),
        resources={"retaining": Retaining(today=lambda: today, key=key)},
        raise_on_error=False,
    )
    assert made.success, made.all_events[-2]
    (event,) = made.asset_materializations_for_node("retention__let_go")
    return {name: value.value for name, value in event.metadata.items()}


def test_what_is_too_old_goes_and_is_told(house: World) -> None:
    assert let_go(house, MONDAY + timedelta(days=30))["exports_let_go"] == "none"
    assert let_go(house, MONDAY + timedelta(days=31)) == {
        "exports_let_go": f"1 export days, {MONDAY} to {MONDAY}",
        "files_deleted": 1,
        "file_bytes_deleted": len(flow(100)),
        "addresses_hashed": "none",
        "hashes_dropped": "none",
        "left": "none",
    }
    assert files_with_flows(house) == {"b.json", str(TUESDAY)}


def test_what_can_not_go_is_told_with_the_remedy(house: World) -> None:
    house.offer("late.json", flow(300))
    house.pull()
    told = let_go(house, MONDAY + timedelta(days=31))
    assert told["exports_let_go"] == "none"
    assert told["left"].startswith("exports left, since core does not hold them as they are: 1 export days")
    assert "run `netstats build`" in told["left"]


def test_a_simulation_keeps_its_days(house: World) -> None:
    keeping(house, is_simulated=True, exports=30)
    assert let_go(house, MONDAY + timedelta(days=300)) == {"left": "all: the operator is simulated"}
    assert "a.json" in files_with_flows(house)


def test_a_reader_of_the_warehouse_is_waited_for_before_anything_goes(
    house: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    warehouse = house.workspace.warehouse
    with a_reader(warehouse, monkeypatch) as process:
        told = let_go(house, MONDAY + timedelta(days=31))
    assert told["exports_let_go"] == f"1 export days, {MONDAY} to {MONDAY}"
    assert f"{warehouse} is in use (process {process}); waiting until it is free" in capsys.readouterr().err
