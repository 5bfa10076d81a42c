"""The reports of a range of days: every quarter that has traffic gets its own, whatever becomes of the others."""

import json
from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from assets.ground.partitions import Calendar
from assets.ground.quarters import Quarter, days_between
from assets.ground.workspace import Workspace
from assets.reports.bundles import bundle_fingerprint
from assets.warehouse.editions.figures import Figures
from assets.warehouse.editions.kept import Edition, editions_folder, keep
from orchestration import automation
from orchestration.commands import reporting
from orchestration.due import is_reported
from tests.orchestration.conftest import PROJECT, Put

pytestmark = pytest.mark.usefixtures("dagster_home")
Q3, Q4, Q1 = Quarter(2025, 3), Quarter(2025, 4), Quarter(2026, 1)
LAST_OF_Q3, FIRST_OF_Q4, LAST_OF_Q4, FIRST_OF_Q1 = (
    date(2025, 9, 30), date(2025, 10, 1), date(2025, 12, 31), date(2026, 1, 1),
)  # fmt: skip


@pytest.fixture
def workspace(workspace: Workspace) -> Workspace:
    """Tracked since July 2025."""
    return Workspace(workspace.operator_folder, workspace.state, PROJECT / "dbt_project", Calendar(date(2025, 7, 1)))


def reports(
    workspace: Workspace,
    first: date,
    last: date,
    *,
    published: list[Quarter],
    broken: Quarter | None = None,
    edition: Edition | None = None,
) -> reporting.Reports:
    """What becomes of the reports of a range, with a job of reports that can't make the one of the broken quarter."""

    @dg.asset(partitions_def=workspace.calendar.quarters)
    def bundle(context: dg.AssetExecutionContext) -> None:
        if broken and context.partition_key == broken.began_on.isoformat():
            raise dg.Failure("its folder can't be written")
        if edition:
            keep(editions_folder(workspace.published), edition)

    workspace.published.parent.mkdir(exist_ok=True)
    told = json.dumps({str(quarter): "made" for quarter in published})
    workspace.published.with_name("quarters.json").write_text(told, encoding="utf-8")
    loaded = dg.Definitions([bundle], jobs=[dg.define_asset_job(automation.REPORTS, "*")])
    return reporting.make(lambda: loaded, workspace, days_between(first, last))


def files_beside(workspace: Workspace) -> tuple[Path, Path]:
    """What is made with the page of Q4: its comparison, and its dataset."""
    return workspace.state / "comparisons" / f"{Q4}.csv", workspace.state / "releases" / str(Q4) / "datapackage.json"


def made(found: reporting.Reports) -> list[Quarter]:
    return list(found.pages)


def test_a_range_whose_last_day_opens_a_quarter_reports_the_one_that_has_traffic(
    workspace: Workspace, put: Put
) -> None:
    put("ledger.built", [("core", "2026-01-01", "made")])
    put("core.conservation", [(FIRST_OF_Q1, "127.0.0.2", "published", 1, 10)])
    found = reports(workspace, LAST_OF_Q4, FIRST_OF_Q1, published=[Q4])
    assert (made(found), found.newest, found.faults) == ([Q4], Q4, [])
    assert found.lines == [
        "no report      2026Q1: what came of its days is traffic of the quarter before",
        f"Report: {workspace.reports / '2025Q4' / 'index.html'}",
    ]


def test_a_day_that_opens_a_quarter_reports_the_one_before(workspace: Workspace) -> None:
    assert made(reports(workspace, FIRST_OF_Q1, FIRST_OF_Q1, published=[Q4])) == [Q4]
    assert made(reports(workspace, FIRST_OF_Q1, FIRST_OF_Q1, published=[Q4, Q1])) == [Q4, Q1]


def test_a_range_over_quarters_reports_each_of_them(workspace: Workspace) -> None:
    found = reports(workspace, date(2025, 7, 1), FIRST_OF_Q1, published=[Q3, Q4, Q1])
    assert (made(found), found.newest, found.faults) == ([Q3, Q4, Q1], Q1, [])


def test_a_quarter_without_files_is_told_and_keeps_none_from_its_report(workspace: Workspace) -> None:
    found = reports(workspace, date(2025, 7, 1), LAST_OF_Q4, published=[Q4])
    assert (made(found), found.faults) == ([Q4], [])
    assert found.without_traffic == {Q3: "no flow record came of its days"}


def test_a_report_that_cannot_be_made_is_told_and_keeps_none_from_its_own(workspace: Workspace) -> None:
    found = reports(workspace, LAST_OF_Q3, LAST_OF_Q4, published=[Q3, Q4], broken=Q3)
    assert made(found) == [Q4]
    assert found.faults == ["2025Q3 has no new report: bundle failed: its folder can't be written"]


