"""The demo as its user sees it: the marts say what was sent and observed, and a second run redoes nothing."""

import re
from pathlib import Path

import pytest

from assets.warehouse.database import reading
from tests.end_to_end.conftest import PROJECT, House, Ran

TRUTH = PROJECT / "operators" / "demo" / "exports" / "truth"
OBSERVED_BITS = f"""
    with truth as (
        select quarter, network_type, sum(observed_bits) as bits from '{TRUTH}/cells.parquet' group by all
    )
    select quarter, network_type, truth.bits, mart.bits::double
    from truth full join marts.network_type_quarterly as mart using (quarter, network_type) order by all
"""
SENT_BITS = f"""
    with cells as (
        select
            quarter,
            network_type,
            sum(sent_bits) - sum(lost_bits) as bits,
            sqrt(sum(variance)) as standard_error
        from '{TRUTH}/cells.parquet' group by all
    ),
    truth as (select *, sum(bits) over (partition by quarter) as whole from cells)
    select
        quarter || ' ' || network_type,
        (mart.bits - truth.bits) / standard_error as errors_of_bits,
        (mart.share_of_bits - truth.bits / whole) / (standard_error / whole) as errors_of_share
    from truth inner join marts.network_type_quarterly as mart using (quarter, network_type) order by all
"""


def unique_ips(mart: str, period: str, keys: str) -> str:
    """Observed addresses of the truth beside those of a mart."""
    return f"""
        with truth as (
            select {period}, network_type {keys}, count(distinct subscriber) as unique_ips
            from '{TRUTH}/addresses.parquet' group by all
        )
        select truth.unique_ips, mart.unique_ips
        from truth full join marts.{mart} as mart using ({period.split(" as ")[-1]}, network_type {keys})
    """


def test_bits_are_exactly_what_the_routers_observed(demo: House) -> None:
    rows = demo.mart(OBSERVED_BITS)
    assert len(rows) == 16
    assert [row for row in rows if row[2] != row[3]] == []


def test_bits_and_shares_lie_within_four_standard_errors_of_what_was_sent(demo: House) -> None:
    rows = demo.mart(SENT_BITS)
    assert len(rows) == 16
    assert [row for row in rows if abs(row[1]) > 4 or abs(row[2]) > 4] == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("mart", "period", "keys", "cells"),
    [
        ("network_type_quarterly", "quarter", "", 16),
        ("network_type_monthly", "(month || '-01')::date as month", "", 40),
        ("region_network_type_quarterly", "quarter", ", region", 48),
    ],
)
def test_unique_addresses_are_exactly_those_observed(
    demo: House, mart: str, period: str, keys: str, cells: int
) -> None:
    rows = demo.mart(unique_ips(mart, period, keys))
    assert len(rows) == cells
    assert [row for row in rows if row[0] != row[1]] == []


def test_magnitude_is_bits_per_observed_address(demo: House) -> None:
    off = (
        "select count(*) from marts.network_type_quarterly where abs(magnitude - bits / unique_ips) > 1e-9 * magnitude"
    )
    assert demo.mart(off) == [(0,)]


@pytest.mark.parametrize(
    ("share_group", "previous", "value"),
    [("other_clouds", 0.362, 0.496), ("neocloud", 0.198, 0.184), ("hyperscaler", 0.035, 0.180)],
)
def test_the_quarters_have_the_published_shares(demo: House, share_group: str, previous: float, value: float) -> None:
    rows = demo.mart(
        "select previous_value, value, verdict, previous_quarter from marts.quarter_over_quarter "
        "where quarter = '2025Q4' and metric = 'share_of_bits' and dimension = 'share_group' "
        f"and member = '{share_group}'"
    )
    assert rows == [(pytest.approx(previous, abs=0.001), pytest.approx(value, abs=0.001), "partial quarter", "2025Q3")]


def test_the_story_of_the_report_is_in_the_marts(demo: House) -> None:
    largest = (
        "select region, network_type from marts.region_network_type_quarterly where quarter = '{}' order by bits desc"
    )
    assert demo.mart(largest.format("2025Q4"))[0] == ("us-west", "isp_regional")
    neocloud = demo.mart(
        "select region from marts.region_network_type_quarterly where network_type = 'neocloud' and quarter = '2025Q4' "
        "order by bits desc"
    )
    assert neocloud[0] == ("us-east",)
    months = dict(
        demo.mart("select month::varchar, bits::double from marts.network_type_monthly where network_type = 'neocloud'")
    )
    assert max(months, key=months.__getitem__) == "2025-10-01"  # type: ignore[arg-type]
    assert months["2025-11-01"] > months["2025-08-01"]  # type: ignore[operator]
    migration = demo.mart("select bits from marts.network_type_monthly where network_type = 'migration' order by month")
    assert migration[0] < migration[1] < migration[2]
    magnitudes = dict(
        demo.mart("select network_type, magnitude from marts.magnitude_quarterly where quarter = '2025Q4'")
    )
    least_cloud = min(magnitudes["neocloud"], magnitudes["hyperscaler"])  # type: ignore[type-var]
    others = [value for name, value in magnitudes.items() if name not in {"neocloud", "hyperscaler"}]
    assert least_cloud > 9 * max(others)  # type: ignore[operator, type-var]
    peak = "select bits_per_second_max from marts.network_type_monthly where network_type = 'neocloud'"
    assert demo.mart(f"{peak} and month = '2025-11-01'")[0][0] > 200e9  # type: ignore[operator]


