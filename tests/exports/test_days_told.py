"""What Dagster shows of a day is the day's own, whether the run made it or found it current."""

import dagster as dg
import pytest

from assets.exports import day_inputs, flow_exports, flow_records
from assets.ground.progress import SilentProgress
from tests.exports.world import DAY, MONDAY, World, flow

pytestmark = pytest.mark.filterwarnings("ignore:.*`backfill_policy`.*")
TUESDAY = MONDAY + DAY


def told(world: World) -> dict[tuple[str, str], dict[str, object]]:
    """By asset and partition the metadata of one run over two days."""
    ran = dg.materialize(
        [
            *flow_exports.define(world.workspace),
            *flow_records.define(world.workspace),
            dg.AssetSpec(day_inputs.ADDRESS_RANGES),
        ],
        resources={"progress": SilentProgress()},
        tags={
            "dagster/asset_partition_range_start": MONDAY.isoformat(),
            "dagster/asset_partition_range_end": TUESDAY.isoformat(),
        },
    )
    return {
        (event.asset_key.path[-1], str(event.partition)): {
            name: value.value for name, value in event.step_materialization_data.materialization.metadata.items()
        }
        for event in ran.get_asset_materialization_events()
        if event.asset_key is not None
    }


@pytest.mark.parametrize("run", ["first", "second"])
def test_each_day_has_its_own_counts(world: World, run: str) -> None:
    # Each flow ended in one bin and was received in the next one: health has two rows, however many flows there are.
    world.offer("a.json", flow(100) + flow(200) + flow(250))
    world.offer("b.json", flow(300), TUESDAY)
    world.offer("c.json", flow(400), TUESDAY)
    metadata = told(world) if run == "first" else (told(world), told(world))[1]
    counts = {key: (one.get("files"), one.get("dagster/partition_row_count")) for key, one in metadata.items()}
    assert counts == {
        ("flow_exports", str(MONDAY)): (1, None),
        ("flow_exports", str(TUESDAY)): (2, None),
        ("flow_records", str(MONDAY)): (1, 3),
        ("flow_records", str(TUESDAY)): (2, 2),
        ("export_health", str(MONDAY)): (1, 2),
        ("export_health", str(TUESDAY)): (2, 2),
        ("export_losses", str(MONDAY)): (1, 0),
        ("export_losses", str(TUESDAY)): (2, 0),
    }
    assert {one["is_made_in_this_run"] for key, one in metadata.items() if key[0] != "flow_exports"} == {run == "first"}


def test_a_days_data_version_stays_while_its_data_do(world: World) -> None:
    world.offer("a.json", flow(100))
    versions = []
    for _ in range(2):
        ran = dg.materialize(
            [*flow_exports.define(world.workspace)], resources={"progress": SilentProgress()}, partition_key=str(MONDAY)
        )
        (event,) = ran.asset_materializations_for_node("exports__flow_exports")
        versions.append((event.tags or {})["dagster/data_version"])
    world.offer("b.json", flow(200))
    ran = dg.materialize(
        [*flow_exports.define(world.workspace)], resources={"progress": SilentProgress()}, partition_key=str(MONDAY)
    )
    (event,) = ran.asset_materializations_for_node("exports__flow_exports")
    assert versions[0] == versions[1] != (event.tags or {})["dagster/data_version"]
