"""Blocks of datagrams: what stands at many places, and which exporters and numbers there are."""

import numpy as np
import pytest

from assets.exports.formats._datagrams import bytes_at, distinct_numbers, structures_at

CONTENT = np.arange(10, dtype=np.uint8)
PAIR = np.dtype([("first", "u1"), ("second", ">u2")])


@pytest.mark.parametrize(
    ("places", "found"),
    [([0, 7, 3], [[0, 1, 2], [7, 8, 9], [3, 4, 5]]), ([8, -1], [[8, 9, 9], [0, 0, 1]]), ([], [])],
    ids=["inside", "across the ends", "none"],
)
def test_bytes_outside_of_the_content_are_its_nearest(places: list[int], found: list[list[int]]) -> None:
    assert bytes_at(CONTENT, np.array(places, np.int64), 3).tolist() == found


def test_structures_outside_of_the_content_are_its_nearest_whole_ones() -> None:
    told = structures_at(CONTENT, np.array([1, 9, -4]), PAIR)
    assert (told["first"].tolist(), told["second"].tolist()) == ([1, 7, 0], [0x0203, 0x0809, 0x0102])


@pytest.mark.parametrize(
    "numbers", [[7], [9, 3] * 40, list(range(100, 0, -1)), [5] * 40 + [2**40]], ids=["one", "few", "many", "a rare one"]
)
def test_distinct_numbers_are_told_in_their_order(numbers: list[int]) -> None:
    different, which = distinct_numbers(np.array(numbers, np.int64))
    assert different.tolist() == sorted(set(numbers))
    assert different[which].tolist() == numbers
