"""The dbt exposures of charts and pages, told by what they ask a published database for when they are made.

    python tests/charts/exposures.py    # writes dbt_project/models/exposures.yml

Belongs here: what reads which mart, and the file. Does not belong here: whether it is true (test_chart_exposures).
"""

import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb

PROJECT = Path(__file__).parents[2]
if __name__ == "__main__":
    sys.path[:0] = [str(PROJECT), str(PROJECT / "tests" / "charts")]

from marts_fixture import write_marts  # noqa: E402

from assets.ground.browser import VARIABLE  # noqa: E402
from assets.reports.charts import comparison_files, find_charts, quarters_page, render_bundle  # noqa: E402
from assets.reports.charts._chart import rows_of  # noqa: E402
from assets.reports.charts._explored import explored_data  # noqa: E402
from assets.reports.charts._marts import Marts, Row  # noqa: E402
from assets.reports.charts._report_marts import read_report  # noqa: E402

QUARTER = "2025Q4"
FILE = PROJECT / "dbt_project" / "models" / "exposures.yml"
MARTS = PROJECT / "dbt_project" / "models" / "marts"
HEAD = "# Written by `python tests/charts/exposures.py`, after a chart or a page reads other marts.\nexposures:\n"
ONE = """  - name: {name}
    label: {label}
    type: {kind}
    description: {description}
    owner: {{name: Network Stats}}
    depends_on:
{marts}"""


@dataclass(frozen=True)
class Exposure:
    """What leaves the warehouse, and the models of the marts that it reads."""

    name: str
    label: str
    kind: str
    description: str
    models: tuple[str, ...]

    def written(self) -> str:
        marts = "".join(f"      - ref('{model}')\n" for model in self.models)
        label, description = json.dumps(self.label), json.dumps(self.description)
        return ONE.format(name=self.name, label=label, kind=self.kind, description=description, marts=marts)


def exposures(database: Path) -> list[Exposure]:
    """Of every chart and page that is made of a database with a quarter of all marts."""
    return [*_of_charts(database), *_of_pages(database)]


def written(found: list[Exposure]) -> str:
    return HEAD + "".join(one.written() for one in found)


def _of_charts(database: Path) -> Iterator[Exposure]:
    with Marts(database) as marts:
        report = read_report(marts, QUARTER)
        for named in find_charts():
            with _asked() as asked:
                rows_of(marts, named.chart, report)
            page = f"charts/{named.slug}.html of a quarter's report."
            yield Exposure(f"chart_{named.name}", named.chart.heading, "analysis", page, _models(asked))


def _of_pages(database: Path) -> Iterator[Exposure]:
    pages: tuple[tuple[str, str, str, Callable[[], object]], ...] = (
        (
            "report",
            "Report of a quarter",
            "The folder of a quarter's report: all of its pages.",
            lambda: _render(database),
        ),
        ("comparison_page", "Quarter comparison", "comparison.html of a quarter's report.", lambda: _compare(database)),
        ("explore_page", "Explore", "explore.html of a quarter's report.", lambda: _explore(database)),
        ("quarters_page", "Quarters", "The page over all quarters.", lambda: quarters_page(database, [QUARTER])),
    )
    for name, label, description, make in pages:
        with _asked() as asked:
            make()
        yield Exposure(name, label, "dashboard", description, _models(asked))
    everything = tuple(sorted(path.stem for path in MARTS.rglob("*.sql")))
    yield Exposure(
        "dataset_release", "Dataset of a quarter", "application", "The folder releases/<quarter>.", everything
    )


def _render(database: Path) -> None:
    with tempfile.TemporaryDirectory() as folder, patch.dict("os.environ", {VARIABLE: ""}):
        render_bundle(database, QUARTER, Path(folder) / QUARTER)


def _compare(database: Path) -> None:
    comparison_files(database, QUARTER, "comparison", "index.html")


def _explore(database: Path) -> None:
    with Marts(database) as marts:
        explored_data(marts, read_report(marts, QUARTER))


@contextmanager
def _asked() -> Iterator[list[str]]:
    """The statements that published marts are asked within the block."""
    statements: list[str] = []
    rows = Marts.rows

    def told(self: Marts, sql: str) -> list[Row]:
        statements.append(sql)
        return rows(self, sql)

    with patch.object(Marts, "rows", told):
        yield statements


def _models(statements: list[str]) -> tuple[str, ...]:
    """The models of the marts in statements; editions and the history of checks are no models."""
    models = _models_by_mart()
    names = {name for sql in statements for name in _tables(_parsed(sql))}
    return tuple(sorted(models[name] for name in names if name in models))


def _parsed(sql: str) -> Any:
    ((text,),) = duckdb.execute("select json_serialize_sql(?)", [sql]).fetchall()
    return json.loads(text)


def _tables(part: Any) -> Iterator[str]:
    """The tables of the schema `marts` in a parsed statement."""
    if isinstance(part, dict):
        if part.get("type") == "BASE_TABLE" and part.get("schema_name") == "marts":
            yield part["table_name"]
        part = [*part.values()]
    if isinstance(part, list):
        yield from (name for one in part for name in _tables(one))


def _models_by_mart() -> dict[str, str]:
    """Each mart's model by the name that it has in the published database."""
    found = {}
    for path in MARTS.rglob("*.sql"):
        alias = re.search(r"alias\s*=\s*'(\w+)'", path.read_text(encoding="utf-8"))
        found[alias.group(1) if alias else path.stem] = path.stem
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        FILE.write_text(written(exposures(write_marts(Path(folder) / "network_stats.duckdb"))), encoding="utf-8")


if __name__ == "__main__":
    main()
