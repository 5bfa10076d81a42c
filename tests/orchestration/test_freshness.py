"""What is too old, by the days that it holds; at its limit it is not yet."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from assets.ground.workspace import Workspace
from assets.operator import Operator
from assets.registry.in_force import PULL_COLUMNS, PULLS
from orchestration.freshness import newest_day_with_exports, stale

TENTH = date(2025, 11, 10)
ENDED = datetime(2025, 11, 11, tzinfo=UTC)


@pytest.fixture
def operator(operator: Operator) -> Operator:
    """One that is not simulated."""
    return replace(operator, settings=replace(operator.settings, is_simulated=False))


@pytest.fixture
def tables(workspace: Workspace, operator: Operator) -> Callable[[datetime], dict[str, date | None]]:
    return lambda now: {one.table: one.newest for one in stale(workspace, operator, now)}


@pytest.fixture(autouse=True)
def published(workspace: Workspace) -> Iterator[Callable[[datetime], None]]:
    """Says when the published copy was written; at first in the far future."""

    def write(at: datetime) -> None:
        workspace.published.parent.mkdir(exist_ok=True)
        workspace.published.touch()
        os.utime(workspace.published, (at.timestamp(), at.timestamp()))

    write(ENDED + timedelta(days=3650))
    yield write


def test_exports_are_old_after_two_nights(workspace: Workspace, came: Any, tables: Any) -> None:
    """A day whose file left holds nothing."""
    came(TENTH, {"a.pcap": {}})
    came(TENTH + timedelta(days=1), {"a.pcap": {"state": "withdrawn"}})
    assert newest_day_with_exports(workspace) == TENTH
    assert tables(ENDED + timedelta(hours=50)) == {}
    assert tables(ENDED + timedelta(hours=50, seconds=1)) == {"exports/flow_exports": TENTH}


def test_before_the_first_day_nothing_is_old(tables: Any) -> None:
    """Tracking begins on the 10th."""
    assert tables(ENDED + timedelta(hours=50)) == {}
    assert tables(ENDED + timedelta(hours=51)) == {"exports/flow_exports": None}


def test_marts_are_old_two_days_after_they_were_published(
    came: Any, tables: Any, published: Callable[[datetime], None]
) -> None:
    came(TENTH + timedelta(days=3), {"a.pcap": {}})
    published(ENDED)
    assert tables(ENDED + timedelta(hours=50)) == {}
    assert tables(ENDED + timedelta(hours=51)) == {"published/marts": ENDED.date()}


def test_a_registry_is_old_a_quarter_after_it_was_confirmed_but_what_is_bundled_has_no_age(
    workspace: Workspace, came: Any, tables: Any
) -> None:
    """`special_purpose` is always used and comes with the project, as does the table that stands in."""
    now = datetime(2026, 3, 1, tzinfo=UTC)
    came(now.date() - timedelta(days=1), {"a.pcap": {}})
    (workspace.reports / "2025Q4").mkdir(parents=True)
    (workspace.reports / "2025Q4" / "index.html").touch()
    old, new = date(2025, 11, 1), date(2026, 2, 1)
    sources = {
        "iptoasn": {"as_of": old, "confirmed_on": new},
        "ipverse": {"as_of": old, "confirmed_on": old},
        "aws": {"as_of": old},
        "gcp": {"as_of": old, "is_used": False},
        "ip_to_asn": {"as_of": old},
        "special_purpose": {"as_of": old},
    }
    defaults = {"outcome": "pulled", "is_at_fault": False, "is_used": True}
    rows = [{**defaults, "source": name, **told} for name, told in sources.items()]
    workspace.lake.write(PULLS, PULL_COLUMNS.empty_table().from_pylist(rows, schema=PULL_COLUMNS), fingerprint="x")
    assert tables(now) == {"registry/ipverse": old, "registry/aws": old}


def test_a_report_is_due_nine_days_after_its_quarter(workspace: Workspace, came: Any, tables: Any) -> None:
    ended = datetime(2026, 1, 1, tzinfo=UTC)
    came(date(2026, 1, 10), {"a.pcap": {}})
    assert tables(ended + timedelta(days=9)) == {}
    assert tables(ended + timedelta(days=10)) == {"reports/chart_bundle": None}
    (workspace.reports / "2025Q4").mkdir(parents=True)
    (workspace.reports / "2025Q4" / "index.html").touch()
    assert tables(ended + timedelta(days=10)) == {}


def test_days_of_a_simulation_have_no_age(workspace: Workspace, operator: Operator) -> None:
    simulated = replace(operator, settings=replace(operator.settings, is_simulated=True))
    assert list(stale(workspace, simulated, ENDED + timedelta(days=365))) == []
