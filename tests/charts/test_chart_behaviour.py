"""Charts of behaviour on hand-made marts: their findings, values and notes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
from marts_fixture import Scenario, write_marts

from assets.reports.charts._chart import Drawing, find_charts, rows_of
from assets.reports.charts._marts import Marts
from assets.reports.charts._report_marts import read_report

THIN = "\u202f"


def drawn(database: Path, name: str, quarter: str = "2025Q4") -> Drawing:
    with Marts(database) as marts:
        report = read_report(marts, quarter)
        named = next(named for named in find_charts() if named.name == name)
        return named.chart.draw(report, rows_of(marts, named.chart, report))


def changed(tmp_path: Path, sql: str) -> Path:
    """The usual scenario after a statement on its marts."""
    database = write_marts(tmp_path / "network_stats.duckdb")
    with duckdb.connect(str(database)) as connection:
        connection.execute(sql)
    return database


def traces(drawing: Drawing) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = drawing.figure.to_dict()["data"]
    return found


def values_of(drawing: Drawing) -> dict[str, str]:
    """What stands on the right of each lane."""
    notes = drawing.figure.to_dict()["layout"]["annotations"]
    return {note["y"]: note["text"] for note in notes if note.get("name") == "value"}


def test_ipv6_is_a_part_of_each_types_own_bits(drawings: Mapping[str, Drawing]) -> None:
    """One part in five, of neoclouds two, which carry 18.4% of traffic: 0.2 + 0.184 * 0.2 = 23.7%."""
    drawing = drawings["ip_versions"]
    assert drawing.title == "23.7% of traffic is IPv6; neocloud has the largest part, 40.0%"
    assert values_of(drawing)["cdn"] == "<b>20.0%</b>" and values_of(drawing)["neocloud"] == "<b>40.0%</b>"
    assert [trace["name"] for trace in traces(drawing)] == ["quarter", "October", "November", "December"]


def test_a_month_that_withholds_a_version_counts_neither(tmp_path: Path) -> None:
    database = changed(
        tmp_path,
        "update marts.ip_version_monthly set bits = null, is_suppressed = true "
        "where network_type = 'cdn' and ip_version = 6 and month = date '2025-10-01'; "
        "update marts.ip_version_monthly set bits = null, is_suppressed = true where network_type = 'hosting'",
    )
    drawing = drawn(database, "ip_versions")
    assert values_of(drawing)["cdn"] == "<b>20.0%</b>" and values_of(drawing)["hosting"] == "<i>withheld</i>"
    october = next(trace for trace in traces(drawing) if trace["name"] == "October")
    assert october["x"][list(october["y"]).index("cdn")] is None
    assert "that is told" in drawing.title and any(note.startswith("Hatched: Hosting") for note in drawing.notes)


def test_persistence_sets_addresses_beside_their_bits(drawings: Mapping[str, Drawing]) -> None:
    assert drawings["persistence"].title == (
        "70.0% of hyperscaler addresses are there on at least half of the days and carry 80.0% of its bits, "
        "the most of any type"
    )


def test_sizes_of_flows_are_found_within_their_class(drawings: Mapping[str, Drawing]) -> None:
    """A quarter of bits below 2^31, three quarters from there to 2^32: the middle is 2^31 * 2^(1/3) = 2.706 GB."""
    drawing = drawings["flow_sizes"]
    assert values_of(drawing)["cdn"] == f"<b>2.71{THIN}GB</b>"
    assert drawing.title.startswith(f"Half of neocloud bits come in flow records over 21.6{THIN}GB, 8.0 times the size")
    records = next(trace for trace in traces(drawing) if trace["name"] == "middle of records")
    # Half of 4,000 records is 2,000 of the 3,000 in the first class, from 2^30 on.
    assert records["x"][list(records["y"]).index("cdn")] == pytest.approx(2**30 * 2 ** (2 / 3))


def test_the_week_tells_its_busiest_and_quietest_hour(drawings: Mapping[str, Drawing]) -> None:
    drawing = drawings["rhythm"]
    assert drawing.title == (
        "Regional ISP swings most over the week: 6.0 times as much on Tuesday 20:00 as on Monday 00:00"
    )
    assert "America/Los_Angeles" in drawing.subtitle
    heat = traces(drawing)[0]
    assert heat["x"][44] == "Tuesday 20:00" and heat["hovertemplate"].startswith("<b>%{y}</b>, %{x}")
    row = list(heat["z"][list(heat["y"]).index("CDN")])
    # Of 168 hours one is three times the others: the mean is 170 / 168 of these.
    assert row[44] == pytest.approx(3 * 168 / 170, abs=1e-4) and row[0] == pytest.approx(168 / 170, abs=1e-4)


def test_hours_that_are_withheld_are_no_zeros(tmp_path: Path) -> None:
    database = changed(
        tmp_path,
        "update marts.rhythm_quarterly set bits_per_second_average_local = null, is_suppressed = true "
        "where network_type = 'cdn' and hour_of_week = 5",
    )
    heat = traces(drawn(database, "rhythm"))[0]
    assert heat["z"][list(heat["y"]).index("CDN")][5] is None


def test_new_addresses_name_the_month_and_type_with_most(drawings: Mapping[str, Drawing]) -> None:
    drawing = drawings["new_addresses"]
    assert drawing.title == "At most 12.0% of a type's addresses are new in a month: CDN in October"
    assert values_of(drawing)["cdn"] == "<b>1.0%</b>", "the last month stands on the right"


def test_the_first_month_of_the_history_has_no_new_addresses(tmp_path: Path) -> None:
    drawing = drawn(write_marts(tmp_path / "network_stats.duckdb"), "new_addresses", "2025Q3")
    august = next(trace for trace in traces(drawing) if trace["name"] == "August")
    assert set(august["x"]) == {None}
    assert any(note.startswith("Of 8 of 16 months and types nothing is told") for note in drawing.notes)


def test_connectivity_is_a_whole_for_each_type(drawings: Mapping[str, Drawing]) -> None:
    """Of each direction a tenth, three twentieths and a quarter of the type's bits, so 20%, 30% and 50%."""
    drawing = drawings["connectivity"]
    assert drawing.title.startswith("Private interconnect interfaces carry most, 50.0% of traffic; ")
    for name, part in (("Transit", 0.2), ("Exchange", 0.3), ("Private interconnect", 0.5)):
        trace = next(trace for trace in traces(drawing) if trace["name"] == name)
        assert list(trace["x"]) == pytest.approx([part] * 8)


