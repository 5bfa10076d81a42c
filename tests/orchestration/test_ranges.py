"""A long build in ranges, which go on until one fails."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assets.operator import load_operator
from orchestration import runs
from orchestration.commands import launch, ranges
from orchestration.commands.ranges import Range, ranges_of, told
from orchestration.runs import Ended
from tests.exports.world import DAY, MONDAY, World

DAYS = [MONDAY + number * DAY for number in range(5)]


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Five days: files of 60, 40, 200, none and 10 bytes."""
    made = World(tmp_path).begin()
    for day, size in zip(DAYS, (60, 40, 200, 0, 10), strict=True):
        if size:
            made.offer("a.json", b"x" * size, day)
    return made


def test_days_are_built_together_up_to_their_bytes_and_a_large_one_alone(world: World) -> None:
    found = ranges_of(load_operator(world.operator), DAYS, most_bytes=100)
    assert found == [Range(DAYS[0], DAYS[1], 100), Range(DAYS[2], DAYS[2], 200), Range(DAYS[3], DAYS[4], 10)]


def test_a_small_operator_has_one_range(world: World) -> None:
    assert ranges_of(load_operator(world.operator), DAYS) == [Range(DAYS[0], DAYS[4], 310)]


def test_how_long_it_will_take_follows_from_bytes() -> None:
    of = [Range(MONDAY, MONDAY, 100), Range(MONDAY + DAY, MONDAY + DAY, 300)]
    assert told(of, 1, 600.0) == "range 1 of 2, 2026-01-05 to 2026-01-05, is built; about 0:30:00 left"
    assert told(of, 2, 2400.0).endswith("about 0:00:00 left")


def test_a_range_that_fails_ends_the_build_and_what_was_built_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[dict[str, str]] = []

    def execute(_loaded: Any, job: str, tags: dict[str, str]) -> Ended:
        asked.append(tags)
        return Ended(job, len(asked) < 2, [])

    monkeypatch.setattr(runs, "execute", execute)
    monkeypatch.setattr(ranges.ranges_of, "__defaults__", (100,))
    ended = launch._build_days(load_operator(world.operator), lambda: None, DAYS)  # type: ignore[arg-type, return-value]
    assert [one.is_success for one in ended] == [True, False]
    began = [date.fromisoformat(tags["dagster/asset_partition_range_start"]) for tags in asked]
    assert began == [DAYS[0], DAYS[2]]
    assert "range 1 of 3, 2026-01-05 to 2026-01-06, is built" in capsys.readouterr().err
