"""No check speaks of a good world, whatever its records are by chance."""

from collections.abc import Iterator

import pytest

from checks import classification, flow_exports, flow_records, marts, registries
from checks._topic import run_together
from tests.faults.good_world import GoodWorld

TOPICS = (flow_exports, flow_records, registries, classification, marts)
CHECKS = {check.default.check: check for topic in TOPICS for check in topic.CHECKS}


def said_of(good: GoodWorld) -> dict[str, str | None]:
    results = run_together(good.workspace, list(CHECKS.values()))
    return {name: said.description for name, said in zip(CHECKS, results, strict=True) if not said.passed}


def test_no_check_speaks_of_the_good_world(good: GoodWorld) -> None:
    assert said_of(good) == {}


@pytest.fixture(scope="module")
def drawn(good: GoodWorld) -> Iterator[GoodWorld]:
    """The world to be filled anew; as it was when all are done."""
    yield good
    good.fill(seed=0)


@pytest.mark.parametrize("seed", range(1, 11))
def test_nor_of_others_drawn_by_chance(drawn: GoodWorld, seed: int) -> None:
    drawn.fill(seed)
    assert said_of(drawn) == {}
