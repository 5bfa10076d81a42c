"""Coverage is what health says of it, not the number of datagrams: rates, magnitudes and covered bins are the same.

One day of each quarter has the same traffic and three covered bins; its health was told by datagrams, by files
without any, and before health said what is covered.
"""

from datetime import date
from typing import Any

import pyarrow.parquet as pq
import pytest
from warehouse_cases import EXPORTERS, FILES, Query, query_of
from world import EXTERNAL, World, health, record

BEFORE, DATAGRAMS, WINDOWS = date(2025, 11, 4), date(2026, 2, 3), date(2026, 5, 5)
QUARTERS = ["2025Q4", "2026Q1", "2026Q2"]
NOON = 144


def traffic(day: date) -> list[dict[str, Any]]:
    """24 Mbit of two addresses in the bin of noon, and a record that passed through."""
    passing = record(f"{day} 12:00:00", "20.1.0.3", bytes=1_000_000, in_if=EXTERNAL, out_if=EXTERNAL)
    return [passing, *(record(f"{day} 12:00:00", peer, bytes=1_500_000) for peer in ("20.1.0.1", "20.1.0.2"))]


@pytest.fixture(scope="module")
def query(tmp_path_factory: pytest.TempPathFactory) -> Query:
    folder = tmp_path_factory.mktemp("coverage")
    operator_folder = folder / "operator"
    operator_folder.mkdir()
    for name, text in {**FILES, "exporters.csv": EXPORTERS}.items():
        (operator_folder / name).write_text(text.lstrip())
    world = World(folder, operator_folder, {"20.1.0.0/16": 410001})
    world.write_registries()
    days = [BEFORE, DATAGRAMS, WINDOWS]
    world.write_records([one for day in days for one in traffic(day)])
    bins = range(NOON, NOON + 3)
    told = health([BEFORE, DATAGRAMS], bins) + health([WINDOWS], bins, datagrams=0)
    not_covered = health([DATAGRAMS, WINDOWS], [NOON + 4], datagrams=0, is_covered=False, malformed=1)
    world.write_health(told + not_covered)
    (before,) = (folder / "lake" / "exports" / "export_health" / f"export_on={BEFORE}").glob("*.parquet")
    pq.write_table(pq.read_table(before, partitioning=None).drop_columns(["is_covered"]), before)
    world.write_files({day: ["pulled"] for day in days})
    world.build_core(days)
    world.build_marts(QUARTERS)
    return query_of(world.warehouse)


def test_rates_are_over_the_covered_bins(query: Query) -> None:
    """24 Mbit in three bins of 300 s: 80,000 bit/s in one of them, 0 in the others."""
    rates = query(
        "select quarter, bits::bigint, covered_bins, round(bits_per_second_average, 2), bits_per_second_p95, "
        "bits_per_second_max from marts.network_type_quarterly order by quarter"
    )
    assert rates == [(quarter, 24_000_000, 3, 26_666.67, 80_000, 80_000) for quarter in QUARTERS]


def test_magnitudes_of_days_are_over_covered_days(query: Query) -> None:
    magnitudes = query(
        "select quarter, unique_ips_daily_average, magnitude_daily_average, magnitude_daily_max "
        "from marts.magnitude_quarterly order by quarter"
    )
    assert magnitudes == [(quarter, 2, 12_000_000, 12_000_000) for quarter in QUARTERS]


def test_coverage_has_a_row_of_each_day_and_quarter(query: Query) -> None:
    daily = query("select export_on, bins_present, datagrams from marts.coverage_daily order by export_on")
    assert daily == [(BEFORE, 3, 3), (DATAGRAMS, 3, 3), (WINDOWS, 3, 0)]
    quarterly = query("select quarter, days_present, bins_present from marts.coverage_quarterly order by quarter")
    assert quarterly == [(quarter, 1, 3) for quarter in QUARTERS]


def test_what_was_left_out_is_told_by_quarter_and_reason(query: Query) -> None:
    """Of three records one of a quarter of the bytes passed through."""
    told = query(
        "select quarter, reason, is_suppressed, records, share_of_bytes from marts.set_apart_quarterly "
        "order by quarter, reason"
    )
    assert told == [
        row for one in QUARTERS for row in ((one, "published", False, 2, 0.75), (one, "transit", False, 1, 0.25))
    ]
