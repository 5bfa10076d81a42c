"""A command's process ends at once, and still writes, answers and cleans up as it would have.

Belongs here: how it ends. Does not belong here: what commands do.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.commands.leaving import UNWRITTEN

SCRIPT = """
import atexit, sys
from orchestration.commands.leaving import leave_at_once

class SlowToFree:
    def __del__(self):
        print("freed", flush=True)

kept = SlowToFree()

def main():
    atexit.register(print, "cleaned up")
    print("done")
    {end}

leave_at_once(main)
"""


def ended(end: str, **streams: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", SCRIPT.format(end=end)]
    given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    buffered = {**os.environ, "PYTHONUNBUFFERED": ""}
    return subprocess.run(command, text=True, check=False, env=buffered, **given)  # type: ignore[call-overload,no-any-return]


@pytest.mark.parametrize(
    ("end", "status", "told"),
    [
        ("", 0, ""),
        ("sys.exit()", 0, ""),
        ("sys.exit(3)", 3, ""),
        ("sys.exit('no such day')", 1, "no such day\n"),
    ],
)
def test_the_status_is_the_commands_and_nothing_is_freed(end: str, status: int, told: str) -> None:
    ran = ended(end)
    assert (ran.returncode, ran.stdout, ran.stderr) == (status, "done\ncleaned up\n", told)


def test_an_error_that_nobody_caught_is_told() -> None:
    ran = ended("raise ValueError('odd')")
    assert (ran.returncode, ran.stderr.splitlines()[-1]) == (1, "ValueError: odd")


def test_threads_that_are_to_end_first_are_waited_for() -> None:
    ran = ended("import threading; threading.Timer(0.05, print, ['written']).start()")
    assert ran.stdout == "done\nwritten\ncleaned up\n"


def test_what_can_not_be_written_is_told_and_is_no_success() -> None:
    with Path("/dev/full").open("w") as full:
        ran = ended("", stdout=full)
    told = "what was printed could not be written: No space left on device\n"
    assert (ran.returncode, ran.stderr) == (UNWRITTEN, told)
