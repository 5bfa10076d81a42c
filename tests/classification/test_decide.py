"""`netstats decide`: a valid row, what it matches, what it moves, and nothing written where something is wrong."""

import json
import shutil
from dataclasses import replace
from datetime import date
from ipaddress import ip_address
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from assets.ground.addresses import sixteen_bytes
from assets.ground.workspace import Workspace
from assets.operator import load_operator
from orchestration.commands.cli import main
from orchestration.commands.decide import _in_words
from orchestration.commands.pending import pending, pending_on
from orchestration.commands.review import CANDIDATE_COLUMNS, COLUMNS
from tests.beside import a_build, a_writer
from tests.classification.conftest import OVERRIDES

BITS = 1_000_000_000
TODAY = date(2026, 6, 17)


@pytest.fixture
def house(workspace: Workspace, tmp_path: Path) -> Workspace:
    """A copy of the operator's folder, with the same registries and no traffic."""
    shutil.copytree(workspace.operator_folder, tmp_path / "operator")
    shutil.copytree(workspace.state / "lake", tmp_path / "state" / "operator" / "lake")
    return replace(workspace, operator_folder=tmp_path / "operator", state=tmp_path / "state" / "operator")


@pytest.fixture
def with_traffic(house: Workspace) -> Workspace:
    """Two quarters of traffic: AS410170 (nobody knows it), AS410130 (a school), in each 1 and 3 Gbit."""
    house.warehouse.parent.mkdir(parents=True)
    with duckdb.connect(house.warehouse) as database:
        database.execute("create schema core")
        database.execute("create table core.network_keys as select 'as:410299' as network_key")
        database.execute(
            "create table core.network_types_by_quarter as "
            "select * from (values ('2026Q2', date '2026-06-30'), ('2026Q3', date '2026-09-30')) as t(quarter, map_on)"
        )
        database.execute(
            "create table core.typed_traffic_bins as select quarter, network_key, null::varchar as override, "
            "'unclassified' as network_type, bits::decimal(38, 0) as bits "
            "from (values ('2026Q2'), ('2026Q3')) as q(quarter), "
            "(values ('as:410170', 1000000000), ('as:410130', 3000000000)) as n(network_key, bits)"
        )
        database.execute(
            "create table core.typed_peer_address_days (quarter varchar, network_key varchar, network_type varchar, "
            "peer_address blob, bits decimal(38, 0))"
        )
        for address, bits in (("20.1.3.9", BITS), ("20.1.4.0", 7 * BITS)):
            row = ["2026Q3", "as:410130", "unclassified", sixteen_bytes(ip_address(address)), bits]
            database.execute("insert into core.typed_peer_address_days values (?, ?, ?, ?, ?)", row)
    return house


def decide(house: Workspace, *arguments: str) -> Result:
    environment = {"NETSTATS_OPERATOR": str(house.operator_folder), "NETSTATS_STATE": str(house.state.parent)}
    reason = () if "--reason" in arguments else ("--reason", "rents GPUs")
    return CliRunner().invoke(main, ["decide", *arguments, *reason, "--author", "tests"], env=environment)


def rows(house: Workspace) -> str:
    return (house.operator_folder / "overrides.csv").read_text(encoding="utf-8")


def test_a_decision_on_an_as_is_a_valid_row_and_says_what_moves(with_traffic: Workspace) -> None:
    said = decide(with_traffic, "AS410170", "neocloud", "--from", "2026-07-01", "--until", "2026-12-31")
    assert said.exit_code == 0, said.output
    assert rows(with_traffic) == OVERRIDES + ",410170,,neocloud,rents GPUs,tests,2026-07-01,2026-12-31\n"
    assert "matches AS410170 Nobody knows\n" in said.output
    assert "2026Q3: 1 Gbit leave unclassified (25.00%)\n" in said.output
    assert "2026Q2" not in said.output
    assert "run `netstats build --from 2026-07-01 --to 2026-09-30`" in said.output
    assert load_operator(with_traffic.operator_folder).overrides[-1].decided_on == date(2026, 7, 1)


def test_a_decision_dated_back_moves_quarters_before(with_traffic: Workspace) -> None:
    said = decide(with_traffic, "410170", "neocloud", "--from", "2026-04-01")
    assert "2026Q2: 1 Gbit" in said.output and "2026Q3: 1 Gbit" in said.output
    assert "--from 2026-04-01 --to 2026-09-30`" in said.output


