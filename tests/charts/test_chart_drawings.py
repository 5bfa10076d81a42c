"""Each chart on a hand-made mart: its data, finding, alternative text, units and notes."""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from marts_fixture import SHARES, TOTAL_BITS, UNIQUE_IPS, Scenario, write_marts

from assets.reports.charts._chart import Drawing, find_charts, rows_of
from assets.reports.charts._marts import ChartError, Marts
from assets.reports.charts._report import Report
from assets.reports.charts._report_marts import read_report
from assets.reports.charts._theme import SCALES, round_ticks, spread, text_on
from checks._pages import keys_of

HEATMAPS = ("region_bits", "region_magnitude", "region_unique_ips")
BARS = ("magnitude_logarithmic", "magnitude_linear")
OF_BEHAVIOUR = {
    "top_movers", "ip_versions", "connectivity", "cross_cloud", "concentration", "persistence", "flow_sizes",
    "new_addresses", "rhythm", "history", "workflows", "countries", "elephants", "classification_changes",
}  # fmt: skip


def records(drawing: Drawing) -> list[dict[str, str]]:
    """A chart's CSV read back."""
    return list(csv.DictReader(io.StringIO(drawing.data.csv(is_simulated=True))))


def figure_of(drawing: Drawing) -> dict[str, Any]:
    return drawing.figure.to_dict()


def draw(tmp_path: Path, scenario: Scenario, quarter: str = "2025Q4") -> dict[str, Drawing]:
    with Marts(write_marts(tmp_path / "network_stats.duckdb", scenario)) as marts:
        report = read_report(marts, quarter)
        found = [(named, rows_of(marts, named.chart, report)) for named in find_charts()]
        return {named.name: named.chart.draw(report, rows) for named, rows in found if rows}


def test_charts_are_found_in_the_order_of_their_positions() -> None:
    names = [named.name for named in find_charts()]
    first = ["monthly_traffic", *HEATMAPS, "metro_map", "metro_types", "traffic_flow", "quarter_bridge"]
    assert names[: len(first)] == first and names.index("magnitude_linear") == names.index("magnitude_logarithmic") + 1
    assert set(names) == {*first, *BARS, *OF_BEHAVIOUR}


def test_the_keys_of_a_charts_data_tell_its_rows_apart(drawings: Mapping[str, Drawing]) -> None:
    """The check reports.numbers_are_the_marts finds the cell of a row by them."""
    for name, drawing in drawings.items():
        rows = records(drawing)
        keys = [tuple(row[key] for key in keys_of(rows)) for row in rows]
        assert len({*keys}) == len(keys), f"{name}: its key is missing in KEYS of checks/_pages.py"


def test_every_chart_says_what_it_shows(drawings: Mapping[str, Drawing]) -> None:
    for name, drawing in drawings.items():
        assert drawing.title and not drawing.title.endswith("."), name
        assert drawing.subtitle and drawing.alternative_text.endswith("."), name
        assert "bit" in drawing.units or "address" in drawing.units or "byte" in drawing.units, name
        json.dumps(figure_of(drawing), allow_nan=False)


def test_monthly_traffic_reaches_from_tracking_to_the_quarters_end(drawings: Mapping[str, Drawing]) -> None:
    drawing = drawings["monthly_traffic"]
    rows = records(drawing)
    assert sorted({row["month"] for row in rows}) == [f"2025-{month:02}-01" for month in range(8, 13)]
    for month in {row["month"] for row in rows}:
        assert sum(float(row["share_of_bits"]) for row in rows if row["month"] == month) == pytest.approx(1)
    assert drawing.title == "Hyperscaler now carries most and grew most, from 3.6% in August to 23.8% in December"
    assert "neocloud in October" in drawing.alternative_text
    assert "Tracking began 2025-08-01; nothing is known before." in drawing.notes
    figure = figure_of(drawing)
    assert [trace["stackgroup"] for trace in figure["data"]] == ["bits", "share_of_bits"] * 8
    assert [shape["x0"] for shape in figure["layout"]["shapes"]] == ["2025-10-01"]


def test_a_single_month_is_a_bar_and_not_an_invisible_area(tmp_path: Path) -> None:
    scenario = Scenario(network_types=("cdn",), quarters=("2025Q4",))
    database = write_marts(tmp_path / "one.duckdb", scenario)
    with Marts(database) as marts:
        report = read_report(marts, "2025Q4")
        named = next(named for named in find_charts() if named.name == "monthly_traffic")
        first = [row for row in rows_of(marts, named.chart, report) if row.day("month").month == 10]
        drawing = named.chart.draw(report, first)
    assert {trace["type"] for trace in figure_of(drawing)["data"]} == {"bar"}
    assert drawing.title == "CDN carries 100.0% of October's traffic"


def test_months_of_two_years_carry_their_year(tmp_path: Path) -> None:
    database = write_marts(tmp_path / "network_stats.duckdb")
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "update marts.network_type_monthly set month = cast(month - interval 12 month as date) "
            "where month = date '2025-08-01'"
        )
    with Marts(database) as marts:
        report = read_report(marts, "2025Q4")
        named = next(named for named in find_charts() if named.name == "monthly_traffic")
        drawing = named.chart.draw(report, rows_of(marts, named.chart, report))
    assert "from 3.6% in August 2024 to 23.8% in December 2025" in drawing.title


