"""The lineage of the columns of all models, told by their compiled statements.

    python tests/warehouse/column_lineage.py    # writes dbt_project/column_lineage.json

Belongs here: working it out, and the file. Does not belong here: whether it is true (test_warehouse_column_lineage).
"""

import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from sqlglot import exp
from sqlglot.lineage import Node, lineage

PROJECT = Path(__file__).parents[2]
if __name__ == "__main__":
    sys.path[:0] = [str(PROJECT), str(PROJECT / "tests" / "warehouse")]

from compiled_models import CompiledModels  # noqa: E402
from random_worlds import EXPORT_DAYS, QUARTERS, made_world  # noqa: E402

from assets.exports.formats._export_health import EXPORT_HEALTH  # noqa: E402
from assets.exports.formats._flow_record import FLOW_RECORD  # noqa: E402
from assets.warehouse.column_lineage import FILE, Lineage  # noqa: E402

DBT_PROJECT = PROJECT / "dbt_project"
Schema = dict[str, dict[str, dict[str, str]]]


def compiled(folder: Path) -> CompiledModels:
    """Every model of the project with its tables, which are empty, so that what `*` stands for is known."""
    names = sorted(path.stem for path in (DBT_PROJECT / "models").rglob("*.sql"))
    models = CompiledModels(made_world(folder), EXPORT_DAYS, QUARTERS, wanted=names)
    models.run(flow_records=FLOW_RECORD.empty_table(), export_health=EXPORT_HEALTH.empty_table())
    return models


def column_lineage_of(models: CompiledModels) -> Lineage:
    """Of each model and column the columns of its value; what only filters or joins rows is not told."""
    schema = _schema(models)
    statements = models.statements()
    assets = {relation: asset for relation, (asset, _) in statements.items()}
    return {
        asset: {
            column: sorted({_named(origin, assets) for origin in node.walk() if _is_table(origin)})
            for column, node in sorted(_nodes(statement, schema).items())
        }
        for asset, statement in sorted(statements.values())
    }


def written(found: Lineage) -> str:
    """A line a column, so that a change shows what changed."""
    models = (f" {json.dumps(asset)}: {{\n{_columns(columns)}\n }}" for asset, columns in found.items())
    return "{\n" + ",\n".join(models) + "\n}\n"


def _columns(columns: Mapping[str, object]) -> str:
    return ",\n".join(f"  {json.dumps(name)}: {json.dumps(origins)}" for name, origins in columns.items())


def _schema(models: CompiledModels) -> Schema:
    schema: Schema = defaultdict(lambda: defaultdict(dict))
    columns = models.rows(
        "select schema_name, table_name, column_name, data_type from duckdb_columns() where database_name = 'working'"
    )
    for folder, table, column, data_type in columns:
        schema[folder][table][column] = data_type
    return schema


def _nodes(statement: str, schema: Schema) -> dict[str, Node]:
    return lineage(None, statement, dict(schema), dialect="duckdb")


def _is_table(node: Node) -> bool:
    return not node.downstream and isinstance(node.expression, exp.Table)


def _named(node: Node, assets: Mapping[tuple[str, str], str]) -> str:
    table = node.expression
    assert isinstance(table, exp.Table)
    return f"{assets.get((table.db, table.name), f'{table.db}/{table.name}')}.{exp.to_column(node.name).name}"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = column_lineage_of(compiled(Path(folder)))
    (DBT_PROJECT / FILE).write_text(written(found), encoding="utf-8")


if __name__ == "__main__":
    main()
