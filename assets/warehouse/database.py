"""The working database: one process writes it at a time, and whoever comes meanwhile waits and says for whom.

Belongs here: opening it, and the lock of a run. Does not belong here: what is in it.
"""

import fcntl
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from assets.ground.damage import telling_damage
from assets.ground.lake import FOR_OWNER
from assets.ground.paths_in_sql import as_pattern
from assets.ground.workspace import lake_of

LONGEST_WAIT_S = 6 * 3600.0
BETWEEN_TRIES_S = 0.5
# What DuckDB says of a file that is not one of its own, or not any more.
DAMAGED = (
    "not a valid DuckDB database file",
    "Corrupt database file",
    "checksum",
    "deserialize",
    "Serialization Error",
)
RESTORE = (
    "bring the state back from a backup; without one, delete this file: `netstats build` makes core again of the days "
    "whose exports are kept, and of those that were let go nothing"
)
HELD_BY = re.compile(r"\(PID (\d+)\)")
Say = Callable[[str], None]


def say_on_stderr(line: str) -> None:
    """Tell whoever watches the process."""
    print(line, file=sys.stderr)  # noqa: T201


def tell_lake(database: duckdb.DuckDBPyConnection, lake: Path | str) -> None:
    """Tell a connection where the lake is: views hold no path, so that a state may be copied and moved."""
    database.execute("set variable lake = ?", [as_pattern(lake)])


def connected(warehouse: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    """The database open at once; duckdb.IOException while another process holds it, DamagedFileError if it is none."""
    is_new = not read_only and not warehouse.exists()
    try:
        database = duckdb.connect(warehouse, read_only=read_only)
    except (
        duckdb.IOException,
        duckdb.SerializationException,
        duckdb.InternalException,
        duckdb.FatalException,
    ) as error:
        if not any(one in str(error) for one in DAMAGED):
            raise
        with telling_damage(warehouse, type(error), remedy=RESTORE):
            raise
    if is_new:
        warehouse.chmod(FOR_OWNER)
    tell_lake(database, lake_of(warehouse))
    return database


@contextmanager
def reading(warehouse: Path, say: Say = say_on_stderr) -> Iterator[duckdb.DuckDBPyConnection]:
    """The database open for reading only."""
    with _waited_for(warehouse, read_only=True, say=say) as database:
        yield database


@contextmanager
def writing(warehouse: Path, say: Say = say_on_stderr) -> Iterator[duckdb.DuckDBPyConnection]:
    """The database open for writing, made if it is not there."""
    warehouse.parent.mkdir(parents=True, exist_ok=True)
    with _waited_for(warehouse, read_only=False, say=say) as database:
        yield database


def _waited_for(warehouse: Path, *, read_only: bool, say: Say) -> duckdb.DuckDBPyConnection:
    """A connection; while another process holds the file, wait, and say once for which one."""
    has_said, until = False, time.monotonic() + LONGEST_WAIT_S
    while True:
        try:
            return connected(warehouse, read_only=read_only)
        except duckdb.IOException as error:
            if "lock" not in str(error) or time.monotonic() > until:
                raise
            if not has_said:
                say(f"{warehouse} is in use ({_holder(warehouse, str(error))}); waiting until it is free")
                has_said = True
            time.sleep(BETWEEN_TRIES_S)


def _holder(warehouse: Path, said: str) -> str:
    """Who holds the file, as the lock of a run tells it, or the process that DuckDB names."""
    process = HELD_BY.search(said)
    told = OneRun(warehouse).told_holder()
    if process is None:
        return told or "another process"
    return told if told.endswith(f"process {process[1]}") else f"process {process[1]}"


class OneRun:
    """The right to build, held by one run of an operator's state at a time; taken again within the same process."""

    def __init__(self, warehouse: Path) -> None:
        self.path = warehouse.with_name("run.lock")

    _held: dict[Path, int] = {}  # noqa: RUF012

    @contextmanager
    def held(self, what: str, say: Say = say_on_stderr) -> Iterator[None]:
        """Wait for the run that holds it, saying which, and hold it until the block ends; it ends with the process."""
        if self.path in self._held:
            yield
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a+", encoding="utf-8") as file:
            self._wait(file.fileno(), say)
            file.truncate(0)
            file.write(f"{what}, process {os.getpid()}")
            file.flush()
            self._held[self.path] = os.getpid()
            try:
                yield
            finally:
                del self._held[self.path]
                file.truncate(0)

    def told_holder(self) -> str:
        """What holds it, as that said of itself; nothing while nobody does."""
        return self.path.read_text(encoding="utf-8") if self.path.exists() else ""

    def _wait(self, descriptor: int, say: Say) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = self.told_holder() or "another run"
            say(f"another run is making this state ({holder}, {self.path.parent.parent}); waiting until it has ended")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
