"""What relations tell of amounts is found, exactly or as bounds."""

from fractions import Fraction
from typing import Any

import pytest

from tests.auditor.system import System, bounds, determined

A, B, C, D = (("cell", name) for name in "abcd")


def solved(system: System) -> tuple[set[Any], dict[Any, tuple[float, float]]]:
    found: set[Any] = set()
    between: dict[Any, tuple[float, float]] = {}
    for component in system.components():
        found |= determined(component)
        between |= {cell: (float(low), float(high)) for cell, (low, high) in bounds(component, (A, B, C, D)).items()}
    return found, between


def test_what_one_total_leaves_is_determined() -> None:
    system = System()
    system.equal([A, B], amount=10)
    assert solved(system)[0] == set()
    system.tell(A, 3)
    assert solved(system)[0] == {B}


def test_two_totals_of_three_cells_determine_none_and_three_all() -> None:
    system = System()
    system.equal([A, B], amount=10)
    system.equal([B, C], amount=11)
    assert solved(system)[0] == set()
    system.equal([C, A], amount=5)
    assert solved(system)[0] == {A, B, C}


def test_a_square_with_its_margins_is_bounded_by_the_smallest() -> None:
    """Of rows of 100 and 4 and columns of 90 and 14, the first cell has 86 to 90."""
    system = System()
    for cells, amount in (([A, B], 100), ([C, D], 4), ([A, C], 90), ([B, D], 14)):
        system.equal(cells, amount=amount)
    found, between = solved(system)
    assert found == set()
    assert between == {
        A: pytest.approx((86, 90)),
        B: pytest.approx((10, 14)),
        C: pytest.approx((0, 4)),
        D: pytest.approx((0, 4)),
    }


def test_a_part_bounds_its_whole_and_large_numbers_stay_exact() -> None:
    system = System()
    system.equal([A, B], amount=10**30 + 1)
    system.at_most([C], [A])
    system.tell(C, 10**30)
    assert solved(system)[1][A][0] == pytest.approx(1e30)
    system.tell(B, Fraction(1))
    assert (A, B) not in solved(system)[0]
    assert A in solved(system)[0]


def test_relations_that_contradict_are_told() -> None:
    system = System()
    system.equal([A, B], amount=5)
    system.at_most([], [A], amount=-9)
    with pytest.raises(AssertionError, match="contradict"):
        solved(system)
