"""A range of more records than one call of dbt takes: built in several, and the same in the end."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.end_to_end.conftest import House

BUILD = (
    "from assets.warehouse import calls; from orchestration.commands.cli import run; "
    "calls.MOST_RECORDS_OF_DAYS = 300; calls.MOST_BINS_OF_QUARTERS = 1; run()"
)
# What tells of runs: two builds leave more of it than one.
OF_RUNS = {"check_history", "edition_values", "editions", "restatements"}
MARTS = "select table_name from information_schema.tables where table_schema = 'marts' and table_type = 'BASE TABLE'"


def differences(one: House, other: House) -> dict[str, int]:
    """How many rows of each published mart only one of two states has."""
    with duckdb.connect() as database:
        for name, house in (("one", one), ("other", other)):
            database.execute(f"attach '{house.published}' as {name} (read_only)")
        database.execute("use one")
        marts = sorted(name for (name,) in database.execute(MARTS).fetchall() if name not in OF_RUNS)
        return {
            mart: sum(
                database.execute(
                    f"select count(*) from (from {a}.marts.{mart} except all from {b}.marts.{mart})"
                ).fetchall()[0][0]
                for a, b in (("one", "other"), ("other", "one"))
            )
            for mart in marts
        }


def built_in_portions(house: House, *arguments: str) -> list[str]:
    """What is told of the calls of dbt of a command that takes few records and bins for many."""
    ran = subprocess.run(
        [sys.executable, "-c", BUILD, *arguments],
        env=house.environment, capture_output=True, text=True, check=False, timeout=500,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    told = [line.split("━")[0].strip(" ✓") for line in ran.stderr.splitlines()]
    return [line for line in told if line.startswith(("Core of", "Marts of"))]


@pytest.mark.long
def test_days_built_in_portions_make_the_same_marts(real_exports: House, built_once: House) -> None:
    told = built_in_portions(real_exports, "build", "--from", "2025-11-10", "--to", "2025-11-14")
    assert told == ["Core of 1 export day", "Core of 1 export day", "Core of 3 export days", "Marts of 2025Q4"]
    found = differences(real_exports, built_once)
    assert len(found) > 30
    assert {mart: rows for mart, rows in found.items() if rows} == {}


@pytest.mark.long
def test_quarters_built_in_portions_have_the_same_marts(demo: House, tmp_path: Path) -> None:
    subprocess.run(["/bin/cp", "-a", demo.state, tmp_path], check=True)
    copied = House(demo.operator, tmp_path)
    with duckdb.connect(copied.state / "warehouse" / "working.duckdb") as database:
        database.execute("delete from ledger.built where layer like 'marts/%'")
    assert built_in_portions(copied, "demo") == ["Marts of 2025Q3", "Marts of 2025Q4"]
    assert {mart: rows for mart, rows in differences(copied, demo).items() if rows} == {}