def test_coverage_says_what_was_lost_and_that_tracking_began_late(demo: House) -> None:
    rows = demo.mart(
        "select quarter, days_expected, days_present, records_lost > 0, is_lost_estimated from marts.coverage_quarterly"
    )
    assert rows == [("2025Q3", 92, 61, True, True), ("2025Q4", 92, 92, True, True)]


def test_the_report_says_that_it_is_simulated_and_shows_the_credit(demo: House) -> None:
    page = (demo.state / "reports" / "2025Q4" / "index.html").read_text(encoding="utf-8")
    assert "simulated" in page.lower()
    assert "https://db-ip.com" in page
    assert "49.6%" in page


def test_a_number_can_be_traced_to_the_datagrams(demo: House) -> None:
    """The bytes that core accounts for at a router on a day are those that `netstats decode` reads from its file."""
    day, exporter = "2025-10-21", "198.51.100.4"
    kept = demo.state / "lake" / "exports" / "flow_exports" / f"export_on={day}" / "files" / "exports" / "ord-1.pcap"
    ran = demo.netstats("decode", str(kept), "--format", "ndjson")
    read = sum(int(found) for found in re.findall(r'"bytes": (\d+)', ran.stdout))
    with reading(demo.state / "warehouse" / "working.duckdb") as warehouse:
        accounted = warehouse.execute(
            "select sum(bytes_as_exported) from core.conservation where export_on = ? and exporter = ?", [day, exporter]
        ).fetchall()
    assert accounted == [(read,)]
    assert read > 0


def test_a_second_run_redoes_nothing(demo: House) -> None:
    before = _written(demo.state)
    ran = demo.netstats("demo")
    assert ran.status == 0, ran.stderr
    assert _written(demo.state) == before


def _written(state: Path) -> dict[str, int]:
    """When each file of the lake's exports, the publication and the reports was written."""
    folders = [state / "lake" / "exports", state / "published", state / "reports"]
    return {
        str(path): path.stat().st_mtime_ns
        for folder in folders
        for path in folder.rglob("*.*")
        if "files" not in path.parts
    }


def test_the_build_ends_with_the_reports_that_there_are_and_why_there_is_no_third(demo_made: tuple[House, Ran]) -> None:
    """The records are those of the marts, and of the lake by conservation; den-1's night took a few with it."""
    demo, ran = demo_made
    pages = [line for line in ran.stdout.splitlines() if line.startswith("Report: ")]
    assert pages == [f"Report: {demo.state / 'reports' / quarter / 'index.html'}" for quarter in ("2025Q3", "2025Q4")]
    assert "no report      2026Q1: what came of its days is traffic of the quarter before" in ran.stdout
    assert "days           154 of 154 with flow exports (1,540 files)" in ran.stdout
    counted = "select sum(records)::bigint from core.conservation"
    with reading(demo.state / "warehouse" / "working.duckdb") as warehouse:
        [(records,)] = warehouse.execute(counted).fetchall()
        lost = warehouse.execute("select sum(records_lost)::bigint from core.exporter_bins").fetchall()
    assert demo.mart("select sum(records_lost)::bigint from marts.coverage_quarterly") == lost
    told = f"records        {records:,}, and about {lost[0][0]} lost on the way to the collector"
    assert told in ran.stdout


def test_query_prints_tables_csv_and_json(demo: House) -> None:
    sql = "select quarter, days_present from coverage_quarterly order by quarter"
    assert demo.netstats("query", sql, "--format", "csv").stdout == "quarter,days_present\n2025Q3,61\n2025Q4,92\n"
    assert '"days_present": 92' in demo.netstats("query", sql, "--format", "json").stdout
    assert "2025Q4" in demo.netstats("query", sql).stdout
    wrong = demo.netstats("query", "select nothing from nowhere")
    assert wrong.status == 1
    assert "nowhere" in wrong.stderr
    assert "Traceback" not in wrong.stderr
