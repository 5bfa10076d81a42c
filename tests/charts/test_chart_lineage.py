"""What the charts say of where their marts come from, held against the dbt project."""

import re
from functools import cache
from pathlib import Path

import duckdb
import pytest
import yaml

from assets.reports.charts._chart import NamedChart, find_charts
from assets.warehouse.check_history import COLUMNS as OF_CHECKS
from assets.warehouse.check_history import TABLE as CHECK_HISTORY
from assets.warehouse.editions.tables import TABLES
from tests.dbt_texts import MODELS, references


@cache
def core_tables(model: str) -> frozenset[str]:
    """The core models that last and that a model reads, through whatever lies between."""
    path = next(MODELS.rglob(f"{model}.sql"), None)
    if path is None:
        return frozenset()
    if "core" in path.relative_to(MODELS).parts and "by_quarter" not in path.parts:
        return frozenset({model})
    return frozenset(table for name in references(path.read_text()) for table in core_tables(name))


@pytest.mark.parametrize("named", find_charts(), ids=lambda named: named.name)
def test_a_chart_names_the_core_tables_below_its_mart(named: NamedChart) -> None:
    assert set(named.chart.made_from) == core_tables(named.chart.mart)


def contracts() -> dict[str, dict[str, str]]:
    """Columns and types of each mart by the name that it has in the published database."""
    found = {
        name: {column: data_type for column, (data_type, _) in columns.items()} for name, (_, columns) in TABLES.items()
    }
    found[CHECK_HISTORY] = {column: kind for column, (kind, _, _) in OF_CHECKS.items()}
    for path in sorted((MODELS / "marts").rglob("*.yml")):
        for model in yaml.safe_load(path.read_text())["models"]:
            sql = path.with_name(f"{model['name']}.sql").read_text()
            alias = re.search(r"alias\s*=\s*'(\w+)'", sql)
            name = alias.group(1) if alias else model["name"]
            found[name] = {column["name"]: column["data_type"].lower() for column in model["columns"]}
    return found


def test_the_fixture_has_no_column_that_the_marts_contracts_do_not_have(database: Path) -> None:
    with duckdb.connect(str(database), read_only=True) as connection:
        columns = connection.execute(
            "select table_name, column_name, lower(data_type) from information_schema.columns "
            "where table_schema = 'marts'"
        ).fetchall()
    made = contracts()
    for table, column, data_type in columns:
        assert table in made, f"marts.{table} is not in dbt_project/models/marts"
        promised = made[table].get(column, "absent").replace(", ", ",")
        assert data_type == promised, f"{table}.{column}"
