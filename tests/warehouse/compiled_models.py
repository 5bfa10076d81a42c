"""The dbt project, compiled once, whose models run on a database in memory: a world a second, not a minute.

Belongs here: running the statements of models in their order. Does not belong here: what a world holds, or what dbt
does beside the statements (deleting and appending days; the warehouses of conftest are built by dbt itself).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from graphlib import TopologicalSorter
from typing import Any

import duckdb
import pyarrow as pa
from world import FLOW_EXPORTS, World

from assets.exports.decoded_day import EXPORT_LOSSES
from assets.warehouse.database import tell_lake
from assets.warehouse.manifest import layer_of


class CompiledModels:
    """The wanted models and all before them, for some export days and quarters, on a database with a world's seeds and
    registries, without files and losses unless told.
    """

    def __init__(self, world: World, days: Iterable[date], quarters: Iterable[str], *, wanted: Collection[str]) -> None:
        manifest = world.compile(days, quarters, wanted)
        models = {key: node for key, node in manifest["nodes"].items() if node["resource_type"] == "model"}
        self.marts = [model for model in models.values() if model["fqn"][1] == "marts"]
        self._models = _in_order(models, set(wanted))
        self._sources = list(manifest["sources"].values())
        self.database = duckdb.connect()
        self.database.execute("attach ':memory:' as working; use working; set TimeZone = 'UTC'; set threads = 1")
        tell_lake(self.database, world.lake.root)
        for schema in sorted({one["schema"] for one in [*models.values(), *self._sources]} | {"seeds"}):
            self.database.execute(f"create schema {schema}")
        self._read_seeds(world)
        for source in self._sources:
            if source["source_name"] in ("operator", "registry"):
                self._create(_name(source), f"from {source['relation_name']}")
        self._tell({"flow_exports": FLOW_EXPORTS.empty_table(), "export_losses": EXPORT_LOSSES.empty_table()})

    def run(self, **exports: pa.Table) -> None:
        """The models, anew, of these tables of the schema `exports` and of those told before."""
        self._tell(exports)
        for model in self._models:
            self._create(model["relation_name"], self._in_memory(model["compiled_code"]))

    def statements(self) -> dict[tuple[str, str], tuple[str, str]]:
        """By a model's schema and table: its asset, such as `core/links`, and its compiled statement."""
        return {
            (model["schema"], model["alias"]): (
                f"{layer_of(model)}/{model['name']}",
                self._in_memory(model["compiled_code"]),
            )
            for model in self._models
        }

    def _tell(self, exports: Mapping[str, pa.Table]) -> None:
        for name, rows in exports.items():
            with self._registered(rows):
                self._create(f"exports.{name}", "from given")

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        return self.database.execute(statement).fetchall()

    def _read_seeds(self, world: World) -> None:
        self.database.execute(f"attach '{world.warehouse}' as built (read_only)")
        for (seed,) in self.rows("select table_name from duckdb_tables() where database_name = 'built'"):
            self._create(f"working.seeds.{seed}", f"from built.seeds.{seed}")
        self.database.execute("detach built")

    def _create(self, relation: str, statement: str) -> None:
        self.database.execute(f"create or replace table {relation} as ({statement})")

    def _in_memory(self, statement: str) -> str:
        for source in self._sources:
            statement = statement.replace(source["relation_name"], _name(source))
        return statement

    @contextmanager
    def _registered(self, rows: pa.Table) -> Iterator[None]:
        self.database.register("given", rows)
        try:
            yield
        finally:
            self.database.unregister("given")


def _in_order(models: dict[str, dict[str, Any]], wanted: set[str]) -> list[dict[str, Any]]:
    """The models of these names and all that they are made of, what is needed first."""
    needs = {key: [one for one in model["depends_on"]["nodes"] if one in models] for key, model in models.items()}
    asked = [key for key, model in models.items() if model["name"] in wanted]
    needed: dict[str, list[str]] = {}
    while asked:
        key = asked.pop()
        needed[key] = needs[key]
        asked += [one for one in needs[key] if one not in needed]
    return [models[key] for key in TopologicalSorter(needed).static_order()]


def _name(source: dict[str, Any]) -> str:
    return f"{source['source_name']}.{source['name']}"
