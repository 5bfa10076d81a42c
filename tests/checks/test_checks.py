"""Every check fails when what it guards is broken, and tells which limit it held."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import dagster as dg
import pytest

from assets.operator import CheckLimit, load_operator
from assets.operator import limits as shared
from checks import classification, flow_exports, flow_records, marts, registries, reports
from checks._bounds import Bound, Row, at_least, at_most, hold
from checks.expectations import Expected, validate
from checks.limits import SEVERITIES, Limit, UnknownCheckError, limit_of, project_limits

DEMO = Path(__file__).parents[2] / "operators" / "demo"
DEFAULT = Limit("marts.shares_sum_to_one", 0.001, "block", "as decided", date(2026, 11, 21))


CHECKS = [
    one for topic in (flow_exports, flow_records, registries, classification, marts, reports) for one in topic.CHECKS
]


def run(rows: Sequence[Row], bound: Bound, limit: float, **options: bool) -> dg.AssetCheckResult:
    return hold(rows, bound, limit, severity=dg.AssetCheckSeverity.ERROR, metadata={}, remedy="mend it", **options)


def days(*values: float | None) -> list[Row]:
    return [{"day": number, "adrift": value} for number, value in enumerate(values)]


@pytest.mark.parametrize(("values", "passed"), [([0.0, 0.0], True), ([0.0, 1.0], False), ([0.0, None], False)])
def test_at_most_holds_every_row(values: list[float | None], passed: bool) -> None:
    assert run(days(*values), at_most("adrift"), 0).passed is passed


@pytest.mark.parametrize(("values", "passed"), [([0.95, 1.0], True), ([0.94, 1.0], False), ([float("nan")], False)])
def test_at_least_holds_every_row(values: list[float], passed: bool) -> None:
    assert run(days(*values), at_least("adrift"), 0.95).passed is passed


def test_a_failure_says_what_was_wanted_names_the_rows_and_says_what_to_do() -> None:
    rows = [{"on": date(2026, 1, 2), "share": Decimal("0")}, {"on": date(2026, 1, 3), "share": Decimal("0.62")}]
    assert run(rows, at_most("share"), 0.05).description == (
        "share must be at most 0.05: 1 rows are not, such as [{'on': '2026-01-03', 'share': 0.62}]; mend it"
    )


def test_no_remedy_asks_the_published_marts_for_what_only_core_has() -> None:
    """`netstats query` reads nothing of core, and where a check blocks there may be nothing published at all."""
    remedies = [check.remedy or "" for check in CHECKS]
    asked = [remedy for remedy in remedies if "netstats query" in remedy and "core." in remedy]
    assert [remedy for remedy in asked if "netstats query --file" not in remedy] == []


def test_what_passes_needs_no_remedy() -> None:
    result = run(days(0.05), at_most("adrift"), 0.05)
    assert (result.passed, result.description) == (True, None)


def test_no_rows_at_all_is_a_failure_since_nothing_was_checked_unless_there_may_be_none() -> None:
    assert not run([], at_most("adrift"), 0).passed
    assert run([], at_most("adrift"), 0, may_be_empty=True).passed


def test_a_suite_tells_each_expectation_that_is_not_met() -> None:
    suite = [
        Expected("ExpectColumnValuesToNotBeNull", "adrift"),
        Expected("ExpectColumnValuesToBeInSet", "day", {"value_set": [0, 1, 2]}),
        Expected("ExpectTableColumnsToMatchSet", None, {"column_set": ["day", "adrift"]}),
    ]
    assert validate("a suite", days(1.0, 2.0), suite).lines == []
    [told] = validate("a suite", days(1.0, None), suite).lines
    assert told.startswith("adrift must be as expect_column_values_to_not_be_null says")
    assert "'day': 1" in told


def test_every_check_has_its_row_of_limits_and_every_row_its_check() -> None:
    assert sorted(one.default.check for one in CHECKS) == sorted(project_limits())
    assert all(one.reason.endswith(".") and one.severity in SEVERITIES for one in project_limits().values())


def test_every_check_says_what_it_means_and_what_to_do() -> None:
    assert [one.name for one in CHECKS if not one.description.endswith(".") or not one.remedy] == []


def test_single_bounds_need_no_great_expectations() -> None:
    """It takes five seconds to load: a day's run, and a process that only looks at checks, do without it."""
    asked = "import sys, checks.flow_records, checks.marts; print('great_expectations' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.fixture
def other_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The limits that SQL goes by, too, with another one of coverage."""
    told = shared.SEED.read_text(encoding="utf-8")
    assert told.count(",0.95,") == 1
    (tmp_path / "limits.csv").write_text(told.replace(",0.95,", ",0.75,"), encoding="utf-8")
    monkeypatch.setattr(shared, "SEED", tmp_path / "limits.csv")
    for cached in (shared.shared_limits, project_limits):
        cached.cache_clear()
    yield
    for cached in (shared.shared_limits, project_limits):
        cached.cache_clear()


@pytest.mark.usefixtures("other_limits")
def test_a_limit_that_decides_on_a_verdict_is_the_verdicts() -> None:
    assert project_limits()["flow_exports.records_received"].limit == 0.75
    assert project_limits()["flow_exports.bins_are_present"].limit == 6


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


def test_a_check_that_is_misspelt_is_an_error_that_names_it() -> None:
    misspelt = CheckLimit("marts.shares_sum_to_on", 0.5, "off", "known fault", date(2026, 1, 2))
    with pytest.raises(UnknownCheckError, match=r"'marts\.shares_sum_to_on' fits no check; .*marts\.shares_sum_to_one"):
        limit_of(with_limits(misspelt), DEFAULT)
