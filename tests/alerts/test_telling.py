"""What is told once, what waits for its hour, and what becomes of it where a target does not answer."""

import socket
from datetime import UTC, datetime, timedelta

import pytest

from assets.ground.workspace import Workspace
from assets.operator import Operator, load_operator
from orchestration.alerts import kept, telling
from orchestration.alerts.kept import Kept, alerts_path, changing
from orchestration.alerts.message import CHECKS, RUNS, News
from orchestration.alerts.noticed import news_of_checks
from tests.alerts.conftest import ADDRESS, ROUTER, Found
from tests.alerts.servers import Posts

NIGHT = datetime(2026, 1, 5, 3, 0, tzinfo=UTC)


@pytest.fixture
def operator(workspace: Workspace) -> Operator:
    return load_operator(workspace.operator_folder)


def news(kind: str, *lines: str) -> list[News]:
    return [News(kind, line) for line in lines]


def tell(operator: Operator, known: Kept, told: list[News], posted: Posts | None, minutes: int = 0) -> list[str]:
    address = f"http://127.0.0.1:{posted.port}/" if posted else None
    return telling.tell(operator, known, told, lambda _: address, NIGHT + timedelta(minutes=minutes))


def test_a_kind_is_told_at_once_and_then_once_an_hour_with_all_that_was_held_back(
    operator: Operator, posted: Posts
) -> None:
    known = Kept()
    tell(operator, known, news(RUNS, "first"), posted)
    tell(operator, known, news(RUNS, "second"), posted, minutes=10)
    tell(operator, known, news(CHECKS, "another kind"), posted, minutes=11)
    tell(operator, known, [], posted, minutes=59)
    assert [post["lines"] for post in posted.posts] == [["first"], ["another kind"]]
    tell(operator, known, news(RUNS, "third"), posted, minutes=60)
    tell(operator, known, [], posted, minutes=120)
    [*_, last] = posted.posts
    assert len(posted.posts) == 3
    assert (last["lines"], last["held_back"]) == (["second", "third"], 1)


def test_of_very_much_news_the_first_lines_are_told_and_the_others_counted(operator: Operator, posted: Posts) -> None:
    tell(operator, Kept(), news(RUNS, *map(str, range(100))), posted)
    [post] = posted.posts
    assert post["lines"] == [str(number) for number in range(30)]
    assert post["not_shown"] == 70


def test_what_a_target_did_not_take_waits_for_it_and_its_fault_is_kept(operator: Operator, posted: Posts) -> None:
    known = Kept()
    posted.status = 503
    assert tell(operator, known, news(RUNS, "first"), posted) == ["alert target pager: answered with status 503"]
    assert tell(operator, known, news(RUNS, "second"), posted, minutes=4) == []
    assert known.targets["pager"].fault == "answered with status 503"
    assert known.targets["pager"].failing_since == NIGHT.isoformat()
    posted.status = 200
    assert tell(operator, known, [], posted, minutes=5) == []
    assert [post["lines"] for post in posted.posts] == [["first"], ["first", "second"]]
    assert (known.targets["pager"].fault, known.targets["pager"].failing_since) == (None, None)


def test_a_clock_that_was_set_back_does_not_stop_what_waits(operator: Operator, posted: Posts) -> None:
    known = Kept()
    tell(operator, known, news(RUNS, "in the future"), posted, minutes=60 * 24 * 365)
    tell(operator, known, news(RUNS, "now"), posted)
    assert [post["lines"] for post in posted.posts] == [["in the future"], ["now"]]


def test_a_check_is_told_once_until_it_changes(workspace: Workspace, found: Found) -> None:
    known, told = Kept(), []
    for severity, passed in (("warn", False), ("warn", False), ("block", False), ("block", True), ("warn", True)):
        found("flow_exports.none_lost", severity=severity, passed=passed)
        told.append([one.line for one in news_of_checks(workspace, known)])
    about = " (up to 2026-01-04): Nothing is lost. look at the socket's buffer"
    assert told == [
        [f"flow_exports.none_lost warns{about}"],
        [],
        [f"flow_exports.none_lost fails, and nothing after it is made{about}"],
        ["flow_exports.none_lost holds again"],
        [],
    ]


def test_a_check_that_is_switched_off_is_no_news(workspace: Workspace, found: Found) -> None:
    found("flow_exports.none_lost", severity="off")
    assert news_of_checks(workspace, Kept()) == []


def test_no_message_names_a_router_or_an_address(
    workspace: Workspace, operator: Operator, found: Found, posted: Posts
) -> None:
    found("flow_exports.none_lost", severity="block")
    known = Kept()
    tell(operator, known, news_of_checks(workspace, known), posted)
    assert ROUTER not in str(posted.posts) and ADDRESS not in str(posted.posts)
    assert "none_lost" in str(posted.posts)


def test_what_is_kept_is_read_as_it_was_written_and_a_damaged_file_is_told_anew(workspace: Workspace) -> None:
    path = alerts_path(workspace)
    with changing(path) as known:
        known.checks["a"], known.runs, known.stale = "warn", [str(number) for number in range(300)], ["b"]
        known.targets["pager"] = kept.Reached({RUNS: kept.Waiting(["x"], 1, NIGHT.isoformat())}, "fault", "since")
    assert kept.read(path).targets == known.targets
    assert (kept.read(path).checks, kept.read(path).stale) == ({"a": "warn"}, ["b"])
    assert kept.read(path).runs == [str(number) for number in range(100, 300)]
    path.write_text('{"checks": {', encoding="utf-8")
    assert kept.read(path) == Kept()


def test_a_target_that_is_not_there_is_told_so_and_keeps_no_other_from_being_told(
    operator: Operator, posted: Posts
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        addresses = {"PAGER": f"http://127.0.0.1:{nobody.getsockname()[1]}/"}
        faults = telling.tell(operator, Kept(), news(RUNS, "first"), addresses.get, NIGHT)
    assert faults == ["alert target pager: Connection refused"]
