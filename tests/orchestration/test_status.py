"""How a state stands, for a person, a program and Prometheus, with an exit status that cron can use."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from click.testing import CliRunner, Result

from assets.exports.collecting.counts import Counts, write_counts
from assets.ground.partitions import Calendar
from assets.ground.workspace import Workspace
from assets.registry.in_force import PULL_COLUMNS, PULLS
from assets.warehouse.check_history import Finding, add, history_path
from orchestration import automation, ended_well, resources, runs
from orchestration.alerts.kept import Reached, alerts_path, changing
from orchestration.commands import status
from orchestration.commands.cli import main
from orchestration.commands.standing import last_runs, problems
from orchestration.commands.standing.disk import bytes_text, disk_of
from tests.orchestration.conftest import PROJECT, Put

TENTH = date(2025, 11, 10)
NIGHT = datetime(2025, 11, 11, 3, tzinfo=UTC)


@dg.asset
def broken() -> None:
    raise ValueError("nowhere")


@dg.asset
def sound() -> None:
    """What does not fail."""


LOADED = dg.Definitions(
    [broken, sound], jobs=[dg.define_asset_job("daily", [broken]), dg.define_asset_job("marts", [sound])]
)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A simulated operator, whose days are never stale, with an alert target; its state is empty."""
    folder = tmp_path / "operators" / "mine"
    shutil.copytree(PROJECT / "tests" / "operators" / "real_exports", folder)
    told = folder / "operator.yaml"
    lines = [line for line in told.read_text(encoding="utf-8").splitlines() if "simulated" not in line]
    target = "alert_targets: [{name: pager, secret_environment: PAGER}]"
    told.write_text("\n".join([*lines, "simulated: true", target, ""]), encoding="utf-8")
    state = tmp_path / "states" / "mine"
    state.mkdir(parents=True)
    return Workspace(folder, state, PROJECT / "dbt_project", Calendar(TENTH))


@pytest.fixture
def core(workspace: Workspace, put: Put) -> Put:
    """Core of one day: 10 records of 13 came, a tenth of the bits is of no known type, one exporter has no row."""
    with duckdb.connect(workspace.warehouse) as database:
        database.execute("alter table core.exporter_bins add column is_covered boolean")
    put("ledger.built", [("core", str(TENTH), "made")])
    put("core.conservation", [(TENTH, "127.0.0.2", "published", 9, 900), (TENTH, "192.0.2.9", "transit", 1, 100)])
    put("core.exporter_bins", [(TENTH, "127.0.0.2", 13, 3, False, True)])
    put("core.typed_traffic_bins", [(TENTH, "cdn", 9), (TENTH, "unclassified", 1)])
    return put


