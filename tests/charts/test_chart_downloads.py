"""What a reader takes away: pictures, Parquet, figures as JSON; the same bytes when they are made again."""

import csv
import json
import tempfile
from pathlib import Path

import pytest
from pyarrow import parquet

from assets.ground.browser import VARIABLE, BrowserError, found_chromium, open_browser
from assets.reports.charts import BundleSummary, _pictures, render_bundle
from assets.reports.charts._chart import Table

QUARTER = "2025Q4"
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def plain(database: Path, tmp_path_factory: pytest.TempPathFactory) -> BundleSummary:
    """A bundle of a machine on which no Chromium is found."""
    return render_bundle(database, QUARTER, tmp_path_factory.mktemp("plain") / QUARTER)


def test_each_chart_has_pictures_with_its_finding_and_provenance(pictured: BundleSummary) -> None:
    assert pictured.has_pictures
    for chart in pictured.charts:
        slug = chart.name.replace("_", "-")
        svg = (pictured.folder / "pictures" / f"{slug}.svg").read_text(encoding="utf-8")
        assert svg.startswith("<svg ") and "SIMULATED DATA" in svg and "Window: " in svg, chart.name
        # A finding may need two lines.
        assert chart.title.split()[0] in svg and chart.title.split()[-1].replace("'", "'") in svg, chart.name
        assert (pictured.folder / "pictures" / f"{slug}.png").read_bytes().startswith(PNG)
        for still in ("wide", "narrow"):
            assert "prefers-color-scheme: dark" in (pictured.folder / "pictures" / f"{slug}-{still}.svg").read_text()


def test_pictures_have_the_same_bytes_when_made_again(
    pictured: BundleSummary, database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also by one page that draws all of them: none hangs on what was drawn before it."""
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setattr(_pictures, "PAGES", 1)
    again = render_bundle(database, QUARTER, tmp_path / QUARTER)
    for path in sorted(pictured.folder.rglob("*")):
        if path.is_file():
            other = again.folder / path.relative_to(pictured.folder)
            assert path.read_bytes() == other.read_bytes(), path.name


def test_without_chromium_the_page_says_so_and_links_no_picture(plain: BundleSummary) -> None:
    page = (plain.folder / "index.html").read_text(encoding="utf-8")
    assert not plain.has_pictures and not (plain.folder / "pictures").exists()
    assert "no Chromium was found" in page and "pictures/" not in page


def test_parquet_holds_what_the_csv_holds(plain: BundleSummary) -> None:
    for chart in plain.charts:
        rows = list(csv.reader((plain.folder / chart.data).read_text(encoding="utf-8").splitlines()))
        table = parquet.read_table((plain.folder / chart.data).with_suffix(".parquet"))
        assert table.column_names == rows[0] and table.num_rows == len(rows) - 1, chart.name
        about = {name.decode() for name in table.schema.metadata}
        assert {"title", "units", "window", "coverage", "sampling", "sources", "simulated"} <= about, chart.name


def test_figures_are_plotlys_json_with_their_words(plain: BundleSummary) -> None:
    import plotly.graph_objects as go

    for chart in plain.charts:
        figure = json.loads((plain.folder / chart.data).with_suffix(".figure.json").read_text(encoding="utf-8"))
        assert figure["layout"]["meta"]["title"] == chart.title
        assert go.Figure(figure).data, chart.name


def test_a_name_from_a_registry_is_a_text_in_a_spreadsheet() -> None:
    table = Table(("name", "bits"), (("=HYPERLINK(1)", 1), ("@sum", 2), ("good\u202egnp.exe", 3), ("a-b", -4)))
    lines = table.csv(is_simulated=False).splitlines()
    assert lines[1:] == ["'=HYPERLINK(1),1,false", "'@sum,2,false", "good\u202egnp.exe,3,false", "a-b,-4,false"]


def test_a_chromium_that_is_named_and_not_there_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "chromium"))
    assert found_chromium() is None
    with pytest.raises(BrowserError, match="no Chromium is found; install one"), open_browser():
        pass


def test_a_chromium_leaves_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setenv("TMPDIR", folder)
        monkeypatch.setattr(tempfile, "tempdir", folder)
        with open_browser(found_chromium()) as browser:
            browser.ask("Browser.getVersion")
        assert list(Path(folder).iterdir()) == []


def test_a_chromium_that_ends_is_told(tmp_path: Path) -> None:
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    with pytest.raises(BrowserError, match="Chromium ended"), open_browser(str(program)) as browser:
        browser.ask("Browser.getVersion")
