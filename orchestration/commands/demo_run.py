"""`netstats demo`: the demo operator's exports, its jobs over 2025Q3 and 2025Q4, and their reports.

Belongs here: the demo's order of work. Does not belong here: the scenario (demo/) or the jobs.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from importlib import import_module

from assets.ground.quarters import days_between
from assets.ground.workspace import Workspace
from assets.operator import OperatorError
from demo import write_operator_exports
from orchestration import resources
from orchestration.commands import launch
from orchestration.commands.terminal import TerminalProgress, telling_errors

FIRST_DAY, LAST_DAY = date(2025, 8, 1), date(2026, 1, 1)


def run() -> None:
    """Make the demo from nothing, or bring it up to date."""
    with telling_errors(OperatorError, resources.SettingsError):
        workspace = resources.demo_workspace()
        days = len(days_between(FIRST_DAY, LAST_DAY))
        resources.enter(workspace)
        with (
            _getting_ready(workspace),
            TerminalProgress() as progress,
            progress.counted("Writing the demo's exports", days) as on_progress,
        ):
            write_operator_exports(workspace.operator_folder, on_progress)
        launch.run(workspace, FIRST_DAY, LAST_DAY)


@contextmanager
def _getting_ready(workspace: Workspace) -> Iterator[None]:
    """Parse the dbt project and load the definitions meanwhile, which take seconds in a state that has nothing yet."""
    if workspace.warehouse.exists():
        yield
        return
    with ThreadPoolExecutor(1) as beside:
        ready = beside.submit(_get_ready, workspace)
        yield
        ready.result()


def _get_ready(workspace: Workspace) -> None:
    resources.dbt_of(workspace)
    import_module("orchestration.definitions")
