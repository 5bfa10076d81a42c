"""Rows of check_limits.csv in SQL: which number holds, what it decides on, and what marts say of it."""

from collections.abc import Callable
from datetime import date

import pyarrow as pa
import pytest
from compiled_models import CompiledModels
from shape_cases import EXPORTERS, HOSTING, A, write_operator
from shape_cases import ORIGINS as SHAPES
from world import World, health, moment, record

from assets.exports.formats._export_health import EXPORT_HEALTH
from assets.exports.formats._flow_record import FLOW_RECORD
from assets.operator import OperatorError, load_operator
from assets.operator.limits import shared_limits
from assets.operator.tables import operator_tables

DAY = date(2026, 5, 11)
WANTED = ["limits_in_force", "network_type_quarterly", "conservation", "published_verdicts"]
# 9 packets of 1,000 bytes, 1 in 1,000: the relative standard error is sqrt(1000 * 999 * 64 * 9e6) / 72e6 = 0.33317.
SAMPLED = record(f"{DAY} 12:00:00", f"{HOSTING}.1", exporter=A, bytes=9000, packets=9, sampling_interval=1000.0)
# It was exported ten minutes before it ended.
FROM_THE_FUTURE = record(
    f"{DAY} 13:00:00", f"{HOSTING}.2", exporter=A, seconds=900, received_at=moment(f"{DAY} 13:05:00")
)

Limited = Callable[..., CompiledModels]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, CompiledModels]:
    folder = tmp_path_factory.mktemp("limits")
    world = World(folder, write_operator(folder / "operator"), SHAPES)
    (world.operator_folder / "exporters.csv").write_text(EXPORTERS.lstrip())
    world.write_registries()
    return world, CompiledModels(world, [DAY], ["2026Q2"], wanted=WANTED)


@pytest.fixture
def limited(models: tuple[World, CompiledModels]) -> Limited:
    """The models at an operator whose check_limits.csv has these rows, as `check,limit`."""
    world, compiled = models

    def run(*rows: str, severity: str = "warn") -> CompiledModels:
        lines = [f"{row},{severity},tests,{DAY}" for row in rows]
        path = world.operator_folder / "check_limits.csv"
        path.write_text("\n".join(["check,limit,severity,reason,decided_on", *lines, ""]))
        compiled.database.register("own", operator_tables(load_operator(world.operator_folder))["check_limits"])
        compiled.database.execute("create or replace table operator.check_limits as from own")
        compiled.database.unregister("own")
        records = [world.resolved(one) for one in (SAMPLED, FROM_THE_FUTURE)]
        compiled.run(
            flow_records=pa.Table.from_pylist(records, schema=FLOW_RECORD),
            export_health=pa.Table.from_pylist(health([DAY], range(288), A), schema=EXPORT_HEALTH),
        )
        return compiled

    return run


def in_force(models: CompiledModels) -> dict[str, float]:
    return dict(models.rows("select limit_name, cast(number as double) from core.limits_in_force"))


def test_without_a_row_the_projects_numbers_hold(limited: Limited) -> None:
    assert in_force(limited()) == {name: one.number for name, one in shared_limits().items()}


def test_the_last_row_that_fits_holds_as_it_does_for_checks(limited: Limited) -> None:
    found = in_force(limited("verdicts.*,0.4", "verdicts.few_networks,0.7", "flow_exports.records_received,0.9"))
    assert found == {
        "not comparable": 0.4,
        "low coverage": 0.9,
        "classification changed": 0.4,
        "few networks": 0.7,
        "low precision": 0.4,
        "clock tolerance": 300,
    }
    assert in_force(limited("verdicts.few_networks,0.7", "verdicts.*,0.4"))["few networks"] == 0.4


def test_a_row_that_sets_a_severity_alone_leaves_the_projects_number(limited: Limited) -> None:
    assert in_force(limited("verdicts.few_networks,0.7", "verdicts.*,"))["few networks"] == 0.5


def test_a_check_that_is_switched_off_sets_its_number_all_the_same(limited: Limited) -> None:
    found = in_force(limited("flow_exports.records_received,0.9", severity="off"))
    assert found["low coverage"] == 0.9
    found = in_force(limited("flow_exports.records_received,", severity="off"))
    assert found["low coverage"] == 0.95


@pytest.mark.parametrize("number", ["0", "0.0001", "0.3333", "0.9999", "1"])
def test_marts_and_checks_go_by_the_same_number_to_the_ends(limited: Limited, number: str) -> None:
    compiled = limited(f"flow_exports.records_received,{number}")
    told = compiled.rows("select meaning, limit_in_force from marts.verdicts where verdict = 'low coverage'")
    percent = f"{float(number) * 100:.2f}".rstrip("0").rstrip(".")
    begins = f"Less than {percent}% of the expected records or 5-minute bins"
    assert told == [(f"{begins} of a quarter came.", float(number))]


def test_low_precision_begins_where_the_operator_says(limited: Limited) -> None:
    """1.96 times 0.33317 is 0.653."""
    low = "select is_low_precision from marts.network_type_quarterly where network_type = 'hosting'"
    assert limited().rows(low) == [(True,)]
    assert limited("verdicts.low_precision,0.66").rows(low) == [(False,)]
    assert limited("verdicts.low_precision,0.65").rows(low) == [(True,)]


def test_clocks_may_be_off_by_what_the_operator_says(limited: Limited) -> None:
    """It ends 600 seconds after its export."""
    by_reason = (
        "select reason, cast(sum(bytes_as_exported) as integer) from core.conservation group by all order by all"
    )
    apart = [("implausible_time", 1000), ("published", 9000)]
    assert limited().rows(by_reason) == apart
    assert limited("flow_records.record_clocks_agree,599").rows(by_reason) == apart
    assert limited("flow_records.record_clocks_agree,600").rows(by_reason) == [("published", 10_000)]


def test_marts_tell_the_numbers_in_force(limited: Limited) -> None:
    told = "select meaning, limit_in_force from marts.verdicts where verdict = 'low coverage'"
    begins = "expected records or 5-minute bins of a quarter came."
    assert limited().rows(told) == [(f"Less than 95% of the {begins}", 0.95)]
    assert limited("flow_exports.*,0.875").rows(told) == [(f"Less than 87.5% of the {begins}", 0.875)]
    assert limited().rows("select verdict from marts.verdicts where meaning like '%{%'") == []


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("verdicts.low_precision,10", "10 is not a part from 0 to 1 with at most 4 decimals, as verdicts.low_p"),
        ("flow_records.record_clocks_agree,-1", "-1 is not seconds from 0 to 86400"),
        ("verdicts.low_precision,1.0000001", "1.0000001 is not a part from 0 to 1"),
        ("flow_exports.records_received,0.99999", "0.99999 is not a part from 0 to 1 with at most 4 decimals"),
        ("flow_records.record_clocks_agree,0.00004", "4e-05 is not seconds from 0 to 86400 with at most 4 decimals"),
        ("flow_exports.*,6", "6 is not a part from 0 to 1 .*, as flow_exports.records_received must be"),
    ],
)
def test_a_number_that_none_can_be_is_refused(limited: Limited, row: str, told: str) -> None:
    with pytest.raises(OperatorError, match=told):
        limited(row)
