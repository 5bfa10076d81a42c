"""The models of the dbt project as dbt's manifest tells them: how each is divided, and what code it is made by.

Belongs here: reading the manifest. Does not belong here: what a model's data are made from (assets.warehouse.inputs).
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property
from pathlib import Path
from typing import Any

from assets.ground.lake import TableKey, fingerprint_of

# A view is written with the literal days or quarters of the call that made it.
SELECTING = {"selected_values", "in_selected_quarters"}


class Grain(Enum):
    """How a model is divided: what one call of dbt makes of it."""

    DAY = auto()
    """Rows of the export days of the call, beside those of other days."""
    QUARTER = auto()
    """Rows of the quarters of the call, beside those of other quarters."""
    SCRATCH = auto()
    """Nothing but the days or quarters of the call, rows or a view of them: of use to models of the same call alone."""
    WHOLE = auto()
    """A table that is made anew as a whole."""
    DEFINITION = auto()
    """A view or seed: no rows that follow from others."""


@dataclass(frozen=True)
class Model:
    """A model or seed; `code` is a fingerprint of its own text and of all macros, `parents` its direct ones."""

    key: TableKey
    grain: Grain
    is_partitioned: bool
    code: str
    parents: tuple[TableKey, ...]
    sources: tuple[TableKey, ...]
    relation: tuple[str, str]
    """The schema and the name of its table or view in the working database."""

    @property
    def layer(self) -> str:
        """The name of the model in the ledger, and of its asset."""
        return "/".join(self.key)


def layer_of(node: Any) -> str:
    """The folder below models/ that a node of the manifest lies in, or `seeds`."""
    return "seeds" if node["resource_type"] == "seed" else str(node["fqn"][1])


@dataclass(frozen=True)
class Project:
    """All models by their key."""

    models: dict[TableKey, Model]

    @cached_property
    def _closures(self) -> dict[TableKey, frozenset[TableKey]]:
        found: dict[TableKey, frozenset[TableKey]] = {}

        def closure(key: TableKey) -> frozenset[TableKey]:
            if key not in found:
                parents = self.models[key].parents
                found[key] = frozenset(parents).union(*(closure(parent) for parent in parents))
            return found[key]

        for key in self.models:
            closure(key)
        return found

    def of(self, *grains: Grain, layer: str | None = None) -> list[Model]:
        """The models of some grains, of one layer or of all, in the order of their keys."""
        return [
            model
            for key, model in sorted(self.models.items())
            if model.grain in grains and (layer is None or key[0] == layer)
        ]

    def before(self, keys: Iterable[TableKey]) -> list[Model]:
        """All models that some are made from, directly or not; not they themselves."""
        wanted = set(keys)
        found = frozenset[TableKey]().union(*(self._closures[key] for key in wanted)) - wanted
        return [self.models[key] for key in sorted(found)]

    def needed(self, keys: Iterable[TableKey]) -> list[Model]:
        """What a call must have beside some models: views, seeds and scratch, up to tables that hold rows already."""
        found: set[TableKey] = set()
        waiting = list(keys)
        while waiting:
            for parent in self.models[waiting.pop()].parents:
                if parent not in found and self.models[parent].grain in {Grain.DEFINITION, Grain.SCRATCH}:
                    found.add(parent)
                    waiting.append(parent)
        return [self.models[key] for key in sorted(found)]

    def code_of(self, model: Model) -> str:
        """A fingerprint of a model's code and that of all it is made from: what a change of makes its data stale."""
        return fingerprint_of(model.code, [one.code for one in self.before([model.key])])


def read_project(manifest: Path) -> Project:
    """The models of a parsed project."""
    document = json.loads(manifest.read_text(encoding="utf-8"))
    own = f".{document['metadata']['project_name']}."
    macros = fingerprint_of({name: one["macro_sql"] for name, one in document["macros"].items() if own in name})
    nodes = {name: node for name, node in document["nodes"].items() if node["resource_type"] in {"model", "seed"}}
    keys: dict[str, TableKey] = {name: (layer_of(node), node["name"]) for name, node in nodes.items()}
    sources = {name: (node["source_name"], node["name"]) for name, node in document["sources"].items()}
    selecting = _selecting_macros(document["macros"])
    models = {}
    for name, node in nodes.items():
        parents = node["depends_on"].get("nodes", ())
        models[keys[name]] = Model(
            key=keys[name],
            grain=_grain(node, selecting),
            is_partitioned="by_quarter" in node["fqn"] or _grain(node, selecting) in {Grain.DAY, Grain.QUARTER},
            code=fingerprint_of(node["checksum"]["checksum"], node["config"].get("materialized"), macros),
            parents=tuple(sorted(keys[one] for one in parents if one in keys)),
            sources=tuple(sorted(sources[one] for one in parents if one in sources)),
            relation=(keys[name][0], node.get("alias", node["name"])),
        )
    return Project(models)


def _selecting_macros(macros: Mapping[str, Any]) -> set[str]:
    """The macros that write the days or quarters of a call into the SQL of a model."""
    found = {name for name in macros if name.rpartition(".")[2] in SELECTING}
    while more := {name for name, one in macros.items() if name not in found and found & set(_called(one))}:
        found |= more
    return found


def _called(node: Any) -> list[str]:
    return list(node.get("depends_on", {}).get("macros", ()))


def _grain(node: Any, selecting: set[str]) -> Grain:
    materialized, folders = node["config"].get("materialized"), node["fqn"]
    if materialized == "view" and ("by_quarter" in folders or selecting & set(_called(node))):
        return Grain.SCRATCH
    if materialized in {"view", "seed"}:
        return Grain.DEFINITION
    if "by_quarter" in folders and materialized == "incremental":
        return Grain.QUARTER
    if "by_quarter" in folders or "by_call" in node["config"].get("tags", ()):
        return Grain.SCRATCH
    if layer_of(node) == "marts":
        return Grain.QUARTER if materialized == "incremental" else Grain.WHOLE
    return Grain.DAY if "by_export_day" in folders or "by_day" in node["config"].get("tags", ()) else Grain.WHOLE
