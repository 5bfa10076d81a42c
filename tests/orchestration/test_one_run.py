"""Two runs at a time on one state: the second is refused with the first one's process, and nothing is left behind."""

import os

import pytest

from assets.workspace import Workspace
from orchestration.one_run import AnotherRunError, only_run


def test_a_second_run_is_refused_with_the_process_of_the_first(workspace: Workspace) -> None:
    with only_run(workspace), pytest.raises(AnotherRunError, match=rf"process {os.getpid()}, .*; wait until"):  # noqa: SIM117
        with only_run(workspace):
            pass


def test_a_run_that_ended_however_leaves_the_state_free(workspace: Workspace) -> None:
    with pytest.raises(ZeroDivisionError), only_run(workspace):
        raise ZeroDivisionError
    with only_run(workspace):
        assert (workspace.state / "run.lock").read_text(encoding="ascii") == str(os.getpid())
