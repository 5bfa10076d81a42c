"""Which snapshots are used and since when: stand-ins, sources taken out, plans by date, and what is made again."""

import json
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import pyarrow.compute as pc
import pytest

from assets.exports import day_inputs, flow_exports, flow_records
from assets.ground.lake import Partition
from assets.ground.progress import SilentProgress
from assets.ground.workspace import Workspace
from assets.operator import load_operator
from assets.registry import pulls as registry_pulls
from assets.registry import sources as registries
from assets.registry import tables as registry_tables
from assets.registry.in_force import SOURCES
from assets.registry.pulls import DEFAULT_SOURCES, addresses_of, sources_in_use
from tests.registries.conftest import PROJECT, Pull, default_address, names
from tests.registries.server import Answer, Server

MONDAY = date(2026, 9, 7)
DAY = timedelta(days=1)
BUNDLED = date(2026, 6, 17)
WHOLE = "".join(f"{n}.0.0.0\t{n}.255.255.255\t{3000 + n}\tUS\tNET-{n}\n" for n in range(1, 100))
HALF = "".join(WHOLE.splitlines(keepends=True)[:50])
MADE = (registry_tables.ADDRESS_RANGES, registry_tables.NETWORKS, registry_tables.NETWORK_EVIDENCE)


def used(workspace: Workspace) -> dict[str, date]:
    return {row["source"]: row["as_of"] for row in workspace.lake.read(SOURCES).to_pylist()}


def origin_sources(workspace: Workspace, plan_as_of: date) -> set[str]:
    """The registries that the plan of a date has its origins from."""
    plan = workspace.lake.read(registry_tables.ADDRESS_RANGES, Partition("plan_as_of", plan_as_of))
    return set(pc.drop_null(plan["origin_source"]).to_pylist())


