"""Files that came or changed after their day was pulled, and the days that the sensor asks for."""

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from assets.exports.pull import pull_day
from assets.operator import load_operator
from orchestration import automation, late_files
from orchestration.runs import partition_range
from tests.exports.world import DAY, MONDAY, World, flow, zstd

TUESDAY, WEDNESDAY, THURSDAY = (MONDAY + number * DAY for number in (1, 2, 3))
BEFORE = datetime(2026, 1, 9, 1, tzinfo=UTC)
AFTER = BEFORE + timedelta(hours=3)
NOW = AFTER + timedelta(hours=1)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Four days of one file each, all of which were pulled between BEFORE and AFTER."""
    made = World(tmp_path).begin()
    operator = load_operator(made.operator)
    for number, day in enumerate((MONDAY, TUESDAY, WEDNESDAY, THURSDAY)):
        offer(made, "a.json", 100 + number, day, BEFORE)
        pull_day(made.workspace, operator, day)
        at(
            made.workspace.lake.root / "exports/flow_exports" / f"export_on={day}/flow_exports.parquet",
            BEFORE + DAY / 24,
        )
    return made


def offer(world: World, name: str, octets: int, day: date, when: datetime) -> Path:
    return at(world.offer(name, flow(octets), day), when)


def at(path: Path, when: datetime) -> Path:
    os.utime(path, (when.timestamp(), when.timestamp()))
    return path


def touched(world: World, now: datetime = NOW) -> list[tuple[date, date]]:
    return [(one.first, one.last) for one in late_files.stretches(world.workspace, now)]


def test_days_that_are_as_they_were_pulled_are_left_alone(world: World) -> None:
    assert touched(world) == []


def test_a_new_file_touches_its_day_and_days_in_a_row_are_one_run(world: World) -> None:
    for day in (MONDAY, TUESDAY, THURSDAY):
        offer(world, "late.json", 300, day, AFTER)
    assert touched(world) == [(MONDAY, TUESDAY), (THURSDAY, THURSDAY)]


def test_a_file_that_came_late_with_an_old_time_is_seen_by_its_name(world: World) -> None:
    offer(world, "late.json", 300, MONDAY, BEFORE)
    assert touched(world) == [(MONDAY, MONDAY)]


@pytest.mark.parametrize(("octets", "when"), [(1000, BEFORE), (101, AFTER)], ids=["its size", "its time"])
def test_a_file_that_changed_is_seen_by(world: World, octets: int, when: datetime) -> None:
    offer(world, "a.json", octets, TUESDAY, when)
    assert touched(world) == [(TUESDAY, TUESDAY)]


def test_a_file_that_is_still_written_to_is_waited_for(world: World) -> None:
    offer(world, "late.json", 300, MONDAY, AFTER)
    assert touched(world, AFTER + timedelta(seconds=299)) == []
    assert touched(world, AFTER + timedelta(seconds=300)) == [(MONDAY, MONDAY)]


def test_what_the_night_has_still_to_pull_is_the_nights(world: World) -> None:
    offer(world, "a.json", 300, MONDAY + 4 * DAY, AFTER)
    assert touched(world, datetime(2026, 1, 9, 23, tzinfo=UTC)) == []


def test_pulled_again_it_is_no_longer_late(world: World) -> None:
    path = world.offer("late.json.zst", zstd(flow(300)), MONDAY)
    at(path, AFTER)
    pull_day(world.workspace, load_operator(world.operator), MONDAY)
    assert touched(world) == []


@pytest.mark.parametrize(("night", "first"), [(7, MONDAY), (8, TUESDAY), (20, MONDAY + 19 * DAY)])
def test_a_night_takes_the_last_days_that_a_killed_one_pulled_and_did_not_decode(
    world: World, night: int, first: date
) -> None:
    """All four days are pulled, not decoded, and were told as made; what is older than a week stays so for a reason."""
    every_night, *_ = automation.schedules(world.workspace)
    yesterday = MONDAY + (night - 1) * DAY
    with dg.DagsterInstance.local_temp(str(world.root)) as instance:
        for number in range(night - 1):
            told = dg.AssetMaterialization(automation.CORE_OF_A_DAY, partition=str(MONDAY + number * DAY))
            instance.report_runless_asset_event(told)
        at = datetime.combine(yesterday + DAY, datetime.min.time(), UTC)
        with dg.build_schedule_context(instance, scheduled_execution_time=at) as context:
            wanted = partition_range(str(first), str(yesterday))
            assert every_night(context).tags == wanted  # type: ignore[union-attr]


def test_the_sensor_asks_once_for_the_same_files(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(world, "late.json", 300, MONDAY, AFTER)
    (late,) = [one for one in automation.sensors(world.workspace) if one.name == "late_files"]
    with dg.DagsterInstance.ephemeral() as instance:
        ticks = [late.evaluate_tick(dg.build_sensor_context(instance)) for _ in range(2)]
    (first,), (second,) = (tick.run_requests for tick in ticks)  # type: ignore[misc]
    assert first.tags.items() >= partition_range(MONDAY.isoformat(), MONDAY.isoformat()).items()
    assert first.run_key == second.run_key
