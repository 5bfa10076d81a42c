"""Runs, checks and freshness are told from commands and from sensors alike, and nothing of it makes a run fail."""

import logging
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner

from assets.ground.partitions import Calendar
from assets.ground.workspace import Workspace
from orchestration import automation, runs
from orchestration.alerts import kept, watching
from orchestration.commands.cli import main
from orchestration.retries import ATTEMPT
from tests.alerts.conftest import ADDRESS, ROUTER, Found
from tests.alerts.servers import Posts

pytestmark = pytest.mark.usefixtures("dagster_home")


@dg.asset
def broken() -> None:
    raise ValueError(f"{ROUTER} at {ADDRESS} sends nothing")


@dg.asset
def sound() -> None:
    """What does not fail."""


LOADED = dg.Definitions(
    [broken, sound], jobs=[dg.define_asset_job("daily", [broken]), dg.define_asset_job("marts", [sound])]
)
DAYS = runs.partition_range("2026-01-03", "2026-01-04")


def sensor(workspace: Workspace, name: str) -> dg.SensorDefinition:
    return next(one for one in automation.sensors(workspace) if one.name == name)


def test_a_run_of_a_command_that_fails_is_told_by_its_job_days_and_step(workspace: Workspace, posted: Posts) -> None:
    said: list[str] = []
    with pytest.raises(RuntimeError), watching.watched(workspace, "netstats build", said.append):
        ended = runs.execute(LOADED, "daily", DAYS)
        raise RuntimeError(ended.failures)
    [post] = posted.posts
    [line] = post["lines"]
    assert line.startswith("daily of 2026-01-03 to 2026-01-04 failed in broken (run ")
    assert ROUTER not in str(post) and ADDRESS not in str(post)
    assert said == []


def test_a_command_that_ends_with_an_error_without_a_run_is_told(workspace: Workspace, posted: Posts) -> None:
    with pytest.raises(RuntimeError), watching.watched(workspace, "netstats build", print):
        raise RuntimeError("no file came for any of the days")
    [[line]] = [post["lines"] for post in posted.posts]
    assert line.startswith("`netstats build` ended with an error at ")


def test_a_run_that_a_person_stopped_is_no_news(workspace: Workspace, posted: Posts) -> None:
    with pytest.raises(runs.InterruptedRunError), watching.watched(workspace, "netstats build", print):
        raise runs.InterruptedRunError
    with pytest.raises(KeyboardInterrupt), watching.watched(workspace, "netstats build", print):
        raise KeyboardInterrupt
    assert posted.posts == []


def test_a_run_that_went_well_tells_what_its_checks_warned_of(
    workspace: Workspace, posted: Posts, found: Found
) -> None:
    with watching.watched(workspace, "netstats build", print):
        runs.execute(LOADED, "marts", {})
        found("flow_exports.none_lost")
    assert [post["kind"] for post in posted.posts] == ["checks"]


def test_a_target_that_refuses_is_told_and_changes_nothing_else(
    workspace: Workspace, posted: Posts, found: Found
) -> None:
    posted.status = 500
    said: list[str] = []
    with watching.watched(workspace, "netstats build", said.append):
        found("flow_exports.none_lost")
    assert said == ["alert target pager: answered with status 500"]
    assert kept.read(kept.alerts_path(workspace)).targets["pager"].fault == "answered with status 500"
    log = (workspace.state / watching.LOG).read_text(encoding="utf-8")
    assert log.endswith(" alert target pager: answered with status 500\n")


def test_a_damaged_history_is_told_and_keeps_no_run_from_being_told(
    workspace: Workspace, posted: Posts, found: Found
) -> None:
    found("flow_exports.none_lost")
    with (workspace.state / "checks" / "history.jsonl").open("a", encoding="utf-8") as history:
        history.write("not a finding\n")
    said: list[str] = []
    with pytest.raises(RuntimeError), watching.watched(workspace, "netstats build", said.append):
        raise RuntimeError("the build's own error")
    [line] = said
    assert line.startswith("alerts do not tell all: ") and "history.jsonl, line 2" in line
    assert [post["kind"] for post in posted.posts] == ["runs"]


