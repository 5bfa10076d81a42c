"""A page takes the place of the published one only when its checks let it pass; one that fails keeps back no other."""

import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest

from assets.ground.browser import VARIABLE as CHROMIUM
from assets.ground.partitions import Calendar
from assets.ground.workspace import Workspace
from assets.reports.bundles import UncheckedPageError, drawn_folder, is_rendered, publish_drawn, tell_drawn
from assets.reports.chart_bundle import write_index
from assets.reports.charts import render_bundle
from checks._topic import run_together
from checks.reports import CHECKS
from tests.faults.faults_of_pages import Q4, QUARTERS, lay_pages
from tests.faults.good_world import FILES


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path / "operator", tmp_path / "state", tmp_path, Calendar(date(2025, 8, 1)))
    made.operator_folder.mkdir()
    for name, text in FILES.items():
        (made.operator_folder / name).write_text(text.lstrip())
    lay_pages(made)
    return made


def test_no_check_speaks_of_good_pages_and_they_are_published(workspace: Workspace) -> None:
    results = run_together(workspace, CHECKS)
    assert [result.description for result in results if not result.passed] == []
    for quarter in QUARTERS:
        assert not is_rendered(workspace, quarter)
        assert publish_drawn(workspace, quarter) == workspace.reports / str(quarter) / "index.html"
        assert is_rendered(workspace, quarter)


def test_a_page_that_no_check_has_looked_at_is_not_published(workspace: Workspace) -> None:
    with pytest.raises(UncheckedPageError, match=r"2025Q4 stays as it was: no check has looked at it"):
        publish_drawn(workspace, Q4)
    assert not (workspace.reports / str(Q4)).exists()


def test_a_page_that_is_wrong_keeps_the_one_before_and_no_other_quarter_back(workspace: Workspace) -> None:
    run_together(workspace, CHECKS)
    published = publish_drawn(workspace, Q4).read_text(encoding="utf-8")
    index = drawn_folder(workspace, Q4) / "index.html"
    wrong = index.read_text(encoding="utf-8").replace(">49.6%<", ">49.7%<")
    index.unlink()
    index.write_text(wrong, encoding="utf-8")
    assert [result.check_name for result in run_together(workspace, CHECKS) if not result.passed] == [
        "numbers_are_the_marts"
    ]
    with pytest.raises(UncheckedPageError, match=r"reports\.numbers_are_the_marts .*wrong_numbers must be at most 0"):
        publish_drawn(workspace, Q4)
    assert (workspace.reports / str(Q4) / "index.html").read_text(encoding="utf-8") == published
    publish_drawn(workspace, Q4.previous)


def test_names_that_are_written_otherwise_in_downloads_keep_no_page_back(workspace: Workspace) -> None:
    """A spreadsheet would compute the one, and characters of the other steer what is around them."""
    with duckdb.connect(workspace.published) as marts:
        for table in ("metro_quarterly", "metro_network_type_quarterly"):
            for metro, name in (("Denver", "=1+1"), ("Chicago", "Chi\u202ecago")):
                marts.execute(f"update marts.{table} set metro = ? where metro = ?", [name, metro])
    for quarter in QUARTERS:
        render_bundle(workspace.published, str(quarter), drawn_folder(workspace, quarter))
        tell_drawn(workspace, quarter)
    assert [result.description for result in run_together(workspace, CHECKS) if not result.passed] == []


def test_an_operator_may_let_it_pass_with_a_warning(workspace: Workspace) -> None:
    rows = "check,limit,severity,reason,decided_on\nreports.*,,warn,we look ourselves,2026-01-01\n"
    (workspace.operator_folder / "check_limits.csv").write_text(rows)
    index = drawn_folder(workspace, Q4) / "index.html"
    index.write_text(index.read_text(encoding="utf-8").replace(">49.6%<", ">49.7%<"), encoding="utf-8")
    assert not all(result.passed for result in run_together(workspace, CHECKS))
    publish_drawn(workspace, Q4)


def test_the_page_over_quarters_lists_those_that_are_published(workspace: Workspace) -> None:
    run_together(workspace, CHECKS)
    publish_drawn(workspace, Q4)
    index = write_index(workspace)
    page = index.read_text(encoding="utf-8")
    assert index == workspace.reports / "index.html"
    assert 'href="2025Q4/index.html"' in page and "2025Q3/index.html" not in page
    written = index.stat().st_mtime_ns
    assert write_index(workspace).stat().st_mtime_ns == written, "what says the same is not written again"


def test_a_page_without_pictures_is_drawn_again_where_a_chromium_is_found(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_together(workspace, CHECKS)
    publish_drawn(workspace, Q4)
    assert is_rendered(workspace, Q4)
    monkeypatch.setenv(CHROMIUM, sys.executable)
    assert not is_rendered(workspace, Q4)