def test_a_decision_on_a_prefix_moves_the_bits_of_its_addresses(with_traffic: Workspace) -> None:
    said = decide(with_traffic, "20.1.3.0/24", "neocloud", "--from", "2026-01-01")
    assert said.exit_code == 0, said.output
    assert "matches 20.1.3.0/24 within AS410130\n" in said.output
    assert "2026Q3: 1 Gbit leave unclassified (25.00%)" in said.output


def test_a_decision_on_an_organisation_names_its_networks(house: Workspace) -> None:
    said = decide(house, "Akamai Technologies, Inc.", "cdn", "--from", "2026-01-01")
    assert said.exit_code == 0, said.output
    assert "matches AS20940 Akamai Technologies, Inc., AS63949 Akamai Technologies, Inc.\n" in said.output
    assert "no traffic is built yet" in said.output
    assert rows(house).splitlines()[-1] == ',,"Akamai Technologies, Inc.",cdn,rents GPUs,tests,2026-01-01,'


def test_a_network_that_no_registry_names_but_that_carried_traffic_can_be_decided(with_traffic: Workspace) -> None:
    assert "AS410299, which no registry names" in decide(with_traffic, "410299", "hosting").output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("AS410998", "neocloud"), "AS410998: is in no registry and carried no traffic"),
        (("Akamai", "cdn"), "is of this organisation; write it as registries do: Akamai Technologies, Inc."),
        (("Nobody at all", "cdn"), "is of this organisation; name an AS number or a prefix"),
        (("410170", "gpu"), "column network_type: 'gpu' is not a network type; write one of cdn"),
        (("20.1.3.1/24", "cdn"), "has host bits set; write a prefix such as 192.0.2.0/24"),
        (("192.88.99.0/25", "cdn"), "192.88.99.0/25: holds own addresses"),
        (("0.0.0.0/1", "cdn"), "0.0.0.0/1: holds addresses that are not public (bogon, loopback, private, shared)"),
        (("1" * 5000, "cdn"), "1111111111...: is longer than any AS number"),
        (("10.0.0.0/24", "cdn"), "10.0.0.0/24: holds addresses that are not public (private)"),
        (("410170", "cdn", "--from", "2026-02-01", "--until", "2026-01-01"), "is before decided_on 2026-02-01"),
        (("410101", "cdn", "--from", "2026-02-01"), "'410101' holds in row 2 too on some day"),
    ],
)  # fmt: skip
def test_nothing_is_written_where_something_is_wrong(house: Workspace, arguments: tuple[str, ...], told: str) -> None:
    said = decide(house, *arguments)
    assert said.exit_code == 1
    assert told in said.output
    assert rows(house) == OVERRIDES


def test_a_file_of_windows_keeps_its_line_ends_and_one_without_a_last_one_gets_it(house: Workspace) -> None:
    path = house.operator_folder / "overrides.csv"
    path.write_bytes(OVERRIDES.replace("\n", "\r\n").rstrip().encode())
    assert decide(house, "410170", "neocloud", "--from", "2026-01-01").exit_code == 0
    assert path.read_bytes().count(b"\r\n") == OVERRIDES.count("\n") + 1
    assert b"\r\n,410170,," in path.read_bytes()


def test_a_file_with_notes_keeps_them(house: Workspace) -> None:
    path = house.operator_folder / "overrides.csv"
    path.write_text("note,prefix,asn,organisation,network_type,reason,author,decided_on,expires_on\n")
    ran = decide(house, "AS410101", "neocloud", "--reason", "rents GPUs", "--from", "2025-11-01")
    assert ran.exit_code == 0, ran.output
    assert path.read_text().splitlines()[1:] == [",,410101,,neocloud,rents GPUs,tests,2025-11-01,"]


def test_the_first_decision_makes_the_file(house: Workspace) -> None:
    (house.operator_folder / "overrides.csv").unlink()
    assert decide(house, "410170", "neocloud", "--from", "2026-01-01").exit_code == 0
    assert len(load_operator(house.operator_folder).overrides) == 1
    assert decide(house, "410170", "nonsense").exit_code == 1
    assert len(load_operator(house.operator_folder).overrides) == 1


PENDING = {
    "AS410101": ("neocloud", "as:410101", None),
    "20.1.2.3": ("neocloud", None, "20.1.2.0/24"),
    "410105": ("cdn", "as:410105", None),
}


