"""A restated quarter on page and terminal: as published beside restated, what changed, and nothing that is withheld."""

import html
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
from marts_fixture import Scenario, write_marts
from rich.console import Console

from assets.reports.charts import quarter_table, render_bundle
from assets.warehouse.editions.tables import TABLES, write_tables

QUARTER, BEGAN = "2025Q4", date(2025, 10, 1)
FIRST, SECOND = date(2026, 1, 3), date(2026, 2, 1)
Rows = dict[str, list[tuple[object, ...]]]


def editions(*made: tuple[int, date, bool, list[str]], restated: list[tuple[object, ...]] | None = None) -> Rows:
    """The tables of editions of the quarter: number, date, whether it ran, what changed; and restated rows."""
    listed = [(QUARTER, BEGAN, number, day, runs, 90, 92, False, changed) for number, day, runs, changed in made]
    return {"editions": listed, "edition_values": [], "restatements": restated or []}


def restated(edition: int, metric: str, dimension: str, member: str, *numbers: float | None) -> tuple[object, ...]:
    """A row of restatements: value before and now, then coverage, traffic, reclassification and definition."""
    before, now, *effects = numbers or (None,) * 6
    change = None if before is None or now is None else now - before
    cell = (metric, dimension, member, before is None)
    return (QUARTER, BEGAN, edition, edition - 1, *cell, "told", before, "told", now, change, *effects)


def one_sided(edition: int, member: str, before: str, now: str, value: float | None) -> tuple[object, ...]:
    """A row of restatements of a type's bits of which the edition before tells nothing today."""
    cell = ("bits", "network_type", member, True)
    return (QUARTER, BEGAN, edition, edition - 1, *cell, before, None, now, value, *[None] * 5)


DECIDED = "decision of 2025-12-12 on AS64500 added: network type neocloud (rents GPUs)"
TWICE = editions(
    (1, FIRST, False, []),
    (2, SECOND, False, [DECIDED, "registry iptoasn of 2026-01-10 (2025-12-30 before)"]),
    restated=[
        restated(2, "share_of_bits", "share_group", "other_clouds", 0.457, 0.496, 0, 0.001, 0.038, 0),
        restated(2, "bits", "network_type", "hosting", 10.0e15, 10.3e15, 0, -0.1e15, 0.4e15, 0),
        restated(2, "unique_ips", "network_type", "hosting", 14_000, 14_300, None, None, None, None),
        one_sided(2, "cdn", "withheld", "told", 2.0e15),
        one_sided(2, "neocloud", "withheld since", "withheld", None),
    ],
)


def page(tmp_path: Path, rows: Rows, quarter: str = QUARTER) -> str:
    """The text of the report's page, one line for each element."""
    tmp_path.mkdir(exist_ok=True)
    database = write_marts(tmp_path / "network_stats.duckdb", replace(Scenario(), editions=rows))
    folder = render_bundle(database, quarter, tmp_path / "reports" / quarter).folder
    text = re.sub(r"<script.*?</script>|<style>.*?</style>", "", (folder / "index.html").read_text(), flags=re.DOTALL)
    return html.unescape(re.sub(r"\n\s*\n+", "\n", re.sub(r"<[^>]+>", "\n", text)))


def shown(tmp_path: Path, rows: Rows) -> str:
    tmp_path.mkdir(exist_ok=True)
    database = write_marts(tmp_path / "network_stats.duckdb", replace(Scenario(), editions=rows))
    console = Console(width=150)
    with console.capture() as capture:
        console.print(quarter_table(database, QUARTER))
    return capture.get()


def test_a_restated_quarter_says_which_edition_it_is_and_what_changed_it(tmp_path: Path) -> None:
    text = page(tmp_path, TWICE)
    assert "Edition 2 of Q4 2025, made on 2026-02-01." in text
    assert "It restates edition 1 of 2026-01-03; the quarter had ended, with 90 of 92 days covered." in text
    lines = text.splitlines()
    assert lines[lines.index("What changed:") + 1 :][:2] == [
        "Decision of 2025-12-12 on AS64500 added: network type neocloud (rents GPUs)",
        "Registry iptoasn of 2026-01-10 (2025-12-30 before)",
    ]
    assert "Restated: 45.7% as published in edition 1 of 2026-01-03" in text