def test_region_bits_name_the_largest_cell(drawings: Mapping[str, Drawing]) -> None:
    drawing = drawings["region_bits"]
    rows = records(drawing)
    assert sum(int(row["bits"]) for row in rows) == pytest.approx(TOTAL_BITS["2025Q4"], abs=30)
    largest = max(rows, key=lambda row: int(row["bits"]))
    assert (largest["region"], largest["network_type"]) == ("us-west", "isp_regional")
    assert drawing.title.startswith("Regional ISP in US-West is the largest cell: 15.1% of all traffic, 11.8")
    assert "colour on a logarithmic scale" in drawing.units


def test_cells_without_traffic_have_no_colour_and_say_so(drawings: Mapping[str, Drawing]) -> None:
    for name in HEATMAPS:
        figure = figure_of(drawings[name])
        heat = figure["data"][0]
        place = heat["z"][heat["y"].index("migration")][heat["x"].index("ca-east")]
        assert place is None
        said = [(note["x"], note["y"], note["text"]) for note in figure["layout"]["annotations"]]
        assert said == [("ca-east", "migration", "no traffic")]
        assert "1 cell has no traffic" in drawings[name].alternative_text


def test_cells_of_low_precision_are_marked(drawings: Mapping[str, Drawing]) -> None:
    for name in HEATMAPS:
        texts = figure_of(drawings[name])["data"][1]["text"]
        assert [text for text in texts if text.startswith("<b>\u2248")] and sum("\u2248" in text for text in texts) == 1
        assert any(note.startswith("\u2248 marks low precision") for note in drawings[name].notes)


def test_withheld_cells_are_marked_and_not_taken_for_no_traffic(tmp_path: Path) -> None:
    drawing = draw(tmp_path, Scenario(withheld=(("isp_tier1", "ca-east"),)))["region_unique_ips"]
    notes = figure_of(drawing)["layout"]["annotations"]
    assert ("ca-east", "isp_tier1", "<i>withheld</i>") in [(note["x"], note["y"], note["text"]) for note in notes]
    assert "1 cell is withheld" in drawing.alternative_text


def test_region_magnitude_is_bits_over_addresses_of_the_cell(drawings: Mapping[str, Drawing]) -> None:
    for row in records(drawings["region_magnitude"]):
        expected = int(row["bits"]) / int(row["unique_ips"])
        assert float(row["magnitude_bits_per_unique_ip"]) == pytest.approx(expected)
    assert drawings["region_magnitude"].title.startswith(
        "The 293 neocloud addresses in US-West move 8.82\u202fTbit each on average, 14 times the median cell"
    )
    assert drawings["region_magnitude"].title.endswith("14 times the median cell")


def test_region_unique_ips_compare_with_the_next_type(drawings: Mapping[str, Drawing]) -> None:
    drawing = drawings["region_unique_ips"]
    assert (
        drawing.title
        == "Regional ISP in US-West shows 253,968 unique addresses, 20 times the next type (CDN in US-West)"
    )
    assert "An address seen in two cells counts in both: unique addresses are never summed." in drawing.notes


def test_mixed_sampling_is_said_where_regions_are_compared(drawings: Mapping[str, Drawing], tmp_path: Path) -> None:
    assert any("Sampling intervals are mixed" in note for note in drawings["region_unique_ips"].notes)
    alike = draw(tmp_path, Scenario(sampling=((1000.0, 1.0),)))
    assert not any("Sampling intervals are mixed" in note for note in alike["region_unique_ips"].notes)


def test_traffic_flow_conserves_bits_on_both_sides(drawings: Mapping[str, Drawing]) -> None:
    drawing = drawings["traffic_flow"]
    rows = records(drawing)
    assert {row["direction"] for row in rows} == {"ingress", "egress"}
    assert sum(int(row["bits"]) for row in rows) == pytest.approx(TOTAL_BITS["2025Q4"], abs=60)
    trace = figure_of(drawing)["data"][0]
    assert sum(trace["link"]["value"]) == pytest.approx(sum(int(row["bits"]) for row in rows))
    assert drawing.title == "58.8% of traffic leaves; the widest path is US-East to neocloud, 11.3% of all"
    assert "41.2% ingress, 58.8% egress" in drawing.alternative_text


def test_paths_of_low_precision_are_paler_and_counted(drawings: Mapping[str, Drawing]) -> None:
    drawing = drawings["traffic_flow"]
    colours = figure_of(drawing)["data"][0]["link"]["color"]
    assert sum(colour.endswith(",0.2)") for colour in colours) == 2
    assert any(note.startswith("2 paler paths are of low precision") for note in drawing.notes)