@pytest.mark.parametrize("asked", PENDING)
def test_a_decision_is_pending_until_core_knows_it(
    house: Workspace, asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    network_type, key, prefix = PENDING[asked]
    answer = {
        "asked": asked,
        "network_key": key or "as:410130",
        "organisation": "Example Holding" if "105" in asked else None,
    }
    told = pending_on(pending(house), answer, TODAY)
    assert told == f"{network_type} from 2026-01-01 (tests); core does not know it: `netstats build`"
    house.warehouse.parent.mkdir(parents=True)
    with duckdb.connect(house.warehouse) as database:
        database.execute("create schema core")
        database.execute(
            "create table core.network_type_decisions as select ?::varchar as network_key, ?::varchar as override, "
            "? as network_type, date '2026-01-01' as decided_on, ? as precedence",
            [key, prefix, network_type, 3 if "105" in asked else 2],
        )
        database.execute(
            "create table core.networks as select 'as:410105' as network_key, 'Example Holding' as organisation"
        )
    assert pending_on(pending(house), answer, TODAY) is None
    with a_writer(house.warehouse, monkeypatch):
        assert pending_on(pending(house), answer, TODAY) is None


def test_a_decision_on_another_organisation_of_the_same_day_is_not_this_one(house: Workspace) -> None:
    house.warehouse.parent.mkdir(parents=True)
    with duckdb.connect(house.warehouse) as database:
        database.execute("create schema core")
        database.execute(
            "create table core.network_type_decisions as select 'as:1' as network_key, null::varchar as override, "
            "'cdn' as network_type, date '2026-01-01' as decided_on, 3 as precedence"
        )
        database.execute("create table core.networks as select 'as:1' as network_key, 'Another' as organisation")
    told = pending_on(pending(house), {"asked": "1", "network_key": "as:2", "organisation": "Example Holding"}, TODAY)
    assert told is not None and told.startswith("cdn from 2026-01-01")


@pytest.mark.parametrize("asked", ["20.2.65.1", "::ffff:20.2.65.1"])
def test_of_pending_decisions_the_one_in_force_is_told_then_the_nearest(house: Workspace, asked: str) -> None:
    answer = {"asked": asked, "network_key": "as:174", "organisation": None}
    told = [pending_on(pending(house), answer, day) for day in (date(2025, 6, 1), TODAY)]
    assert [one and one.split()[0] for one in told] == ["neocloud", "cdn"]


def test_a_network_without_a_decision_has_none_pending(house: Workspace) -> None:
    assert pending_on(pending(house), {"asked": "174", "network_key": "as:174", "organisation": None}, TODAY) is None
    assert (
        pending_on(pending(house), {"asked": "20.1.3.1", "network_key": "as:410130", "organisation": None}, TODAY)
        is None
    )


def test_bits_in_words() -> None:
    assert [_in_words(bits) for bits in (999, 1000, 12_345_678, 5 * 10**18)] == [
        "999 bit",
        "1 kbit",
        "12.3 Mbit",
        "5e+03 Pbit",
    ]


def test_beside_a_build_a_decision_is_written_and_what_it_moves_is_told_after_it(
    with_traffic: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_build(with_traffic.warehouse, monkeypatch) as process:
        said = decide(with_traffic, "AS410170", "neocloud", "--from", "2026-07-01")
    assert said.exit_code == 0, said.output
    assert f"another run is making this state (`netstats build`, process {process}, " in said.stderr
    assert "2026Q3: 1 Gbit leave unclassified (25.00%)\n" in said.stdout


@pytest.mark.parametrize("table", ["network_review", "neocloud_candidates"])
def test_beside_a_build_the_review_list_is_shown_after_it(
    with_traffic: Workspace, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    columns = COLUMNS if table == "network_review" else CANDIDATE_COLUMNS
    with duckdb.connect(with_traffic.warehouse) as database:
        database.execute(f"create table core.{table} as select {', '.join(f'1 as {name}' for name in columns)}")
    environment = {
        "NETSTATS_OPERATOR": str(with_traffic.operator_folder),
        "NETSTATS_STATE": str(with_traffic.state.parent),
    }
    options = [] if table == "network_review" else ["--neocloud"]
    with a_build(with_traffic.warehouse, monkeypatch) as process:
        said = CliRunner().invoke(main, ["review", "--json", *options], env=environment)
    assert json.loads(said.stdout) == [dict.fromkeys(columns, 1)]
    assert f"another run is making this state (`netstats build`, process {process}, " in said.stderr
