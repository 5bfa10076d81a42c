"""The demo's collectors as its user meets them: files of one name, rows without datagrams, and compressing later."""

import gzip
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assets.ground.lake import Lake, Partition
from assets.warehouse.database import reading
from tests.end_to_end.conftest import House

NEWEST = date(2026, 1, 1)
ROWS = Path("exports", "montreal", str(NEWEST), "goflow2.json")
PULL_THE_NEWEST_DAY = """
from datetime import date
from orchestration.commands import launch
from orchestration import resources
workspace = resources.workspace_from_environment()
resources.enter(workspace)
launch.run(workspace, date(2026, 1, 1), date(2026, 1, 1))
"""
BITS_BY_ROUTER = """
    with names as (
        select distinct
            exporter,
            lower(site[:3]) || '-1' as router
        from core.placed_traffic_bins
    ),
    truth as (
        select quarter, router, direction, sum(observed_bits) as bits from '{cells}' group by all
    ),
    made as (
        select
            year(event_on) || 'Q' || quarter(event_on) as quarter,
            names.router,
            bins.direction,
            sum(bins.bits)::double as bits
        from core.placed_traffic_bins as bins
        inner join names using (exporter)
        where bins.direction in ('ingress', 'egress')
        group by all
    )
    select quarter, router, direction, truth.bits, made.bits
    from truth full join made using (quarter, router, direction) order by all
"""
BINS_WITHOUT_DATAGRAMS = """
    select sum(datagrams), bool_and(is_covered), sum(data_records) > 100000
    from core.exporter_bins
    where exporter = '198.51.100.10'
"""

OF_EACH_RUN = ("check_history.parquet", "network_stats.duckdb")


@pytest.fixture
def compressed(demo: House, tmp_path: Path) -> Iterator[House]:
    """The demo and its state once more, and the newest rows compressed in place as the older ones are."""
    shutil.copytree(demo.operator, tmp_path / "demo")
    copied = House(tmp_path / "demo", tmp_path / "state")
    shutil.copytree(demo.state, copied.state)
    plain = copied.operator / ROWS
    plain.with_name(f"{plain.name}.gz").write_bytes(gzip.compress(plain.read_bytes(), mtime=0))
    plain.unlink()
    yield copied
    # Half a gigabyte that pytest would keep for three runs.
    shutil.rmtree(tmp_path)


def in_warehouse(house: House, sql: str) -> list[tuple[object, ...]]:
    with reading(house.state / "warehouse" / "working.duckdb") as warehouse:
        return warehouse.execute(sql).fetchall()


def rows_of_montreal(house: House) -> list[dict[str, Any]]:
    table = Lake(house.state / "lake").read(("exports", "flow_exports"), Partition("export_on", NEWEST))
    return [row for row in table.to_pylist() if "montreal" in row["source"]]


def written(house: House) -> dict[str, int]:
    """When each table that decoding makes, each published mart and the reports were written.

    But that of what checks find, which has a row more with each run, and the database that holds it.
    """
    made = [house.state / "lake" / "exports" / name for name in ("flow_records", "export_health", "decoder_state")]
    folders = [*made, house.state / "published", house.state / "reports"]
    files = [path for folder in folders for path in folder.rglob("*.*") if path.name not in OF_EACH_RUN]
    return {str(path.relative_to(house.state)): path.stat().st_mtime_ns for path in files}


def test_each_router_s_bits_are_exactly_those_observed_whatever_road_they_took(demo: House) -> None:
    """IPFIX, sFlow, a changed sampling, GoFlow2's rows, and files of one name from two sources."""
    cells = demo.operator / "exports" / "truth" / "cells.parquet"
    rows = in_warehouse(demo, BITS_BY_ROUTER.format(cells=cells))
    assert len(rows) == 10 * 2 * 2
    assert [row for row in rows if row[3] != row[4]] == []


def test_rows_without_datagrams_cover_their_bins(demo: House) -> None:
    assert in_warehouse(demo, BINS_WITHOUT_DATAGRAMS) == [(0, True, True)]


@pytest.mark.long
def test_rows_that_are_compressed_later_count_once_and_nothing_is_made_again(compressed: House) -> None:
    before = written(compressed)
    [as_pulled] = rows_of_montreal(compressed)
    ran = subprocess.run(
        [sys.executable, "-c", PULL_THE_NEWEST_DAY],
        env=compressed.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )
    assert ran.returncode == 0, ran.stderr
    [row] = rows_of_montreal(compressed)
    assert (as_pulled["offered_as"][-5:], row["offered_as"][-8:]) == (".json", ".json.gz")
    assert (row["state"], row["content_sha256"]) == ("pulled", as_pulled["content_sha256"])
    assert written(compressed) == before
