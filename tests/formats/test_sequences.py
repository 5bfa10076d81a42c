"""One stream's numbers, followed: what is lost, late, found again, counted anew, and where each of them begins."""

import numpy as np
import pytest

from assets.exports.formats._sequences import LARGEST_GAP_STEPS, REORDER_STEPS, SEQUENCE_SPACE, Sequence, Steps

UPTIME = 50_000


def after(expected: int, lost: int = 0, uptime_ms: int = UPTIME) -> Sequence:
    return Sequence(expected, uptime_ms, lost)


def test_what_is_missing_is_lost_until_it_comes_late_and_no_more_than_it_is_found() -> None:
    stream = after(100)
    told = [stream.advance(number, steps, UPTIME) for number, steps in ((105, 10), (100, 3), (103, 9), (100, 1))]
    assert (told, stream.expected, stream.lost) == ([5, -3, -2, 0], 115, 0)


@pytest.mark.parametrize(("behind", "expected"), [(REORDER_STEPS, 5000), (REORDER_STEPS + 1, 5000 - REORDER_STEPS)])
def test_a_number_too_far_behind_is_one_of_an_exporter_that_counts_anew(behind: int, expected: int) -> None:
    stream = after(5000, lost=7)
    assert stream.advance(5000 - behind, 1, UPTIME) == (-1 if expected == 5000 else 0)
    assert (stream.expected, stream.lost) == (expected, 6 if expected == 5000 else 0)


@pytest.mark.parametrize(
    ("ahead", "lost"), [(1, 1), (LARGEST_GAP_STEPS, LARGEST_GAP_STEPS), (LARGEST_GAP_STEPS + 1, 0)]
)
def test_a_jump_too_far_forward_is_no_loss(ahead: int, lost: int) -> None:
    stream = after(100, lost=2)
    assert stream.advance(100 + ahead, 3, UPTIME) == lost
    assert (stream.expected, stream.lost) == (103 + ahead, lost + 2 if lost else 0)


@pytest.mark.parametrize(("uptime_ms", "found"), [(UPTIME - 1000, 2), (UPTIME - 1001, 0)])
def test_an_uptime_that_went_back_by_over_a_second_is_a_restart(uptime_ms: int, found: int) -> None:
    stream = after(100, lost=3)
    assert stream.advance(98, 2, uptime_ms) == -found
    assert (stream.lost, stream.uptime_ms) == ((1, UPTIME) if found else (0, uptime_ms))


def test_an_uptime_that_began_anew_after_49_days_is_no_restart() -> None:
    stream = after(100, lost=3, uptime_ms=SEQUENCE_SPACE - 1)
    assert stream.advance(98, 1, 5) == -1


def test_a_restart_ahead_is_no_loss() -> None:
    stream = after(100)
    assert stream.advance(200, 1, 5) == 0
    assert stream.expected == 201


def test_a_number_that_follows_leaves_what_is_missing_missing() -> None:
    stream = after(100, lost=3)
    assert (stream.advance(100, 2, UPTIME + 1), stream) == (0, Sequence(102, UPTIME + 1, 3))


def test_numbers_begin_anew_behind_the_last() -> None:
    stream = after(SEQUENCE_SPACE - 2)
    assert (stream.advance(1, 4, UPTIME), stream.expected) == (3, 5)


def test_datagrams_of_one_tick_are_ordered_across_the_end_of_numbers() -> None:
    clock, number = np.array([7, 7, 7, 5]), np.array([1, SEQUENCE_SPACE - 3, SEQUENCE_SPACE - 1, 9])
    nothing = np.zeros(4, np.int64)
    steps = Steps(clock, number, nothing, nothing, nothing, nothing, nothing.astype(bool))
    assert steps.in_order().number.tolist() == [9, SEQUENCE_SPACE - 3, SEQUENCE_SPACE - 1, 1]
