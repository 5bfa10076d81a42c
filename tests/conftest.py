"""How tests are run by several processes (`make test`).

Belongs here: which tests stay together, and that they draw the same in every process. Does not belong here: fixtures
of one folder of tests.
"""

import signal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis.internal.conjecture import providers
from xdist.scheduler import LoadScopeScheduling

PROJECT = Path(__file__).parents[1]
# A process makes what these share once, and slowly: all tests that look at it belong to the same process.
FOLDERS_THAT_SHARE = ("charts", "classification", "demo", "faults", "warehouse")
LOOKS_AT_THE_DEMO = "demo: House"


@cache
def together(file: str) -> str:
    """What the tests of a file are run together with: those of a folder, those that look at the demo, or its own."""
    path = PROJECT / file
    if path.parent.name in FOLDERS_THAT_SHARE:
        return path.parent.name
    return "the demo" if LOOKS_AT_THE_DEMO in path.read_text(encoding="utf-8") else file


class ByWhatIsShared(LoadScopeScheduling):  # type: ignore[misc]
    """Gives a process all tests that share what was built."""

    def _split_scope(self, nodeid: str) -> str:
        return together(nodeid.partition("::")[0])


def pytest_configure() -> None:
    """What a script starts in the background ignores interrupts, and so would the commands that tests interrupt.

    Hypothesis would draw numbers that stand in the modules which happen to be imported: which tests a process had run
    before would then choose the worlds of those that are to draw the same ones in every run.
    """
    nothing_of_ours = providers._local_constants
    providers._get_local_constants = lambda: nothing_of_ours
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByWhatIsShared:
    return ByWhatIsShared(config, log)
