"""The operators with real exports: their folders are valid, and their known truth fits together."""

import json
from collections import Counter, defaultdict
from pathlib import Path

import pyarrow as pa
import pytest

from assets.exports.formats import DecoderState, decode_files
from assets.ground.addresses import address_of, parse_address, sixteen_bytes
from assets.operator import Operator, load_operator, operator_tables
from assets.registry import sources as registries
from assets.registry.address_plan import AddressPlan

OPERATORS = Path(__file__).parent / "operators"
AS_TRANS = 23456
BOTH = ["real_exports", "real_exports_ipfix_sflow"]


@pytest.mark.parametrize("name", BOTH)
def test_the_folder_is_valid_and_holds_each_export_of_the_truth(name: str) -> None:
    folder = OPERATORS / name
    operator = load_operator(folder)
    files = json.loads((folder / "expected.json").read_text())["files"]
    present = {path.relative_to(folder / "exports").as_posix() for path in folder.glob("exports/*/*")}
    assert {f"{file['export_on']}/{file['source_file']}" for file in files} == present
    named = {str(exporter.exporter): exporter.name for exporter in operator.exporters}
    assert {file["exporter"]: file["exporter_name"] for file in files} == named


@pytest.mark.parametrize("name", BOTH)
def test_the_truth_adds_up(name: str) -> None:
    expected = json.loads((OPERATORS / name / "expected.json").read_text())
    bits = expected["total"]["bits"]
    assert bits == 8 * sum(file["bytes"] for file in expected["files"])
    for grain in (
        "by_day",
        "by_network_type",
        "by_region_and_network_type",
        "by_network",
        "by_day_and_network",
    ):
        assert sum(row["bits"] for row in expected[grain]) == bits
        assert all(row["bits_ingress"] + row["bits_egress"] == row["bits"] for row in expected[grain])


def plan_of(operator: Operator) -> AddressPlan:
    """The operator's plan with the bundled snapshot."""
    tables = operator_tables(operator)
    source = registries.sources()["ip_to_asn"]
    assert source.bundled_as_of is not None
    return AddressPlan.build(
        source.bundled_as_of,
        source.read_bundled()["prefix_origins"],
        own_prefixes=tables["own_prefixes"],
        overrides=tables["overrides"],
    )


@pytest.mark.parametrize(
    ("address", "origin_as"),
    [
        ("104.16.5.33", 13335),
        ("66.201.24.7", 213291),
        ("2601:0:0:1::9", 7922),
        ("2607:f8b0:1:2::3", 15169),
        ("66.22.3.4", None),
        ("203.0.113.9", None),
    ],
)
def test_the_bundled_snapshot_knows_the_peers_but_two_prefixes(address: str, origin_as: int | None) -> None:
    plan = plan_of(load_operator(OPERATORS / "real_exports"))
    (place,) = plan.lookup(pa.array([sixteen_bytes(parse_address(address))], pa.binary(16))).tolist()
    found = plan.table["origin_as"][place].as_py() if place >= 0 else None
    assert found == origin_as


Flow = dict[str, object]


def peer_of(flow: Flow, ranges: list[Flow], src: int, dst: int, tells_origins: bool) -> tuple[str, bytes]:
    """The network_key and the address (IPv6: its /64) of a flow's other end: origin AS of the flow, else the plan's."""
    is_egress = src >= 0 and bool(ranges[src]["is_own"])
    end, place = ("dst", dst) if is_egress else ("src", src)
    told = flow[f"{end}_as"] if tells_origins and flow[f"{end}_as"] not in {0, AS_TRANS} else None
    network = told or (ranges[place]["origin_as"] if place >= 0 else None)
    address = flow[f"{end}_addr"]
    assert isinstance(address, bytes)
    return f"as:{network}" if network else "unknown", address if address_of(address).version == 4 else address[:8]


@pytest.mark.parametrize("name", BOTH)
def test_decoded_and_looked_up_the_exports_give_the_truth_of_each_network(name: str) -> None:
    folder = OPERATORS / name
    operator = load_operator(folder)
    plan = plan_of(operator)
    ranges = plan.table.to_pylist()
    tells_origins = {exporter.name: exporter.as_numbers == "origin" for exporter in operator.exporters}
    expected = json.loads((folder / "expected.json").read_text())
    found = []
    for file in expected["files"]:
        path = folder / "exports" / file["export_on"] / file["source_file"]
        flows = pa.Table.from_batches(decode_files([path], DecoderState()))
        assert (flows.num_rows, sum(flows["packets"].to_pylist())) == (file["records"], file["packets"])
        bits: Counter[str] = Counter()
        peers: dict[str, set[bytes]] = defaultdict(set)
        places = zip(plan.lookup(flows["src_addr"]), plan.lookup(flows["dst_addr"]), strict=True)
        for flow, (src, dst) in zip(flows.to_pylist(), places, strict=True):
            key, address = peer_of(flow, ranges, src, dst, tells_origins[file["exporter_name"]])
            bits[key] += 8 * (flow["layer3_bytes"] or flow["bytes"])
            peers[key].add(address)
        found += [(file["export_on"], key, bits[key], len(peers[key])) for key in bits]
    columns = ("day", "network_key", "bits", "unique_ips")
    assert sorted(found) == sorted(tuple(row[name] for name in columns) for row in expected["by_day_and_network"])
