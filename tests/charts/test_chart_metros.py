"""The heatmap of types by metro: its finding, its order, what is not told, and names from files of others."""

from pathlib import Path

import duckdb
import pytest
from marts_fixture import write_marts

from assets.reports.charts._chart import Drawing, find_charts, rows_of
from assets.reports.charts._marts import Marts
from assets.reports.charts._report_marts import read_report

CLOSED = (
    "delete from marts.metro_network_type_quarterly where region = '{0}' and quarter = '2025Q4'; "
    "insert into marts.metro_network_type_quarterly by name select '2025Q4' as quarter, '{0}' as region, "
    "'withheld' as metro, 'withheld' as metro_source, 'withheld' as network_type, false as is_low_precision, "
    "true as is_suppressed"
)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = write_marts(tmp_path / "network_stats.duckdb")
    with duckdb.connect(path) as connection:
        connection.execute(
            "insert into marts.network_types values ('withheld', 'Withheld', 14, '#a3a3a3', 'Told together.', true)"
        )
    return path


def drawn(database: Path, *changes: str) -> Drawing:
    with duckdb.connect(database) as connection:
        for change in changes:
            connection.execute(change)
    (chart,) = [named.chart for named in find_charts() if named.name == "metro_types"]
    with Marts(database) as marts:
        report = read_report(marts, "2025Q4")
        return chart.draw(report, rows_of(marts, chart, report))


def test_the_largest_cell_is_the_finding(database: Path) -> None:
    """Of regional ISPs' 20.4% of 78,000 Tbit 74% are in the west, three fifths of these in Sacramento."""
    assert drawn(database).title == (
        "Regional ISP in Sacramento is the largest cell: 9.1% of all traffic, 7.06\u202fPbit"
    )


def test_metros_stand_by_region_and_bits_and_cells_tell_bits_and_magnitude(database: Path) -> None:
    figure = drawn(database).figure.to_dict()
    heat, words = figure["data"]
    assert list(figure["layout"]["yaxis"]["ticktext"]) == [
        "Sacramento",
        "Phoenix",
        "Northern Virginia",
        "Chicago",
        "New York",
        "Toronto",
    ]
    assert heat["x"][0] == "neocloud" and heat["y"][0] == "us-west/Sacramento/interconnect_site"
    # Neocloud in Northern Virginia: half of 79% of 14,352 Tbit; a hundredth of 1,480 addresses are 14.
    place = [*zip(words["x"], words["y"], strict=True)].index(
        ("neocloud", "us-east/Northern Virginia/interconnect_site")
    )
    assert words["text"][place] == "<b>5.67\u202fPbit</b><br>405\u202fTbit/IP"


def test_a_region_that_is_not_told_has_no_cell_and_is_named(database: Path) -> None:
    drawing = drawn(database, CLOSED.format("us-east"))
    assert "Chicago" not in str(drawing.figure.to_dict()) and "Withheld" not in str(drawing.figure.to_dict())
    assert "Withheld: of US-East nothing is told by metro and type, as one cell has too few addresses." in drawing.notes
    assert drawing.title.startswith("Regional ISP in Sacramento is the largest cell that is told: ")
    assert [row[-1] for row in drawing.data.rows if row[0] == "us-east"] == [True]


def test_where_no_region_is_told_the_figure_is_empty_and_says_so(database: Path) -> None:
    drawing = drawn(database, *(CLOSED.format(region) for region in ("us-west", "us-east", "ca-east")))
    assert drawing.title == "Which types are in which metro is withheld"
    assert drawing.figure.to_dict()["data"][1]["text"] == []


def test_a_metros_name_is_text(database: Path) -> None:
    drawing = drawn(
        database, "update marts.metro_network_type_quarterly set metro = '<b>=1\u202e' where metro = 'Phoenix'"
    )
    told = str(drawing.figure.to_dict()["layout"]["yaxis"]["ticktext"])
    assert "&lt;b&gt;=1\ufffd" in told and "\u202e" not in drawing.data.csv(is_simulated=True)
