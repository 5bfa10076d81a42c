"""Pages as axe-core judges them, with everything folded out, in the light and in the dark, wide and on a phone."""

from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from windows import errors, seen

from assets.ground.browser import Browser, BrowserPage
from assets.reports.charts import BundleSummary, quarters_page

AXE = (files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8")
OPENED = "document.querySelectorAll('details').forEach(one => { one.open = true; })"
JUDGED = """axe.run(document, { resultTypes: ["violations"] }).then(found => ({
    passed: found.passes.length,
    violations: found.violations.map(one => [one.id, one.nodes.map(node => node.target.join(" "))])
}))"""
WINDOWS = ((1440, "light"), (390, "dark"))
PAGES = ("index.html", "explore.html", "comparison.html", "charts/metro-map.html")


def judged(page: BrowserPage) -> dict[str, Any]:
    page.run(f"{OPENED}; {AXE}\n0")
    found: dict[str, Any] = page.run(JUDGED)
    return found


@pytest.mark.parametrize(("width", "scheme"), WINDOWS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_breaks_no_rule_of_axe(
    browser: Browser, pictured: BundleSummary, name: str, width: int, scheme: str
) -> None:
    found = judged(seen(browser, pictured.folder / name, width, scheme=scheme))
    assert found["violations"] == [] and found["passed"] > 15
    assert errors(browser) == []


def test_the_page_over_all_quarters_breaks_no_rule_of_axe(browser: Browser, database: Path, tmp_path: Path) -> None:
    path = tmp_path / "index.html"
    path.write_text(quarters_page(database, ["2025Q3", "2025Q4"]), encoding="utf-8")
    assert judged(seen(browser, path, 1440))["violations"] == []


def test_axe_finds_what_breaks_a_rule(browser: Browser, pictured: BundleSummary) -> None:
    page = seen(browser, pictured.folder / "charts" / "region-bits.html", 1440)
    page.run(
        "document.querySelector('.plot').removeAttribute('aria-label');"
        "document.querySelector('h1').style.color = '#dddddd';"
        "document.documentElement.removeAttribute('lang')"
    )
    broken = {name for name, _ in judged(page)["violations"]}
    assert broken >= {"role-img-alt", "color-contrast", "html-has-lang"}