def test_whatever_is_wrong_with_alerts_the_run_ends_as_it_would(
    workspace: Workspace, posted: Posts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lake of which a file is damaged, and a state that can't be written."""

    def damaged(*_: object) -> None:
        raise ValueError("not a Parquet file")

    said: list[str] = []
    with monkeypatch.context() as patch:
        patch.setattr(watching, "news_of_freshness", damaged)
        with watching.watched(workspace, "netstats build", said.append):
            pass
    kept.alerts_path(workspace).unlink()
    kept.alerts_path(workspace).mkdir()
    with watching.watched(workspace, "netstats build", said.append):
        pass
    assert said[0] == "alerts do not tell all: not a Parquet file"
    assert said[1].startswith("alerts are not sent: ")


def test_an_operator_without_targets_is_asked_nothing(workspace: Workspace, posted: Posts, found: Found) -> None:
    told = workspace.operator_folder / "operator.yaml"
    told.write_text(told.read_text(encoding="utf-8").partition("alert_targets")[0], encoding="utf-8")
    found("flow_exports.none_lost")
    assert watching.look(workspace) == []
    assert posted.posts == []
    assert not kept.alerts_path(workspace).exists()


def test_the_sensor_of_failed_runs_tells_of_one_once(workspace: Workspace, posted: Posts) -> None:
    runs.execute(LOADED, "daily", DAYS)
    with dg.DagsterInstance.get() as instance:
        [failed] = instance.get_runs()
        event = instance.get_records_for_run(failed.run_id, of_type=dg.DagsterEventType.RUN_FAILURE).records[0]
        for _ in range(2):
            context = dg.build_run_status_sensor_context(
                "a_run_failed", event.event_log_entry.get_dagster_event(), instance, failed
            ).for_run_failure()
            sensor(workspace, "a_run_failed")(context)
    assert [post["kind"] for post in posted.posts] == ["runs"]
    [[line]] = [post["lines"] for post in posted.posts]
    assert line.startswith("daily of 2026-01-03 to 2026-01-04 failed in broken (run ")
    assert (workspace.state / "failed_runs.log").read_text(encoding="utf-8").count("\n") == 2


@pytest.mark.parametrize(("tried_before", "told"), [(0, 0), (2, 0), (3, 1)])
def test_a_run_of_a_schedule_is_told_once_no_try_is_left(
    workspace: Workspace, posted: Posts, tried_before: int, told: int
) -> None:
    runs.execute(LOADED, "daily", {**DAYS, "dagster/schedule_name": "every_night", ATTEMPT: str(tried_before)})
    with dg.DagsterInstance.get() as instance:
        [failed] = instance.get_runs()
        event = instance.get_records_for_run(failed.run_id, of_type=dg.DagsterEventType.RUN_FAILURE).records[0]
        context = dg.build_run_status_sensor_context(
            "a_run_failed", event.event_log_entry.get_dagster_event(), instance, failed
        ).for_run_failure()
        sensor(workspace, "a_run_failed")(context)
    assert len(posted.posts) == told
    assert (workspace.state / "failed_runs.log").read_text(encoding="utf-8").count("\n") == 1


def test_the_sensor_of_alerts_tells_of_checks_and_of_what_is_stale(
    workspace: Workspace, posted: Posts, found: Found
) -> None:
    found("flow_exports.none_lost")
    began_long_ago = Workspace(
        workspace.operator_folder, workspace.state, workspace.dbt_project, Calendar(date(2026, 1, 1))
    )
    alerts = sensor(began_long_ago, "alerts")
    assert alerts.default_status is dg.DefaultSensorStatus.RUNNING
    with dg.DagsterInstance.get() as instance:
        for _ in range(2):
            assert isinstance(alerts(dg.build_sensor_context(instance)), dg.SkipReason)
    kinds = {post["kind"]: post["lines"] for post in posted.posts}
    assert len(posted.posts) == 2
    assert kinds["checks"][0].startswith("flow_exports.none_lost warns")
    assert [line.split(" ")[0] for line in kinds["freshness"]][:2] == ["exports/flow_exports", "published/marts"]


def test_the_sensor_of_alerts_logs_a_target_that_does_not_answer(
    workspace: Workspace, posted: Posts, found: Found, caplog: pytest.LogCaptureFixture
) -> None:
    posted.status = 500
    found("flow_exports.none_lost")
    with caplog.at_level(logging.ERROR), dg.DagsterInstance.get() as instance:
        skipped = sensor(workspace, "alerts")(dg.build_sensor_context(instance))
    assert isinstance(skipped, dg.SkipReason)
    assert skipped.skip_message == "alert target pager: answered with status 500"


@pytest.fixture
def selected(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETSTATS_OPERATOR", str(workspace.operator_folder))
    monkeypatch.setenv("NETSTATS_STATE", str(workspace.state.parent))


@pytest.mark.usefixtures("selected")
def test_a_test_is_sent_by_command_and_one_that_does_not_come_is_status_1(posted: Posts) -> None:
    sent = CliRunner().invoke(main, ["alert", "--test"])
    assert (sent.exit_code, sent.output) == (0, "alert target pager: took a test message\n")
    assert [post["kind"] for post in posted.posts] == ["test"]
    posted.status = 404
    refused = CliRunner().invoke(main, ["alert", "--test"])
    assert (refused.exit_code, refused.output) == (1, "alert target pager: answered with status 404\n")


@pytest.mark.usefixtures("selected")
def test_the_command_tells_what_is_new(posted: Posts) -> None:
    """Tracking began in 2025, and nothing was ever pulled."""
    sent = CliRunner().invoke(main, ["alert"])
    assert (sent.exit_code, sent.output) == (0, "")
    assert [post["kind"] for post in posted.posts] == ["freshness"]
    assert CliRunner().invoke(main, ["alert"]).exit_code == 0
    assert len(posted.posts) == 1


@pytest.mark.usefixtures("selected")
def test_an_operator_without_targets_is_told_how_to_name_one(workspace: Workspace) -> None:
    told = workspace.operator_folder / "operator.yaml"
    told.write_text(told.read_text(encoding="utf-8").partition("alert_targets")[0], encoding="utf-8")
    refused = CliRunner().invoke(main, ["alert", "--test"])
    assert refused.exit_code == 1
    assert refused.output.startswith("operator.yaml names no alert_targets; write `- {name: pager, ")


def test_a_test_needs_no_dagster(workspace: Workspace) -> None:
    """It takes seconds to import."""
    asked = "import sys, orchestration.commands.alert; print('dagster' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_two_processes_that_look_at_once_tell_what_is_new_once(
    workspace: Workspace, posted: Posts, found: Found
) -> None:
    found("flow_exports.none_lost")
    look = "import sys, datetime; from pathlib import Path; from assets.ground.workspace import Workspace; "
    look += "from assets.ground.partitions import Calendar; from orchestration.alerts.watching import look; "
    look += "at = [Path(one) for one in sys.argv[1:]]; "
    look += "print(look(Workspace(*at, Calendar(datetime.date(2999, 1, 1)))))"
    folders = [str(one) for one in (workspace.operator_folder, workspace.state, workspace.dbt_project)]
    project = Path(__file__).parents[2]
    both = [
        subprocess.Popen([sys.executable, "-c", look, *folders], cwd=project, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    assert [one.communicate()[0] for one in both] == ["[]\n", "[]\n"]
    assert len(posted.posts) == 1


def test_now_is_the_time_of_utc(workspace: Workspace, posted: Posts, found: Found) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    found("flow_exports.none_lost")
    watching.look(workspace)
    assert datetime.fromisoformat(posted.posts[0]["at"]) >= before
