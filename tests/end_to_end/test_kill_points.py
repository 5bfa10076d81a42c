"""Killed at a random moment, whole or its main process alone: one more run makes what was to be made."""

from pathlib import Path

import pytest

from tests.end_to_end.kill_points import KillPoints

POINTS, SEED = 3, 20261123


@pytest.mark.long
def test_one_more_run_after_a_kill_publishes_the_same_and_readers_see_no_mixture(tmp_path: Path) -> None:
    """More of them: python -m tests.end_to_end.kill_points."""
    killed = list(KillPoints(tmp_path).killed(POINTS, SEED))
    assert len(killed) == POINTS
    assert [one for one in killed if one.faults] == []
