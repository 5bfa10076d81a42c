"""Decisions on prefixes within one another: on each day the nearest that is in force holds, in maps and in answers."""

from datetime import date
from ipaddress import ip_network

import duckdb
import pytest

from assets.ground.addresses import bounds
from tests.classification.conftest import PROJECT

SMALL, MIDDLE, LARGE = "20.1.2.0/25", "20.1.2.0/24", "20.1.0.0/16"
# Prefix or AS number, type, first and last day.
DECISIONS = [
    (SMALL, "neocloud", date(2026, 1, 1), date(2026, 3, 31)),
    (MIDDLE, "hosting", date(2026, 4, 1), date(2026, 6, 30)),
    (LARGE, "cdn", date(2025, 1, 1), date(2026, 9, 30)),
    (1, "enterprise", date(2025, 1, 1), date(9999, 12, 31)),
]
MAPS = {
    "2026Q1": {SMALL: "neocloud", MIDDLE: "cdn", LARGE: "cdn", None: "enterprise"},
    "2026Q2": {SMALL: "hosting", MIDDLE: "hosting", LARGE: "cdn", None: "enterprise"},
    "2026Q3": {SMALL: "cdn", MIDDLE: "cdn", LARGE: "cdn", None: "enterprise"},
    "2026Q4": {SMALL: "enterprise", MIDDLE: "enterprise", LARGE: "enterprise", None: "enterprise"},
}
STAGED = "prefix varchar, first_address blob, last_address blob, asn bigint, organisation varchar, network_type varchar"


@pytest.fixture
def core(compiled: dict[str, str]) -> duckdb.DuckDBPyConnection:
    """The decisions above on AS1, whose traffic lies in all of the prefixes and beside them, in every quarter."""
    database = duckdb.connect()
    database.execute("attach ':memory:' as working; use working")
    for schema in ("core", "seeds", "staging"):
        database.execute(f"create schema {schema}")
    for seed in ("network_types", "network_type_rules"):
        database.execute(f"create table seeds.{seed} as from '{PROJECT}/dbt_project/seeds/{seed}.csv'")
    database.execute(
        f"create table staging.stg_operator__overrides ({STAGED}, reason varchar, author varchar, decided_on date, "
        "expires_on date)"
    )
    for of, network_type, first, last in DECISIONS:
        prefix, asn = (of, None) if isinstance(of, str) else (None, of)
        ends = bounds(ip_network(prefix)) if prefix else (None, None)
        row = [prefix, *ends, asn, None, network_type, "why", "tests", first, last]
        database.execute("insert into staging.stg_operator__overrides values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    database.execute("create table core.networks as select 'as:1' as network_key, 1 as asn, null::varchar organisation")
    database.execute("create table core.network_keys (network_key varchar, override varchar)")
    database.executemany("insert into core.network_keys values ('as:1', ?)", [[SMALL], [MIDDLE], [LARGE], [None]])
    database.execute(
        "create table core.networks_history as select 'as:1' as network_key, 'isp_regional' as network_type, "
        "'weak_name' as rule, 0.8 as confidence, date '2025-01-01' as valid_from, date '9999-12-31' as valid_to"
    )
    database.execute(
        "create table core.traffic_bins as select unnest([date '2026-03-01', '2026-06-01', '2026-09-01', '2026-12-31'])"
        " as event_on"
    )
    database.execute("create table core.exporter_bins as from core.traffic_bins limit 0")
    for model in ("quarter_maps", "network_type_decisions", "network_types_by_quarter"):
        database.execute(f"create view core.{model} as {compiled[model]}")
    return database


@pytest.mark.parametrize("quarter", MAPS)
def test_the_nearest_decision_in_force_holds(core: duckdb.DuckDBPyConnection, quarter: str) -> None:
    found = core.execute(
        'select "override", network_type from core.network_types_by_quarter where quarter = ?', [quarter]
    ).fetchall()
    published = {"enterprise": "unclassified"}
    assert dict(found) == {prefix: published.get(kind, kind) for prefix, kind in MAPS[quarter].items()}
    assert len(found) == 4
