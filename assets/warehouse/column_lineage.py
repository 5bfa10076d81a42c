"""From which columns the value of each column of a model is worked out, as `dbt_project/column_lineage.json` tells.

Belongs here: reading the file, and telling it where a table's columns are shown. Does not belong here: working it out
(tests/warehouse/column_lineage.py, which parses every statement and would add seconds to each loading).
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import dagster as dg

FILE = "column_lineage.json"

Lineage = Mapping[str, Mapping[str, Sequence[str]]]
"""By asset, such as `marts/metro_quarterly`, and column: its origins, such as `core/measured_cells.bits`."""


@cache
def column_lineage(dbt_project: Path) -> Lineage:
    """What the project's file tells; a model that it does not name has no lineage."""
    told: Lineage = json.loads((dbt_project / FILE).read_text(encoding="utf-8"))
    return told


def with_origins(schema: dg.TableSchema, origins: Mapping[str, Sequence[str]]) -> dg.TableSchema:
    """The schema, each column's description followed by where its value comes from: the UI shows descriptions alone."""
    return dg.TableSchema(columns=[_with_origins(column, origins.get(column.name, ())) for column in schema.columns])


def _with_origins(column: dg.TableColumn, origins: Sequence[str]) -> dg.TableColumn:
    if not origins:
        return column
    sentences = [column.description, f"From {', '.join(origins)}."]
    return dg.TableColumn(
        name=column.name,
        type=column.type,
        description=" ".join(one for one in sentences if one),
        constraints=column.constraints,
        tags=column.tags,
    )