def test_clouds_stand_by_region_where_their_list_tells_it(drawings: Mapping[str, Drawing]) -> None:
    drawing = drawings["cross_cloud"]
    assert drawing.title == "7.7% of traffic is with clouds, 3.8% with Alpha Cloud, alpha-east-1 alone"
    names = list(drawing.figure.layout.yaxis.ticktext)
    assert names == ["Alpha Cloud, alpha-east-1", "Alpha Cloud, alpha-west-1", "Beta Compute"]
    assert list(traces(drawing)[0]["error_x"]["array"]) == pytest.approx([0.0196 * bits for bits in (3e15, 2e15, 1e15)])


def test_concentration_tells_the_ten_busiest_addresses(drawings: Mapping[str, Drawing]) -> None:
    drawing = drawings["concentration"]
    assert drawing.title == "Ten addresses carry 20.0% of the bits of neocloud in US-West, the most of all cells"
    assert "as 4.0 networks" in traces(drawing)[1]["text"][0]


def test_movers_compare_rates_and_not_totals(drawings: Mapping[str, Drawing]) -> None:
    """Nine tenths of hyperscaler: 0.9 * 0.035 * 41,000 Tbit in 90 days, then 0.9 * 0.18 * 78,000 Tbit."""
    drawing = drawings["top_movers"]
    assert drawing.title == f"hyperscaler 9 rose most, from 166{THIN}Mbit/s in Q3 2025 to 1.62{THIN}Gbit/s; none fell"
    assert [trace["name"] for trace in traces(drawing)][:3] == ["Neocloud", "Hyperscaler", "Hosting"]


