"""The checks of registries warn of what they are for, on the lake that real pulls leave."""

from datetime import date, timedelta

import dagster as dg
import duckdb
import pytest

from assets.ground.workspace import Workspace
from checks import registries as checks
from tests.registries.conftest import Pull, default_address, names
from tests.registries.server import Answer, Server

MONDAY = date(2026, 9, 7)
DAY = timedelta(days=1)


def table(rows: int) -> bytes:
    return "".join(f"1.0.{n}.0\t1.0.{n}.255\t{3320 + n}\tUS\tNET-{n}\n" for n in range(rows)).encode()


def told(workspace: Workspace, name: str) -> dg.AssetCheckResult:
    """What a check says of the workspace."""
    (check,) = (one for one in checks.CHECKS if one.name == name)
    return check.run(workspace)


def traffic_until(workspace: Workspace, last_on: date) -> None:
    """A warehouse whose newest export files are of a day."""
    workspace.warehouse.parent.mkdir(parents=True)
    with duckdb.connect(workspace.warehouse) as database:
        database.execute("create schema core")
        database.execute("create table core.export_files as select ?::date as export_on", [last_on])


def test_a_pull_that_failed_is_told_with_its_reason(workspace: Workspace, pull: Pull, server: Server) -> None:
    names(workspace, ("iptoasn", server.on("/v4.tsv", Answer(body=table(20)), Answer(status=404))))
    pull(MONDAY)
    assert told(workspace, "pulls_succeed").passed
    pull(MONDAY + DAY)
    failed = told(workspace, "pulls_succeed")
    assert (failed.passed, failed.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert "status 404" in (failed.description or "")


@pytest.mark.parametrize(("rows", "passed"), [(18, True), (17, False), (22, True), (23, False)])
def test_a_table_may_gain_or_lose_a_tenth_of_its_rows(
    workspace: Workspace, pull: Pull, server: Server, rows: int, passed: bool
) -> None:
    names(workspace, ("iptoasn", server.on("/v4.tsv", Answer(body=table(20)), Answer(body=table(rows)))))
    pull(MONDAY)
    assert told(workspace, "rows_continue").passed
    assert pull(MONDAY + DAY)["iptoasn"]["outcome"] == "stored"
    jumped = told(workspace, "rows_continue")
    assert jumped.passed is passed
    assert ("'table_name': 'iptoasn'" in (jumped.description or "")) is not passed


@pytest.mark.parametrize(("days", "passed"), [(92, True), (93, False)])
def test_a_source_is_fresh_while_it_was_confirmed_within_a_quarter_of_the_traffic(
    workspace: Workspace, pull: Pull, server: Server, days: int, passed: bool
) -> None:
    names(workspace, ("iptoasn", server.on("/v4.tsv", Answer(body=table(20)))))
    pull(MONDAY)
    assert pull(MONDAY + 60 * DAY)["iptoasn"]["as_of"] == MONDAY
    traffic_until(workspace, MONDAY + (60 + days) * DAY)
    assert told(workspace, "snapshots_are_fresh").passed is passed


def test_the_age_of_a_stand_in_that_is_left_out_does_not_count(
    workspace: Workspace, pull: Pull, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    default_address(monkeypatch, server.on("/v4.tsv", Answer(body=table(20))))
    default_address(monkeypatch, server.on("/as.json", Answer(status=404)), "ipverse")
    names(workspace)
    assert pull(MONDAY + 60 * DAY)["ip_to_asn"]["confirmed_on"] == date(2026, 6, 17)
    traffic_until(workspace, MONDAY + 60 * DAY)
    assert told(workspace, "snapshots_are_fresh").passed
