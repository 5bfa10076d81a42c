"""Records are looked up in small tables, and never kept in the hash table of a join, however few DuckDB takes them for.

Belongs here: how the engine is asked to go about a model. Does not belong here: what models say.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from warehouse_cases import Query
from world import World, copied

from assets.warehouse.database import connected

RECORDS, SPREAD, NAMINGS = "stg_exports__flow_records", "int_traffic__spread", "int_flow_records__namings"


def joins(node: dict[str, Any]) -> Iterator[str]:
    """The kind of each join of a plan; RIGHT keeps what is on the left, here the records."""
    if "Join Type" in (told := node.get("extra_info", {})):
        yield told["Join Type"]
    for child in node["children"]:
        yield from joins(child)


def filtered_below_joins(node: dict[str, Any], function: str, joined: int = 0) -> Iterator[int]:
    """How many joins are above each place where a function decides what is kept."""
    told = node.get("extra_info", {})
    joined += "Join Type" in told
    if any(function in str(told.get(name, "")) for name in ("Expression", "Filters")):
        yield joined
    for child in node["children"]:
        yield from filtered_below_joins(child, function, joined)


def plan(world: World, model: str, *hooks: str) -> dict[str, Any]:
    [path] = (world.folder / "target" / "compiled").rglob(f"{model}.sql")
    with connected(world.warehouse, read_only=True) as database:
        for hook in hooks:
            database.execute(statement_of(manifest_of(world), hook))
        [(_, told)] = database.execute(f"explain (format json) {path.read_text()}").fetchall()
    planned: dict[str, Any] = json.loads(told)[0]
    return planned


def manifest_of(world: World) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((world.folder / "target" / "manifest.json").read_text())
    return manifest


def hooks_of(world: World, model: str) -> list[str]:
    """What a model has the engine told of its joins."""
    node = manifest_of(world)["nodes"][f"model.network_stats.{model}"]
    return [hook["sql"] for hook in node["config"]["pre-hook"] if "join" in hook["sql"]]


def tables_made_of_records(manifest: dict[str, Any]) -> set[str]:
    """The stored models that read flow records themselves, or through views."""
    models = {one["name"]: one for one in manifest["nodes"].values() if one["resource_type"] == "model"}
    reading = {RECORDS}
    for _ in models:
        reading |= {
            name
            for name, model in models.items()
            if any(
                one in reading and models[one]["config"]["materialized"] == "view"
                for one in (parent.rpartition(".")[2] for parent in model["depends_on"]["nodes"])
            )
        }
    return {name for name in reading if models[name]["config"]["materialized"] != "view"}


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


@pytest.mark.parametrize("model", [SPREAD, NAMINGS])
def test_records_are_on_the_side_that_is_not_kept(last_day: World, model: str) -> None:
    assert "RIGHT" in set(joins(plan(last_day, model))), "these few records are kept unless DuckDB is told not to"
    assert set(joins(plan(last_day, model, *hooks_of(last_day, model)))) == {"LEFT"}


def test_every_table_that_is_made_of_records_has_its_joins_as_written(last_day: World) -> None:
    models = tables_made_of_records(manifest_of(last_day))
    assert {SPREAD, NAMINGS, "record_days"} < models
    assert {model for model in models if not hooks_of(last_day, model)} == set()


def test_flows_that_are_not_looked_at_are_left_out_before_records_are_joined(last_day: World) -> None:
    told = manifest_of(last_day)["macros"]["macro.network_stats.is_looked_at"]["macro_sql"]
    [is_looked_at] = re.findall(r"%}(.*?){%", told)
    with duckdb.connect() as database:
        database.execute("create table interfaces as select i as in_if, 'et-0' as interface from range(7) as t (i)")
        database.execute("create table records as select i % 7 as in_if, i as src_port from range(99) as t (i)")
        # As in the models, something is reckoned of what was joined.
        joined = "select *, src_port + 1 as next_port from records left join interfaces using (in_if)"
        kept = is_looked_at.replace("{{ flow }}", "hash(in_if, src_port)")
        [(_, planned)] = database.execute(f"explain (format json) select * from ({joined}) where {kept}").fetchall()
    assert list(filtered_below_joins(json.loads(planned)[0], "hash(")) == [1]
