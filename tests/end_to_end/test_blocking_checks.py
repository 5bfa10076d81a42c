"""A check that blocks is told by its name, with what it found and what to do; nothing after it is made or published."""

import csv
from collections.abc import Callable
from pathlib import Path

from tests.end_to_end.conftest import House, Ran

Build = Callable[[House], Ran]


def meter(exporters: Path, name: str, metering: str) -> None:
    """Change what an exporter is said to meter."""
    with exporters.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    for row in rows:
        if row[header.index("name")] == name:
            row[header.index("metering")] = metering
    with exporters.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def test_a_direction_that_is_an_artefact_drops_nothing_in_silence(
    copied: Callable[[str], House], build_days: Build
) -> None:
    """Softflowd's flowDirection is the order of two addresses: with `both`, half of its records would be gone."""
    house = copied("real_exports_ipfix_sflow")
    exporters = house.operator / "exporters.csv"
    meter(exporters, "edge-1", "both")
    for _ in range(2):
        ran = build_days(house)
        assert ran.status == 1
        [told] = [line for line in ran.stderr.splitlines() if line.startswith("check ")]
        assert told.startswith("check flow_records.dropped_records_have_twins failed, and nothing is published: ")
        assert "The part of the bytes dropped as metered twice that were metered once, by exporter and day." in told
        assert "'exporter': '127.0.0.2', 'share_without_twin': 1.0" in told
        assert told.endswith("set their metering to ingress or egress in exporters.csv")
        assert not house.published.exists()
    meter(exporters, "edge-1", "ingress")
    assert build_days(house).status == 0
    assert house.published.exists()


def test_bytes_that_are_not_accounted_for_block_the_marts(real_exports: House, build_days: Build) -> None:
    """A limit that no build can meet stands for a fault of the platform."""
    (real_exports.operator / "check_limits.csv").write_text(
        "check,limit,severity,reason,decided_on\nflow_records.bytes_are_conserved,-1,block,tests,2026-11-21\n"
    )
    ran = build_days(real_exports)
    assert ran.status == 1
    [told] = [line for line in ran.stderr.splitlines() if line.startswith("check ")]
    assert told.startswith("check flow_records.bytes_are_conserved failed, and nothing is published: Bytes read from ")
    assert "bytes_adrift must be at most -1" in told
    assert not real_exports.published.exists()
    assert "Marts of" not in ran.stderr
