"""The map of metros: land that ships with the project, marks, names where there is room, places without a position."""

import json
import math
from pathlib import Path

import duckdb
import pytest
from marts_fixture import Scenario, write_marts
from outlines import FILE, rings_of, written

from assets.reports.charts._chart import Drawing, find_charts, rows_of
from assets.reports.charts._map_view import Label, Panel, label_places, room_of, view_of
from assets.reports.charts._marts import Marts
from assets.reports.charts._outlines import View, land
from assets.reports.charts._report_marts import read_report

WEST = View(-130, -60, 20, 55)
CLOSED = (
    "delete from marts.metro_network_type_quarterly where region = '{0}' and quarter = '2025Q4'; "
    "insert into marts.metro_network_type_quarterly by name select '2025Q4' as quarter, '{0}' as region, "
    "'withheld' as metro, 'withheld' as metro_source, 'withheld' as network_type, true as is_suppressed"
)


def drawn(folder: Path, *changes: str, scenario: Scenario | None = None) -> Drawing:
    path = write_marts(folder / "network_stats.duckdb", scenario)
    with duckdb.connect(path) as connection:
        connection.execute(
            "insert into marts.network_types values ('withheld', 'Withheld', 14, '#a3a3a3', 'Told together.', true)"
        )
        for change in changes:
            connection.execute(change)
    (chart,) = [named.chart for named in find_charts() if named.name == "metro_map"]
    with Marts(path) as marts:
        report = read_report(marts, "2025Q4")
        return chart.draw(report, rows_of(marts, chart, report))


def test_outlines_are_rings_of_degrees_written_as_they_are_made() -> None:
    rings = json.loads(FILE.read_text(encoding="utf-8"))
    assert FILE.read_text(encoding="utf-8") == written(rings) and len(FILE.read_bytes()) < 100_000
    assert all(ring[0] == ring[-1] and len(ring) > 3 for ring in rings)
    assert all(abs(x) <= 180 and abs(y) <= 90 for ring in rings for x, y in ring)


def test_outlines_are_made_of_the_arcs_of_a_topology() -> None:
    """Steps of 0.5 degrees from (10, 20); the second arc is walked from its end."""
    topology = {
        "transform": {"scale": [0.5, 0.5], "translate": [10, 20]},
        "arcs": [[[0, 0], [2, 0], [0, 2]], [[0, 0], [0, 2], [2, 0]]],
        "objects": {"land": {"geometries": [{"type": "MultiPolygon", "arcs": [[[0, -2]]]}]}},
    }
    assert rings_of(topology) == [[(10, 20), (11, 20), (11, 21), (10, 21), (10, 20)]]


def test_land_is_cut_to_the_view_and_no_finer_than_asked() -> None:
    coarse, fine = land(WEST, 2.0), land(WEST, 0.1)
    assert all(WEST.has(point) for ring in fine for point in ring) and all(ring[0] == ring[-1] for ring in fine)
    assert 20 < sum(map(len, coarse)) < sum(map(len, fine)) / 3
    assert land(View(-40, -30, 20, 30), 0.1) == [], "there is sea alone"


def test_a_view_has_its_points_inside_and_never_leaves_the_world() -> None:
    view = view_of([(-121.5, 38.6), (-74.0, 40.7)])
    assert (view.west, view.east) == (pytest.approx(-121.5 - 0.16 * 47.5), pytest.approx(-74.0 + 0.16 * 47.5))
    assert view_of([(10.0, 50.0)]) == View(10 - 1.44, 10 + 1.44, 50 - 1.44, 50 + 1.44)
    room = room_of(view_of([(-179.0, 80.0), (179.0, -55.0)]))
    assert room == View(-180, 180, -60, 84)


def test_a_name_stands_where_it_meets_no_mark_and_no_name() -> None:
    """Two marks of 20 pixels, 40 apart in a panel of 300 by 100: the right name has room, the left one turns around."""
    view = View(0, 30, -5, 5)
    labels = label_places(Panel(300, 100), view, [(15, 0), (19, 0)], [20, 20], [["Left one"], ["Right one"]])
    assert labels == [Label("Left one", "middle left"), Label("Right one", "middle right")]
    too_long = "A name that is much too long for it, and for any panel"
    assert label_places(Panel(300, 100), view, [(15, 0)], [20], [[too_long, "Short"]]) == [
        Label("Short", "middle right")
    ]
    assert label_places(Panel(60, 22), view, [(15, 0)], [20], [["Long name"]]) == [Label()]