@pytest.fixture(autouse=True)
def own_environment() -> Iterator[None]:
    """What a command sets for Dagster and dbt is not there for the tests that come after."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(autouse=True)
def selected(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETSTATS_OPERATOR", str(workspace.operator_folder))
    monkeypatch.setenv("NETSTATS_STATE", str(workspace.state.parent))


@pytest.fixture
def pulled(came: object) -> None:
    came(TENTH, {"exports/a.pcap": {}})  # type: ignore[operator]


def asked(*options: str) -> Result:
    return CliRunner().invoke(main, ["status", *options])


def ran(workspace: Workspace, *jobs: str) -> None:
    resources.enter(workspace)
    for job in jobs:
        runs.execute(LOADED, job, {})


def check(severity: str, *, passed: bool = False) -> Finding:
    return Finding(
        *("topic.a_check", "exports/flow_records", "daily", "0b1c"),
        checked_at=NIGHT,
        first_day=TENTH,
        last_day=TENTH,
        passed=passed,
        severity=severity,
        limit=0.0,
        worst=7.0,
        rows_checked=9,
        rows_broken=2,
        quarters=(),
        holds="Nothing is lost.",
        remedy="mend it",
        found="edge-1 lost 7",
    )


def test_a_state_that_was_never_pulled_says_what_to_do(workspace: Workspace) -> None:
    told = asked()
    assert told.exit_code == 1
    assert told.output == f"{workspace.state}: no day was pulled yet; run `netstats build` first\n"


@pytest.mark.usefixtures("pulled", "core")
def test_a_person_sees_days_losses_and_exporters_without_a_row_on_one_screen(workspace: Workspace) -> None:
    ran(workspace, "marts")
    told = asked()
    lines = told.output.splitlines()
    assert told.exit_code == 0, told.output
    assert lines[0] == "Export day 2025-11-10"
    assert "days           1 of 1 with flow exports (1 file)" in lines
    assert "routers        edge-1 (127.0.0.2): heard on 1 of 1 days" in lines
    assert "records        10, and 3 lost on the way to the collector" in lines
    assert "stages         pulled    2025-11-10 to 2025-11-10, 1 day" in lines
    assert "               built     2025-11-10 to 2025-11-10, 1 day" in lines
    assert any(line.startswith("without a row  exporter 192.0.2.9, 10.0% of bytes") for line in lines)
    assert any(line.startswith("unclassified   10.0% of bits") for line in lines)
    assert any(line.startswith("last run       marts: success, ") for line in lines)
    assert any(line.startswith("disk           ") for line in lines)
    assert "alerts         pager: told nothing yet" in lines
    assert len(lines) < 50


@pytest.mark.usefixtures("pulled", "core")
def test_a_program_reads_the_same_as_json(workspace: Workspace) -> None:
    ran(workspace, "marts")
    told = json.loads(asked("--json").output)
    assert told["stages"]["pulled"] == {"first": "2025-11-10", "last": "2025-11-10", "days": 1}
    assert told["stages"]["published"] == {"first": None, "last": None, "days": 0}
    traffic = told["traffic"]
    assert (traffic["records"], traffic["records_lost"], traffic["unclassified_share_of_bits"]) == (10, 3, 0.1)
    assert traffic["bytes_of_exporters_without_row"] == {"192.0.2.9": 100}
    assert [(run["job"], run["status"]) for run in told["runs"]] == [("marts", "success")]
    assert told["noted"] == []


@pytest.mark.usefixtures("pulled", "core")
def test_prometheus_reads_gauges_without_routers_and_addresses(workspace: Workspace, tmp_path: Path) -> None:
    ran(workspace, "marts", "daily")
    add(history_path(workspace.published), [check("warn")])
    out = tmp_path / "netstats.prom"
    told = asked("--prometheus", "--out", str(out))
    assert (told.exit_code, told.output) == (1, "")
    text = out.read_text(encoding="utf-8")
    name = 'operator="Real exporters, made-up traffic"'
    for line in (
        f'netstats_newest_day_timestamp_seconds{{{name},stage="pulled"}} 1762732800',
        f'netstats_records{{{name},reason="transit"}} 1',
        f"netstats_records_lost{{{name}}} 3",
        f"netstats_exporters_without_row{{{name}}} 1",
        f"netstats_unclassified_share{{{name}}} 0.1",
        f'netstats_run_failed{{{name},job="daily"}} 1',
        f'netstats_run_failed{{{name},job="marts"}} 0',
        f'netstats_checks_broken{{{name},severity="warn"}} 1',
        f'netstats_noted{{{name},level="problem"}} 1',
    ):
        assert line in text.splitlines()
    assert f'netstats_run_succeeded_timestamp_seconds{{{name},job="daily"}}' not in text
    assert "127.0.0" not in text and "192.0.2.9" not in text
    names = [line.split(" ")[2] for line in text.splitlines() if line.startswith("# TYPE")]
    assert len(names) == len(set(names))
    assert out.stat().st_mode & 0o777 == 0o644
    assert [one.name for one in tmp_path.glob("*.prom*")] == ["netstats.prom"]


@pytest.mark.usefixtures("pulled")
def test_a_file_that_can_t_be_written_is_told(tmp_path: Path) -> None:
    told = asked("--prometheus", "--out", "/proc/netstats.prom")
    assert told.exit_code == 1
    assert told.output.startswith("/proc/netstats.prom can't be written (")


def failed_run(workspace: Workspace) -> str:
    ran(workspace, "daily")
    return "the last run of the job daily failed: run `netstats build`, whose last lines say why"


def failed_click(workspace: Workspace) -> str:
    ran(workspace, "daily")
    with closing(sqlite3.connect(last_runs.runs_file(workspace.dagster_home))) as runs_of_dagster:
        runs_of_dagster.execute("update runs set pipeline_name = ?", [last_runs.UNNAMED])
        runs_of_dagster.commit()
    remedy = "`netstats ui` says why under Runs; `netstats build` makes what is missing"
    return f"the last run from the UI or by automation failed: {remedy}"


def failed_check(workspace: Workspace) -> str:
    add(history_path(workspace.published), [check("warn"), check("block")])
    return "topic.a_check fails, and nothing after it is made: Nothing is lost. mend it"


def silent_target(workspace: Workspace) -> str:
    with changing(alerts_path(workspace)) as kept:
        kept.targets["pager"] = Reached(fault="Connection refused", failing_since=NIGHT.isoformat())
    return "target pager was not reached since 2025-11-11 03:00 UTC (Connection refused)"


def ended_collector(workspace: Workspace) -> str:
    folder = workspace.operator_folder / "exports"
    write_counts(folder, Counts(0), NIGHT)
    return (
        f"collector of {folder} (process 0): ended at 2025-11-11 03:00 UTC; start it, or remove its .collector files "
        "if it is not needed"
    )


def old_exports(workspace: Workspace) -> str:
    told = workspace.operator_folder / "operator.yaml"
    told.write_text(told.read_text(encoding="utf-8").replace("simulated: true", ""), encoding="utf-8")
    return (
        "exports/flow_exports holds nothing since 2025-11-10: no later day was pulled, or none has files; run "
        "`netstats build`, which says which"
    )


@pytest.mark.usefixtures("pulled", "core")
def test_a_click_that_failed_is_a_problem_until_a_later_run_ends_well(workspace: Workspace) -> None:
    """No build runs it again: it would be one for good."""
    failed_click(workspace)
    assert asked().exit_code == 1
    ran(workspace, "marts")
    told = asked()
    assert told.exit_code == 0
    assert "UI or automation: failure, " in told.output


@pytest.mark.usefixtures("pulled", "core")
@pytest.mark.parametrize("fault", [failed_run, failed_click])
def test_what_failed_is_a_problem_until_a_build_found_all_days_current(
    workspace: Workspace, fault: Callable[[Workspace], str]
) -> None:
    """Where nothing is left to do a build starts no run, and the failed one stays the last of its job."""
    before = datetime.now(UTC)
    fault(workspace)
    ended_well.note(workspace, [TENTH], before)
    assert asked().exit_code == 1
    ended_well.note(workspace, [date(2025, 11, 11)], datetime.now(UTC))
    assert asked().exit_code == 1
    ended_well.note(workspace, [TENTH, date(2025, 11, 11)], datetime.now(UTC))
    assert asked().exit_code == 0


@pytest.mark.usefixtures("pulled", "core")
def test_what_could_not_be_let_go_is_no_matter_of_builds(workspace: Workspace) -> None:
    assert problems.RETENTION == automation.RETENTION
    ran(workspace, "daily")
    with closing(sqlite3.connect(last_runs.runs_file(workspace.dagster_home))) as runs_of_dagster:
        runs_of_dagster.execute("update runs set pipeline_name = ?", [problems.RETENTION])
        runs_of_dagster.commit()
    ended_well.note(workspace, [TENTH], datetime.now(UTC))
    told = asked()
    assert told.exit_code == 1
    assert "problem        the last run of the job retention failed: `netstats retire` says why" in told.output


@pytest.mark.usefixtures("pulled", "core")
@pytest.mark.parametrize("fault", [failed_run, failed_click, failed_check, silent_target, ended_collector, old_exports])
def test_a_problem_is_told_with_its_remedy_and_status_1(workspace: Workspace, fault: object) -> None:
    line = fault(workspace)  # type: ignore[operator]
    told = asked()
    assert f"problem        {line}" in told.output.splitlines()
    assert told.exit_code == 1


@pytest.mark.usefixtures("pulled", "core")
def test_a_warning_is_told_and_is_status_0(workspace: Workspace) -> None:
    pulls = [
        {"source": "iptoasn", "outcome": "refused", "reason": "short", "as_of": TENTH, "is_at_fault": True},
        {"source": "ip_to_asn", "outcome": "bundled", "as_of": TENTH, "is_at_fault": False},
    ]
    table = PULL_COLUMNS.empty_table().from_pylist([{"is_used": True, **row} for row in pulls], schema=PULL_COLUMNS)
    workspace.lake.write(PULLS, table, fingerprint="x")
    add(history_path(workspace.published), [check("warn"), check("off")])
    told = asked()
    assert "warning        iptoasn was not pulled (refused); `netstats registries` says why" in told.output.splitlines()
    assert "               ip_to_asn of 2025-11-10, bundled" in told.output.splitlines()
    assert "checks         1 ran, 0 fail, 0 warn" in told.output.splitlines()
    assert told.exit_code == 0


@pytest.mark.usefixtures("pulled", "core")
def test_while_a_run_writes_the_warehouse_the_rest_is_told(workspace: Workspace) -> None:
    holding = "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", holding, str(workspace.warehouse)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None and holder.stdin is not None
        assert holder.stdout.readline() == b"held\n"
        told = asked("--json")
        holder.stdin.close()
    document = json.loads(told.output)
    assert document["traffic"] is None
    assert document["stages"]["pulled"]["days"] == 1
    [line] = [one["line"] for one in document["noted"]]
    assert line.startswith(f"the warehouse is in use by another run or reader (process {holder.pid})")
    assert told.exit_code == 0


@pytest.mark.usefixtures("pulled")
def test_damaged_files_are_told_and_keep_nothing_else_from_being_told(workspace: Workspace) -> None:
    damaged = {
        last_runs.runs_file(workspace.dagster_home): "the runs of ",
        history_path(workspace.published): f"{history_path(workspace.published)}, line 1: is not a check's finding",
        workspace.published: f"{workspace.published} can't be read (",
    }
    for path in damaged:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("not what it should be, and longer than a header of either kind" * 200, encoding="utf-8")
    told = asked()
    assert told.exit_code == 0, told.output
    for begins in damaged.values():
        assert any(line.startswith(f"warning        {begins}") for line in told.output.splitlines()), begins


def test_the_newest_run_of_each_job_is_read_as_dagster_wrote_it(workspace: Workspace) -> None:
    before = datetime.now(UTC)
    ran(workspace, "marts", "daily", "marts")
    daily, marts = last_runs.last_runs(workspace.dagster_home)
    assert (daily.job, daily.status, daily.succeeded_at) == ("daily", "failure", None)
    assert (marts.job, marts.status, marts.succeeded_at) == ("marts", "success", marts.ended_at)
    assert before <= daily.began_at <= marts.began_at <= datetime.now(UTC)
    assert marts.seconds is not None and 0 < marts.seconds < 60


def test_disk_is_counted_by_folder(tmp_path: Path) -> None:
    state = tmp_path / "state of one"
    (state / "lake" / "deep").mkdir(parents=True)
    (state / "lake" / "deep" / "a").write_bytes(os.urandom(9000))
    (state / "note").write_bytes(b"x")
    (state / "lake" / "link").symlink_to(state)
    disk = disk_of(state)
    assert list(disk.of_folders) == ["lake", "."]
    assert disk.of_folders["lake"] >= 9000
    assert disk.of_state == sum(disk.of_folders.values())


@pytest.mark.parametrize(
    ("count", "told"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (99_600, "100 kB"), (12_340_000_000, "12.3 GB")],
)
def test_bytes_are_told_in_their_unit(count: int, told: str) -> None:
    assert bytes_text(count) == told


def test_it_needs_no_dagster() -> None:
    """Its import takes seconds, and a timer asks every few minutes."""
    names = f"import sys, {status.__name__}; print([one for one in sys.modules if one.startswith('dagster')])"
    done = subprocess.run([sys.executable, "-c", names], capture_output=True, text=True, check=True, cwd=PROJECT)
    assert done.stdout == "[]\n"
