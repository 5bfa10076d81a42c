"""A state that is copied, moved or restored is one of its own: nothing of it leads back to where it was."""

from collections.abc import Callable
from pathlib import Path

import duckdb

from tests.end_to_end.conftest import House, Ran

BY_TYPE = "select network_type, bits, unique_ips from marts.network_type_quarterly order by all"
ODD = "O'Brien's [1] {lake} \"state\""
WEST = "select label from marts.regions where region = 'us-west'"
DATABASES = ("warehouse/working.duckdb", "published/network_stats.duckdb")


def test_a_copied_state_reads_its_own_lake(built_once: House, built: House, build_days: Callable[[House], Ran]) -> None:
    """What changed in the folder of the copy is in the marts of the copy, and only there, whatever its name is."""
    before, elsewhere = built_once.mart(BY_TYPE), built.states.with_name(ODD)
    built.states.rename(elsewhere)
    built = House(built.operator, elsewhere)
    regions = built.operator / "regions.csv"
    regions.write_text(regions.read_text(encoding="utf-8").replace("US-West", "The West"), encoding="utf-8")
    ran = build_days(built)
    assert ran.status == 0, ran.stderr
    assert (built.mart(WEST), built_once.mart(WEST)) == ([("The West",)], [("US-West",)])
    assert built.mart(BY_TYPE) == before
    assert built.netstats("report", "2025Q4").status == 0
    assert [name for name in DATABASES if names(built.state / name, built_once.states)] == []
    assert [name for name in DATABASES if names(built.state / name, built.states)] == []


def names(database: Path, folder: Path) -> bool:
    """Whether a view leads to something below a folder."""
    with duckdb.connect(database, read_only=True) as opened:
        views = opened.execute("select sql from duckdb_views() where not internal").fetchall()
    return any(str(folder) in sql for (sql,) in views)