def test_the_bundled_table_stands_in_until_the_default_one_has_been_pulled(
    workspace: Workspace, pull: Pull, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = server.on("/v4.tsv", *[Answer(status=500)] * 3, Answer(body=WHOLE.encode()))
    default_address(monkeypatch, address)
    default_address(monkeypatch, server.on("/as.json", *[Answer(status=404)] * 2), "ipverse")
    names(workspace)
    first = pull(MONDAY)
    assert (first["iptoasn"]["outcome"], first["ip_to_asn"]["outcome"]) == ("absent", "bundled")
    assert (first["iptoasn"]["is_used"], first["ip_to_asn"]["is_used"]) == (False, True)
    assert used(workspace)["ip_to_asn"] == BUNDLED
    assert origin_sources(workspace, BUNDLED) == {"ip_to_asn"}
    second = pull(MONDAY + DAY)
    assert (second["iptoasn"]["is_used"], second["ip_to_asn"]["is_used"]) == (True, False)
    assert used(workspace).keys() == {"iptoasn", "special_purpose"}
    assert origin_sources(workspace, MONDAY + DAY) == {"iptoasn"}


def test_the_default_sources_tell_organisations_and_the_table_stands_in_for_origins_alone(
    workspace: Workspace, pull: Pull, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A source of names that was pulled does not put the bundled table out of use: it tells no origins."""
    network = {"asn": 3001, "metadata": {"handle": "NET-1", "description": "Example Telecom"}}
    default_address(monkeypatch, server.on("/v4.tsv", *[Answer(status=404)] * 2, Answer(body=WHOLE.encode())))
    default_address(monkeypatch, server.on("/as.json", Answer(body=json.dumps([network]).encode())), "ipverse")
    names(workspace)
    pull(MONDAY)
    assert used(workspace).keys() == {"ipverse", "ip_to_asn", "special_purpose"}
    pull(MONDAY + DAY)
    pull(MONDAY + 2 * DAY)
    assert used(workspace).keys() == {"iptoasn", "ipverse", "special_purpose"}
    networks = workspace.lake.read(registry_tables.NETWORKS, Partition("as_of", MONDAY + 2 * DAY)).to_pylist()
    assert {row["asn"]: (row["name"], row["organisation"]) for row in networks if row["asn"] in (3001, 3002)} == {
        3001: ("NET-1", "Example Telecom"),
        3002: ("NET-2", None),
    }


def test_what_is_used_by_default_may_be_passed_on() -> None:
    assert all(registries.sources()[name].origin.may_be_redistributed for name in DEFAULT_SOURCES)


@pytest.mark.parametrize(
    "folder", ["operators/demo", *(f"tests/operators/real_exports{of}" for of in ("", "_ipfix_sflow"))]
)
def test_the_operators_of_this_repository_need_no_network(folder: str) -> None:
    operator = load_operator(PROJECT / folder)
    for source in sources_in_use(operator):
        assert (source.addresses, addresses_of(operator, source, MONDAY)) == ((), ())
        assert source.bundled_as_of is not None


def test_a_busy_server_changes_nothing_that_is_made_of_the_registries(
    workspace: Workspace, pull: Pull, server: Server
) -> None:
    names(workspace, ("iptoasn", server.on("/v4.tsv", Answer(body=WHOLE.encode()), Answer(status=503))))
    pull(MONDAY)
    files = [workspace.lake.path(key, partition) for key, partition in dated_tables(MONDAY)[1:]]
    made_at = [path.stat().st_mtime_ns for path in files]
    sources_before = workspace.lake.fingerprint(SOURCES)
    assert pull(MONDAY + DAY)["iptoasn"]["outcome"] == "failed"
    assert [path.stat().st_mtime_ns for path in files] == made_at
    assert workspace.lake.fingerprint(SOURCES) == sources_before


def test_a_source_taken_out_leaves_the_plan_of_days_to_come(workspace: Workspace, pull: Pull, server: Server) -> None:
    names(workspace, ("iptoasn", server.on("/v4.tsv", Answer(body=WHOLE.encode()))), ("ip_to_asn", None))
    pull(MONDAY)
    assert origin_sources(workspace, MONDAY) == {"iptoasn", "ip_to_asn"}
    names(workspace, ("ip_to_asn", None))
    pull(MONDAY + DAY)
    assert day_inputs.plan_in_force(workspace.lake, MONDAY + DAY) == MONDAY
    assert origin_sources(workspace, MONDAY) == {"ip_to_asn"}


def test_a_source_that_really_shrank_is_taken_when_told(workspace: Workspace, pull: Pull, server: Server) -> None:
    names(workspace, ("iptoasn", server.on("/v4.tsv", Answer(body=WHOLE.encode()), Answer(body=HALF.encode()))))
    pull(MONDAY)
    assert pull(MONDAY + DAY)["iptoasn"]["outcome"] == "refused"
    accepted = pull(MONDAY + DAY, accept_shrunken=["iptoasn"])["iptoasn"]
    assert (accepted["outcome"], accepted["as_of"], accepted["confirmed_on"]) == ("stored", MONDAY + DAY, MONDAY + DAY)


def test_to_accept_what_is_not_in_use_is_an_error(workspace: Workspace, pull: Pull) -> None:
    with pytest.raises(ValueError, match="accept shrunken aws, iptoasm: not in use; in use are ip_to_asn, special"):
        pull(MONDAY, accept_shrunken=["iptoasm", "aws"])


def test_tables_are_made_again_when_the_code_that_reads_the_source_changes(
    workspace: Workspace, pull: Pull, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pull(MONDAY)
    made_of = [workspace.lake.fingerprint(key, partition) for key, partition in dated_tables(BUNDLED)]
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "ip_to_asn.py").write_text("# another reading of the same file\n", encoding="utf-8")
    monkeypatch.setattr(registry_pulls, "CODE", tmp_path / "code")
    pull(MONDAY + DAY)
    remade_of = [workspace.lake.fingerprint(key, partition) for key, partition in dated_tables(BUNDLED)]
    assert not set(made_of) & set(remade_of)


@pytest.mark.filterwarnings("ignore:.*`backfill_policy`")
def test_days_are_resolved_again_when_the_rows_of_their_plan_change_not_when_it_is_made_in_another_way(
    workspace: Workspace, pull: Pull, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lake, day = workspace.lake, date(2025, 11, 10)
    pull(MONDAY)
    decode(workspace, day, day)
    first = lake.fingerprint(registry_tables.ADDRESS_RANGES, Partition("plan_as_of", BUNDLED))
    monkeypatch.setattr(registry_pulls, "CODE", tmp_path)
    pull(MONDAY)
    assert lake.fingerprint(registry_tables.ADDRESS_RANGES, Partition("plan_as_of", BUNDLED)) != first
    assert day_inputs.days_of_replaced_plans(lake) == []
    with (workspace.operator_folder / "own_prefixes.csv").open("a", encoding="utf-8") as prefixes:
        prefixes.write("1.2.3.0/24,of no flow\n")
    pull(MONDAY)
    assert day_inputs.days_of_replaced_plans(lake) == [day]
    decode(workspace, day, day)
    assert day_inputs.days_of_replaced_plans(lake) == []


def dated_tables(on: date) -> list[tuple[tuple[str, str], Partition]]:
    """A source's table, and what is made of all sources, of a date."""
    columns = {registry_tables.ADDRESS_RANGES: "plan_as_of"}
    return [(key, Partition(columns.get(key, "as_of"), on)) for key in (("registry", "ip_to_asn"), *MADE)]


def test_an_unchanged_source_is_confirmed_without_a_new_snapshot(
    workspace: Workspace, pull: Pull, server: Server
) -> None:
    names(workspace, ("iptoasn", server.on("/v4.tsv", Answer(body=WHOLE.encode()))))
    pull(MONDAY)
    again = pull(MONDAY + 9 * DAY)["iptoasn"]
    assert (again["outcome"], again["as_of"], again["confirmed_on"]) == ("unchanged", MONDAY, MONDAY + 9 * DAY)


@pytest.mark.filterwarnings("ignore:.*`backfill_policy`")
def test_flows_are_resolved_with_the_plan_in_force_on_their_day(
    workspace: Workspace, pull: Pull, server: Server
) -> None:
    """104.16.5.0/24, a peer on the 10th and the 13th, is of AS 13335 until the 12th and of AS 3320 from then on."""
    row = "104.16.5.0\t104.16.5.255\t{}\tUS\tNET\n"
    answers = [Answer(body=row.format(origin).encode()) for origin in (13335, 3320)]
    names(workspace, ("iptoasn", server.on("/v4.tsv", *answers)))
    first, last = date(2025, 11, 10), date(2025, 11, 13)
    pull(first)
    pull(last - DAY)
    made = decode(workspace, first, last)
    assert [plan for plan, _ in made] == [first, first, last - DAY, last - DAY]
    assert set().union(*(origins for plan, origins in made if plan == first)) == {13335}
    assert set().union(*(origins for plan, origins in made if plan != first)) == {3320}


def decode(workspace: Workspace, first: date, last: date) -> list[tuple[date, set[int]]]:
    """Make flow_records of a range of days; each day's plan, and the origins that it gives the flows' addresses."""
    key_range = {
        "dagster/asset_partition_range_start": first.isoformat(),
        "dagster/asset_partition_range_end": last.isoformat(),
    }
    given = dg.AssetSpec(day_inputs.ADDRESS_RANGES)
    assets = [*flow_exports.define(workspace), *flow_records.define(workspace), given]
    assert dg.materialize(assets, resources={"progress": SilentProgress()}, tags=key_range).success
    return [_resolved(workspace, partition) for partition in workspace.lake.partitions(day_inputs.RECORDS, "export_on")]


def _resolved(workspace: Workspace, partition: Partition) -> tuple[date, set[int]]:
    flows = workspace.lake.read(day_inputs.RECORDS, partition)
    (plan_as_of,) = pc.unique(flows["plan_as_of"]).to_pylist()
    plan = workspace.lake.read(registry_tables.ADDRESS_RANGES, Partition("plan_as_of", plan_as_of))
    places = {*flows["src_range"].to_pylist(), *flows["dst_range"].to_pylist()} - {None}
    return plan_as_of, {origin for place in places if (origin := plan["origin_as"][place].as_py()) is not None}


def test_a_decision_on_a_prefix_and_an_own_prefix_reach_the_plans_of_days_before(
    workspace: Workspace, pull: Pull, server: Server
) -> None:
    """Each plan is as it would be, had the rows been there when it was made; so it is once they are taken out."""
    more = WHOLE + "150.0.0.0\t150.255.255.255\t174\tUS\tCOGENT\n"
    address = server.on("/v4.tsv", Answer(body=WHOLE.encode()), Answer(body=more.encode()))
    names(workspace, ("iptoasn", address))
    pull(MONDAY)
    pull(MONDAY + DAY)
    overrides = workspace.operator_folder / "overrides.csv"
    header = "prefix,asn,organisation,network_type,reason,author,decided_on,expires_on\n"
    overrides.write_text(f"{header}5.6.0.0/16,,,neocloud,rents GPUs,tests,2026-01-01,\n", encoding="utf-8")
    pull(MONDAY + 2 * DAY)
    for day in (MONDAY, MONDAY + DAY):
        plan = workspace.lake.read(registry_tables.ADDRESS_RANGES, Partition("plan_as_of", day))
        decided = [row["origin_as"] for row in plan.to_pylist() if row["override"] == "5.6.0.0/16"]
        assert decided == [3005]
    overrides.write_text(header, encoding="utf-8")
    pull(MONDAY + 3 * DAY)
    counts = [
        workspace.lake.read(registry_tables.ADDRESS_RANGES, Partition("plan_as_of", day)).num_rows
        for day in (MONDAY, MONDAY + DAY)
    ]
    assert counts[1] == counts[0] + 1
    assert not any(
        row["override"]
        for row in workspace.lake.read(registry_tables.ADDRESS_RANGES, Partition("plan_as_of", MONDAY)).to_pylist()
    )


def test_a_labelled_list_is_evidence_with_the_origin_licence_and_date_that_the_operator_tells(
    workspace: Workspace, pull: Pull
) -> None:
    (workspace.operator_folder / "domains.csv").write_text("asn,domains\nAS64500,300\n", encoding="utf-8")
    names(workspace, ("ip_to_asn", None), ("labels", "domains.csv"))
    settings = workspace.operator_folder / "operator.yaml"
    told = '    address: domains.csv\n    date: "2026-01-02"\n    origin: Example Lists\n    licence: CC BY 4.0\n'
    settings.write_text(settings.read_text(encoding="utf-8").replace("    address: domains.csv\n", told))
    assert pull(MONDAY)["labels"]["as_of"] == date(2026, 1, 2)
    (credited,) = (row for row in workspace.lake.read(SOURCES).to_pylist() if row["source"] == "labels")
    assert (credited["citation"], credited["licence"]) == ("Example Lists", "CC BY 4.0")
    evidence = workspace.lake.read(registry_tables.NETWORK_EVIDENCE, Partition("as_of", BUNDLED)).to_pylist()
    listed = [row for row in evidence if row["source"] != "ip_to_asn"]
    assert [(row["source"], row["asn"], row["number"]) for row in listed] == [("labels:domains", 64500, 300.0)]
