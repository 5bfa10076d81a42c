"""Tables of the working database that the ledger knows and that are not there, and those that no model makes any more.

Belongs here: forgetting the ones, so that they are built again, and dropping the others. Does not belong here: what
else makes a table stale (assets.warehouse.inputs).
"""

from pathlib import Path

from assets.warehouse.database import reading, writing
from assets.warehouse.ledger import CORE, MARTS, Built, built_of, forget
from assets.warehouse.manifest import Grain, Model, Project

THERE = """
select schema_name, table_name from duckdb_tables() union all select schema_name, view_name from duckdb_views()
"""
TABLES = "select table_name from duckdb_tables() where schema_name = ? order by table_name"
TOGETHER = {Grain.DAY: CORE, Grain.QUARTER: MARTS}


def forget_gone(warehouse: Path, project: Project) -> list[str]:
    """Forget what somebody removed, by hand or with a copy that lacks it, and return the names of these tables.

    Days and quarters that such a table is a part of are in pieces then, until it is built again.
    """
    built = built_of(warehouse)
    if not built:
        return []
    with reading(warehouse) as database:
        there = set(database.execute(THERE).fetchall())
    gone = [one for one in project.models.values() if one.layer in built and one.relation not in there]
    forget(warehouse, {layer: members for one in gone for layer, members in _forgotten(one, built).items()})
    return sorted(one.layer for one in gone)


def _forgotten(model: Model, built: Built) -> dict[str, list[str]]:
    together = TOGETHER.get(model.grain)
    of_all = {together: list(built.get(together, {}))} if together else {}
    return {model.layer: list(built[model.layer]), **of_all}


def drop_without_model(warehouse: Path, project: Project, schema: str) -> list[str]:
    """Drop the tables of a schema that no model makes any more, and return their names."""
    made = {table for of, table in (model.relation for model in project.models.values()) if of == schema}
    with reading(warehouse) as database:
        gone = [table for (table,) in database.execute(TABLES, [schema]).fetchall() if table not in made]
    if gone:
        with writing(warehouse) as database:
            for table in gone:
                database.execute(f'drop table {schema}."{table}"')
    return gone
