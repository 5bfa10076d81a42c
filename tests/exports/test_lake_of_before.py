"""A lake that was pulled before files were kept under their source: nothing of it is lost."""

from datetime import date

import pyarrow as pa
import pytest

from assets.exports.rows import FLOW_EXPORTS, KEY
from assets.ground.lake import Partition, sha256_of_file
from tests.exports.world import MONDAY, World, flow

pytestmark = pytest.mark.filterwarnings("ignore:.*`backfill_policy`")
COLUMNS = (
    "export_on", "source", "source_file", "exporter_hint", "file_bytes", "sha256", "is_complete", "state", "reason",
    "remedy",
)  # fmt: skip


def pulled_before(world: World, name: str, content: bytes, day: date = MONDAY) -> None:
    """One file, as the lake held it."""
    lake, partition = world.workspace.lake, Partition("export_on", day)
    kept = world.write(lake.path(KEY, partition).parent / "files" / name, content)
    row = {
        "export_on": day, "source": "exports/{date}", "source_file": name, "file_bytes": len(content),
        "sha256": sha256_of_file(kept), "is_complete": True, "state": "pulled",
    }  # fmt: skip
    schema = pa.schema([FLOW_EXPORTS.field(column) for column in COLUMNS])
    lake.write(KEY, pa.Table.from_pylist([row], schema=schema), fingerprint="before", partition=partition)


def test_what_its_source_has_deleted_still_counts(world: World) -> None:
    pulled_before(world, "a.json", flow(100))
    world.pull()
    assert world.counted() == {"2026-01-05": [100]}


def test_what_is_offered_still_is_known_again(world: World) -> None:
    pulled_before(world, "a.json", flow(100))
    world.offer("a.json", flow(100))
    world.offer("b.json", flow(7))
    world.pull()
    assert world.counted() == {"2026-01-05": [7, 100]}
    assert world.states() == {"a.json": "pulled", "exports/b.json": "pulled"}
