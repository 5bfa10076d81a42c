"""How a run's end is told: each failed check with what it holds, rows and remedy, each failed step by its cause."""

from datetime import date

import dagster as dg
import pytest

from assets.ground.workspace import Workspace
from checks._topic import TopicCheck, at_most
from checks.limits import Limit
from orchestration import runs

pytestmark = pytest.mark.usefixtures("dagster_home")
DAY = date(2025, 11, 10)


@dg.asset
def table() -> None:
    """What the checks below stand on."""


def lost(severity: str, values: list[float], workspace: Workspace) -> dg.AssetChecksDefinition:
    """A check of this severity that no value may be above zero."""

    class Held(TopicCheck):
        def database(self, workspace: Workspace) -> None:
            return None

    rows = " union all ".join(f"select 'edge-{n}' as router, {value} as lost" for n, value in enumerate(values, 1))
    return Held(
        name=f"none_lost_{severity}",
        asset=table.key,
        description="Nothing is lost.",
        default=Limit(f"topic.none_lost_{severity}", 0, severity, "tests", DAY),
        sql=lambda _: rows or "select 0 as lost where false",
        expected=at_most("lost"),
        remedy="mend the router",
    ).define(workspace)


def ended(workspace: Workspace, *checks: dg.AssetChecksDefinition) -> runs.Ended:
    loaded = dg.Definitions([table], asset_checks=checks, jobs=[dg.define_asset_job("daily", "*")])
    return runs.execute(loaded, "daily", {})


def test_a_check_that_blocks_is_told_with_what_it_holds_its_rows_and_its_remedy(workspace: Workspace) -> None:
    told = ended(workspace, lost("block", [0.0, 7.0], workspace))
    assert not told.is_success
    assert told.failures == [
        "check topic.none_lost_block failed, and nothing is published: Nothing is lost. lost must be at most 0: 1 rows "
        "are not, such as [{'router': 'edge-2', 'lost': 7.0}]; mend the router"
    ]
    assert told.warned == []


def test_a_check_that_warns_is_told_so_and_lets_the_run_succeed(workspace: Workspace) -> None:
    told = ended(workspace, lost("warn", [0.0, 7.0], workspace))
    assert told.is_success
    assert told.failures == []
    assert told.warned == [
        "topic.none_lost_warn: Nothing is lost. lost must be at most 0: 1 rows are not, such as [{'router': 'edge-2', "
        "'lost': 7.0}]; mend the router"
    ]


def test_the_remedy_of_a_warning_stands_behind_however_many_rows(workspace: Workspace) -> None:
    [told] = ended(workspace, lost("warn", [float(n) for n in range(1, 40)], workspace)).warned
    assert told.endswith(" ...; mend the router")
    assert len(told) < 400


@pytest.mark.parametrize("severity", ["warn", "block"])
def test_checks_without_rows_are_named_in_one_line(workspace: Workspace, severity: str) -> None:
    told = ended(workspace, lost(severity, [], workspace))
    [line] = [*told.failures, *told.warned]
    assert line.endswith(f"there were no rows to check for topic.none_lost_{severity}")


def test_a_fault_of_the_program_is_told_by_its_cause(workspace: Workspace) -> None:
    @dg.asset
    def broken() -> None:
        raise KeyError("nowhere")

    loaded = dg.Definitions([broken], jobs=[dg.define_asset_job("daily", "*")])
    assert runs.execute(loaded, "daily", {}).failures == ["broken failed: KeyError: 'nowhere'"]


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (OSError('Could not set lock on file "w.duckdb": Conflicting lock is held in python (PID 42) by user me'),
         "broken failed: the warehouse is in use by another run or reader (process 42); wait until it has ended, and "
         "run the same again"),
        (dg.Failure("2025Q4 is empty; fill it"), "broken failed: 2025Q4 is empty; fill it"),
    ],
)  # fmt: skip
def test_what_the_platform_raises_is_told_without_its_class(workspace: Workspace, raised: Exception, told: str) -> None:
    @dg.asset
    def broken() -> None:
        raise raised

    loaded = dg.Definitions([broken], jobs=[dg.define_asset_job("daily", "*")])
    assert runs.execute(loaded, "daily", {}).failures == [told]


def test_ctrl_c_within_a_step_is_no_failure_of_its_own(workspace: Workspace) -> None:
    @dg.asset
    def interrupted() -> None:
        raise KeyboardInterrupt

    loaded = dg.Definitions([interrupted], jobs=[dg.define_asset_job("daily", "*")])
    with pytest.raises(runs.InterruptedRunError):
        runs.execute(loaded, "daily", {})
