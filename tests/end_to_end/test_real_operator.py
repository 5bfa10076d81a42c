"""Exports of real exporters go through the same jobs, to the bit; bad input is told, set aside and does no harm."""

import json
import shutil
import struct
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from tests.end_to_end.conftest import OPERATORS, House, Ran

Build = Callable[[House], Ran]
BY_TYPE = (
    "select network_type, bits::bigint, unique_ips from marts.network_type_quarterly "
    "where not is_suppressed order by network_type"
)
BY_REGION = (
    "select region, network_type, bits::bigint, unique_ips from marts.region_network_type_quarterly "
    "where not is_suppressed order by all"
)
# Ten addresses are to be told. Five are unclassified: tier 1 is the next smallest type. Of neoclouds seven and of
# hyperscalers six are in the west: their regions are told together.
SMALL_TYPES = {"unclassified": "withheld", "isp_tier1": "withheld"}
SMALL_REGIONS = {
    ("neocloud", "us-west"),
    ("neocloud", "us-east"),
    ("hyperscaler", "us-west"),
    ("hyperscaler", "us-east"),
}
BY_DIRECTION = (
    "select direction, sum(bits)::bigint from marts.traffic_flow_quarterly group by direction order by direction"
)


def expected(house: House, grain: str, *columns: str) -> list[tuple[object, ...]]:
    rows = json.loads((OPERATORS / house.operator.name / "expected.json").read_text(encoding="utf-8"))[grain]
    cells = grouped(rows, columns)
    return sorted((*cell, *amounts) for cell, amounts in cells.items())


def grouped(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> dict[tuple[str, ...], tuple[int, int]]:
    """Bits and addresses under the names that are published; no address of these is of two small types or regions."""
    cells: dict[tuple[str, ...], tuple[int, int]] = {}
    for row in rows:
        kind = SMALL_TYPES.get(row["network_type"], row["network_type"])
        region = "withheld" if (kind, row.get("region")) in SMALL_REGIONS else row.get("region")
        cell = tuple({"network_type": kind, "region": region}[column] for column in columns)
        bits, unique_ips = cells.get(cell, (0, 0))
        cells[cell] = (bits + row["bits"], unique_ips + row["unique_ips"])
    return cells


@pytest.mark.parametrize("name", ["real_exports", "real_exports_ipfix_sflow"])
def test_marts_equal_the_known_bits_and_addresses(built_by_name: Callable[[str], House], name: str) -> None:
    """Of NetFlow v5, v9, IPFIX and sFlow, whose days were made one after another."""
    house = built_by_name(name)
    assert house.mart(BY_TYPE) == expected(house, "by_network_type", "network_type")
    assert house.mart(BY_REGION) == expected(house, "by_region_and_network_type", "region", "network_type")
    total = json.loads((house.operator / "expected.json").read_text(encoding="utf-8"))["total"]
    assert house.mart(BY_DIRECTION) == [("egress", total["bits_egress"]), ("ingress", total["bits_ingress"])]
    assert house.mart("select sum(records_lost)::bigint from marts.coverage_daily") == [(0,)]


def test_bad_files_are_set_aside_and_everything_else_goes_on(built: House, build_days: Build) -> None:
    day = built.operator / "exports" / "2025-11-10"
    (day / "notes.txt").write_text("no export at all", encoding="utf-8")
    (day / "broken.pcap").write_bytes(pcap(truncated_v9(), v9_with_unknown_template()))
    ran = build_days(built)
    assert ran.status == 0, ran.stderr
    assert built.mart(BY_TYPE) == expected(built, "by_network_type", "network_type")
    coverage = "select files_quarantined, malformed_datagrams, undecoded_sets from marts.coverage_daily"
    assert built.mart(f"{coverage} where export_on = '2025-11-10'") == [(1, 1, 1)]
    reason = built.state / "quarantine" / "2025-11-10" / "exports" / "notes.txt.reason.txt"
    told = reason.read_text(encoding="utf-8")
    assert told.startswith("exports/notes.txt: begins with b'no e'")
    assert "remove it from the source" in told
    assert "set aside: 2025-11-10/exports/notes.txt" in built.netstats("doctor").stdout


def test_exports_that_are_compressed_and_moved_later_change_nothing(built: House, build_days: Build) -> None:
    """Compressed in place as collectors do, then moved to another folder that the source is pointed to."""
    before = everything(built)
    exports = built.operator / "exports"
    for number, path in enumerate(sorted(exports.rglob("*.pcap"))):
        subprocess.run(["/bin/gzip" if number % 2 else "/usr/bin/xz", path], check=True)
    assert build_days(built).status == 0
    assert everything(built) == before
    exports.rename(built.operator / "archive")
    settings = built.operator / "operator.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("exports/{date}", "archive/{date}"))
    (built.operator / "archive" / "2025-11-14").mkdir()
    shutil.copy(
        built.operator / "archive" / "2025-11-10" / "softflowd_v5.pcap.xz",
        built.operator / "archive" / "2025-11-14",
    )
    ran = build_days(built)
    assert ran.status == 0, ran.stderr
    assert everything(built) == before
    assert built.mart(BY_TYPE) == expected(built, "by_network_type", "network_type")


def everything(house: House) -> dict[str, object]:
    """All marts row by row, but what checks found of each run, and each day's records byte by byte."""
    tables = "select table_name from duckdb_tables() where schema_name = 'marts' and table_name != 'check_history'"
    names = [name for (name,) in house.mart(tables)]
    marts = {str(name): house.mart(f"select * from marts.{name} order by all") for name in names}
    records = sorted((house.state / "lake" / "exports" / "flow_records").rglob("*.parquet"))
    return {**marts, **{path.parent.name: path.read_bytes() for path in records if "11-14" not in path.parent.name}}


def pcap(*payloads: bytes) -> bytes:
    """A pcap file of UDP datagrams from 127.0.0.2."""
    out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    for payload in payloads:
        udp = struct.pack(">HHHH", 2055, 2055, 8 + len(payload), 0) + payload
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0) + b"\x7f\0\0\x02" + b"\x7f\0\0\x01"
        frame = bytes(12) + b"\x08\x00" + ip + udp
        out += struct.pack("<IIII", 1762776000, 0, len(frame), len(frame)) + frame
    return out


