"""What a number that can't be is answered with: a remedy that a person can follow."""

import math

import pytest

from assets.operator.cells import number


@pytest.mark.parametrize(
    ("lowest", "highest", "remedy"),
    [(-math.inf, math.inf, "write a number$"), (0, math.inf, "a number 0 or more$"), (0, 1, "a number from 0 to 1$")],
)
@pytest.mark.parametrize("cell", ["nan", "inf", "50%", "1e400"])
def test_the_remedy_names_the_bounds_that_there_are(lowest: float, highest: float, remedy: str, cell: str) -> None:
    with pytest.raises(ValueError, match=remedy):
        number(lowest, highest)(cell)
