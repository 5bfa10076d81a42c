"""A file that changed a moment ago is looked at again by the next build; one that settled is not."""

from pathlib import Path

import pytest

from orchestration import due
from orchestration.due import is_settled, looked_at
from tests.exports.world import MONDAY, World, flow

SECOND_NS = 1_000_000_000
CHANGED_NS = 1_767_614_400 * SECOND_NS + 7


def seen(world: World) -> str:
    """What is noted of the day's files."""
    return looked_at(world.workspace, MONDAY, MONDAY)[str(MONDAY)]


def test_what_is_noted_of_a_day_holds_from_a_tick_after_the_last_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path).begin()
    found = world.offer("a.json", flow(7)).stat()
    changed = max(found.st_mtime_ns, found.st_ctime_ns)
    clock = [changed + 1]
    monkeypatch.setattr(due.time, "time_ns", lambda: clock[0])
    fresh = seen(world)
    clock[0] += 1
    assert seen(world) != fresh
    clock[0] = changed + 2 * SECOND_NS
    settled = seen(world)
    clock[0] += 1
    assert seen(world) == settled
    assert settled != fresh


@pytest.mark.parametrize(
    ("changed_ns", "tick_ns"),
    [(CHANGED_NS, 100_000_000), (CHANGED_NS - 7, 2 * SECOND_NS)],
    ids=["parts of a second", "whole seconds"],
)
def test_a_tick_is_long_where_times_are_kept_as_whole_seconds(changed_ns: int, tick_ns: int) -> None:
    long_ago = changed_ns - 3600 * SECOND_NS
    assert not is_settled(long_ago, changed_ns, changed_ns + tick_ns - 1)
    assert is_settled(long_ago, changed_ns, changed_ns + tick_ns)


def test_a_time_that_has_not_come_is_not_settled() -> None:
    """A collector whose clock is ahead sets the time of its file so."""
    assert not is_settled(CHANGED_NS + 3600 * SECOND_NS, CHANGED_NS, CHANGED_NS + 10 * SECOND_NS)
