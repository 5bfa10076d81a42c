"""How `netstats build` ends: what came and what became of it, and after Ctrl-C or a killed run, in plain English."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from assets.warehouse.database import reading
from tests.end_to_end.conftest import NETSTATS, House, Ran
from tests.end_to_end.test_real_operator import BY_TYPE, expected

DAYS = ("build", "--from", "2025-11-10", "--to", "2025-11-11")
ALL_DAYS = (*DAYS[:-1], "2025-11-14")


def test_a_first_build_over_days_without_a_file_says_where_it_looked(real_exports: House) -> None:
    shutil.rmtree(real_exports.operator / "exports")
    ran = real_exports.netstats(*DAYS)
    assert ran.status == 1
    assert "Traceback" not in ran.stdout + ran.stderr
    assert "no file came for any of the days" in ran.stdout
    assert str(real_exports.operator / "exports" / "2025-11-10") in ran.stdout
    assert ran.stderr.splitlines()[-2:] == [
        "no file came for any of the days: nothing new is published",
        "warehouse_core failed: no export file from 2025-11-10 to 2025-11-11 holds a record: "
        f"{real_exports.operator}/operator.yaml, flow_sources, says where files are looked for; "
        "`netstats doctor` names days without files and files that can't be read",
    ]
    assert not real_exports.published.exists()


def test_without_own_prefixes_all_is_transit_and_that_is_said_with_the_remedy(real_exports: House) -> None:
    path = real_exports.operator / "own_prefixes.csv"
    path.write_text("prefix,label\n", encoding="utf-8")
    ran = real_exports.netstats(*DAYS)
    assert ran.status == 1
    assert "set apart      transit, 100.0% of bytes (418 records): " in ran.stdout
    told = ran.stderr.splitlines()[-2]
    assert told.startswith("all traffic was set apart, 100.0% of it as transit: ")
    assert "list your addresses in own_prefixes.csv" in told
    assert not real_exports.published.exists()


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        ("2025-11-12", "2025-11-11", "--from 2025-11-12 is later than --to 2025-11-11; name the earlier day first"),
        ("2025-11-01", "2025-11-09", "--to 2025-11-09: tracking began on 2025-11-10; name a later day, or set "),
        ("2025-11-10", "9999-12-31", "--to 9999-12-31: that day has not ended yet (UTC); the last one is "),
    ],
)
def test_a_range_without_a_day_that_could_be_made_is_refused(
    real_exports: House, first: str, last: str, told: str
) -> None:
    ran = real_exports.netstats("build", "--from", first, "--to", last)
    assert ran.status == 1
    [line] = ran.stderr.splitlines()
    assert line.startswith(told)
    assert not real_exports.published.exists()


def test_a_range_that_is_not_of_days_is_an_error_of_usage(real_exports: House) -> None:
    assert real_exports.netstats("build", "--from", "yesterday").status == 2


def test_a_run_that_was_killed_ended_or_interrupted_is_completed_by_the_same_command(real_exports: House) -> None:
    """While dbt builds core: nothing is published, and the completed build tells what lake, core and marts hold."""
    assert stopped(real_exports, signal.SIGKILL).status == -signal.SIGKILL
    assert not real_exports.published.exists()
    for by in (signal.SIGTERM, signal.SIGINT):
        ran = stopped(real_exports, by)
        assert ran.status == 130
        assert "Traceback" not in ran.stderr
        assert ran.stderr.splitlines()[-1] == (
            "interrupted: what was published before stays as it was; run the same again, and it is completed"
        )
        assert not real_exports.published.exists()
    again = real_exports.netstats(*ALL_DAYS)
    assert again.status == 0, again.stderr
    assert real_exports.mart(BY_TYPE) == expected(real_exports, "by_network_type", "network_type")
    assert f"Report: {real_exports.state / 'reports' / '2025Q4' / 'index.html'}" in again.stdout
    assert numbers_told(again) == numbers_of_the_lake_and_core(real_exports)
    assert numbers_told(again)[0] == records_of_the_marts(real_exports)


@pytest.mark.long
@pytest.mark.parametrize("bytes_of_a_file", [200_000, 4_000_000])
def test_a_disk_without_room_is_told_in_a_line_and_what_is_published_stays(built: House, bytes_of_a_file: int) -> None:
    """No file may become larger: the writes of Dagster's history fail at once, or those of core and of the copy do."""
    shares = built.mart(BY_TYPE)
    shutil.rmtree(built.operator / "exports" / "2025-11-13")
    room = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({bytes_of_a_file}, {bytes_of_a_file})); "
    build = f"{room}from orchestration.commands.cli import run; run()"
    ran = subprocess.run(
        [sys.executable, "-c", build, *ALL_DAYS],
        env=built.environment, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert ran.returncode == 1
    assert "Traceback" not in ran.stdout + ran.stderr
    assert ran.stderr.splitlines()[-1].endswith("make room on its disk, and run the same again, which completes it")
    assert built.mart(BY_TYPE) == shares
    again = built.netstats(*ALL_DAYS)
    assert again.status == 0, again.stderr


def stopped(house: House, by: signal.Signals) -> Ran:
    """A build whose whole group gets a signal, as from a terminal, once the warehouse is being made."""
    warehouse = house.state / "warehouse" / "working.duckdb"
    before = written_at(warehouse)
    with subprocess.Popen(
        [NETSTATS, *ALL_DAYS],
        env=house.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as running:
        while written_at(warehouse) == before:
            with pytest.raises(subprocess.TimeoutExpired):  # It would end by itself only for a fault.
                running.wait(timeout=0.05)
        os.killpg(running.pid, by)
        stdout, stderr = running.communicate(timeout=120)
    return Ran(running.returncode, stdout, stderr)


def written_at(file: Path) -> int | None:
    return file.stat().st_mtime_ns if file.exists() else None


def numbers_told(ran: Ran) -> tuple[int, str]:
    """Records and the unclassified share, as the build tells them."""
    [records] = re.findall(r"^records +([\d,]+), and none lost", ran.stdout, re.MULTILINE)
    [unclassified] = re.findall(r"^unclassified +([\d.]+)% of bits", ran.stdout, re.MULTILINE)
    return int(records.replace(",", "")), unclassified


def numbers_of_the_lake_and_core(house: House) -> tuple[int, str]:
    """Rows of the files of flow records, and what no rule knows of core's bits."""
    files = (house.state / "lake" / "exports" / "flow_records").rglob("*.parquet")
    with reading(house.state / "warehouse" / "working.duckdb") as database:
        shares = "select 100.0 * sum(bits) filter (network_type = 'unclassified') / sum(bits) from {}"
        [(share,)] = database.execute(shares.format("core.typed_traffic_bins")).fetchall()
    return sum(pq.read_metadata(file).num_rows for file in files), f"{share:.1f}"


def records_of_the_marts(house: House) -> int:
    """Records that came, by the coverage; shares of so small a network are withheld."""
    [(records,)] = house.mart("select sum(records_received)::bigint from marts.coverage_daily")
    return int(str(records))
