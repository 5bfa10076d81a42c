"""Builds killed at random moments, and one more run after each: what is published then, and what readers saw meanwhile.

Usage: python -m tests.end_to_end.kill_points [--points 200] [--seed 1]

Belongs here: killing and comparing. Does not belong here: how many points a test takes (test_kill_points.py).
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from time import monotonic

import duckdb

from tests.end_to_end.conftest import NETSTATS, OPERATORS, House

FIRST_DAYS = ("build", "--from", "2025-11-10", "--to", "2025-11-12")
ALL_DAYS = (*FIRST_DAYS[:-1], "2025-11-14")
# What tells of runs: a run that was killed and one that was not leave different rows of it.
OF_RUNS = {"check_history"}
# An edition is on record when its pages are made, some seconds after the marts that it is of.
OF_EDITIONS = {"edition_values", "editions", "restatements"}
# Of the state, what runs leave for those who look at runs.
FOLDERS_OF_RUNS = {"checks", "dagster", "dbt", "logs"}
TABLES = "select table_name from information_schema.tables where table_schema = 'marts' and table_type = 'BASE TABLE'"
READ_EVERY_S = 0.2
Published = dict[str, str]


@dataclass(frozen=True)
class Killed:
    """How a build that was killed went on: after so many seconds, with its whole group or alone."""

    after_s: float
    whole_group: bool
    faults: list[str]


def marts_of(published: Path) -> Published:
    """A hash of the rows of each published mart, whatever their order."""
    with duckdb.connect(published, read_only=True) as database:
        tables = sorted(name for (name,) in database.execute(TABLES).fetchall() if name not in OF_RUNS)
        rows = {table: sorted(map(repr, database.execute(f"from marts.{table}").fetchall())) for table in tables}
    return {table: sha256("\n".join(found).encode()).hexdigest() for table, found in rows.items()}


def pages_of(house: House) -> Published:
    """A hash of each file of the reports."""
    reports = house.state / "reports"
    return {
        str(path.relative_to(reports)): sha256(path.read_bytes()).hexdigest()
        for path in sorted(reports.rglob("*"))
        if path.is_file()
    }


def files_of(house: House) -> set[str]:
    """The files of a state, but for those of runs."""
    found = (path.relative_to(house.state) for path in house.state.rglob("*") if path.is_file())
    return {str(path) for path in found if path.parts[0] not in FOLDERS_OF_RUNS}


class KillPoints:
    """Three days that are built and published, and two more that each build begins anew."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.began = House(folder / "began" / "real_exports", folder / "began" / "state")
        shutil.copytree(OPERATORS / "real_exports", self.began.operator)
        _completed(self.began, FIRST_DAYS)
        whole = self._copy("whole")
        self.before = marts_of(whole.published)
        began = monotonic()
        _completed(whole, ALL_DAYS)
        self.seconds = monotonic() - began
        self.after, self.pages, self.files = marts_of(whole.published), pages_of(whole), files_of(whole)

    def killed(self, points: int, seed: int) -> Iterator[Killed]:
        """Kill a build at so many moments, one after the other; every second time its main process alone."""
        chosen = random.Random(seed)
        for number in range(points):
            after_s, whole_group = chosen.uniform(0, self.seconds), number % 2 == 0
            house = self._copy("killed")
            faults = [*self._readers_faults(house, after_s, whole_group=whole_group), *self._faults_after(house)]
            yield Killed(after_s, whole_group, faults)

    def _copy(self, name: str) -> House:
        """The state that each build begins with, at a path of the same length and its operator beside it."""
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run(["/bin/cp", "-a", self.folder / "began", folder], check=True)
        return House(folder / "real_exports", folder / "state")

    def _readers_faults(self, house: House, after_s: float, *, whole_group: bool) -> Iterator[str]:
        """Build until the kill, reading what is published meanwhile: what was there before, or what comes after."""
        until = monotonic() + after_s
        with subprocess.Popen(
            [NETSTATS, *ALL_DAYS],
            env=house.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as running:
            while (left := until - monotonic()) > 0:
                try:
                    running.wait(timeout=min(left, READ_EVERY_S))
                    break
                except subprocess.TimeoutExpired:
                    if not self._is_of_one_build(house):
                        yield "a reader saw marts that are neither those before nor those after"
            if running.poll() is None:
                (os.killpg if whole_group else os.kill)(running.pid, signal.SIGKILL)
        if not self._is_of_one_build(house):
            yield "the kill left marts that are neither those before nor those after"

    def _is_of_one_build(self, house: House) -> bool:
        seen = _without(OF_EDITIONS, marts_of(house.published))
        return seen in (_without(OF_EDITIONS, self.before), _without(OF_EDITIONS, self.after))

    def _faults_after(self, house: House) -> Iterator[str]:
        """One more run: the marts, the pages and the files of a build that nobody killed."""
        ran = house.netstats(*ALL_DAYS)
        if ran.status:
            yield f"one more run ended with {ran.status}: {ran.stderr[-500:]}"
            return
        for what, found, wanted in (
            ("mart", marts_of(house.published), self.after),
            ("page", pages_of(house), self.pages),
        ):
            yield from (f"{what} {one} differs" for one in sorted(dict(set(found.items()) ^ set(wanted.items()))))
        yield from (f"{one} is there, or not" for one in sorted(files_of(house) ^ self.files))


def _without(tables: set[str], marts: Published) -> Published:
    return {table: rows for table, rows in marts.items() if table not in tables}


def _completed(house: House, command: tuple[str, ...]) -> None:
    ran = house.netstats(*command)
    if ran.status:
        raise SystemExit(f"netstats {' '.join(command)} ended with {ran.status}: {ran.stderr}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        points = KillPoints(Path(folder))
        _tell(f"a build takes {points.seconds:.1f} s")
        broken = 0
        for number, one in enumerate(points.killed(asked.points, asked.seed), start=1):
            broken += bool(one.faults)
            whom = "the group" if one.whole_group else "the main process"
            _tell(f"{number}: {whom} after {one.after_s:.2f} s: {'; '.join(one.faults) or 'the same'}")
        _tell(f"{broken} of {asked.points} are not the same")


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
