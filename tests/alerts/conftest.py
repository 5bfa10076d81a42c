"""An operator whose targets are a listener on the loopback address, with a state that holds nothing yet."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from assets.ground.partitions import Calendar
from assets.ground.workspace import Workspace
from assets.warehouse.check_history import Finding, add, history_path
from orchestration.resources import write_instance_settings
from tests.alerts.servers import Posts, listener

PROJECT = Path(__file__).parents[2]
ROUTER, ADDRESS = "edge-lax-1", "192.0.2.77"
TARGETS = "alert_targets:\n  - {name: pager, secret_environment: PAGER}\n"
Found = Callable[..., None]


@pytest.fixture(autouse=True)
def own_environment() -> Iterator[None]:
    """What a command sets for Dagster and dbt is not there for the tests that come after."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Tracking begins far in the future, so that nothing is stale that a test does not make so."""
    folder = tmp_path / "operator"
    shutil.copytree(PROJECT / "tests" / "operators" / "real_exports", folder)
    told = folder / "operator.yaml"
    lines = [line for line in told.read_text(encoding="utf-8").splitlines() if "simulated" not in line]
    told.write_text("\n".join([*lines, TARGETS]), encoding="utf-8")
    state = tmp_path / "state"
    state.mkdir()
    return Workspace(folder, state, PROJECT / "dbt_project", Calendar(date(2999, 1, 1)))


@pytest.fixture
def posted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Posts]:
    """The listener that PAGER names."""
    with listener() as posts:
        monkeypatch.setenv("PAGER", f"http://127.0.0.1:{posts.port}/hook")
        yield posts


@pytest.fixture
def found(workspace: Workspace) -> Found:
    """Adds what a check found, whose words name a router and an address."""

    def write(check: str, *, passed: bool = False, severity: str = "warn") -> None:
        finding = Finding(
            *(check, "exports/flow_records", "daily", "0b1c"),
            checked_at=datetime(2026, 1, 5, 3, tzinfo=UTC),
            first_day=date(2026, 1, 4),
            last_day=date(2026, 1, 4),
            passed=passed,
            severity=severity,
            limit=0.0,
            worst=7.0,
            rows_checked=9,
            rows_broken=0 if passed else 2,
            quarters=(),
            holds="Nothing is lost.",
            remedy="look at the socket's buffer",
            found=f"lost must be at most 0: 2 rows are not, such as [{{'router': '{ROUTER}', 'address': '{ADDRESS}'}}]",
        )
        add(history_path(workspace.published), [finding])

    return write


@pytest.fixture
def dagster_home(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where Dagster keeps its runs, with the platform's settings."""
    home = workspace.dagster_home
    home.mkdir()
    write_instance_settings(home)
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    return home
