"""How tests are run by several processes (`make test`).

Belongs here: which tests stay together, and that they draw the same in every process. Does not belong here: fixtures
of one folder of tests.
"""

import os
import signal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis.internal.conjecture import providers
from xdist.scheduler import LoadScopeScheduling

from assets.ground.garbage import look_seldom

PROJECT = Path(__file__).parents[1]
# A process makes what these share once, and slowly: all tests that look at it belong to the same process.
FOLDERS_THAT_SHARE = ("charts", "classification", "demo", "faults", "warehouse")
LOOKS_AT_THE_DEMO = "demo: House"
DEMO = "the demo"
# What several of these begin with is built for all processes (tests.end_to_end.shared): each may run anywhere.
END_TO_END = "tests/end_to_end/"
# A process that comes to a long test last keeps the others waiting; what is not named comes after, by its name.
LONGEST_FIRST = (
    DEMO,
    f"{END_TO_END}test_new_user.py",
    f"{END_TO_END}test_blocking_checks.py",
    f"{END_TO_END}test_real_operator.py",
    END_TO_END,
    "faults",
    "warehouse",
    "classification",
    "charts",
    "tests/auditor/",
)


def together(nodeid: str) -> str:
    """What a test is run together with: those of a folder, those that look at the demo, those of its file, or none."""
    file = nodeid.partition("::")[0]
    folder = (PROJECT / file).parent.name
    if folder in FOLDERS_THAT_SHARE:
        return folder
    if _looks_at_the_demo(file):
        return DEMO
    return nodeid if file.startswith(END_TO_END) else file


@cache
def _looks_at_the_demo(file: str) -> bool:
    return LOOKS_AT_THE_DEMO in (PROJECT / file).read_text(encoding="utf-8")


def when(nodeid: str) -> int:
    """The place of a test in the order in which processes take them."""
    shared = together(nodeid)
    places = [place for place, begins in enumerate(LONGEST_FIRST) if shared.startswith(begins)]
    return min(places, default=len(LONGEST_FIRST))


class ByWhatIsShared(LoadScopeScheduling):  # type: ignore[misc]
    """Gives a process all tests that share what was built, in the order that `when` tells."""

    def __init__(self, config: pytest.Config, log: Any) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return together(nodeid)


def pytest_configure() -> None:
    """What a script starts in the background ignores interrupts, and so would the commands that tests interrupt.

    Hypothesis would draw numbers that stand in the modules which happen to be imported: which tests a process had run
    before would then choose the worlds of those that are to draw the same ones in every run.
    """
    # Pictures take seconds a report: the demo has them as users do, and tests/charts looks at them once.
    os.environ["NETSTATS_CHROMIUM"] = ""
    nothing_of_ours = providers._local_constants
    providers._get_local_constants = lambda: nothing_of_ours
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def is_long(nodeid: str) -> bool:
    """Whether a test builds whole operators, again and again; those that look at the demo share its one build."""
    file = nodeid.partition("::")[0]
    return file.startswith(END_TO_END) and not _looks_at_the_demo(file)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if is_long(item.nodeid):
            item.add_marker(pytest.mark.long)
    items.sort(key=lambda item: when(item.nodeid))


def pytest_collection_finish() -> None:
    """All modules of tests are there to stay."""
    look_seldom()


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByWhatIsShared:
    return ByWhatIsShared(config, log)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One more than there are cores: a process waits for other programs and for disks a quarter of its time."""
    return len(os.sched_getaffinity(0)) + 1
