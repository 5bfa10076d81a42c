"""The bundle: its files, pages that fetch nothing, same bytes, whole or not at all, and the way back."""

import csv
import hashlib
import html
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest
from marts_fixture import Scenario, write_marts

from assets.ground.unfinished import remove_left_over
from assets.reports.charts import BundleSummary, ChartError, render_bundle

QUARTER = "2025Q4"
NO_PROCESS = 2**22 + 1
FETCHING = {
    ("script", "src"),
    ("img", "src"),
    ("iframe", "src"),
    ("link", "href"),
    ("source", "src"),
    ("object", "data"),
}
VOID = {"meta", "link", "br", "img", "line", "circle", "input", "hr", "source"}


class Page(HTMLParser):
    """What a page fetches, links to, and whether its elements close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.links: list[str] = []
        self.identifiers: list[str] = []
        self.open: list[str] = []
        self.tags: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if (tag, name) in FETCHING:
                self.fetched.append(value or "")
            elif name == "href":
                self.links.append(value or "")
            elif name == "id":
                self.identifiers.append(value or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


@pytest.fixture(scope="module")
def summary(database: Path, tmp_path_factory: pytest.TempPathFactory) -> BundleSummary:
    return render_bundle(database, QUARTER, tmp_path_factory.mktemp("reports") / QUARTER)


@pytest.fixture(scope="module")
def pages(summary: BundleSummary) -> Mapping[str, str]:
    return {str(page.relative_to(summary.folder)): page.read_text() for page in summary.folder.rglob("*.html")}


def hashes(folder: Path) -> dict[str, str]:
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def render(tmp_path: Path, scenario: Scenario, quarter: str = QUARTER) -> tuple[BundleSummary, str]:
    database = write_marts(tmp_path / "network_stats.duckdb", scenario)
    summary = render_bundle(database, quarter, tmp_path / "reports" / quarter)
    return summary, (summary.folder / "index.html").read_text()


def test_a_bundle_has_an_index_one_script_and_each_charts_page_and_data(summary: BundleSummary) -> None:
    files = hashes(summary.folder)
    assert [name for name in files if name.endswith(".js")] == ["plotly.min.js"]
    for chart in summary.charts:
        assert chart.page in files and chart.data in files and chart.rows > 0
        assert {f"data/{Path(chart.data).stem}.{suffix}" for suffix in ("csv", "parquet", "figure.json")} <= set(files)
    compared = {name for name in files if name.startswith("comparison.")}
    assert compared == {f"comparison.{suffix}" for suffix in ("html", "md", "csv", "json", "schema.json", "txt")}
    assert summary.files == len(files) == 3 + len(compared) + 4 * len(summary.charts)
    assert summary.size_bytes == sum(file.stat().st_size for file in summary.folder.rglob("*") if file.is_file())
    assert summary.is_simulated and not summary.is_partial


def test_pages_are_well_formed_and_fetch_only_the_shared_script(pages: Mapping[str, str]) -> None:
    for name, text in pages.items():
        page = Page(text)
        assert page.open == [], name
        shared = ["plotly.min.js"]
        script = {"index.html": shared, "explore.html": shared, "comparison.html": []}.get(name, ["../plotly.min.js"])
        assert page.fetched == script, name
        assert len(page.identifiers) == len(set(page.identifiers)), name
        assert not re.search(r"@import|url\(", text), name
        assert 'lang="en"' in text
        assert ("details" in page.tags) is (name != "explore.html")
        assert ("figcaption" in page.tags) is (name not in ("comparison.html", "explore.html"))


def test_links_lead_to_what_is_there(summary: BundleSummary, pages: Mapping[str, str]) -> None:
    for name, text in pages.items():
        page = Page(text)
        for link in page.links:
            # Other quarters lie beside this one (test_quarters_index).
            if link.startswith("https://") or (name == "index.html" and link.startswith("../")):
                continue
            path, _, fragment = link.partition("#")
            target = ((summary.folder / name).parent / path).resolve() if path else summary.folder / name
            assert target.exists(), (name, link)
            if fragment:
                assert fragment in Page(target.read_text()).identifiers, (name, link)


def test_the_same_database_gives_the_same_bytes(database: Path, summary: BundleSummary, tmp_path: Path) -> None:
    again = render_bundle(database, QUARTER, tmp_path / "elsewhere" / QUARTER)
    assert hashes(again.folder) == hashes(summary.folder)
    assert replace(again, folder=summary.folder) == summary


def test_headlines_say_the_quarter_before_and_that_it_was_partial(
    summary: BundleSummary, pages: Mapping[str, str]
) -> None:
    assert summary.headlines[0] == (
        "Other clouds (neocloud, hyperscaler and hosting), share of traffic: 49.6%; 36.2% the quarter before "
        "(partial: tracking began 2025-08-01, 61 of 92 days)"
    )
    assert "36.2% the quarter before (partial: tracking began 2025-08-01, 61 of 92 days)" in pages["index.html"]


def test_every_comparison_with_a_partial_quarter_says_so_in_its_row(pages: Mapping[str, str]) -> None:
    tables = re.findall(r'<table class="comparison">.*?</table>', pages["index.html"], flags=re.DOTALL)
    assert len(tables) == 5
    for table in tables:
        rows = re.findall(r"<tr class=.*?</tr>", table, flags=re.DOTALL)
        assert rows and all("partial</span>" in row and "2/5" in row for row in rows)
        assert all("one pair is not a trend" in row for row in rows)
    assert "+13.4 points" in tables[0] and "\u22121.4 points" in tables[0]


def test_every_figure_carries_its_provenance(pages: Mapping[str, str], summary: BundleSummary) -> None:
    figures = re.findall(r"<figure .*?</figure>", pages["index.html"], flags=re.DOTALL)
    assert len(figures) == len(summary.charts)
    for figure in figures:
        text = html.unescape(figure)
        if 'id="monthly-traffic"' in text or 'id="history"' in text:
            continue
        assert "2025-10-01 to 2025-12-31 UTC, 92 of 92 days" in text
        assert "99.995% of expected flow records (4,200 lost, estimated)" in text
        assert "1 in 1,000 packets (82.0% of bits) and 1 in 512 packets (18.0% of bits)" in text
        assert "as of 2026-06-17; CC BY 4.0" in text
        assert '<a href="https://db-ip.com">IP Geolocation by DB-IP</a>' in text


def test_the_months_carry_the_window_coverage_and_trace_of_all_their_quarters(pages: Mapping[str, str]) -> None:
    """Days: 61 + 92 of 92 + 92; records lost: 4,200 of each quarter; bins: 153 * 288 - 6 of 184 * 288."""
    figure = re.search(r'<figure id="monthly-traffic".*?</figure>', pages["index.html"], flags=re.DOTALL)
    assert figure
    text = html.unescape(figure.group())
    assert "2025-08-01 to 2025-12-31 UTC, 153 of 184 days (partial: tracking began 2025-08-01, 153 of 184 days)" in text
    assert "99.995% of expected flow records (8,400 lost, estimated), 83.1% of 5-minute bins" in text
    assert "1 in 512 packets (18.0% of bits), in Q4 2025" in text
    assert "export_on=2025-08-01 to export_on=2026-01-01" in text
    assert "export_on=2025-10-01 to" not in text


def test_groups_of_types_are_defined_where_they_stand(pages: Mapping[str, str]) -> None:
    assert (
        '<p class="what">Other clouds (neocloud, hyperscaler and hosting), share of traffic</p>' in pages["index.html"]
    )
    rows = re.findall(r'<tr class="share_group">\s*<th scope="row">(.*?)</th>', pages["index.html"])
    assert rows and set(rows) == {"Other clouds<br><small>neocloud, hyperscaler and hosting</small>"}


def test_the_error_of_classification_stands_beside_that_of_sampling(pages: Mapping[str, str]) -> None:
    """Rules that are right nine times in ten named nine tenths of all but the unclassified 1.2%."""
    text = html.unescape(pages["index.html"])
    assert (
        "of the bits of networks that are told with a type (88.9% of all), 90.0% are expected to have the right one"
        in text
    )
    errors = text[text.index("Sampling and classification error by network type") :]
    row = re.search(r"<tr><th scope=\"row\">Neocloud</th>(.*?)</tr>", errors)
    assert row and re.findall(r">([^<]+)</td>", row.group(1))[-1] == "90.0%"
    unclassified = re.search(r"<tr><th scope=\"row\">Unclassified</th>(.*?)</tr>", errors)
    assert unclassified and unclassified.group(1).endswith(">\u2013</td>")


def test_a_simulated_operator_is_marked_on_pages_figures_and_data(
    summary: BundleSummary, pages: Mapping[str, str]
) -> None:
    for name, text in pages.items():
        assert "<strong>Simulated data.</strong>" in text, name
        figures = {"index.html": len(summary.charts), "comparison.html": 0}.get(name, 1)
        assert text.count("SIMULATED DATA") >= figures, name
    for chart in summary.charts:
        rows = list(csv.DictReader((summary.folder / chart.data).read_text().splitlines()))
        assert {row["is_simulated"] for row in rows} == {"true"}


def test_a_real_operator_has_no_mark_of_simulation(tmp_path: Path) -> None:
    summary, index = render(tmp_path, Scenario(is_simulated=False))
    assert "imulated data" not in index and "SIMULATED" not in index
    assert "true" not in {
        line.rpartition(",")[2] for line in (summary.folder / "data/region-bits.csv").read_text().splitlines()
    }


def test_the_query_beside_a_chart_gives_the_data_beside_it(
    database: Path, summary: BundleSummary, pages: Mapping[str, str]
) -> None:
    with duckdb.connect(str(database), read_only=True) as connection:
        for chart in summary.charts:
            command = re.search(r"<code>netstats query (.*?)</code>", pages[chart.page], flags=re.DOTALL)
            assert command, chart.name
            quoted = html.unescape(command.group(1))
            sql = quoted.removeprefix('"').removesuffix('"')
            assert not set('"$`\\') & set(sql), "the command must survive a shell's double quotes"
            assert len(connection.execute(sql).fetchall()) == chart.rows


def test_a_page_tells_the_way_back_to_the_exports(pages: Mapping[str, str]) -> None:
    text = pages["charts/region-bits.html"]
    assert "marts.region_network_type_quarterly" in text
    assert "export_on=2025-10-01 to export_on=2026-01-01" in text
    assert "netstats decode FILE" in text


def test_doubt_has_its_own_sections(pages: Mapping[str, str]) -> None:
    index = pages["index.html"]
    assert "91,995,800 of 92,000,000" in index
    assert "1 file, 7 datagrams, 3 undecoded sets" in index
    assert "1 cell is of low precision" in index
    assert "Unclassified in CA-East" in index
    assert "What the data cannot tell" in index and "training or inference" in index
    assert "1.2% of bits belong to peers that no rule has named" in index


def test_without_a_quarter_before_nothing_is_compared(tmp_path: Path) -> None:
    summary, index = render(tmp_path, Scenario(quarters=("2025Q3",)), "2025Q3")
    assert summary.is_partial
    assert "There is no earlier quarter to compare with: tracking began 2025-08-01." in index
    assert "2025-08-01 to 2025-09-30 UTC, 61 of 92 days (partial: tracking began 2025-08-01, 61 of 92 days)" in index
    assert "no quarter before to compare with" in summary.headlines[0]
    assert '<table class="comparison">' not in index


@pytest.mark.parametrize(
    "scenario",
    [
        Scenario(regions=(("core", "Core", 1),)),
        Scenario(network_types=("unclassified",), low_precision=()),
        Scenario(regions=(("core", "Core", 1),), network_types=("unclassified",), sampling=((None, 1.0),)),
    ],
    ids=["one region", "unclassified only", "one cell of unknown sampling"],
)
def test_small_operators_have_a_report_too(tmp_path: Path, scenario: Scenario) -> None:
    summary, index = render(tmp_path, scenario)
    # Who has no neocloud has no workflows, and whose one type stays has no changes: the page says so.
    assert {chart.name for chart in summary.charts if not chart.rows} <= {"workflows", "classification_changes"}
    assert Page(index).open == []


def test_a_mart_without_rows_is_said_and_not_drawn(tmp_path: Path) -> None:
    database = write_marts(tmp_path / "network_stats.duckdb")
    with duckdb.connect(str(database)) as connection:
        connection.execute("delete from marts.magnitude_quarterly")
    summary = render_bundle(database, QUARTER, tmp_path / QUARTER)
    empty = [chart for chart in summary.charts if not chart.rows]
    assert [chart.name for chart in empty] == ["magnitude_logarithmic", "magnitude_linear"]
    assert "marts.magnitude_quarterly has no row for 2025Q4." in (summary.folder / "index.html").read_text()


def test_names_with_markup_stay_names(tmp_path: Path) -> None:
    scenario = (
        Scenario(operator="<script>alert(1)</script>").labelled("cdn", "</script><html>").labelled("us-west", "<html>")
    )
    summary, index = render(tmp_path, scenario)
    assert "<script>alert" not in index and index.count("<html") == 1
    page = Page(index)
    assert page.open == []
    assert page.tags.count("script") == len(summary.charts) + 2


def test_a_credit_never_links_to_anything_but_the_web(tmp_path: Path) -> None:
    database = write_marts(tmp_path / "network_stats.duckdb")
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "update marts.data_sources set visible_credit_address = 'javascript:alert(1)', address = 'file:///etc'"
        )
    index = (render_bundle(database, QUARTER, tmp_path / QUARTER).folder / "index.html").read_text()
    assert "javascript:" not in index and "file:" not in index and "IP Geolocation by DB-IP" in index


def test_a_bundle_replaces_the_one_before_as_a_whole(database: Path, tmp_path: Path) -> None:
    folder = tmp_path / QUARTER
    folder.mkdir()
    (folder / "left over from before.html").write_text("old")
    render_bundle(database, QUARTER, folder)
    assert not (folder / "left over from before.html").exists()
    assert [path.name for path in tmp_path.iterdir()] == [QUARTER]


def test_a_failure_leaves_the_bundle_before_in_place(database: Path, tmp_path: Path) -> None:
    folder = tmp_path / QUARTER
    folder.mkdir()
    (folder / "index.html").write_text("the last good one")
    with pytest.raises(ChartError, match=r"2024Q1 has no row in marts\.coverage_quarterly"):
        render_bundle(database, "2024Q1", folder)
    assert (folder / "index.html").read_text() == "the last good one"


def test_leftovers_of_a_killed_run_are_no_obstacle(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    (tmp_path / f".{QUARTER}.replaced").mkdir()
    with monkeypatch.context() as patched:
        patched.setattr(os, "getpid", lambda: NO_PROCESS)
        patched.setattr(Path, "write_bytes", killed)
        with pytest.raises(KeyboardInterrupt):
            render_bundle(database, QUARTER, tmp_path / QUARTER)
    assert [path.name for path in remove_left_over(tmp_path)] == [f".{QUARTER}.{NO_PROCESS}.writing"]
    summary = render_bundle(database, QUARTER, tmp_path / QUARTER)
    assert summary.files == len(hashes(tmp_path / QUARTER))
    assert [path.name for path in tmp_path.iterdir()] == [QUARTER]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("drop table marts.magnitude_quarterly", "magnitude_quarterly"),
        ("alter table marts.traffic_flow_quarterly drop column bits", "contract"),
        ("delete from marts.operator_profile", "0 rows where one is needed"),
        ("update marts.network_types set colour = 'red' where network_type = 'cdn'", "write it as #rrggbb"),
        ("delete from marts.regions where region = 'ca-east'", "region 'ca-east' has traffic but no row"),
    ],
)
def test_what_is_missing_is_named_in_one_line(tmp_path: Path, change: str, message: str) -> None:
    database = write_marts(tmp_path / "network_stats.duckdb")
    with duckdb.connect(str(database)) as connection:
        connection.execute(change)
    with pytest.raises(ChartError, match=message) as raised:
        render_bundle(database, QUARTER, tmp_path / QUARTER)
    assert "\n" not in str(raised.value)
    assert not (tmp_path / QUARTER).exists()


def test_a_missing_database_and_a_wrong_quarter_are_named(database: Path, tmp_path: Path) -> None:
    with pytest.raises(ChartError, match=r"nowhere\.duckdb does not exist"):
        render_bundle(tmp_path / "nowhere.duckdb", QUARTER, tmp_path / QUARTER)
    with pytest.raises(ChartError, match="'Q4' is not a quarter; write it like 2025Q4"):
        render_bundle(database, "Q4", tmp_path / QUARTER)
