"""Killed at a drawn moment, whole or its process alone: one more build makes the same bytes, readers see no mixture."""

from pathlib import Path

from tests.faults.kill import Place, drawn_points, one_point, prepare

POINTS, SEED = 3, 20261123


def test_what_a_killed_build_leaves_is_completed_by_the_next(tmp_path: Path) -> None:
    """More points: python -m tests.faults.kill."""
    place = Place(tmp_path)
    points = drawn_points(SEED, POINTS, prepare(place))
    assert {point.is_group for point in points} == {True, False}
    assert [(point, faults) for point in points if (faults := one_point(place, point)[1])] == []
