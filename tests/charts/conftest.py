"""Fixtures of the chart tests: the published database of the usual scenario, and its report."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from marts_fixture import write_marts

from assets.ground.browser import VARIABLE, Browser, found_chromium, open_browser
from assets.reports.charts import BundleSummary, render_bundle
from assets.reports.charts._chart import Drawing, find_charts, rows_of
from assets.reports.charts._marts import Marts
from assets.reports.charts._report import Report
from assets.reports.charts._report_marts import read_report

QUARTER = "2025Q4"


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_marts(tmp_path_factory.mktemp("published") / "network_stats.duckdb")


@pytest.fixture(scope="session")
def marts(database: Path) -> Iterator[Marts]:
    with Marts(database) as opened:
        yield opened


@pytest.fixture(scope="session")
def report(marts: Marts) -> Report:
    return read_report(marts, QUARTER)


@pytest.fixture(scope="session")
def drawings(marts: Marts, report: Report) -> dict[str, Drawing]:
    """Every chart of the usual scenario by its name."""
    return {named.name: named.chart.draw(report, rows_of(marts, named.chart, report)) for named in find_charts()}


@pytest.fixture(scope="session")
def pictured(database: Path, tmp_path_factory: pytest.TempPathFactory) -> BundleSummary:
    """The usual scenario's bundle with its pictures."""
    with pytest.MonkeyPatch.context() as patched:
        patched.delenv(VARIABLE, raising=False)
        return render_bundle(database, QUARTER, tmp_path_factory.mktemp("pictured") / QUARTER)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with pytest.MonkeyPatch.context() as patched:
        patched.delenv(VARIABLE, raising=False)
        path = found_chromium()
    assert path, "pages are looked at in Chromium; install it (apt install chromium)"
    with open_browser(path) as opened:
        yield opened
