"""The section on quality: what checks warn of this quarter alone, and what was left out by reason."""

import html
import re
from datetime import date
from pathlib import Path

import duckdb
from marts_fixture import write_marts

from assets.reports.charts import render_bundle

QUARTER = "2025Q4"
COLUMNS = (
    "finding_number, check_name, asset, last_day, quarters, passed, severity, limit_value, rows_broken, holds, remedy"
)


def finding(name: str, number: int, *quarters: str, asset: str = "core/exporter_bins", on: date = date(2026, 1, 1)):
    return (number, name, asset, on, list(quarters), not quarters, "warn", 0.05, 2, f"{name} holds.", f"mend {name}")


def section(tmp_path: Path, findings, reasons) -> list[str]:
    """The lines of the section."""
    database = write_marts(tmp_path / "network_stats.duckdb")
    with duckdb.connect(str(database)) as marts:
        if findings:
            marts.executemany(
                f"insert into marts.check_history ({COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", findings
            )
        if reasons:
            marts.executemany("insert into marts.set_apart_quarterly values (?, ?, ?, ?)", reasons)
    folder = render_bundle(database, QUARTER, tmp_path / "reports" / QUARTER).folder
    text = (folder / "index.html").read_text().partition('<section id="quality">')[2].partition("</section>")[0]
    lines = html.unescape(re.sub(r"</?(li|p|td|th|tr)\b[^>]*>", "\n", text)).splitlines()
    return [plain for line in lines if (plain := " ".join(re.sub(r"<[^>]+>", "", line).split()))]


def test_the_newest_findings_on_the_quarter_are_told_with_limit_and_remedy(tmp_path: Path) -> None:
    shown = section(
        tmp_path,
        [
            finding("flow_exports.a", 1, QUARTER),
            finding("flow_exports.mended", 1, QUARTER),
            finding("flow_exports.mended", 2),
            finding("flow_exports.of_the_next", 1, "2026Q1"),
            finding("flow_exports.a_year_later", 3, QUARTER, on=date(2026, 12, 1)),
            finding("reports.of_the_page", 3, QUARTER, asset="reports/drawn_pages"),
        ],
        [],
    )
    assert shown[1:] == [
        "3 checks stood between the flow exports and this page; 1 of them warns of this quarter:",
        "flow_exports.a holds. 2 days, routers or networks are beyond the limit of 0.05. Remedy: mend flow_exports.a. "
        "flow_exports.a",
    ]


def test_it_is_said_if_nothing_is_wrong_and_if_nothing_was_checked(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert section(tmp_path / "a", [finding("marts.a", 1)], [])[1] == (
        "1 check stood between the flow exports and this page; none has found anything wrong with this quarter."
    )
    (tmp_path / "off").mkdir()
    off = [*finding("marts.b", 1)]
    off[6] = "off"
    assert section(tmp_path / "off", [finding("marts.a", 1), tuple(off)], [])[1] == (
        "1 check stood between the flow exports and this page, 1 other is switched off; none has found anything wrong "
        "with this quarter."
    )
    assert section(tmp_path / "b", [], [])[1] == "No check was run on these marts yet."


def test_what_was_left_out_is_told_by_reason_and_a_withheld_quarter_without_numbers(tmp_path: Path) -> None:
    rows = [(QUARTER, "transit", 1234, 0.25), (QUARTER, "published", 5000, 0.7499), (QUARTER, "new_reason", 1, 0.0001)]
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert section(tmp_path / "a", [], rows)[-9:] == [
        *("In this report", "5,000", "75.0%"),
        *("Left out: passed through, between others", "1,234", "25.0%"),
        *("Left out: new reason", "1", "<0.1%"),
    ]
    withheld = section(tmp_path / "b", [], [(QUARTER, "published", None, None)])
    assert withheld[-3:] == ["In this report", "withheld", "withheld"]
