"""The dataset: what is in it, what is kept out of it, how it describes itself, and that it is the same again."""

import csv
import io
import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import jsonschema
import pyarrow.parquet as pq
import pytest
from marts_fixture import Scenario, write_marts
from withheld_marts import withhold

from assets.reports.releases import ReleaseError, release_files

QUARTER = "2025Q4"
TYPES = {"string", "number", "integer", "boolean", "date", "datetime"}
FILE = {
    "path": {"type": "string", "pattern": "^data/[a-z0-9_]+\\.(csv|parquet)$"},
    "name": {"type": "string", "pattern": "^[a-z0-9._-]+$"},
    "bytes": {"type": "integer", "minimum": 1},
    "hash": {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"},
}
# What Data Package 1 and Tabular Data Resource ask of a package and its tables.
PACKAGE: dict[str, Any] = {
    "type": "object",
    "required": ["profile", "name", "title", "licenses", "resources"],
    "properties": {
        "profile": {"const": "tabular-data-package"},
        "name": {"type": "string", "pattern": "^[a-z0-9._-]+$"},
        "licenses": {
            "type": "array",
            "minItems": 1,
            "items": {"anyOf": [{"required": ["name"]}, {"required": ["path"]}]},
        },
        "sources": {"type": "array", "items": {"required": ["title"]}},
        "resources": {
            "type": "array",
            "minItems": 1,
            "items": {
                "required": ["name", "path", "bytes", "hash", "format"],
                "properties": FILE,
                "if": {"properties": {"format": {"const": "csv"}}},
                "then": {
                    "required": ["profile", "schema", "description"],
                    "properties": {
                        "profile": {"const": "tabular-data-resource"},
                        "schema": {
                            "required": ["fields"],
                            "properties": {
                                "fields": {
                                    "type": "array",
                                    "minItems": 1,
                                    "items": {
                                        "required": ["name", "type", "description"],
                                        "properties": {"type": {"enum": sorted(TYPES)}},
                                    },
                                }
                            },
                        },
                    },
                },
            },
        },
    },
}


@pytest.fixture
def marts(tmp_path: Path) -> Path:
    return write_marts(tmp_path / "network_stats.duckdb")


def released(marts: Path, *changes: str, licence: str = "") -> dict[str, bytes]:
    with duckdb.connect(marts) as connection:
        for change in changes:
            connection.execute(change)
    return release_files(marts, QUARTER, {"regions": "One row\nper region."}, licence)


def rows_of(files: dict[str, bytes], table: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files[f"data/{table}.csv"].decode(), newline="")))


def package_of(files: dict[str, bytes]) -> Any:
    return json.loads(files["datapackage.json"])


def test_csv_and_parquet_hold_the_rows_of_the_quarter_in_one_order(marts: Path) -> None:
    files = released(marts)
    rows = rows_of(files, "network_type_quarterly")
    assert {row["quarter"] for row in rows} == {QUARTER}
    (neocloud,) = [row for row in rows if row["network_type"] == "neocloud"]
    # 0.184 of 78,000 Tbit, in full.
    assert neocloud["bits"] == "14352000000000000" and neocloud["is_suppressed"] == "false"
    table = pq.read_table(io.BytesIO(files["data/network_type_quarterly.parquet"]))
    assert [str(row["bits"]) for row in table.to_pylist()] == [row["bits"] for row in rows]
    assert set(table.column("is_simulated").to_pylist()) == {True}
    assert [row["region"] for row in rows_of(files, "regions")] == sorted(["us-west", "us-east", "ca-east"])


def test_the_package_describes_every_file_as_it_is(marts: Path) -> None:
    files = released(marts)
    package = package_of(files)
    jsonschema.Draft202012Validator(PACKAGE).validate(package)
    resources = {one["path"]: one for one in package["resources"]}
    assert resources.keys() == {path for path in files if path.startswith("data/")}
    for path, one in resources.items():
        assert one["hash"] == f"sha256:{sha256(files[path]).hexdigest()}" and one["bytes"] == len(files[path])
    for path in (path for path in resources if path.endswith(".csv")):
        header = next(csv.reader(io.StringIO(files[path].decode())))
        assert [field["name"] for field in resources[path]["schema"]["fields"]] == header
    fields = {field["name"]: field["type"] for field in resources["data/ai_workflows.csv"]["schema"]["fields"]}
    assert (fields["began_at"], fields["bits"], fields["own_addresses"]) == ("datetime", "number", "integer")
    assert resources["data/regions.csv"]["description"] == "One row per region."


