"""No check speaks of a good world, whatever its records are by chance."""

from collections.abc import Iterator

import duckdb
import pytest

from assets.exports.names import source_key
from checks import classification, flow_exports, flow_records, marts, registries, reports
from checks._topic import run_together
from tests.faults.good_world import Broken, GoodWorld

TOPICS = (flow_exports, flow_records, registries, classification, marts, reports)
CHECKS = {check.default.check: check for topic in TOPICS for check in topic.CHECKS}


def said_of(good: GoodWorld) -> dict[str, str | None]:
    results = run_together(good.workspace, list(CHECKS.values()))
    return {name: said.description for name, said in zip(CHECKS, results, strict=True) if not said.passed}


def test_no_check_speaks_of_the_good_world(good: GoodWorld) -> None:
    assert said_of(good) == {}


def test_a_router_that_is_new_on_a_day_does_not_stop_the_others(broken: Broken) -> None:
    """It has a third of the day's bytes, and a fiftieth of the quarter's: the build's lines tell it."""
    broken.source(
        "update exports.flow_records set exporter = unhex('00000000000000000000FFFFC6336463') "
        "where export_on = date '2026-01-18' "
        "and exporter = (select exporter from operator.exporters where name = 'west')"
    )
    broken.made_again()
    assert CHECKS["flow_records.exporters_are_known"].run(broken.workspace).passed


@pytest.mark.parametrize(("source", "passes"), [("exports", True), ("exports/{date}", False)])
def test_days_of_sources_that_tell_no_day_say_nothing_of_clocks(broken: Broken, source: str, passes: bool) -> None:
    """Pulled at two in the morning, each day of theirs is from two to two."""
    document = broken.workspace.operator_folder / "operator.yaml"
    document.write_text(document.read_text().replace("exports/{date}", source))
    broken.source(f"update exports.flow_exports set source_file = '{source_key(source)}/' || source_file")
    broken.source("update exports.export_health set bin_at = bin_at + interval 2 hour")
    broken.made_again()
    assert CHECKS["flow_exports.clocks_tell_the_day"].run(broken.workspace).passed is passes


@pytest.fixture(scope="module")
def drawn(good: GoodWorld) -> Iterator[GoodWorld]:
    """The world to be filled anew; as it was when all are done."""
    yield good
    good.fill(seed=0)


@pytest.mark.long
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
