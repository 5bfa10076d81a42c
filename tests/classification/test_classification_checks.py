"""The checks of classification warn of what they are for, on a core of a few rows."""

from datetime import date
from pathlib import Path

import dagster as dg
import duckdb
import pyarrow as pa
import pytest

from assets.ground.partitions import Calendar
from assets.ground.workspace import Workspace
from checks import classification as checks
from tests.classification.conftest import FILES, PROJECT

HEADER = "asn,organisation,name_in_registry,network_type,valid_from,valid_to"
OVERRIDES = pa.schema(
    [("prefix", pa.string()), ("asn", pa.uint32()), ("organisation", pa.string()), ("network_type", pa.string()),
     ("decided_on", pa.date32())]
)  # fmt: skip


@pytest.fixture
def house(tmp_path: Path) -> Workspace:
    (tmp_path / "operator").mkdir()
    for name, text in FILES.items():
        (tmp_path / "operator" / name).write_text(text.lstrip())
    house = Workspace(tmp_path / "operator", tmp_path / "state", PROJECT / "dbt_project", Calendar(date(2026, 4, 1)))
    house.warehouse.parent.mkdir(parents=True)
    with duckdb.connect(house.warehouse) as database:
        for statement in (
            "create schema core",
            "create schema seeds",
            "create table core.networks (network_key varchar, asn bigint, name varchar, organisation varchar, "
            "network_type varchar, snapshot_on date)",
            "insert into core.networks values "
            "('as:1', 1, 'EHARMONY', 'eHarmony.com Inc', 'unclassified', '2024-01-01'), "
            "('as:2', 2, 'GMICLOUD-AS', null, 'neocloud', '2024-01-01')",
            "create table core.network_keys as select 'as:2' as network_key, '192.0.2.0/24' as override",
            "create table seeds.known_networks (asn bigint, organisation varchar, name_in_registry varchar, "
            "network_type varchar, valid_from date, valid_to date)",
        ):
            database.execute(statement)
    return house


def known(house: Workspace, *rows: tuple[object, ...]) -> None:
    with duckdb.connect(house.warehouse) as database:
        database.executemany("insert into seeds.known_networks values (?, ?, ?, ?, ?, ?)", [list(row) for row in rows])


def told(house: Workspace, name: str) -> dg.AssetCheckResult:
    (check,) = (one for one in checks.CHECKS if one.name == name)
    return check.run(house)


def test_a_known_network_that_the_registry_gives_to_another_is_told(house: Workspace) -> None:
    known(house, (2, "GMI Cloud", "GMI Computing", "neocloud", None, None))
    assert told(house, "known_networks_have_their_holder").passed
    known(house, (1, "Fluidstack", "Fluidstack Inc", "neocloud", None, None))
    warned = told(house, "known_networks_have_their_holder")
    assert (warned.passed, warned.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert "Fluidstack" in (warned.description or "") and "valid_to" in (warned.description or "")


def test_a_known_network_holds_from_and_to_its_days(house: Workspace) -> None:
    """Fluidstack has the number since; on the registry's day it was another's, and nobody says otherwise."""
    known(house, (2, "GMI Cloud", "GMI Computing", "neocloud", None, None))
    known(house, (1, "Fluidstack", "Fluidstack Inc", "neocloud", date(2024, 1, 2), None))
    assert told(house, "known_networks_have_their_holder").passed
    assert told(house, "known_networks_keep_their_type").passed
    known(house, (1, "eHarmony", "eHarmony", "enterprise", None, date(2024, 1, 1)))
    assert not told(house, "known_networks_keep_their_type").passed


@pytest.mark.parametrize(
    ("row", "passed"),
    [
        (None, True),
        ({"asn": 1}, True),
        ({"organisation": "eHarmony.com Inc"}, True),
        ({"prefix": "192.0.2.0/24"}, True),
        ({"asn": 3}, False),
        ({"organisation": "eHarmony"}, False),
        ({"prefix": "198.51.100.0/24"}, False),
    ],
)
def test_a_decision_that_matches_nothing_is_told(house: Workspace, row: dict[str, object] | None, passed: bool) -> None:
    whole = [{**dict.fromkeys(OVERRIDES.names), "network_type": "cdn", **row}] if row else []
    house.lake.write(("operator", "overrides"), pa.Table.from_pylist(whole, schema=OVERRIDES), fingerprint="x")
    assert told(house, "decisions_match").passed is passed
