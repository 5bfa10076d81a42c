"""Every mart's example query runs and has an answer, and every column says what it is."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from warehouse_cases import Query
from world import PROJECT

MARTS = sorted((PROJECT / "dbt_project" / "models" / "marts").rglob("*.yml"))


def model(path: Path) -> dict[str, Any]:
    (found,) = yaml.safe_load(path.read_text())["models"]
    return dict(found)


@pytest.mark.parametrize("path", MARTS, ids=lambda path: path.stem)
def test_the_example_of_a_mart_has_an_answer(path: Path, query: Query, shapes: Query) -> None:
    example = model(path)["config"]["meta"]["example"]
    assert query(example) or shapes(example), f"{path.stem}: its example finds nothing in either world"


@pytest.mark.parametrize("path", MARTS, ids=lambda path: path.stem)
def test_a_mart_tells_its_grain_and_describes_its_columns(path: Path) -> None:
    told = model(path)
    assert told["description"].startswith("One row")
    assert told["config"]["contract"] == {"enforced": True}
    assert [column["name"] for column in told["columns"] if not column.get("description")] == []


def test_every_column_of_core_and_staging_is_described(shapes: Query) -> None:
    folders = [PROJECT / "dbt_project" / "models" / layer for layer in ("core", "staging")]
    told = {
        (told["name"], column["name"])
        for folder in folders
        for path in folder.rglob("*.yml")
        for told in yaml.safe_load(path.read_text())["models"]
        for column in told["columns"]
        if column.get("description")
    }
    there = set(
        shapes(
            "select table_name, column_name from duckdb_columns() "
            "where schema_name in ('core', 'staging') and not internal"
        )
    )
    assert len(there) > 500
    assert there - told == set()
    assert told - there == set()
