"""What is withheld is drawn as withheld: never as zero, never left out without a word."""

import csv
import io
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest
from marts_fixture import NETWORK_TYPES, write_marts
from rich.console import Console
from withheld_marts import withhold

from assets.reports.charts import quarter_table, render_bundle
from assets.reports.charts._chart import Drawing, find_charts, rows_of
from assets.reports.charts._marts import Marts
from assets.reports.charts._report_marts import read_report

QUARTER = "2025Q4"
HIDDEN = {"cdn": "CDN", "unclassified": "Unclassified"}
OF_TYPES = {"network_type", "member"}
MEASURES = ("bits", "share", "unique_ips", "magnitude", "value", "new_", "persistent", "top_10", "hhi")
ALL = tuple(name for name, *_ in NETWORK_TYPES)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """CDNs and the unclassified are told together, as is what other clouds would give away: nothing."""
    return withhold(write_marts(tmp_path_factory.mktemp("withheld") / "network_stats.duckdb"), *HIDDEN)


def drawn(database: Path) -> dict[str, Drawing]:
    with Marts(database) as marts:
        report = read_report(marts, QUARTER)
        return {named.name: named.chart.draw(report, rows_of(marts, named.chart, report)) for named in find_charts()}


def on_terminal(database: Path) -> str:
    console = Console(width=140, force_terminal=False)
    with console.capture() as capture:
        console.print(quarter_table(database, QUARTER))
    return capture.get()


# The usual scenario has these of other types alone.
OF_FEW_TYPES = {"workflows", "classification_changes"}


def kind_of(row: dict[str, str]) -> str:
    return row.get("network_type") or row.get("member") or row["previous_network_type"]


def figure_of(drawing: Drawing) -> dict[str, Any]:
    found: dict[str, Any] = drawing.figure.to_dict()
    return found


def test_every_chart_and_its_download_say_what_is_withheld(published: Path) -> None:
    for name, drawing in drawn(published).items():
        rows = list(csv.DictReader(io.StringIO(drawing.data.csv(is_simulated=True))))
        if not OF_TYPES & set(rows[0]):
            continue
        hidden = [row for row in rows if kind_of(row) in HIDDEN]
        assert hidden or name in OF_FEW_TYPES, name
        assert {row["is_withheld"] for row in hidden} <= {"true"}, name
        measured = [row[column] for row in hidden for column in row if column.startswith(MEASURES)]
        assert not any(measured), name
        assert {row["is_withheld"] for row in rows if kind_of(row) not in HIDDEN} == {"false"}, name
        if name in OF_FEW_TYPES:
            continue
        assert "withheld" in " ".join([drawing.alternative_text, *drawing.notes]).lower(), name


def test_months_stack_what_is_told_together_in_a_band_of_its_own(published: Path) -> None:
    drawing = drawn(published)["monthly_traffic"]
    names = {trace["name"] for trace in figure_of(drawing)["data"]}
    assert "Withheld" in names and not names.intersection(HIDDEN.values())
    with duckdb.connect(str(published), read_only=True) as connection:
        ((october,),) = connection.execute(
            "select bits::double from marts.network_type_monthly "
            "where month = '2025-10-01' and network_type = 'withheld'"
        ).fetchall()
    band = next(trace for trace in figure_of(drawing)["data"] if trace["name"] == "Withheld")
    assert october in list(band["y"])
    assert "CDN and Unclassified" in next(note for note in drawing.notes if note.startswith("Withheld"))


def test_a_month_of_a_type_that_is_told_otherwise_is_hatched_and_not_zero(tmp_path: Path) -> None:
    database = withhold(write_marts(tmp_path / "network_stats.duckdb"), *HIDDEN)
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "update marts.network_type_monthly set bits = null, share_of_bits = null, is_suppressed = true "
            "where network_type = 'migration' and month = '2025-11-01'; "
            "update marts.network_type_monthly set share_of_bits = null where month = '2025-11-01'"
        )
    traces = figure_of(drawn(database)["monthly_traffic"])["data"]
    hatched = [(list(trace["x"]), trace["yaxis"]) for trace in traces if trace["name"] == "withheld"]
    assert hatched == [(["2025-11-15"], "y"), (["2025-11-15"], "y2")]
    migration = next(trace for trace in traces if trace["name"] == "Migration" and trace["yaxis"] == "y")
    assert migration["y"][list(migration["x"]).index("2025-11-15")] is None
    assert "withheld" in migration["customdata"]


