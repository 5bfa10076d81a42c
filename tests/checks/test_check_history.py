"""What checks find is kept for each run, survives a torn line, and is published without what may be withheld."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import duckdb
import pytest

from assets.ground.partitions import Calendar
from assets.ground.workspace import Workspace
from assets.warehouse.check_history import (
    Finding,
    HistoryError,
    add,
    history_path,
    is_told,
    last_findings,
    warned_of,
    write_table,
)
from assets.warehouse.published_marts import publish, publish_checks
from checks._bounds import at_most, hold
from checks._history import Run, keep_history, run_of
from orchestration.commands.diagnosis import of_checks
from orchestration.runs import partition_range
from tests.checks.finding import FINDING

NOON = datetime(2026, 1, 19, 12, tzinfo=UTC)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "operator", tmp_path / "state", tmp_path, Calendar(date(2025, 10, 1)))


@pytest.fixture
def published(workspace: Workspace) -> Path:
    workspace.warehouse.parent.mkdir(parents=True)
    with duckdb.connect(workspace.warehouse) as database:
        database.execute("create schema marts; create table marts.coverage as select 7 as days_present")
    publish(workspace.warehouse, workspace.published, fingerprints={"2025Q4": "a"})
    return workspace.published


def table(published: Path) -> list[tuple[object, ...]]:
    with duckdb.connect(published, read_only=True) as database:
        return database.execute("select check_name, passed, worst_value from marts.check_history").fetchall()


def test_a_result_is_kept_with_its_rows_its_worst_value_and_their_quarters(workspace: Workspace) -> None:
    rows = [
        {"export_on": date(2025, 12, 31), "exporter": "192.0.2.1", "share": 0.4},
        {"export_on": "2026-01-02", "exporter": "192.0.2.1", "share": 0.7},
        {"export_on": date(2026, 1, 3), "exporter": "192.0.2.1", "share": 0.1},
    ]
    about = {"limit_of": "flow_exports.x", "limit": 0.2, "severity": "warn", "holds": "A share.", "remedy": "mend it"}
    result = hold(
        rows, at_most("share"), 0.2, severity=dg.AssetCheckSeverity.WARN, metadata=about, remedy="mend it"
    )._replace(asset_key=dg.AssetKey(["core", "exporter_bins"]))
    keep_history(workspace, Run("daily", "one", date(2026, 1, 2), date(2026, 1, 3)), [result], NOON)
    [kept] = last_findings(history_path(workspace.published))
    assert kept == replace(FINDING, quarters=("2025Q4", "2026Q1"), found=result.description or "")


@pytest.mark.parametrize(
    ("tags", "days"),
    [
        ({"dagster/partition": "2025-10-01"}, (date(2025, 10, 1), date(2025, 10, 1))),
        (partition_range("2026-01-02", "2026-01-03"), (date(2026, 1, 2), date(2026, 1, 3))),
        ({}, (None, None)),
    ],
)
def test_a_step_knows_the_days_of_its_run(tags: dict[str, str], days: tuple[date | None, date | None]) -> None:
    run = SimpleNamespace(job_name="daily", run_id="one", tags=tags)
    assert run_of(SimpleNamespace(run=run)) == Run("daily", "one", *days)  # type: ignore[arg-type]


def test_each_run_adds_one_row_a_check_and_the_newest_is_the_last(workspace: Workspace) -> None:
    path = history_path(workspace.published)
    assert last_findings(path) == []
    add(path, [FINDING, replace(FINDING, check="marts.y")])
    add(path, [replace(FINDING, run="two", passed=True)])
    assert len(path.read_text().splitlines()) == 3
    assert [(one.check, one.run, one.passed) for one in last_findings(path)] == [
        ("flow_exports.x", "two", True),
        ("marts.y", "one", False),
    ]


def test_a_line_that_was_cut_off_is_taken_out_and_one_that_is_no_finding_is_named(workspace: Workspace) -> None:
    path = history_path(workspace.published)
    add(path, [FINDING])
    with path.open("a") as file:
        file.write('{"check": "marts.')
    add(path, [replace(FINDING, run="two")])
    assert [json.loads(line)["run"] for line in path.read_text().splitlines()] == ["one", "two"]
    with path.open("a") as file:
        file.write("{}\n")
    with pytest.raises(HistoryError, match=r"history\.jsonl, line 3: is not a check's finding"):
        last_findings(path)


def test_the_published_table_tells_no_router_and_no_value_of_one(workspace: Workspace, published: Path) -> None:
    assert table(published) == []
    of_router = replace(FINDING, check="flow_records.z", found="'exporter': '192.0.2.1'")
    add(history_path(published), [FINDING, of_router])
    publish_checks(published)
    assert table(published) == [("flow_exports.x", False, 0.7), ("flow_records.z", False, None)]
    assert b"192.0.2.1" not in published.read_bytes()
    written = (published.stat().st_mtime_ns, published.stat().st_ino)
    publish_checks(published)
    assert (published.stat().st_mtime_ns, published.stat().st_ino) == written


def test_a_publication_made_anew_has_the_history_of_all_runs(workspace: Workspace, published: Path) -> None:
    add(history_path(published), [FINDING, replace(FINDING, run="two")])
    workspace.published.unlink()
    publish(workspace.warehouse, published, fingerprints={"2025Q4": "a"})
    assert len(table(published)) == 2


def test_a_garbled_history_stops_the_publication_and_names_the_file(workspace: Workspace, published: Path) -> None:
    add(history_path(published), [FINDING])
    history_path(published).write_text("no finding\n")
    with pytest.raises(HistoryError, match=r"history\.jsonl, a line: is not a check's finding"):
        publish_checks(published)
    assert table(published) == []


def test_a_page_follows_what_is_warned_of_its_quarter_and_not_when(published: Path) -> None:
    from assets.ground.quarters import Quarter

    quarter, history = Quarter(2025, 4), history_path(published)

    def told(*findings: Finding) -> list[list[str]]:
        add(history, findings)
        publish_checks(published)
        return warned_of(published, quarter)

    first = told(FINDING)
    assert first == [["flow_exports.x", "warn 0.2 2"]]
    assert told(replace(FINDING, run="two", checked_at=datetime(2026, 1, 20, tzinfo=UTC))) == first
    of_another = replace(FINDING, quarters=("2026Q1",), checked_at=datetime(2026, 1, 21, tzinfo=UTC))
    assert told(of_another) == [["flow_exports.x", ""]]
    # The clock was ahead, and is set back: what was told last holds.
    assert told(replace(FINDING, checked_at=datetime(2025, 12, 31, tzinfo=UTC))) == first
    # A year later the check looks at other quarters.
    assert told(replace(FINDING, last_day=date(2026, 12, 1), checked_at=datetime(2026, 12, 2, tzinfo=UTC))) == first


def test_doctor_tells_what_blocks_and_what_warns_with_the_remedy(workspace: Workspace) -> None:
    assert list(of_checks.findings(workspace)) == []
    bins, whole = "flow_exports.bins_are_present", "marts.shares_sum_to_one"
    add(
        history_path(workspace.published),
        [
            replace(FINDING, check=bins, found="3 rows, such as [...]; mend it"),
            replace(FINDING, check=whole, severity="block", found="adrift; mend it"),
            replace(FINDING, check="marts.that_was_renamed"),
            replace(FINDING, check="marts.rates_are_ordered", severity="off", passed=True),
        ],
    )
    assert [one.line for one in of_checks.findings(workspace)] == [
        "3 checks were run, the last 2026-01-19 12:00 UTC; 2 do not hold",
        "warning: 1 checks are switched off by check_limits.csv: marts.rates_are_ordered; take the rows out once their "
        "reasons are gone",
        f"blocks: check {whole}: A share. adrift; mend it",
        f"warning: check {bins}: A share. 3 rows, such as [...]; mend it",
    ]


def test_the_table_describes_its_columns(published: Path) -> None:
    with duckdb.connect() as database:
        database.execute("create schema marts")
        write_table(database, history_path(published))
        bare = "select column_name from duckdb_columns() where table_name = 'check_history' and comment is null"
        assert database.execute(bare).fetchall() == []
        assert is_told(database, history_path(published))
