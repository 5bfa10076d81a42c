"""What the Dagster UI shows of marts and reports: previews, findings, rows, and a picture where there is one."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import dagster as dg
import duckdb
import pyarrow as pa
import pytest
from pyarrow import parquet

from assets.ground.markdown import markdown_table
from assets.ground.workspace import Workspace
from assets.reports.charts import BundleSummary, ChartSummary
from assets.reports.shown import of_comparison, of_drawn, of_published, of_release
from assets.warehouse.calls import Call
from assets.warehouse.manifest import Grain, Model
from assets.warehouse.metadata import _previews


def text_of(shown: Any, name: str) -> str:
    value = shown[name]
    assert isinstance(value, dg.MarkdownMetadataValue)
    return value.md_str or ""


def test_a_table_is_not_broken_by_its_values() -> None:
    rows = [("a|b", 0.123456), ("<img src=x>\nnext", None)]
    assert markdown_table(("name", "part"), rows).splitlines() == [
        "| name | part |",
        "| --- | --- |",
        "| a\\|b | 0.1235 |",
        "| \\<img src=x> next |  |",
    ]


def test_a_drawn_bundle_shows_what_it_finds(tmp_path: Path) -> None:
    chart = ChartSummary("rhythm", "Busiest on Tuesday", "charts/rhythm.html", "data/rhythm.csv", 336)
    summary = BundleSummary(tmp_path, "2025Q4", True, False, (chart,), ("Neocloud: 18.4%",), 3, 40, False)
    shown = of_drawn(summary)
    assert text_of(shown, "headlines") == "- Neocloud: 18.4%"
    assert text_of(shown, "findings").splitlines()[-1] == "| rhythm | Busiest on Tuesday | 336 |"
    assert (shown["files"].value, shown["bytes"].value) == (3, 40)


def test_a_published_bundle_shows_a_picture_where_there_is_one(tmp_path: Path) -> None:
    assert set(of_published(tmp_path)) == {"page", "explore"}
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "monthly-traffic-wide.svg").write_text("<svg/>")
    assert text_of(of_published(tmp_path), "picture") == "![monthly-traffic-wide](data:image/svg+xml;base64,PHN2Zy8+)"


def test_a_comparison_begins_and_a_release_counts(tmp_path: Path) -> None:
    sentences = [f"sentence {number}" for number in range(20)]
    shown = of_comparison(tmp_path / "2025Q4.html", sentences)
    assert text_of(shown, "preview").splitlines()[-1] == "- sentence 11" and shown["sentences"].value == 20
    (tmp_path / "data").mkdir()
    for name, rows in (("regions", 4), ("editions", 2)):
        parquet.write_table(pa.table({"row": range(rows)}), tmp_path / "data" / f"{name}.parquet")
    released = of_release(tmp_path)
    assert text_of(released, "tables").splitlines()[2:] == ["| editions | 2 |", "| regions | 4 |"]
    assert released["dagster/row_count"].value == 6


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    with duckdb.connect(tmp_path / "working.duckdb") as database:
        database.execute("create schema marts; create schema core")
        database.execute(
            "create table marts.totals as select '2025Q' || n as quarter, n as bits from range(1, 9) as t(n)"
        )
        database.execute("create table core.peers as select '192.0.2.1' as address")
    return cast(Workspace, SimpleNamespace(warehouse=tmp_path / "working.duckdb"))


def test_marts_have_previews_of_their_newest_rows_and_core_has_none(workspace: Workspace) -> None:
    mart = Model(("marts", "totals"), Grain.QUARTER, True, "", (), (), ("marts", "totals"))
    core = Model(("core", "peers"), Grain.WHOLE, False, "", (), (), ("core", "peers"))
    previews = _previews(workspace, cast(Call, SimpleNamespace(models=[mart, core])))
    assert set(previews) == {mart}
    assert previews[mart].splitlines()[0] == "| quarter | bits |"
    assert [line.split()[1] for line in previews[mart].splitlines()[2:]] == [f"2025Q{n}" for n in (8, 7, 6, 5, 4)]
