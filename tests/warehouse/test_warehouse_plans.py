"""Records are looked up in small tables, and never kept in the hash table of a join, however few DuckDB takes them for.

Belongs here: how the engine is asked to go about a model. Does not belong here: what models say.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from warehouse_cases import Query
from world import World, copied

from assets.warehouse.database import connected

MODEL = "model.network_stats.int_traffic__spread"


def joins(node: dict[str, Any]) -> Iterator[str]:
    """The kind of each join of a plan; RIGHT keeps what is on the left, here the records."""
    if "Join Type" in (told := node.get("extra_info", {})):
        yield told["Join Type"]
    for child in node["children"]:
        yield from joins(child)


def plan(world: World, manifest: dict[str, Any], *hooks: str) -> set[str]:
    [path] = (world.folder / "target" / "compiled").rglob(f"{MODEL.rpartition('.')[2]}.sql")
    with connected(world.warehouse, read_only=True) as database:
        for hook in hooks:
            database.execute(statement_of(manifest, hook))
        [(_, told)] = database.execute(f"explain (format json) {path.read_text()}").fetchall()
    return set(joins(json.loads(told)[0]))


def statement_of(manifest: dict[str, Any], hook: str) -> str:
    """What DuckDB is told by a hook that calls a macro."""
    [macro] = re.findall(r"\w+", hook.replace("()", ""))
    [text] = re.findall(r"%}(.*?){%", manifest["macros"][f"macro.network_stats.default__{macro}"]["macro_sql"])
    return str(text)


@pytest.fixture(scope="module")
def last_day(shape_world: World, shapes: Query, tmp_path_factory: pytest.TempPathFactory) -> World:
    """The second world, when the last of its days was built alone: the lake's first file is not read then."""
    world = copied(shape_world, tmp_path_factory.mktemp("last_day"), shape_world.operator_folder)
    world.build_core(shapes("select max(export_on) from core.export_files")[0])
    return world


def test_records_are_on_the_side_that_is_not_kept(last_day: World) -> None:
    manifest = json.loads((last_day.folder / "target" / "manifest.json").read_text())
    hooks = [hook["sql"] for hook in manifest["nodes"][MODEL]["config"]["pre-hook"]]
    assert "RIGHT" in plan(last_day, manifest), "these few records are kept unless DuckDB is told not to"
    assert plan(last_day, manifest, *hooks) == {"LEFT"}