def truncated_v9() -> bytes:
    """A header, and a flow set that says it is longer than the datagram."""
    return struct.pack(">HHIIII", 9, 1, 1000, 1762776000, 1, 99) + struct.pack(">HH", 256, 400) + bytes(8)


def v9_with_unknown_template() -> bytes:
    return struct.pack(">HHIIII", 9, 1, 2000, 1762776001, 2, 99) + struct.pack(">HH", 300, 12) + bytes(8)


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("exporters.csv", "sampling_interval", "sampling_rate", "sampling_rate"),
        ("sites.csv", "us-west", "us-wset", "us-wset"),
        ("own_prefixes.csv", "192.0.2.0/28", "192.0.2.0/28,web\n192.0.2.8/29", "192.0.2.8/29"),
    ],
)
def test_a_fault_in_the_operator_folder_is_one_line_with_file_row_and_remedy(
    real_exports: House, file: str, old: str, new: str, told: str
) -> None:
    path = real_exports.operator / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    ran = real_exports.netstats("doctor")
    assert ran.status == 1
    lines = [line for line in ran.stderr.splitlines() if told in line]
    assert lines
    assert all(file in line for line in lines)
    assert "Traceback" not in ran.stderr


def test_a_faulty_folder_leaves_the_last_good_state(built: House, build_days: Build) -> None:
    path = built.operator / "regions.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("position", "place", 1), encoding="utf-8")
    ran = build_days(built)
    assert ran.status == 1
    assert "regions.csv" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert built.mart(BY_TYPE) == expected(built, "by_network_type", "network_type")
