"""Kills builds at random moments, and looks whether one more run makes what an undisturbed one would have.

    python -m tests.faults.kill --points 20 --seed 1 --work FOLDER

Belongs here: builds of the tiny operator tests/operators/real_exports, killed by SIGKILL, the process alone or with its
group, while somebody reads what is published. Does not belong here: what the suite of tests runs.
"""

import argparse
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

PROJECT = Path(__file__).parents[2]
OPERATOR = PROJECT / "tests" / "operators" / "real_exports"
NETSTATS = Path(sys.executable).with_name("netstats")
FIRST, LAST = ("2025-11-10", "2025-11-11"), ("2025-11-10", "2025-11-14")
PUBLISHED = ("published/marts", "reports", "comparisons")
# What each run's checks found, with its time: two runs are more than one.
OF_RUNS = "check_history"
LEFT_OVER = ("**/.*.writing", "**/.*.part", "**/.*.replaced", "**/*.wal", "landed/*/arriving/*")
READ = """
select 'bits', sum(bits) from marts.network_type_quarterly
union all select 'days', count(*) from marts.coverage_daily
"""
BETWEEN_READS_S = 0.05


@dataclass
class Place:
    """Where builds lie: an operator and its states, each put in the place of the one that is built."""

    work: Path

    @property
    def operator(self) -> Path:
        return self.work / "real_exports"

    @property
    def state(self) -> Path:
        return self.work / "state" / "real_exports"

    def kept(self, name: str) -> Path:
        return self.work / f"{name}_state"

    def keep(self, name: str) -> None:
        shutil.copytree(self.state, self.kept(name), symlinks=True)

    def put_back(self, name: str) -> None:
        shutil.rmtree(self.state, ignore_errors=True)
        subprocess.run(["/bin/cp", "-a", self.kept(name), self.state], check=True)

    def start(self, days: tuple[str, str], log: Path) -> "subprocess.Popen[bytes]":
        own = {"NETSTATS_OPERATOR": str(self.operator), "NETSTATS_STATE": str(self.work / "state")}
        environment = {**os.environ, **own, "NETSTATS_CHROMIUM": ""}
        command = [NETSTATS, "build", "--from", days[0], "--to", days[1]]
        with log.open("wb") as said:
            return subprocess.Popen(command, env=environment, stdout=said, stderr=said, start_new_session=True)


@dataclass
class Reader:
    """Reads what is published over and over: `seen` are its different answers, `errors` what it was refused."""

    place: Place
    seen: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)
    reads: int = 0

    @contextmanager
    def reading(self) -> Iterator[None]:
        ended = threading.Event()
        thread = threading.Thread(target=self._read_until, args=(ended,))
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _read_until(self, ended: threading.Event) -> None:
        while not ended.wait(BETWEEN_READS_S):
            try:
                self.seen |= answers(self.place.state)
                self.reads += 1
            except (OSError, duckdb.Error) as error:
                self.errors.append(str(error).splitlines()[0])


def answers(state: Path) -> set[str]:
    """What a reader is told by the database, the quarter's page and the page over all quarters, each by itself."""
    with duckdb.connect(state / "published" / "network_stats.duckdb", read_only=True) as database:
        rows = database.execute(READ).fetchall()
    pages = {name: (state / "reports" / name).read_bytes() for name in ("index.html", "2025Q4/index.html")}
    return {str(sorted(rows)), *(f"{name} {hashlib.sha256(page).hexdigest()[:12]}" for name, page in pages.items())}


def published(state: Path) -> dict[str, str]:
    """The hash of each file that is meant to be published."""
    files = [path for name in PUBLISHED for path in sorted((state / name).rglob("*"))]
    told = [path for path in files if path.is_file() and OF_RUNS not in path.name]
    return {str(path.relative_to(state)): hashlib.sha256(path.read_bytes()).hexdigest() for path in told}


def left_over(state: Path) -> list[str]:
    return sorted(str(path.relative_to(state)) for pattern in LEFT_OVER for path in state.glob(pattern))


def prepare(place: Place) -> float:
    """A state of two days, and the same once all days are built; how long the latter took, in seconds."""
    took = place.work / "seconds"
    if not took.exists():
        shutil.copytree(OPERATOR, place.operator)
        for name, days in (("first", FIRST), ("last", LAST)):
            began = time.monotonic()
            if place.start(days, place.work / f"{name}.log").wait():
                raise SystemExit(f"the undisturbed build failed, see {place.work}/{name}.log")
            place.keep(name)
        took.write_text(str(time.monotonic() - began))
    return float(took.read_text())


def one_point(place: Place, at_s: float, *, is_group: bool) -> list[str]:
    """What is wrong after a build is killed so many seconds after it began, and one more ran to its end."""
    place.put_back("first")
    before, wanted, reader = answers(place.kept("first")), answers(place.kept("last")), Reader(place)
    with reader.reading():
        build = place.start(LAST, place.work / "killed.log")
        try:
            build.wait(at_s)
        except subprocess.TimeoutExpired:
            (os.killpg if is_group else os.kill)(build.pid, signal.SIGKILL)
        build.wait()
        status = place.start(LAST, place.work / "again.log").wait()
    faults = [f"the build after it ended with {status}"] if status else []
    faults += [f"a reader was refused: {one}" for one in sorted(set(reader.errors))]
    faults += [f"a reader saw a mixture: {one}" for one in sorted(reader.seen - before - wanted)]
    made, golden = published(place.state), published(place.kept("last"))
    differ = sorted(name for name in made.keys() | golden.keys() if made.get(name) != golden.get(name))
    faults += [f"{len(differ)} published files differ: {differ[:5]}"] if differ else []
    faults += [f"left over: {one}" for one in left_over(place.state)]
    print(f"  {reader.reads} reads, {len(reader.seen)} answers", flush=True)  # noqa: T201
    return faults


def main() -> None:
    """Kill builds at so many points; status 1 if anything was wrong after one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, required=True, help="a folder of its own; prepared states are kept there")
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    place = Place(given.work.resolve())
    seconds, drawn, failed = prepare(place), random.Random(given.seed), 0
    for number in range(given.points):
        at_s, is_group = drawn.uniform(0.5, seconds), drawn.random() < 0.5
        whom = "the group" if is_group else "the process alone"
        print(f"point {number}: {whom} after {at_s:.2f} of {seconds:.1f} s", flush=True)  # noqa: T201
        faults = one_point(place, at_s, is_group=is_group)
        failed += bool(faults)
        for fault in faults:
            print(f"  {fault}", flush=True)  # noqa: T201
    print(f"{failed} of {given.points} points failed")  # noqa: T201
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
