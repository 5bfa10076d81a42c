"""Gates hold over runs: what a check found wrong keeps shut what comes after it, until the check passes."""

from datetime import date
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pytest

from assets.ground.lake import Partition
from assets.ground.partitions import Calendar
from assets.ground.workspace import Workspace
from assets.warehouse.database import writing
from assets.warehouse.gates import GateShutError, refuse_behind_shut_gates
from assets.warehouse.ledger import remember, shut_gates, tell_gate
from checks._bounds import query_rows
from checks._conservation import ACCOUNTED, FLOW_RECORDS, Conservation, bytes_read_and_accounted, bytes_remembered
from checks._topic import at_most
from checks.limits import Limit


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path, tmp_path, tmp_path, Calendar(date(2025, 10, 1)))


@pytest.mark.parametrize(
    ("asset", "shut_off"),
    [
        ("registry/pulls", ["core", "marts", "published"]),
        ("core/conservation", ["marts", "published"]),
        ("marts/regions", ["published"]),
    ],
)
def test_a_shut_gate_stops_what_comes_after_its_asset(workspace: Workspace, asset: str, shut_off: list[str]) -> None:
    tell_gate(workspace.warehouse, "topic.check", asset, "one row is wrong")
    for layer in ("core", "marts", "published"):
        if layer in shut_off:
            with pytest.raises(GateShutError, match=r"topic\.check; mend that, then run .*: one row is wrong$"):
                refuse_behind_shut_gates(workspace, layer)
        else:
            refuse_behind_shut_gates(workspace, layer)
    tell_gate(workspace.warehouse, "topic.check", asset, None)
    assert shut_gates(workspace.warehouse) == {}
    refuse_behind_shut_gates(workspace, "published")


def test_a_check_that_passes_before_anything_is_built_makes_no_database(workspace: Workspace) -> None:
    tell_gate(workspace.warehouse, "topic.check", "registry/pulls", None)
    assert not workspace.warehouse.exists()


def written(workspace: Workspace, day: date, octets: int) -> None:
    """The records of a day, as core is built of them."""
    table = pa.table({"bytes": pa.array([octets], pa.uint64()), "export_on": pa.array([day], pa.date32())})
    workspace.lake.write(FLOW_RECORDS, table, fingerprint="a", partition=Partition("export_on", day))


def adrift(workspace: Workspace) -> list[float]:
    return [one["bytes_adrift"] for one in query_rows(workspace.warehouse, bytes_read_and_accounted(workspace))]


def test_a_day_is_held_against_what_was_read_of_it(workspace: Workspace) -> None:
    """Its records are read once after each build; and a later build of other days may not change it."""
    first, second = date(2025, 10, 1), date(2025, 10, 2)
    for day in (first, second):
        written(workspace, day, 7)
    limit = Limit("flow_records.bytes_are_conserved", 0, "block", "exact", first)
    key, sql = dg.AssetKey(["core", "conservation"]), bytes_read_and_accounted
    check = Conservation("bytes_are_conserved", key, "", limit, sql, at_most("bytes_adrift"))
    remember(workspace.warehouse, {ACCOUNTED: {str(first): "a", str(second): "a"}})
    with writing(workspace.warehouse) as database:
        database.execute(
            "create schema core; create table core.conservation (export_on date, bytes_as_exported hugeint)"
        )
        database.execute("insert into core.conservation values ('2025-10-01', 7), ('2025-10-02', 7)")
    assert bytes_remembered(workspace) == {first: None, second: None}
    assert adrift(workspace) == [0.0, 0.0]
    check.after_passing(workspace)
    assert bytes_remembered(workspace) == {first: 7, second: 7}
    remember(workspace.warehouse, {ACCOUNTED: {str(second): "b"}})
    with writing(workspace.warehouse) as database:
        database.execute("insert into core.conservation values ('2025-10-01', 7)")
    assert bytes_remembered(workspace) == {first: 7, second: None}
    assert adrift(workspace) == [7.0, 0.0]
