"""Countries, elephants and networks that changed their type: findings, what is withheld, and quarters without any."""

from pathlib import Path
from typing import Any

import duckdb
import pytest
from marts_fixture import write_marts

from assets.reports.charts import render_bundle
from assets.reports.charts._chart import Drawing, find_charts, rows_of
from assets.reports.charts._lanes import not_drawn
from assets.reports.charts._marts import Marts
from assets.reports.charts._report_marts import read_report


def drawn(folder: Path, name: str, *changes: str) -> Drawing:
    path = write_marts(folder / "network_stats.duckdb")
    with duckdb.connect(path) as connection:
        for change in changes:
            connection.execute(change)
    (chart,) = [named.chart for named in find_charts() if named.name == name]
    with Marts(path) as marts:
        report = read_report(marts, "2025Q4")
        return chart.draw(report, rows_of(marts, chart, report))


def texts_of(drawing: Drawing) -> list[str]:
    annotations: list[dict[str, Any]] = drawing.figure.to_dict()["layout"]["annotations"]
    return [one["text"] for one in annotations]


def test_the_largest_country_is_the_finding_and_what_has_none_is_grey(tmp_path: Path) -> None:
    """50, 20 and 8 of 78 Pbit."""
    drawing = drawn(tmp_path, "countries")
    assert drawing.title == "64.1% of traffic is with peers in US, the most of any country"
    assert texts_of(drawing) == ["<b>64.1%</b>", "<b>25.6%</b>", "<b>10.3%</b>"]
    (trace,) = drawing.figure.to_dict()["data"]
    # A relative standard error of 1%: 1.96% of 50 Pbit.
    assert trace["error_x"]["array"][0] == pytest.approx(0.0196 * 50e15)
    assert trace["marker"]["color"] == ["#3f6f8f", "#3f6f8f", "#5c6370"]


@pytest.mark.parametrize(
    ("change", "title"),
    [
        ("delete from marts.country_quarterly where country <> 'unknown'", "No peer's country is known"),
        (
            "update marts.country_quarterly set bits = null, is_suppressed = true where country = 'US'",
            "25.6% of traffic is with peers in DE, the most of any country that is told",
        ),
        (
            "update marts.country_quarterly set bits = null, is_suppressed = true",
            "Which countries peers are in is withheld",
        ),
    ],
)
def test_countries_that_are_not_known_or_not_told_lead_no_finding(tmp_path: Path, change: str, title: str) -> None:
    drawing = drawn(tmp_path, "countries", change)
    assert drawing.title == title
    assert any("withheld, too few addresses" in note for note in drawing.notes) == ("update" in change)


def test_elephants_stand_by_network_with_their_number_and_part(tmp_path: Path) -> None:
    """Half of neocloud's 18.4% of 78,000 Tbit, less by rounding of shares to whole bits."""
    drawing = drawn(tmp_path, "elephants")
    assert drawing.title == (
        "10 elephants to AS64500 carry 7.18\u202fPbit, the most of any network, and 50.0% of its bits that way"
    )
    assert texts_of(drawing)[0] == "<b>10: 50.0%</b>"
    first = drawing.figure.to_dict()["data"][0]
    assert first["name"] == "Neocloud" and "median 20 minutes at 1.00\u202fGbit/s" in first["customdata"][0]


def test_withheld_elephants_are_counted_and_lead_no_finding(tmp_path: Path) -> None:
    change = "update marts.elephant_flows set bits = null, is_suppressed = true where network_type = 'neocloud'"
    drawing = drawn(tmp_path, "elephants", change)
    assert drawing.title.startswith("10 elephants to AS64504 carry 159\u202fTbit, the most of any network that is told")
    assert "1 network and direction is withheld, too few addresses standing for their elephants." in drawing.notes


def test_who_changed_its_type_is_told_with_both_types(tmp_path: Path) -> None:
    """A hundredth of 78,000 Tbit."""
    drawing = drawn(tmp_path, "classification_changes")
    assert drawing.title == (
        "1 network changed its type; most bits moved with Gamma Racks, from hosting to neocloud: 780\u202fTbit"
    )
    assert texts_of(drawing) == ["<b>was hosting</b>"]
    (trace,) = drawing.figure.to_dict()["data"]
    assert trace["marker"]["color"] == ["#d1495b"] and trace["customdata"][0].endswith("<br>rents GPUs")


def test_a_change_that_is_withheld_names_nobody(tmp_path: Path) -> None:
    change = "update marts.classification_changes set bits = null, previous_bits = null, is_suppressed = true"
    drawing = drawn(tmp_path, "classification_changes", change)
    assert drawing.title == "Which networks changed their type is withheld"
    assert "Gamma" not in str(drawing.figure.to_dict()) and "1 change is withheld." in drawing.notes


def test_a_reason_and_a_name_are_text(tmp_path: Path) -> None:
    change = "update marts.classification_changes set reason = '<i>=1', name = '<b>\u202e'"
    drawing = drawn(tmp_path, "classification_changes", change)
    told = str(drawing.figure.to_dict())
    assert "<i>" not in told and "&lt;i&gt;=1" in told and "\u202e" not in drawing.data.csv(is_simulated=True)


def test_a_quarter_in_which_nobody_changed_says_so(tmp_path: Path) -> None:
    database = write_marts(tmp_path / "network_stats.duckdb")
    with duckdb.connect(database) as connection:
        connection.execute("delete from marts.classification_changes; delete from marts.elephant_flows")
    page = (render_bundle(database, "2025Q4", tmp_path / "2025Q4").folder / "index.html").read_text()
    assert "Networks that changed their type: none since the quarter before" in page
    assert "Elephants by network: no elephant in this quarter" in page
    findings, nothing = page.split("<h2>Findings</h2>")[1].split("</nav>")[0].split("</ol>")
    assert "<ul>" in nothing and nothing.count("<li>") == 2
    assert "Elephants" not in findings and findings.count("<li>") == len(find_charts()) - 2


def test_what_is_told_and_not_drawn_is_counted() -> None:
    assert not_drawn(["DE", "FR", "NL"], ["DE"]) == ["Not drawn, but in the data: 2 smaller ones."]
    assert not_drawn(["DE"], ["DE"]) == []
