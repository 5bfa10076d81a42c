"""Networks and prefixes that may be neoclouds: compiled once, run on a core of a few rows worked out by hand."""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner

from assets.ground.addresses import sixteen_bytes
from assets.ground.workspace import Workspace
from orchestration.commands.cli import main
from tests.classification.conftest import PROJECT

MODELS = ("neocloud_members", "neocloud_measures", "neocloud_candidates")
FIRST = date(2026, 6, 1)
DAYS = 10
GIGABIT = 10**9
# Network: name, kind, what it tells PeeringDB.
NETWORKS = {
    "as:1": ("Example Fiber", "unclassified", "We rent HGX and B200 nodes"),
    "as:2": ("Example Telecom", "isp_regional", None),
    "as:3": ("Example Hosting", "hosting", None),
    "as:4": ("GPU Cloud", "neocloud", None),
    "as:5": ("Decided", "unclassified", None),
    "unknown": (None, "unclassified", None),
}
# Network, address, Gbit a day, first and last day of its traffic.
TRAFFIC = [
    ("as:1", "20.1.0.1", 100, 4, 9),
    *(("as:2", f"20.2.{n}.1", 1, n % 10, n % 10) for n in range(200)),
    *(("as:3", f"20.3.{n}.1", 1, n % 10, n % 10) for n in range(200)),
    *(("as:3", f"20.3.250.{n}", 50, 0, 9) for n in range(4)),
    ("as:4", "20.4.0.1", 1000, 0, 9),
    ("as:5", "20.5.0.1", 1000, 0, 9),
    *(("unknown", f"20.6.7.{n}", 50, 4, 9) for n in range(4)),
    ("unknown", "20.6.8.1", 1, 0, 0),
    ("unknown", "20.6.9.1", 20, -60, -60),
    ("unknown", "20.6.9.1", 100, 9, 9),
    ("unknown", "2001:db8:1:2::1", 60, 0, 9),
]
# Our address, peer address, its network, Gbit of elephants.
ELEPHANTS = [
    (own, f"20.3.250.{n}", "as:3", 900) for own in ("192.0.2.1", "192.0.2.2") for n in range(4)
]  # fmt: skip


