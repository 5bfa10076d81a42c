"""Worlds that are drawn at random are the same in every run."""

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture import providers

FOUND_IN_NO_OTHER_MODULE = 7_234_567_891


def test_no_number_of_our_modules_is_drawn() -> None:
    drawn: list[int] = []

    @given(number=st.integers(0, 2**40))
    @settings(max_examples=200, derandomize=True, database=None, phases=[Phase.generate])
    def draw(number: int) -> None:
        drawn.append(number)

    draw()
    assert len(drawn) >= 100
    assert FOUND_IN_NO_OTHER_MODULE not in drawn
    assert len(providers._get_local_constants()) == 0
