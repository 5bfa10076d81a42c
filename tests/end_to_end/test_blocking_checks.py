"""A check that blocks is told by its name, with what it found and what to do; nothing after it is made or published."""

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.end_to_end.conftest import PROJECT, House, Ran

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


def test_bytes_that_are_not_accounted_for_block_the_marts(built: House, build_days: Build) -> None:
    """A limit that no build can meet stands for a fault of the platform."""
    (built.operator / "check_limits.csv").write_text(
        "check,limit,severity,reason,decided_on\nflow_records.bytes_are_conserved,-1,block,tests,2026-11-21\n"
    )
    published = built.published.stat().st_mtime_ns
    ran = build_days(built)
    assert ran.status == 1
    [told] = [line for line in ran.stderr.splitlines() if line.startswith("check ")]
    assert told.startswith("check flow_records.bytes_are_conserved failed, and nothing is published: Bytes read from ")
    assert "bytes_adrift must be at most -1" in told
    assert built.published.stat().st_mtime_ns == published
    assert "Marts of" not in ran.stderr


PROVOKED = """
import csv, json, sys, warnings
from pathlib import Path
warnings.simplefilter("ignore")
import dagster as dg
from assets.operator.limits import shared_limits
from orchestration import automation, definitions, resources

workspace = resources.workspace_from_environment()
loaded = definitions.build()
instance = dg.DagsterInstance.ephemeral()
graph = loaded.resolve_asset_graph()
limits = workspace.operator_folder / "check_limits.csv"
days = {"dagster/asset_partition_range_start": "2025-11-10", "dagster/asset_partition_range_end": "2025-11-14"}
quarter = {"dagster/partition": "2025-10-01"}


def after(asset):
    ops = {key: one.op.name for one in loaded.assets if one.is_executable for key in one.keys}
    return {key for key in descendants(asset) if ops.get(key) != ops[asset]}


def descendants(asset):
    found, waiting = set(), [asset]
    while waiting:
        for child in graph.get(waiting.pop()).child_keys:
            if child not in found:
                found.add(child)
                waiting.append(child)
    return found


def run(job, tags):
    return loaded.resolve_job_def(job).execute_in_process(
        instance=instance,
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        tags=tags,
        raise_on_error=False,
    )


def provoke(key, told):
    limit = "-1" if told["expected"].startswith("at most") else "1000000000"
    with limits.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["check", "limit", "severity", "reason", "decided_on"])
        rows.writerow([told["limit_of"], limit, "block", "tests", "2026-11-21"])
    published = workspace.published.stat().st_mtime_ns
    runs = [run(automation.DAILY, days), run(automation.QUARTERLY, quarter)]
    failed = {one.asset_check_key for result in runs for one in result.get_asset_check_evaluations() if not one.passed}
    made = {event.asset_key for result in runs for event in result.all_events if event.is_step_materialization}
    return {
        "failed": key in failed,
        "ran_after": sorted(one.to_user_string() for one in made & after(key.asset_key)),
        "is_published": workspace.published.stat().st_mtime_ns != published,
        "ended_well": all(result.success for result in runs),
    }


out = {}
# What stops is decided by the asset that a check stands on: one check of each. Those that share their number with SQL
# have a range, in which there is nothing that nothing can meet.
ranged = {one.set_by for one in shared_limits().values()}
for checks in loaded.asset_checks:
    for spec in checks.check_specs:
        asset = spec.asset_key.to_user_string()
        if spec.metadata.get("limit_of", "") in {"", *ranged} or spec.metadata["may_be_empty"]:
            continue
        if asset not in out:
            out[asset] = provoke(spec.key, spec.metadata)
limits.unlink()
mended = [run(automation.DAILY, days), run(automation.QUARTERLY, quarter)]
out["none"] = {"ended_well": all(result.success for result in mended)}
sys.stderr.write("told:" + json.dumps(out) + chr(10))
"""


def test_every_gate_is_seen_to_shut(built: House) -> None:
    """A check of each asset that has any, provoked by a limit that nothing can meet: no asset after the one that it
    stands on is made, in the same run or in a later one that begins behind it, and the publication stays."""
    done = subprocess.run(
        [sys.executable, "-c", PROVOKED],
        cwd=PROJECT,
        env=built.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line.removeprefix("told:") for line in done.stderr.splitlines() if line.startswith("told:")]
    assert lines, done.stderr[-3000:]
    told = json.loads(lines[0])
    assert told.pop("none") == {"ended_well": True}
    assert len(told) >= 12
    shut = {"failed": True, "ran_after": [], "is_published": False, "ended_well": False}
    assert {name: one for name, one in told.items() if one != shut} == {}
