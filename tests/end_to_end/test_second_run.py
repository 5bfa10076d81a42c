"""What a second build does: nothing where nothing changed, and what changed where something did."""

import re
from collections.abc import Callable
from datetime import datetime

import duckdb

from orchestration.ended_well import NAME
from tests.end_to_end.conftest import House, Ran

Build = Callable[[House], Ran]
BITS = "select network_type, bits from marts.network_type_quarterly order by network_type"
CURRENT = "Everything is current: no run is started."


def runs(house: House) -> int:
    """How many runs Dagster knows of."""
    return len([path for path in (house.state / "dagster" / "history" / "runs").glob("*.db") if path.stem != "index"])


def ended_well(house: House) -> datetime:
    """When a build last ended well, by which `netstats status` takes what had failed before for answered."""
    return datetime.fromisoformat((house.state / NAME).read_text(encoding="utf-8"))


def to_build(house: House) -> str:
    """What `netstats status` tells of what is not current."""
    ran = house.netstats("status")
    [line] = [line for line in ran.stdout.splitlines() if line.startswith("to build ")]
    return line.removeprefix("to build ").strip()


def test_a_build_with_nothing_to_do_starts_no_run(built: House, build_days: Build) -> None:
    """Until a table lacks a day, or a file of one is another: then runs of days and marts, and new reports.

    What was copied is looked at once more, and found the same.
    """
    bits, made = built.mart(BITS), runs(built)
    assert made == 2 * 3
    copied = build_days(built)
    assert (copied.status, CURRENT in copied.stderr, "Core of" in copied.stderr) == (0, False, False)
    assert runs(built) == made + 2
    of_the_one_before = ended_well(built)
    again = build_days(built)
    assert (again.status, CURRENT in again.stderr, runs(built)) == (0, True, made + 2)
    assert again.stdout == copied.stdout
    assert ended_well(built) > of_the_one_before
    assert to_build(built) == "nothing: all of it is current"
    with duckdb.connect(built.state / "warehouse" / "working.duckdb") as database:
        database.execute("delete from ledger.built where layer = 'core/flow_sizes' and member = '2025-11-12'")
    assert to_build(built) == "1 day: 2025-11-12; `netstats build` makes what of it is not current"
    mended = build_days(built)
    assert (mended.status, CURRENT in mended.stderr, runs(built)) == (0, False, made + 4)
    assert "Core of 1 export day" in mended.stderr
    assert "Marts of" not in mended.stderr
    (built.operator / "exports" / "2025-11-12" / "more.txt").write_text("no export at all", encoding="utf-8")
    changed = build_days(built)
    assert (changed.status, CURRENT in changed.stderr, runs(built)) == (0, False, made + 7)
    assert re.search(r"Decoding export days +━+ 1/1 ", changed.stderr)
    assert built.mart(BITS) == bits
