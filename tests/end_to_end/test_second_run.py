"""What a second build does: nothing where nothing changed, and what changed where something did."""

import re
from collections.abc import Callable

import duckdb

from tests.end_to_end.conftest import House, Ran

Build = Callable[[House], Ran]
BITS = "select network_type, bits from marts.network_type_quarterly order by network_type"
CURRENT = "Everything is current: no run is started."


def runs(house: House) -> int:
    """How many runs Dagster knows of."""
    return len([path for path in (house.state / "dagster" / "history" / "runs").glob("*.db") if path.stem != "index"])


def test_a_build_with_nothing_to_do_starts_no_run(real_exports: House, build_days: Build) -> None:
    """Until a table lacks a day, or a file of one is another: then runs of days and marts, and new reports."""
    ran = build_days(real_exports)
    assert ran.status == 0, ran.stderr
    assert runs(real_exports) == 3
    bits = real_exports.mart(BITS)
    again = build_days(real_exports)
    assert (again.status, CURRENT in again.stderr, runs(real_exports)) == (0, True, 3)
    assert again.stdout == ran.stdout
    with duckdb.connect(real_exports.state / "warehouse" / "working.duckdb") as database:
        database.execute("delete from ledger.built where layer = 'core/flow_sizes' and member = '2025-11-12'")
    mended = build_days(real_exports)
    assert (mended.status, CURRENT in mended.stderr, runs(real_exports)) == (0, False, 5)
    assert "Core of 1 export days" in mended.stderr
    assert "Marts of" not in mended.stderr
    (real_exports.operator / "exports" / "2025-11-12" / "more.txt").write_text("no export at all", encoding="utf-8")
    changed = build_days(real_exports)
    assert (changed.status, CURRENT in changed.stderr, runs(real_exports)) == (0, False, 8)
    assert re.search(r"Decoding export days +━+ 1/1 ", changed.stderr)
    assert real_exports.mart(BITS) == bits


def test_days_without_any_file_are_told(real_exports: House) -> None:
    ran = real_exports.netstats("build", "--from", "2025-11-20", "--to", "2025-11-21")
    assert ran.status == 1
    (told,) = [line for line in ran.stderr.splitlines() if "failed" in line]
    assert told.startswith("warehouse_core failed: ")
    assert "no export file from 2025-11-20 to 2025-11-21 holds a record: " in told
    assert "operator.yaml, flow_sources, says where files are looked for" in told
    assert not real_exports.published.exists()
