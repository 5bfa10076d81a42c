"""What the charts say of where their marts come from, held against the dbt project."""

import re
from functools import cache
from pathlib import Path

import pytest

from assets.charts._chart import NamedChart, find_charts

PROJECT = Path(__file__).parents[2] / "dbt_project"
MODELS = PROJECT / "models"


@cache
def macros() -> dict[str, str]:
    """The text of each macro by its name; a mart may take its references from one."""
    texts = "\n".join(path.read_text() for path in sorted((PROJECT / "macros").glob("*.sql")))
    found = re.findall(r"{%-?\s*macro (\w+)\(.*?\)\s*-?%}(.*?){%-?\s*endmacro", texts, flags=re.DOTALL)
    return dict(found)


def references(text: str) -> set[str]:
    """The models that a text names, or that the macros name which it calls."""
    called = {name for name in re.findall(r"(\w+)\(", text) if name in macros()}
    own = set(re.findall(r"ref\(\s*'(\w+)'", text))
    return own.union(*(references(macros()[name]) for name in called))


@cache
def core_tables(model: str) -> frozenset[str]:
    """The core models that a model reads, through whatever lies between."""
    path = next(MODELS.rglob(f"{model}.sql"), None)
    if path is None:
        return frozenset()
    if "core" in path.relative_to(MODELS).parts:
        return frozenset({model})
    return frozenset(table for name in references(path.read_text()) for table in core_tables(name))


@pytest.mark.parametrize("named", find_charts(), ids=lambda named: named.name)
def test_a_chart_names_the_core_tables_below_its_mart(named: NamedChart) -> None:
    assert set(named.chart.made_from) == core_tables(named.chart.mart)
