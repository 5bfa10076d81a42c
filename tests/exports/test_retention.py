"""Exports that are let go: the lake holds nothing of them, and what was made of them stays as it was."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pytest

from assets.exports import day_inputs
from assets.exports.decoded_day import DECODER_STATE
from assets.exports.formats import DecoderState
from assets.exports.formats._totals import Flow, Total
from assets.exports.pull import pull_day
from assets.exports.retired_days import records_let_go
from assets.ground.lake import Partition
from assets.ground.workspace import Workspace
from assets.operator import load_operator, operator_tables
from assets.warehouse import export_retention
from assets.warehouse.export_retention import ExportsLetGo, let_exports_go
from assets.warehouse.inputs import core_days
from assets.warehouse.inputs import day_inputs as day_inputs_of_core
from assets.warehouse.ledger import Ledger
from tests.exports.world import DAY, MONDAY, World, flow

pytestmark = pytest.mark.filterwarnings("ignore:.*`backfill_policy`")
TUESDAY, WEDNESDAY = MONDAY + DAY, MONDAY + 2 * DAY
HOST = bytes(10) + b"\xff\xff" + bytes([203, 0, 113, 9])
TOTAL = Total(0, 0, 1, 1, 0)


@pytest.fixture
def house(world: World) -> World:
    """Two days of one flow each, and a core that holds what they would be built from."""
    world.offer("a.json", flow(100))
    world.offer("b.json", flow(200), TUESDAY)
    world.pull(MONDAY, TUESDAY)
    build_core(world)
    return world


def build_core(world: World) -> None:
    lake = world.workspace.lake
    for name, table in operator_tables(load_operator(world.operator)).items():
        lake.write(("operator", name), table, fingerprint="made up")
    write_project(world.workspace, "select 1")
    Ledger(world.workspace.warehouse, "core").remember(core_days(world.workspace))


def write_project(workspace: Workspace, sql: str) -> None:
    """The manifest of a dbt project whose core is one table by day, made with this SQL."""
    model = {
        "resource_type": "model",
        "name": "bins",
        "fqn": ["p", "core", "by_export_day", "bins"],
        "checksum": {"checksum": sql},
        "config": {"materialized": "incremental"},
        "depends_on": {},
    }
    told = {"metadata": {"project_name": "p"}, "macros": {}, "sources": {}, "nodes": {"model.p.bins": model}}
    World.write(workspace.dbt_target / "manifest.json", json.dumps(told).encode())


def let_go(world: World, before: date = TUESDAY) -> ExportsLetGo:
    return let_exports_go(world.workspace, before=before)


def files_with_flows(world: World) -> set[str]:
    """The files below the state that a flow lies in: copies and records."""
    lake, project = world.workspace.lake, world.workspace.dbt_target
    copies = {path.name for path in world.workspace.state.rglob("*.json") if path.parent != project}
    days = lake.partitions(day_inputs.RECORDS, "export_on")
    return copies | {str(day.on) for day in days if lake.read(day_inputs.RECORDS, day).num_rows}


def test_a_days_exports_go_by_their_age_and_what_they_were_is_told(house: World) -> None:
    gone = let_go(house)
    assert (gone.days, gone.not_in_core, gone.files, gone.file_bytes) == ([MONDAY], [], 1, len(flow(100)))
    assert files_with_flows(house) == {"b.json", str(TUESDAY)}
    assert records_let_go(house.workspace.lake, MONDAY) == {"records": 1, "bytes": 100}
    assert let_go(house).days == []


def test_core_does_not_take_them_for_lost_or_changed(house: World) -> None:
    before = core_days(house.workspace)
    let_go(house)
    assert core_days(house.workspace) == before
    house.write(house.operator / "sites.csv", b"site,metro,region\nLAX1,Los Angeles,us-west\n")
    house.write(house.operator / "regions.csv", b"region,label,position\nus-west,US-West,1\n")
    lake = house.workspace.lake
    for name, table in operator_tables(load_operator(house.operator)).items():
        lake.write(("operator", name), table, fingerprint="made up")
    after = core_days(house.workspace)
    assert (after[str(MONDAY)], after[str(TUESDAY)] != before[str(TUESDAY)]) == (before[str(MONDAY)], True)


def test_a_day_that_core_does_not_hold_as_it_is_stays(house: World) -> None:
    house.offer("late.json", flow(300))
    house.pull()
    assert (let_go(house).days, let_go(house).not_in_core) == ([], [MONDAY])
    assert "late.json" in files_with_flows(house)


def test_a_day_that_core_holds_by_older_code_stays_and_one_that_is_retired_is_not_made_by_newer(house: World) -> None:
    let_go(house)
    before = core_days(house.workspace)
    write_project(house.workspace, "select 2")
    after = core_days(house.workspace)
    assert (after[str(MONDAY)], after[str(TUESDAY)] != before[str(TUESDAY)]) == (before[str(MONDAY)], True)
    assert list(day_inputs_of_core(house.workspace)) == [str(TUESDAY)]
    assert let_go(house, WEDNESDAY).not_in_core == [TUESDAY]


def test_a_day_whose_new_file_is_not_decoded_yet_stays(house: World) -> None:
    house.offer("late.json", flow(300))
    pull_day(house.workspace, load_operator(house.operator), MONDAY)
    assert let_go(house).not_in_core == [MONDAY]
    house.pull()
    assert house.counted()[str(MONDAY)] == [100, 300]


def test_pulling_a_retired_day_again_brings_nothing_back(house: World) -> None:
    let_go(house)
    assert house.pull(MONDAY, TUESDAY)["warnings"] == "none"
    assert files_with_flows(house) == {"b.json", str(TUESDAY)}
    house.offer("late.json", flow(300))
    told = house.pull(MONDAY, TUESDAY)["warnings"]
    assert "2026-01-05: its exports were let go" in told and "1 files" in told and "exports/late.json" in told
    assert files_with_flows(house) == {"b.json", str(TUESDAY)}


def test_what_a_retired_day_counted_counts_on_no_other_day_and_is_not_kept_for_it(house: World) -> None:
    house.offer("again.json", flow(100), TUESDAY)
    house.pull(TUESDAY)
    build_core(house)
    let_go(house)
    assert files_with_flows(house) == {"b.json", str(TUESDAY)}
    house.offer("once_more.json", flow(100), WEDNESDAY)
    house.pull(TUESDAY, WEDNESDAY)
    assert house.states(TUESDAY)["exports/again.json"] == "duplicate"
    assert house.states(WEDNESDAY)["exports/once_more.json"] == "duplicate"
    assert house.counted() == {str(TUESDAY): [200]}
    assert files_with_flows(house) == {"b.json", str(TUESDAY)}


def test_a_retired_day_counts_before_one_that_is_older_and_pulled_later(world: World) -> None:
    world.offer("b.json", flow(200), TUESDAY)
    world.pull(TUESDAY)
    build_core(world)
    let_go(world, WEDNESDAY)
    world.offer("late.json", flow(200), MONDAY)
    world.offer("other.json", flow(100), MONDAY)
    world.pull(MONDAY, TUESDAY)
    assert world.counted() == {str(MONDAY): [100]}
    assert world.states() == {"exports/late.json": "duplicate", "exports/other.json": "pulled"}
    assert files_with_flows(world) == {"other.json", str(MONDAY)}


def test_a_copy_that_a_kept_day_counts_stays(house: World) -> None:
    """Monday's file is withdrawn and offered on Tuesday, which counts it from Monday's copy."""
    (house.operator / "exports" / str(MONDAY) / "a.json").unlink()
    house.offer("other.json", flow(300))
    house.offer("a.json", flow(100), TUESDAY)
    house.pull(MONDAY, TUESDAY)
    assert house.counted() == {str(MONDAY): [300], str(TUESDAY): [100, 200]}
    build_core(house)
    let_go(house)
    assert files_with_flows(house) == {"a.json", "b.json", str(TUESDAY)}
    house.records(TUESDAY).unlink()
    house.pull(TUESDAY)
    assert house.counted() == {str(TUESDAY): [100, 200]}


def test_what_was_set_aside_and_what_a_killed_run_left_go_too(house: World) -> None:
    house.offer("notes.txt", b"203.0.113.9 called\n")
    house.pull()
    build_core(house)
    left = house.write(house.records().with_name(".flow_records.parquet.1.writing"), HOST)
    aside = house.workspace.quarantine / str(MONDAY) / "exports"
    assert (aside / "notes.txt").exists()
    let_go(house)
    assert (left.exists(), [path.name for path in aside.iterdir()]) == (False, ["notes.txt.reason.txt"])


def test_flows_go_from_decoder_states_as_far_as_the_next_day_does_not_need_them(house: World) -> None:
    lake = house.workspace.lake
    state = DecoderState()
    state.totals.totals.flows[Flow.of(HOST, repr((HOST, 443)).encode())] = TOTAL
    for day in (MONDAY, TUESDAY):
        table = DECODER_STATE.empty_table()
        table = type(table).from_pylist(
            [{"state": state.to_bytes(), "missed": state.missed_bytes()}], schema=DECODER_STATE
        )
        lake.write(day_inputs.STATE, table, fingerprint="made up", partition=Partition("export_on", day))
    house.offer("c.json", flow(300), WEDNESDAY)
    house.pull(WEDNESDAY)
    build_core(house)
    let_go(house, WEDNESDAY)
    flows = {day: DecoderState.from_bytes(_state(house, day)).totals.totals.flows for day in (MONDAY, TUESDAY)}
    assert {day: len(of_day) for day, of_day in flows.items()} == {MONDAY: 0, TUESDAY: 1}
    assert repr(HOST)[2:-1].encode().hex().encode() not in _state(house, TUESDAY)


def _state(world: World, day: date) -> bytes:
    content: bytes = world.workspace.lake.read(day_inputs.STATE, Partition("export_on", day))["state"][0].as_py()
    return content


@pytest.mark.parametrize("step", ["_empty", "_delete", "_forget_flows"])
def test_a_run_killed_at_any_step_is_completed_by_the_next(
    house: World, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    whole: Callable[..., Any] = getattr(export_retention, step)
    calls: list[int] = []

    def killed(*arguments: Any) -> Any:
        calls.append(1)
        if len(calls) > (step == "_empty"):
            raise KeyboardInterrupt
        return whole(*arguments)

    house.offer("c.json", flow(300), WEDNESDAY)
    house.pull(WEDNESDAY)
    build_core(house)
    monkeypatch.setattr(export_retention, step, killed)
    with pytest.raises(KeyboardInterrupt):
        let_go(house, WEDNESDAY)
    monkeypatch.undo()
    house.pull(MONDAY, WEDNESDAY)
    let_go(house, WEDNESDAY)
    assert files_with_flows(house) == {"c.json", str(WEDNESDAY)}
    lake = house.workspace.lake
    kept = [day.on for day in lake.partitions(day_inputs.HEALTH, "export_on")]
    assert kept == [MONDAY, TUESDAY, WEDNESDAY]
    assert pc.sum(lake.read(day_inputs.RECORDS, Partition("export_on", WEDNESDAY))["bytes"]).as_py() == 300


def test_an_empty_folder_of_a_day_stays_out_of_the_way(house: World) -> None:
    let_go(house)
    folder: Path = house.workspace.lake.root / "exports" / "flow_exports" / f"export_on={MONDAY}"
    assert [path.name for path in folder.iterdir()] == ["flow_exports.parquet"]