def test_a_report_that_is_current_is_told_and_not_made_again(workspace: Workspace) -> None:
    page = workspace.reports / str(Q4) / "index.html"
    beside = files_beside(workspace)
    assert made(reports(workspace, LAST_OF_Q4, LAST_OF_Q4, published=[Q4])) == [Q4]
    for path in (page, *beside):
        path.parent.mkdir(parents=True)
        path.write_text("made")
    page.parent.with_name(f"{Q4}.fingerprint").write_text(bundle_fingerprint(workspace, Q4))
    found = reports(workspace, LAST_OF_Q4, LAST_OF_Q4, published=[Q4], broken=Q4)
    assert (found.pages, found.newest, found.faults) == ({Q4: page}, Q4, [])
    for path in beside:
        path.unlink()
        assert not is_reported(workspace, Q4), path
        path.write_text("made")


def test_a_report_made_while_its_quarter_ran_is_not_current_once_it_ended(workspace: Workspace) -> None:
    """Nothing else changed: what was published is the same, and so is the page."""
    keep(editions_folder(workspace.published), Edition("2025Q4", 1, date(2025, 12, 30), True, Figures({})))
    page = workspace.reports / str(Q4) / "index.html"
    beside = files_beside(workspace)
    reports(workspace, LAST_OF_Q4, LAST_OF_Q4, published=[Q4])
    for path in (page, *beside):
        path.parent.mkdir(parents=True)
        path.write_text("made")
    page.parent.with_name(f"{Q4}.fingerprint").write_text(bundle_fingerprint(workspace, Q4))
    assert not is_reported(workspace, Q4)
    found = reports(workspace, LAST_OF_Q4, LAST_OF_Q4, published=[Q4], broken=Q4)
    assert found.faults == ["2025Q4 has no new report: bundle failed: its folder can't be written"]


def test_an_edition_that_can_not_be_read_is_a_line_and_keeps_no_other_report_from_being_made(
    workspace: Workspace,
) -> None:
    path = keep(editions_folder(workspace.published), Edition("2025Q3", 1, date(2025, 10, 3), False, Figures({})))
    path.write_text("[]")
    found = reports(workspace, LAST_OF_Q3, LAST_OF_Q4, published=[Q3, Q4])
    assert made(found) == [Q4]
    (fault,) = found.faults
    assert fault.startswith(f"2025Q3 has no new report: {path} can't be read as an edition")


def test_the_quarter_that_is_compared_with_a_late_day_is_reported_again(workspace: Workspace) -> None:
    found = reports(workspace, LAST_OF_Q3, LAST_OF_Q3, published=[Q3, Q4, Q1])
    assert (made(found), found.newest) == ([Q3, Q4], Q3)


def test_a_quarter_all_of_whose_traffic_is_set_apart_is_a_fault(workspace: Workspace, put: Put) -> None:
    put("ledger.built", [("core", "2025-09-30", "made")])
    put("core.conservation", [(LAST_OF_Q3, "127.0.0.2", "unknown_sampling", 1, 10)])
    found = reports(workspace, LAST_OF_Q3, FIRST_OF_Q4, published=[Q4])
    assert made(found) == [Q4]
    assert found.faults == ["2025Q3 has no report: all of its traffic is set apart (unknown sampling)"]


def test_no_report_at_all_is_a_fault(workspace: Workspace) -> None:
    found = reports(workspace, LAST_OF_Q3, LAST_OF_Q3, published=[])
    assert found.faults == ["there is no report, since no quarter of these days has traffic of its own"]


def test_a_report_that_restates_a_complete_quarter_says_so_and_what_changed(workspace: Workspace, put: Put) -> None:
    put("ledger.built", [("core", "2025-12-31", "made")])
    put("core.conservation", [(LAST_OF_Q4, "127.0.0.2", "published", 1, 10)])
    first, second = (
        Edition("2025Q4", number, date(2026, number, 3), False, Figures({}), changed=("1 decision of 2025-12-12",))
        for number in (1, 2)
    )
    assert reports(workspace, LAST_OF_Q4, LAST_OF_Q4, published=[Q4], edition=first).restated == {}
    found = reports(workspace, LAST_OF_Q4, LAST_OF_Q4, published=[Q4], edition=second)
    assert found.lines[0] == "restated       2025Q4: edition 2 (1 decision of 2025-12-12)"


def test_a_quarter_that_ran_until_now_is_not_restated(workspace: Workspace, put: Put) -> None:
    put("ledger.built", [("core", "2025-12-31", "made")])
    put("core.conservation", [(LAST_OF_Q4, "127.0.0.2", "published", 1, 10)])
    running = Edition("2025Q4", 1, date(2025, 12, 30), True, Figures({}))
    complete = Edition("2025Q4", 2, date(2026, 1, 3), False, Figures({}), changed=("exports: 92 days (91 before)",))
    reports(workspace, LAST_OF_Q4, LAST_OF_Q4, published=[Q4], edition=running)
    assert reports(workspace, LAST_OF_Q4, LAST_OF_Q4, published=[Q4], edition=complete).restated == {}
