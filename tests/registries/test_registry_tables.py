"""The registries as Dagster makes them: pulled from a real local server, refused where broken, the plan by date."""

import csv
from datetime import date, timedelta

import pyarrow as pa
import pytest

from assets.exports.day_inputs import plan_in_force
from assets.ground.lake import Partition
from assets.ground.workspace import Workspace
from assets.registry import tables as registry_tables
from assets.registry.sources import sources
from tests.registries.conftest import Pull, names
from tests.registries.server import Answer, Server

MONDAY = date(2026, 9, 7)
TABLE = "".join(f"10{n}.0.0.0\t10{n}.255.255.255\t{3320 + n}\tUS\tNET-{n}\n" for n in range(8))
OTHER = TABLE.replace("3320\t", "2914\t").replace("3321\t", "1299\t")


def origin_of(workspace: Workspace, on: date, first_byte: int) -> int | None:
    """The origin AS of the address N.1.2.3 by the plan in force on a day."""
    plan = workspace.lake.read(
        registry_tables.ADDRESS_RANGES, Partition("plan_as_of", plan_in_force(workspace.lake, on))
    )
    wanted = b"\0" * 10 + b"\xff\xff" + bytes([first_byte, 1, 2, 3])
    (row,) = (row for row in plan.to_pylist() if row["first_address"] <= wanted <= row["last_address"])
    return row["origin_as"]


def test_each_day_has_the_plan_of_the_snapshot_in_force_on_it(workspace: Workspace, pull: Pull, server: Server) -> None:
    address = server.on("/table.tsv", Answer(body=TABLE.encode()), Answer(body=OTHER.encode()))
    names(workspace, ("iptoasn", address))
    first = pull(MONDAY)
    second = pull(MONDAY + timedelta(days=2))
    assert (first["iptoasn"]["outcome"], first["iptoasn"]["as_of"]) == ("stored", MONDAY)
    assert (second["iptoasn"]["outcome"], second["iptoasn"]["as_of"]) == ("stored", MONDAY + timedelta(days=2))
    assert [origin_of(workspace, MONDAY + timedelta(days=days), 100) for days in (-9, 0, 1, 2, 3)] == [
        3320, 3320, 3320, 2914, 2914,
    ]  # fmt: skip


def test_what_has_not_changed_is_not_stored_again(workspace: Workspace, pull: Pull, server: Server) -> None:
    told = {"ETag": '"one"'}
    address = server.on("/table.tsv", Answer(body=TABLE.encode(), headers=told), Answer(status=304))
    names(workspace, ("iptoasn", address))
    pull(MONDAY)
    again = pull(MONDAY + timedelta(days=1))
    assert (again["iptoasn"]["outcome"], again["iptoasn"]["as_of"]) == ("unchanged", MONDAY)
    assert server.requests[-1][1]["If-None-Match"] == '"one"'
    assert [path.name for path in sorted((workspace.registry_snapshots / "iptoasn").glob("20*"))] == ["2026-09-07"]


@pytest.mark.parametrize(
    ("answers", "outcome", "reason"),
    [
        ([Answer(status=500)], "failed", "status 500"),
        ([Answer(status=429, headers={"Retry-After": "7200"})], "failed", "asks to wait 7200 s"),
        ([Answer(body=TABLE.encode(), cut_after=40)], "failed", "cut after 40"),
        ([Answer(body=b"<html>maintenance</html>" * 20)], "refused", "table.tsv"),
        ([Answer(body="\n".join(TABLE.splitlines()[:4]).encode())], "refused", "it stays in force"),
    ],
    ids=["500", "429", "cut", "garbage", "half"],
)
def test_a_pull_that_goes_wrong_is_told_and_the_last_good_snapshot_stays_in_force(
    workspace: Workspace, pull: Pull, server: Server, answers: list[Answer], outcome: str, reason: str
) -> None:
    address = server.on("/table.tsv", Answer(body=TABLE.encode()), *answers)
    names(workspace, ("iptoasn", address))
    pull(MONDAY)
    wrong = pull(MONDAY + timedelta(days=1))["iptoasn"]
    assert (wrong["outcome"], wrong["as_of"]) == (outcome, MONDAY)
    assert reason in wrong["reason"]
    assert origin_of(workspace, MONDAY + timedelta(days=1), 101) == 3321