def test_the_metro_with_most_is_the_finding_and_the_largest_type_that_has_most_elsewhere(tmp_path: Path) -> None:
    """Of the west's 42.1% of all three fifths are in Sacramento; of neocloud's 79% in the east half is near Ashburn."""
    assert drawn(tmp_path).title == (
        "Sacramento has the most traffic of any metro, 28.4%; neocloud has most in Northern Virginia"
    )


def test_a_marks_area_are_its_bits_and_its_colour_is_the_largest_type(tmp_path: Path) -> None:
    drawing = drawn(tmp_path)
    large = drawing.figure.to_dict()["data"][1]
    assert next(zip(large["x"], large["y"], strict=True)) == (-121.49, 38.58)
    sacramento, virginia = large["marker"]["size"][:2]
    # 0.6 of the west: 0.18 of 14,352 + 0.37 of 14,040 + ...; a diameter of 46 pixels.
    assert sacramento > virginia and large["marker"]["sizemode"] == "area"
    assert math.sqrt(sacramento / large["marker"]["sizeref"] * 2) == pytest.approx(46)
    assert large["marker"]["color"][:2] == ["#e0a030", "#d1495b"], "regional ISP, neocloud"


def test_each_type_has_a_map_on_the_same_scales(tmp_path: Path) -> None:
    figure = drawn(tmp_path).figure.to_dict()
    small = figure["data"][3::2]
    assert len(small) == 8 and len({one["marker"]["sizeref"] for one in small}) == 1
    assert all(one["marker"]["coloraxis"] == "coloraxis" for one in small)
    assert "Neocloud" in figure["layout"]["annotations"][0]["text"]
    heights = [one for trace in small for one in trace["marker"]["color"]]
    assert figure["layout"]["coloraxis"]["cmin"] == min(heights) < max(heights) == figure["layout"]["coloraxis"]["cmax"]


def test_a_place_without_a_position_is_told_and_never_drawn(tmp_path: Path) -> None:
    """Phoenix has two fifths of the west's 47.3%."""
    drawing = drawn(tmp_path)
    assert any(
        note.startswith("Not on the map, since no position is known: Phoenix (18.9% of all traffic)")
        for note in drawing.notes
    )
    assert "Phoenix" not in str(drawing.figure.to_dict()["data"])
    assert "Phoenix" in drawing.data.csv(is_simulated=True)


def test_a_withheld_region_is_told_above_the_map(tmp_path: Path) -> None:
    drawing = drawn(tmp_path, CLOSED.format("us-east"))
    assert any("\u25a8 US-East: withheld" in one["text"] for one in drawing.figure.to_dict()["layout"]["annotations"])
    assert "Withheld: of US-East nothing is told by metro and type, as one cell has too few addresses." in drawing.notes
    assert "Chicago" not in str(drawing.figure.to_dict())
    assert drawing.title.startswith("Sacramento has the most traffic of any metro that is told, ")


def test_without_any_position_nothing_is_drawn(tmp_path: Path) -> None:
    drawing = drawn(tmp_path, "update marts.metro_network_type_quarterly set latitude = null")
    assert drawing.title == "No metro that is told has a position" and "data" not in drawing.narrow
    assert drawing.figure.to_dict()["data"] == []


def test_where_no_region_is_told_the_map_is_empty_and_says_so(tmp_path: Path) -> None:
    drawing = drawn(tmp_path, *(CLOSED.format(region) for region in ("us-west", "us-east", "ca-east")))
    assert drawing.title == "Which metros traffic crosses in is withheld"
    assert [one["text"] for one in drawing.figure.to_dict()["layout"]["annotations"]] == [
        "\u25a8 US-West, US-East and CA-East: withheld"
    ]


def test_low_precision_is_hollow(tmp_path: Path) -> None:
    drawing = drawn(
        tmp_path,
        "update marts.metro_network_type_quarterly set is_low_precision = true where metro = 'Toronto' "
        "and network_type = 'cdn'",
    )
    cdn = drawing.figure.to_dict()["data"][9]
    assert cdn["marker"]["symbol"].count("circle-open") == 1
    assert any(note.startswith("A hollow mark is of low precision") for note in drawing.notes)


def test_a_metros_name_is_text(tmp_path: Path) -> None:
    drawing = drawn(
        tmp_path, "update marts.metro_network_type_quarterly set metro = '<b>x\u202e' where metro = 'Sacramento'"
    )
    assert "&lt;b&gt;x\ufffd" in str(drawing.figure.to_dict()) and "<b>x" not in str(drawing.figure.to_dict())
