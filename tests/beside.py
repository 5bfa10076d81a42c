"""Another process that has a warehouse open, or the right to build it, until somebody waits for it.

Belongs here: holding and letting go. Does not belong here: what waits, or what is expected of it (test_*).
"""

import fcntl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from assets.warehouse import database

PROJECT = Path(__file__).parents[1]
OPEN = """
import sys
import duckdb
held = duckdb.connect(sys.argv[1], read_only={})
print("held", flush=True)
sys.stdin.read()
"""
READ, WRITE = OPEN.format(True), OPEN.format(False)
BUILD = """
import sys
from pathlib import Path
from assets.warehouse.database import OneRun
with OneRun(Path(sys.argv[1])).held("`netstats build`"):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def a_reader(warehouse: Path, patched: pytest.MonkeyPatch) -> Iterator[int]:
    """One that has the file open, and closes it as soon as somebody sleeps between two tries; its process."""
    with _closing_when_waited_for(READ, warehouse, patched) as process:
        yield process


@contextmanager
def a_writer(warehouse: Path, patched: pytest.MonkeyPatch) -> Iterator[int]:
    """One that writes the file, as a call of dbt does, and closes it as soon as somebody sleeps; its process."""
    with _closing_when_waited_for(WRITE, warehouse, patched) as process:
        yield process


@contextmanager
def _closing_when_waited_for(script: str, warehouse: Path, patched: pytest.MonkeyPatch) -> Iterator[int]:
    with _held(script, warehouse) as process:
        patched.setattr("time.sleep", lambda _: process.communicate())
        yield process.pid


@contextmanager
def a_build(warehouse: Path, patched: pytest.MonkeyPatch) -> Iterator[int]:
    """One that may build, and ends as soon as somebody waits for its lock; its process."""
    with _held(BUILD, warehouse) as process:

        def flock(descriptor: int, how: int) -> None:
            if how == fcntl.LOCK_EX:
                process.communicate()
            lock(descriptor, how)

        lock = fcntl.flock
        patched.setattr(database.fcntl, "flock", flock)
        yield process.pid


@contextmanager
def _held(script: str, warehouse: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", script, str(warehouse)]
    with subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.communicate()