@pytest.fixture(scope="module")
def warehouse(compiled: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A core of the networks and traffic above, with the models on it."""
    path = tmp_path_factory.mktemp("warehouse") / "operator" / "warehouse" / "working.duckdb"
    path.parent.mkdir(parents=True)
    with duckdb.connect(path) as database:
        for schema in ("core", "seeds", "staging"):
            database.execute(f"create schema {schema}")
        for seed in ("network_types", "neocloud_signs"):
            database.execute(f"create table seeds.{seed} as from '{PROJECT}/dbt_project/seeds/{seed}.csv'")
        database.execute(
            "create table core.networks (network_key varchar, name varchar, organisation varchar, asn bigint)"
        )
        database.execute(
            "create table core.network_types_by_quarter "
            "(quarter varchar, network_key varchar, override varchar, network_kind varchar, rule varchar)"
        )
        database.execute(
            "create table staging.stg_registry__network_evidence (asn bigint, kind varchar, value varchar)"
        )
        for key, (name, kind, says) in NETWORKS.items():
            asn = int(key[3:]) if key.startswith("as:") else None
            database.execute("insert into core.networks values (?, ?, ?, ?)", [key, name, name, asn])
            rule = "override" if name == "Decided" else "strong_name"
            row = ["2026Q2", key, None, kind, rule]
            database.execute("insert into core.network_types_by_quarter values (?, ?, ?, ?, ?)", row)
            if says:
                database.execute(
                    "insert into staging.stg_registry__network_evidence values (?, 'says', ?)", [asn, says]
                )
        _write_traffic(database)
        for name in MODELS:
            database.execute(f"create view core.{name} as {compiled[name]}")
    return path


def _write_traffic(database: duckdb.DuckDBPyConnection) -> None:
    database.execute(
        "create table core.placed_peer_address_days (network_key varchar, override varchar, event_on date, "
        "peer_address blob, subscriber blob, bits decimal(38, 0))"
    )
    rows = []
    for key, text, gigabits, first, last in TRAFFIC:
        address = ip_address(text)
        packed = sixteen_bytes(address)
        subscriber = packed[:8] if address.version == 6 else packed
        days = (FIRST + timedelta(days=day) for day in range(first, last + 1))
        rows += [[key, None, day, packed, subscriber, gigabits * GIGABIT] for day in days]
    database.executemany("insert into core.placed_peer_address_days values (?, ?, ?, ?, ?, ?)", rows)
    database.execute(
        "create table core.elephant_bins (own_address blob, peer_address blob, network_key varchar, override varchar, "
        "event_on date, bin_at timestamp, bits decimal(38, 0))"
    )
    for own, peer, key, gigabits in ELEPHANTS:
        ends = [sixteen_bytes(ip_address(text)) for text in (own, peer)]
        row = [*ends, key, None, FIRST, datetime(2026, 6, 1), gigabits * GIGABIT // 8]
        database.execute("insert into core.elephant_bins values (?, ?, ?, ?, ?, ?, ?)", row)


@pytest.fixture
def candidates(warehouse: Path) -> Iterator[dict[str, dict[str, Any]]]:
    with duckdb.connect(warehouse, read_only=True) as database:
        found = database.execute("select * from core.neocloud_candidates order by position")
        columns = [name for name, *_ in found.description or []]
        yield {row[1]: dict(zip(columns, row, strict=True)) for row in found.fetchall()}


def test_candidates_are_networks_of_any_doubtful_type_and_prefixes_within_hosts_and_the_unknown(
    candidates: dict[str, dict[str, Any]],
) -> None:
    """Neither the decided one nor the known neocloud, though they carry most, nor the ISP. The host as a whole is one
    as well: most of its bits are those of the prefix."""
    whole = {"20.3.250.0/24", "as:1", "as:3", "2001:0db8:0001::/48", "20.6.7.0/24", "20.6.9.0/24"}
    assert set(candidates) == whole
    assert list(candidates)[:2] == ["20.3.250.0/24", "as:1"]


def test_a_mesh_within_a_host_is_found_by_its_prefix(candidates: dict[str, dict[str, Any]]) -> None:
    """4 addresses of 10 days with 50 Gbit: 2,000 Gbit, of which 8 conversations have 900 / 8 each, 900 in all."""
    found = candidates["20.3.250.0/24"]
    assert (found["network_key"], found["name"], found["addresses"]) == ("as:3", "Example Hosting", 4)
    assert (found["bits"], found["bits_per_address"]) == (2000 * GIGABIT, 500 * GIGABIT)
    assert (found["persistent_share"], found["elephant_share"], found["mesh_addresses"]) == (1.0, 0.45, 4)
    assert found["growth"] is None
    assert found["signs"] == "addresses, elephant_share, mesh_addresses, persistent_share, times_bits_per_address"
    assert (found["words"], found["score"]) == (0, 5)


def test_what_a_network_tells_peeringdb_is_a_sign_that_counts_twice(candidates: dict[str, dict[str, Any]]) -> None:
    """Active on 6 of 11 days, all of them newer than the half of 92 days: no older bits to have grown from."""
    found = candidates["as:1"]
    assert (found["words"], found["growth"], found["persistent_share"]) == (1, None, 1.0)
    assert found["score"] == 2 + 3


def test_what_grew_from_little_to_much_is_found(candidates: dict[str, dict[str, Any]]) -> None:
    """20 Gbit in the older 46 days, 100 in the newer, on 2 of 11 days in all."""
    found = candidates["20.6.9.0/24"]
    assert (found["growth"], found["persistent_share"]) == (5.0, 0.0)
    assert found["signs"] == "addresses, growth, times_bits_per_address"


def test_the_command_shows_them_with_their_signs_and_how_to_decide(warehouse: Path, workspace: Workspace) -> None:
    environment = {
        "NETSTATS_OPERATOR": str(workspace.operator_folder), "NETSTATS_STATE": str(warehouse.parent.parent.parent),
    }  # fmt: skip
    said = CliRunner().invoke(main, ["review", "--neocloud", "--limit", "2", "--json"], env=environment)
    assert said.exit_code == 0, said.output
    assert [row["candidate"] for row in json.loads(said.output)] == ["20.3.250.0/24", "as:1"]
    shown = CliRunner().invoke(main, ["review", "--neocloud"], env=environment)
    assert "netstats decide" in shown.output
