"""The page over all quarters, the links between quarters, and how a report is cited."""

import re
from pathlib import Path

import pytest
from marts_fixture import Scenario, write_marts
from test_chart_editions import FIRST, SECOND, editions

from assets.reports.charts import quarters_page, render_bundle


@pytest.fixture
def reports(database: Path, tmp_path: Path) -> Path:
    """Both quarters and the page over them, as they are published."""
    for quarter in ("2025Q3", "2025Q4"):
        render_bundle(database, quarter, tmp_path / quarter)
    (tmp_path / "index.html").write_text(quarters_page(database, ["2025Q3", "2025Q4"]), encoding="utf-8")
    return tmp_path


def test_quarters_are_listed_newest_first_with_their_figures(reports: Path) -> None:
    page = (reports / "index.html").read_text(encoding="utf-8")
    assert re.findall(r'<h2><a href="(.*?)">(.*?)</a></h2>', page) == [
        ("2025Q4/index.html", "Q4 2025"),
        ("2025Q3/index.html", "Q3 2025"),
    ]
    assert "Other clouds (neocloud, hyperscaler and hosting), share of traffic: 49.6%" in page
    assert "<strong>Simulated data.</strong>" in page and "<script" not in page


def test_quarters_lead_to_each_other(reports: Path) -> None:
    for quarter, before in (("2025Q4", ["index.html", "2025Q3/index.html"]), ("2025Q3", ["index.html"])):
        page = (reports / quarter / "index.html").read_text(encoding="utf-8")
        links = re.findall(r'href="\.\./(.*?)"', page)
        assert links == before
        assert all((reports / link).exists() for link in links)


def test_a_report_is_cited_with_its_edition(tmp_path: Path) -> None:
    made = editions((1, FIRST, False, []), (2, SECOND, False, ["x"]))
    database = write_marts(tmp_path / "network_stats.duckdb", Scenario(operator="R&D_Net", editions=made))
    page = (render_bundle(database, "2025Q4", tmp_path / "bundle").folder / "index.html").read_text(encoding="utf-8")
    assert "R&amp;D_Net: Network Stats Q4 2025. Edition 2 of 2026-02-01. Simulated data." in page
    assert (
        "@techreport{networkstats2025q4, author = {{R\\&amp;D\\_Net}}, title = {Network Stats Q4 2025}, year = {2026}, "
        "note = {Edition 2 of 2026-02-01. Simulated data.}}"
    ) in page


def test_an_operators_name_is_cited_as_it_is_and_turns_no_word_of_any_file_around(tmp_path: Path) -> None:
    database = write_marts(tmp_path / "network_stats.duckdb", Scenario(operator="\\input{x} ~^ \u202eteN"))
    folder = render_bundle(database, "2025Q4", tmp_path / "bundle").folder
    page = (folder / "index.html").read_text(encoding="utf-8")
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert "author = {{\\textbackslash{}input\\{x\\} \\textasciitilde{}\\textasciicircum{} \ufffdteN}}," in page
    assert not [path.name for path in files if "\u202e".encode() in path.read_bytes()]


def test_a_quarter_that_runs_says_so_on_top(tmp_path: Path) -> None:
    made = editions((1, FIRST, True, []))
    database = write_marts(tmp_path / "network_stats.duckdb", Scenario(editions=made))
    page = (render_bundle(database, "2025Q4", tmp_path / "bundle").folder / "index.html").read_text(encoding="utf-8")
    head = page[page.index("<header") : page.index("</header>")]
    assert "This quarter is still running" in head
    assert "The quarter was still running" in quarters_page(database, ["2025Q4"])


def test_a_name_with_markup_stays_a_name_on_the_page_over_quarters(tmp_path: Path) -> None:
    named = write_marts(tmp_path / "named.duckdb", Scenario(operator="<b>Net</b>"))
    assert "<b>Net" not in quarters_page(named, ["2025Q4"])