@pytest.mark.parametrize(
    "change",
    [
        lambda package: package["resources"][0].pop("schema"),
        lambda package: package["resources"][0].update(hash="md5:1"),
        lambda package: package["resources"][0]["schema"]["fields"][0].update(type="varchar"),
        lambda package: package.update(resources=[]),
    ],
)
def test_a_package_that_is_not_one_is_refused(marts: Path, change: Callable[[Any], None]) -> None:
    package = package_of(released(marts))
    change(package)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(PACKAGE).validate(package)


def test_checksums_are_those_of_all_other_files(marts: Path) -> None:
    files = released(marts)
    sums = dict(reversed(line.split("  ")) for line in files["SHA256SUMS"].decode().splitlines())
    assert sums == {path: sha256(content).hexdigest() for path, content in files.items() if path != "SHA256SUMS"}


def test_links_are_numbered_alike_in_all_tables_and_no_router_is_named(marts: Path) -> None:
    """Of two links of one router, each has one number."""
    link = "update marts.{} set network_key = 'link:ord-1/et-{}' where {}"
    files = released(
        marts,
        link.format("network_quarterly", "0/1", "network_key = 'migration:9'"),
        link.format("network_quarterly", "0/2", "network_key = 'migration:1'"),
        "update marts.network_quarterly set name = network_key where network_key like 'link:%'",
        link.format("ai_workflows", "0/2", "true"),
    )
    names = {row["network_key"]: row["name"] for row in rows_of(files, "network_quarterly") if "link:" in row["name"]}
    assert names == {"link:1": "link:1", "link:2": "link:2"}
    assert {row["network_key"] for row in rows_of(files, "ai_workflows")} == {"link:2"}
    assert not any(b"ord-1" in content for content in files.values())
    table = pq.read_table(io.BytesIO(files["data/network_quarterly.parquet"]))
    assert "ord-1" not in str(table.to_pylist())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("alter table marts.regions add column sketch blob", r"marts\.regions\.sketch holds bytes"),
        ("update marts.regions set label = 'by link:ord-1/et-0'", r"marts\.regions\.label names a link and its router"),
    ],
)
def test_bytes_and_routers_in_a_text_stop_the_release(marts: Path, change: str, said: str) -> None:
    with pytest.raises(ReleaseError, match=said):
        released(marts, change)


def test_what_is_withheld_has_no_number(marts: Path) -> None:
    withhold(marts, "cdn")
    files = released(marts)
    (row,) = [row for row in rows_of(files, "network_type_quarterly") if row["network_type"] == "cdn"]
    assert row["is_suppressed"] == "true"
    assert {row[name] for name in ("bits", "share_of_bits", "unique_ips", "magnitude")} == {""}


def test_how_the_platform_ran_and_older_editions_are_left_out(marts: Path) -> None:
    assert not any("check_history" in path or "edition" in path or "restate" in path for path in released(marts))


def test_hostile_names_are_text(tmp_path: Path) -> None:
    marts = write_marts(tmp_path / "network_stats.duckdb", Scenario(operator="|<b>Mine\u202e"))
    files = released(marts, "update marts.network_quarterly set name = '=1+1' where network_key = 'cdn:9'")
    names = {row["name"] for row in rows_of(files, "network_quarterly")}
    assert "'=1+1" in names and "=1+1" not in names
    assert "\u202e".encode() not in b"".join(files.values())
    assert "# \\|\\<b>Mine\ufffd: Network Stats 2025Q4" in files["README.md"].decode()


def test_the_licence_is_the_operators_or_none(marts: Path) -> None:
    assert package_of(released(marts))["licenses"][0]["title"] == "No licence is given"
    files = released(marts, licence="CC BY 4.0\nBy the operator.\n")
    assert files["LICENSE.txt"] == b"CC BY 4.0\nBy the operator.\n"
    assert package_of(files)["licenses"][0]["title"] == "CC BY 4.0"


def test_made_again_it_has_the_same_bytes(marts: Path) -> None:
    assert released(marts) == released(marts)