def test_maps_hatch_cells_and_bars_that_are_withheld(published: Path) -> None:
    drawings = drawn(published)
    for name in ("region_bits", "region_magnitude", "region_unique_ips"):
        layout = figure_of(drawings[name])["layout"]
        words = [note["text"] for note in layout["annotations"] if note.get("name") == "empty-cell"]
        assert words.count("<i>withheld</i>") == 6, name
        assert len([line for line in layout["shapes"] if line["name"] == "withheld"]) == 3 * 6, name
        assert "Withheld in" not in drawings[name].title
    for name in ("magnitude_linear", "magnitude_logarithmic"):
        bars = next(trace for trace in figure_of(drawings[name])["data"] if trace["name"] == "withheld")
        assert set(bars["y"]) == set(HIDDEN) and bars["marker"]["pattern"]["shape"] == "/"
        assert "that are told" in drawings[name].title or "that is told" in drawings[name].title


def test_paths_of_an_untold_direction_are_not_drawn_and_told_so(tmp_path: Path) -> None:
    database = withhold(write_marts(tmp_path / "network_stats.duckdb"), *HIDDEN)
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "delete from marts.traffic_flow_quarterly where network_type = 'migration' and direction != 'both'; "
            "update marts.traffic_flow_quarterly set direction = 'withheld' where network_type = 'migration'"
        )
    drawing = drawn(database)["traffic_flow"]
    assert "Migration" not in " ".join(figure_of(drawing)["data"][0]["node"]["label"])
    assert any(note.startswith("Not drawn: 3.51") and "Migration" in note for note in drawing.notes)


def test_the_terminal_says_withheld_where_it_has_no_number(published: Path) -> None:
    lines = on_terminal(published).splitlines()
    for label in HIDDEN.values():
        shares, numbers = [line for line in lines if re.search(rf"[│ ] {label} ", line)]
        assert "1/5 withheld" in shares and shares.count("withheld") == 4
        assert numbers.count("withheld") == 4
    assert any("Withheld" in line and "19.8%" in line for line in lines)


@pytest.mark.parametrize("is_told_together", [True, False])
def test_a_page_of_which_all_is_withheld_is_made_and_holds_no_number_of_it(
    tmp_path: Path, is_told_together: bool
) -> None:
    database = withhold(write_marts(tmp_path / "network_stats.duckdb"), *ALL, is_told_together=is_told_together)
    render_bundle(database, QUARTER, tmp_path / "bundle")
    page = (tmp_path / "bundle" / "index.html").read_text()
    # Of the bits and addresses of CDNs, 14.5 Pbit and 21,400, there is nothing left to show.
    assert "withheld" in page and "14.5\u202fPbit" not in page and "21,400" not in page
    # Clouds are told by their name, and kinds of interfaces of all types together.
    other = {"cross_cloud", "countries", *(["connectivity"] if is_told_together else [])}
    titles = {name: drawing.title.lower() for name, drawing in drawn(database).items() if name not in other}
    assert {name for name, title in titles.items() if "withheld" not in title} == set()
    assert "withheld" in on_terminal(database)


def test_a_headline_of_a_withheld_group_has_no_number(tmp_path: Path) -> None:
    database = withhold(write_marts(tmp_path / "network_stats.duckdb"), "hosting", "neocloud", "other_clouds")
    with duckdb.connect(str(database)) as connection:
        connection.execute("update marts.share_group_quarterly set bits = null, share_of_bits = null")
    line = next(line for line in on_terminal(database).splitlines() if "Other clouds (neocloud" in line)
    assert "  withheld Other clouds (neocloud, hyperscaler and hosting), share of traffic, not to be compared: " in line