def test_a_network_that_is_withheld_in_one_quarter_is_no_mover(tmp_path: Path) -> None:
    database = changed(
        tmp_path,
        "update marts.network_quarterly set bits = null, bits_per_second_average = null, is_suppressed = true "
        "where network_key = 'hyperscaler:9' and quarter = '2025Q3'",
    )
    drawing = drawn(database, "top_movers")
    assert "hyperscaler 9" not in drawing.title + drawing.alternative_text
    assert "1 network is withheld in one of the quarters." in drawing.notes


def test_migration_links_are_not_movers(tmp_path: Path) -> None:
    database = changed(tmp_path, "update marts.network_quarterly set network_key = 'link:' || network_key")
    with Marts(database) as marts:
        report = read_report(marts, "2025Q4")
        named = next(named for named in find_charts() if named.name == "top_movers")
        assert rows_of(marts, named.chart, report) == []


def test_nothing_moved_without_a_quarter_before(tmp_path: Path) -> None:
    database = write_marts(tmp_path / "network_stats.duckdb", Scenario(quarters=("2025Q4",)))
    with Marts(database) as marts:
        report = read_report(marts, "2025Q4")
        found = {named.name: rows_of(marts, named.chart, report) for named in find_charts()}
    comparing = {"top_movers", "quarter_bridge", "classification_changes"}
    assert {name for name, rows in found.items() if not rows} == comparing


def test_the_bridge_parts_reclassification_from_traffic(drawings: Mapping[str, Drawing]) -> None:
    """Neocloud fell by 1.4 points: traffic made 2.4 less, networks that changed their type made 1 more."""
    drawing = drawings["quarter_bridge"]
    assert drawing.title == (
        "Hyperscaler changed most, by +14.5 points; of neocloud's \u22121.4 points, +1.0 points are networks that "
        "changed their type"
    )
    assert [trace["name"] for trace in traces(drawing)] == ["traffic", "reclassification", "difference"]
    assert (
        "neocloud \u22121.4 points (traffic \u22122.4 points and reclassification +1.0 points)"
        in drawing.alternative_text
    )


def test_history_says_that_season_cannot_be_told_yet(drawings: Mapping[str, Drawing]) -> None:
    drawing = drawings["history"]
    assert drawing.title == "Since Q3 2025 hyperscaler changed most: from 3.5% to 18.0% of traffic"
    assert "Season can't be told yet: that takes 5 quarters, and there are 2." in drawing.notes
    assert "Hollow: observed in part, Q3 2025 (61 of 92 days)." in drawing.notes


def test_history_of_five_quarters_compares_with_a_year_ago(tmp_path: Path) -> None:
    moved = " union all ".join(
        f"select '{quarter}' as quarter, date '{began}' as quarter_began_on"
        for quarter, began in (("2024Q4", "2024-10-01"), ("2025Q1", "2025-01-01"), ("2025Q2", "2025-04-01"))
    )
    earlier = "exclude (quarter, quarter_began_on) from marts.{} as kept, (" + moved + ") as moved"
    statements = [
        f"insert into marts.{mart} by name select moved.quarter, moved.quarter_began_on, kept.* {earlier.format(mart)} "
        "where kept.quarter = '2025Q3'"
        for mart in ("network_type_quarterly", "coverage_quarterly")
    ]
    drawing = drawn(changed(tmp_path, "; ".join(statements)), "history")
    assert drawing.title == "Since Q4 2024 hyperscaler changed most: from 3.5% to 18.0% of traffic"
    season = next(note for note in drawing.notes if note.startswith("Beside the same quarter a year ago"))
    assert "neocloud \u22121.4 points, hyperscaler +14.5 points" in season


def test_workflows_tell_both_rates_of_both_sides(drawings: Mapping[str, Drawing]) -> None:
    drawing = drawings["workflows"]
    assert drawing.title == (
        f"1 AI workflow was seen; the fastest (to AS64500, US-West) sustained 200{THIN}Gbit/s, "
        f"210{THIN}Gbit/s at its peak"
    )
    hover = traces(drawing)[0]["customdata"][0]
    assert f"each address of ours: 50.0{THIN}Gbit/s sustained, 51.0{THIN}Gbit/s the busiest" in hover
    assert list(traces(drawing)[0]["error_x"]["array"]) == [3600.0]
