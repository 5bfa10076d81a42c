"""Every check fails when what it guards is broken, and tells which limit it held."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import dagster as dg
import pandas as pd
import pytest

from assets.operator import CheckLimit, load_operator
from checks._expectations import Expected, check
from checks._limits import Limit, limit_of
from checks._topic import at_least, at_most

DEMO = Path(__file__).parents[1] / "operators" / "demo"
DEFAULT = Limit("marts.shares_sum_to_one", 0.001, "block", "as decided", date(2026, 11, 21))


def run(values: Sequence[float], expected: list[Expected]) -> dg.AssetCheckResult:
    rows = pd.DataFrame({"day": range(len(values)), "adrift": values})
    return check(rows, expected, severity=dg.AssetCheckSeverity.ERROR, metadata={})


@pytest.mark.parametrize(("values", "passed"), [([0.0, 0.0], True), ([0.0, 1.0], False)])
def test_at_most_holds_every_row(values: list[float], passed: bool) -> None:
    assert run(values, at_most("adrift")(0)).passed is passed


@pytest.mark.parametrize(("values", "passed"), [([0.95, 1.0], True), ([0.94, 1.0], False)])
def test_at_least_holds_every_row(values: list[float], passed: bool) -> None:
    assert run(values, at_least("adrift")(0.95)).passed is passed


def test_a_failure_names_the_rows(recwarn: pytest.WarningsRecorder) -> None:
    result = run([0.0, 7.0], at_most("adrift")(0))
    assert result.description is not None
    assert "1 rows" in result.description
    assert "'adrift': 7.0" in result.description


def test_a_failure_says_what_was_wanted_and_what_to_do() -> None:
    rows = pd.DataFrame({"exporter": ["192.0.2.1", "192.0.2.2"], "share": [0.0, 0.62]})
    result = check(rows, at_most("share")(0.05), severity=dg.AssetCheckSeverity.ERROR, metadata={}, remedy="mend it")
    assert result.description == (
        "share must be at most 0.05: 1 rows are not, such as [{'exporter': '192.0.2.2', 'share': 0.62}]; mend it"
    )


def test_what_passes_needs_no_remedy() -> None:
    result = check(
        pd.DataFrame({"share": [0.05]}),
        at_most("share")(0.05),
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={},
        remedy="mend it",
    )
    assert (result.passed, result.description) == (True, None)


def test_no_rows_at_all_is_a_failure_since_nothing_was_checked() -> None:
    assert not run([], at_most("adrift")(0)).passed


def with_limits(*limits: CheckLimit):
    operator = load_operator(DEMO)
    return type(operator)(**{**operator.__dict__, "check_limits": limits})


def test_the_operators_last_fitting_row_is_the_limit() -> None:
    all_warn = CheckLimit("*", None, "warn", "while we set up", date(2026, 1, 1))
    shares = CheckLimit("marts.*", 0.5, "off", "known fault", date(2026, 1, 2))
    assert limit_of(with_limits(), DEFAULT) == DEFAULT
    assert limit_of(with_limits(all_warn), DEFAULT).limit == 0.001
    assert limit_of(with_limits(all_warn), DEFAULT).dagster_severity is dg.AssetCheckSeverity.WARN
    assert limit_of(with_limits(all_warn, shares), DEFAULT).is_off
