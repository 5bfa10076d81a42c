"""No check speaks of a good world, whatever its records are by chance."""

from collections.abc import Iterator

import duckdb
import pytest

from checks import classification, flow_exports, flow_records, marts, registries, reports
from checks._topic import run_together
from tests.faults.good_world import GoodWorld

TOPICS = (flow_exports, flow_records, registries, classification, marts, reports)
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


def test_the_days_of_records_hold_every_byte_and_the_clock_of_each_router(good: GoodWorld) -> None:
    """Of the good world each record was exported 1 to 19 seconds after its end, and a sixteenth of flows is judged."""
    with duckdb.connect(good.workspace.warehouse, read_only=True) as database:
        days = database.execute(
            "select sum(bytes_as_exported), min(delay_ms_min), max(delay_ms_max), sum(records), "
            "sum(bytes_of_bogons), sum(records_at_counter_limit) from core.record_days"
        ).fetchone()
        read = database.execute("select sum(bytes_as_exported), sum(records) from core.conservation").fetchone()
        judged = database.execute(
            "select sum(records_judged), sum(bytes_met_again) from core.double_counting"
        ).fetchone()
    assert days and read and judged
    assert days == (read[0], 1000, 19000, read[1], 0, 0)
    assert 0.8 < 16 * judged[0] / read[1] < 1.2
    assert judged[1] == 0