def test_what_passes_is_waited_for(workspace: Workspace, pull: Pull, server: Server, waits: list[float]) -> None:
    answers = (Answer(status=429, headers={"Retry-After": "3"}), Answer(body=TABLE.encode()))
    names(workspace, ("iptoasn", server.on("/table.tsv", *answers)))
    assert pull(MONDAY)["iptoasn"]["outcome"] == "stored"
    assert waits == [3.0]


def test_a_file_beside_operator_yaml_is_an_address_and_feeds_the_evidence(workspace: Workspace, pull: Pull) -> None:
    folder = workspace.operator_folder / "registries"
    folder.mkdir()
    (folder / "rel.txt").write_text("# source: test\n64496|64497|-1|bgp\n64496|64498|0|bgp\n", encoding="utf-8")
    names(workspace, ("ip_to_asn", None), ("as_relationships", "registries/rel.txt"))
    assert pull(MONDAY)["as_relationships"]["outcome"] == "stored"
    evidence = workspace.lake.read(registry_tables.NETWORK_EVIDENCE, Partition("as_of", MONDAY)).to_pylist()
    customers = {row["asn"]: row["number"] for row in evidence if row["kind"] == "customers"}
    assert customers[64496] == 1.0


def test_a_source_without_any_snapshot_is_left_out_and_told(workspace: Workspace, pull: Pull, server: Server) -> None:
    names(workspace, ("iptoasn", server.on("/table.tsv", Answer(status=404))), ("ip_to_asn", None), ("mrt_rib", None))
    held = pull(MONDAY)
    assert (held["iptoasn"]["outcome"], held["iptoasn"]["as_of"]) == ("absent", None)
    assert "status 404" in held["iptoasn"]["reason"]
    assert "no fixed address" in held["mrt_rib"]["reason"]
    assert (held["ip_to_asn"]["outcome"], held["ip_to_asn"]["as_of"]) == ("bundled", date(2026, 6, 17))


def test_without_any_origins_the_plan_is_not_made(workspace: Workspace, pull: Pull, server: Server) -> None:
    names(workspace, ("iptoasn", server.on("/table.tsv", Answer(status=404))))
    with pytest.raises(ValueError, match="name ip_to_asn \\(bundled\\) beside the others"):
        pull(MONDAY)


def test_a_cloud_whose_prefixes_have_no_type_is_an_error(workspace: Workspace) -> None:
    """Its addresses would lose the type that their AS has: 1.1.1.1 was a CDN's, then of no type."""
    known = pa.table({"cloud": ["aws", "gcp"]})
    registry_tables.refuse_clouds_without_type(known)
    registry_tables.refuse_clouds_without_type(None)
    with pytest.raises(ValueError, match=r"clouds.csv .* has no network type for the cloud new_cloud; add a row"):
        registry_tables.refuse_clouds_without_type(pa.table({"cloud": ["aws", "new_cloud"]}))


def test_every_source_of_cloud_prefixes_has_its_type() -> None:
    with registry_tables.CLOUDS_SEED.open(encoding="utf-8", newline="") as seed:
        typed = {row["cloud"] for row in csv.DictReader(seed)}
    of_clouds = {name for name, source in sources().items() if "cloud_ranges" in source.tables}
    assert of_clouds <= typed


def test_a_plan_with_a_cloud_without_type_is_not_made(
    workspace: Workspace, pull: Pull, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = workspace.operator_folder / "registries"
    folder.mkdir()
    (folder / "fastly.json").write_text('{"addresses": ["192.0.2.0/24"], "ipv6_addresses": []}', encoding="utf-8")
    (folder / "clouds.csv").write_text("cloud,network_type,reason\n", encoding="utf-8")
    names(workspace, ("ip_to_asn", None), ("fastly", "registries/fastly.json"))
    monkeypatch.setattr(registry_tables, "CLOUDS_SEED", folder / "clouds.csv")
    with pytest.raises(ValueError, match="has no network type for the cloud fastly"):
        pull(MONDAY)