def test_magnitude_bars_stand_by_size_with_daily_marks(drawings: Mapping[str, Drawing]) -> None:
    rows = records(drawings["magnitude_logarithmic"])
    assert [row["network_type"] for row in rows][:2] == ["neocloud", "hyperscaler"]
    top = SHARES["2025Q4"]["neocloud"] * TOTAL_BITS["2025Q4"] / UNIQUE_IPS["neocloud"]
    assert float(rows[0]["magnitude_bits_per_unique_ip"]) == pytest.approx(top)
    figure = figure_of(drawings["magnitude_logarithmic"])
    assert [trace.get("name") for trace in figure["data"]] == [
        "whole quarter",
        "daily average",
        "daily p95",
        "daily maximum",
    ]
    assert figure["layout"]["xaxis"]["type"] == "log"
    assert figure_of(drawings["magnitude_linear"])["layout"]["xaxis"]["type"] == "linear"


def test_magnitude_titles_state_distance_and_order(drawings: Mapping[str, Drawing]) -> None:
    logarithmic = drawings["magnitude_logarithmic"].title
    assert logarithmic.startswith("Neocloud and hyperscaler move at least 6.53")
    assert logarithmic.endswith("7.6 times the next type")
    assert drawings["magnitude_linear"].title == "6 of 8 network types stay below a tenth of neocloud's magnitude"


def test_linear_bars_leave_out_marks_that_fall_together(drawings: Mapping[str, Drawing]) -> None:
    marks = figure_of(drawings["magnitude_linear"])["data"][1]
    assert marks["y"] == ["neocloud", "hyperscaler"]
    assert any("too close to be told apart" in note for note in drawings["magnitude_linear"].notes)


def test_colours_of_types_are_those_of_their_rows(drawings: Mapping[str, Drawing], report: Report) -> None:
    bars = figure_of(drawings["magnitude_linear"])["data"][0]
    assert bars["marker"]["color"] == [report.network_type(kind).colour for kind in bars["y"]]


def test_every_csv_row_says_whether_it_is_simulated(drawings: Mapping[str, Drawing]) -> None:
    for drawing in drawings.values():
        assert {row["is_simulated"] for row in records(drawing)} == {"true"}
        assert drawing.data.csv(is_simulated=False).splitlines()[1].endswith(",false")


def test_a_type_without_a_description_is_refused_by_name(report: Report) -> None:
    with pytest.raises(ChartError, match=r"network_type 'orbital' has traffic but no row in marts\.network_types"):
        replace(report).network_type("orbital")


def test_one_region_and_one_type_are_enough(tmp_path: Path) -> None:
    scenario = Scenario(regions=(("core", "Core", 1),), network_types=("unclassified",), low_precision=())
    drawn = draw(tmp_path, scenario)
    assert drawn["region_bits"].title.startswith("Unclassified in Core is the largest cell: 100.0% of all traffic")
    assert drawn["region_magnitude"].title.endswith("the most of all cells")
    assert drawn["region_unique_ips"].title == "Unclassified in Core shows 5,230 unique addresses"
    assert drawn["magnitude_logarithmic"].title.startswith("Unclassified moves")
    assert drawn["magnitude_linear"].title.startswith("Unclassified moves")
    assert "no traffic" not in drawn["region_bits"].alternative_text


def test_labels_with_markup_are_escaped_for_plotly(tmp_path: Path) -> None:
    drawn = draw(tmp_path, Scenario().labelled("cdn", "<html>CDN & more").labelled("us-west", "<b>West"))
    heat = figure_of(drawn["region_bits"])["layout"]
    assert "&lt;html&gt;CDN &amp; more" in heat["yaxis"]["ticktext"]
    assert "<b>&lt;b&gt;West</b>" in heat["xaxis"]["ticktext"]
    assert any(
        label.startswith("&lt;html&gt;CDN &amp; more")
        for label in figure_of(drawn["traffic_flow"])["data"][0]["node"]["label"]
    )


@pytest.mark.parametrize("hue", sorted(SCALES))
@pytest.mark.parametrize("dark", [False, True])
def test_text_on_cells_reads_on_every_colour(hue: str, dark: bool) -> None:
    def luminance(colour: str) -> float:
        parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    colours = SCALES[hue][1 if dark else 0]
    for index, colour in enumerate(colours):
        text = text_on(hue, index / (len(colours) - 1), dark=dark)
        brighter, darker = sorted((luminance(colour), luminance(text)), reverse=True)
        assert (brighter + 0.05) / (darker + 0.05) >= 4.5, (colour, text)


def test_end_labels_keep_their_order_and_distance() -> None:
    assert spread([0.5, 0.51, 0.52], 0.1, 0, 1) == pytest.approx([0.5, 0.6, 0.7])
    placed = spread([0.97, 0.98, 0.99], 0.06, 0.02, 0.98)
    assert placed == pytest.approx([0.86, 0.92, 0.98])


@pytest.mark.parametrize(("highest", "last"), [(28.4, 30), (9.7e12, 10e12), (0.9, 1.0), (0, 1)])
def test_ticks_are_round_and_reach_the_highest_value(highest: float, last: float) -> None:
    ticks = round_ticks(highest)
    assert ticks[0] == 0 and ticks[-1] == pytest.approx(last) and 2 <= len(ticks) <= 6