def test_the_page_has_as_published_beside_restated_with_the_four_parts(tmp_path: Path) -> None:
    lines = page(tmp_path, TWICE).splitlines()
    beside = lines[lines.index("As published beside restated.") :]
    start = beside.index("Other clouds")
    assert beside[start : start + 9] == [
        "Other clouds", "Share of traffic", "45.7%", "49.6%", "+3.9 points",
        "+0.1 points", "+3.8 points", "0.0 points", "0.0 points",
    ]  # fmt: skip
    start = beside.index("Hosting")
    assert [text.replace("\u202f", " ") for text in beside[start + 2 : start + 9]] == [
        "10.0 Pbit", "10.3 Pbit", "+300 Tbit (+3%)", "\u2212100 Tbit", "+400 Tbit", "0 bit", "0 bit",
    ]  # fmt: skip
    cells = [text.replace("\u202f", " ") for text in beside]
    assert cells[cells.index("CDN") + 2 : cells.index("CDN") + 5] == ["withheld", "2.00 Pbit", "\u2013"]
    assert cells[cells.index("Neocloud") + 2 : cells.index("Neocloud") + 4] == ["withheld since", "withheld"]


def test_the_terminal_has_both_editions(tmp_path: Path) -> None:
    text = shown(tmp_path, TWICE)
    assert "It restates edition 1 of 2026-01-03; the quarter had ended, with 90 of 92 days covered." in text
    assert "Changed: Decision of 2025-12-12 on AS64500 added: network type neocloud (rents GPUs)" in text
    line = next(line for line in text.splitlines() if "45.7%" in line and "Share of traffic" in line)
    assert "49.6%" in line and "+3.9 points" in line


def test_editions_of_the_running_quarter_are_one_line_and_restate_nothing(tmp_path: Path) -> None:
    made = [(number, date(2025, 11, number), True, ["exports: more"]) for number in (1, 2, 3)]
    text = page(tmp_path, editions(*made))
    assert "The quarter was still running, with 90 of 92 days covered: its numbers will go on." in text
    assert "as published" not in text.lower().replace("as published beside restated\n", "")
    lines = page(tmp_path / "ended", editions(*made, (4, FIRST, False, ["exports: the rest"]))).splitlines()
    start = lines.index("1 to 3")
    assert lines[start : start + 8] == [
        "1 to 3", "2025-11-01 to 2025-11-03", "running, 90 of 92 days covered", "\u2013",
        "4", "2026-01-03", "ended, 90 of 92 days covered", "Exports: the rest",
    ]  # fmt: skip
    assert any(
        "since the quarter ended, with 90 of 92 days covered; edition 3 of 2025-11-03 was made while it ran." in one
        for one in lines
    )


def test_where_all_is_withheld_the_page_says_why_in_place_of_a_table(tmp_path: Path) -> None:
    rows = editions((1, FIRST, False, []), (2, SECOND, False, ["settings of the operator: settings"]))
    rows["restatements"] = [one_sided(2, kind, "withheld since", "told", 2e15) for kind in ("cdn", "hosting")]
    text = page(tmp_path, rows)
    assert "beside these they would give away what is withheld." in text
    assert "As published\n" not in text


def test_what_is_said_of_older_editions_is_true(tmp_path: Path) -> None:
    """One value of edition 1 is kept back, so nothing claims that the page shows it as it was published."""
    text = page(tmp_path, TWICE)
    assert "Each stays as it was published" not in text
    assert "what gives nothing away that is withheld today" in text


def test_editions_between_that_are_lost_are_named(tmp_path: Path) -> None:
    """What edition 4 restates of edition 3 stands beside edition 1, the last that is kept before it."""
    gap = editions((1, FIRST, False, []), (4, SECOND, False, [DECIDED]))
    assert "Editions 2 and 3 are not kept any more." in page(tmp_path / "two", gap)
    assert "Edition 1 is not kept any more." in page(tmp_path / "first", editions((2, SECOND, False, [])))
    assert "kept any more" not in page(tmp_path / "none", TWICE)


def test_the_next_quarter_says_which_edition_it_is_compared_with(tmp_path: Path) -> None:
    rows = editions((1, SECOND, False, []))
    rows["editions"].append(("2025Q3", date(2025, 7, 1), 2, FIRST, False, 92, 92, True, ["1 decision of 2025-09-01"]))
    assert "The quarter before, Q3 2025, is compared as in its edition 2 of 2026-01-03." in page(tmp_path, rows)


def test_a_published_copy_without_editions_is_reported(tmp_path: Path) -> None:
    database = write_marts(tmp_path / "network_stats.duckdb")
    with duckdb.connect(database) as connection:
        write_tables(connection, {name: [] for name in TABLES})
    render_bundle(database, QUARTER, tmp_path / "reports" / QUARTER)
    assert (
        "No edition of this quarter has been made yet." in (tmp_path / "reports" / QUARTER / "index.html").read_text()
    )
