"""The operators with real exports: their folders are valid, and their known truth fits together."""

import json
from pathlib import Path

import pyarrow as pa
import pytest

from assets import registries
from assets.operator_folder import load_operator, operator_tables
from assets.registries._address_plan import AddressPlan
from assets.registries._addresses import parse_address, sixteen_bytes

OPERATORS = Path(__file__).parent / "operators"
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
    tables = operator_tables(load_operator(OPERATORS / "real_exports"))
    source = registries.sources()["ip_to_asn"]
    assert source.bundled_as_of is not None
    plan = AddressPlan.build(
        source.bundled_as_of,
        source.read_bundled()["prefix_origins"],
        own_prefixes=tables["own_prefixes"],
        overrides=tables["overrides"],
    )
    (place,) = plan.lookup(pa.array([sixteen_bytes(parse_address(address))], pa.binary(16))).tolist()
    found = plan.table["origin_as"][place].as_py() if place >= 0 else None
    assert found == origin_as
