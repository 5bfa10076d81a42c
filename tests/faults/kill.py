"""Kills builds at random moments, and looks whether one more run makes what an undisturbed one would have.

    python -m tests.faults.kill --points 20 --seed 1 --work FOLDER

A point is a moment of a stage (pull, decode, core, marts, publish, report), drawn from when its first step begins to so
long after it as the stage took undisturbed. Stages behind core begin from a state that was killed between two runs of
the build, so that a point need not make core first.

Belongs here: builds of the tiny operator tests/operators/real_exports, killed by SIGKILL, the process alone or with its
group, while somebody reads what is published. Does not belong here: what the suite of tests runs.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

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
BETWEEN_READS_S, BETWEEN_LOOKS_S = 0.05, 0.02
EVENTS = """
select timestamp, dagster_event_type, step_key from event_logs
where dagster_event_type in ('STEP_START', 'STEP_SUCCESS') order by id
"""
NO_STEP = "no step"


class Stage(NamedTuple):
    """The steps from `first` to before `behind` (to the end of the build without one), and the state to begin from.

    Of hundred points `points` are its own.
    """

    first: str
    behind: str | None
    begins_from: str
    points: int


STAGES = {
    "pull": Stage("exports__flow_exports", "decoded_exports", "first", 15),
    "decode": Stage("decoded_exports", "warehouse_core", "first", 15),
    "core": Stage("warehouse_core", "warehouse_marts", "first", 20),
    "marts": Stage("warehouse_marts", "published__marts", "core", 20),
    "publish": Stage("published__marts", "reports__dataset_release", "core", 15),
    "report": Stage("reports__dataset_release", None, "marts", 15),
}
BOUNDARIES = {"core": "warehouse_marts", "marts": "reports__dataset_release"}
"""The states between two runs of the build, by the step at whose beginning it is killed for them."""


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


class Event(NamedTuple):
    """A step that began or ended."""

    at_s: float
    kind: str
    step: str


def events(state: Path) -> list[Event]:
    """What Dagster noted of the steps of all runs of a state, in order."""
    found = list[Event]()
    for path in (state / "dagster" / "history" / "runs").glob("*.db"):
        try:
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
                found += [
                    Event(datetime.fromisoformat(f"{at}+00:00").timestamp(), kind, step)
                    for at, kind, step in database.execute(EVENTS)
                ]
        except sqlite3.OperationalError:
            continue  # It is being made.
    return sorted(found)


def seconds_of(stage: Stage, noted: list[Event]) -> float:
    """How long a stage took in the newest run that had it."""
    began = max(one.at_s for one in noted if (one.kind, one.step) == ("STEP_START", stage.first))
    ends = [one.at_s for one in noted if one.at_s > began and one.kind == "STEP_START" and one.step == stage.behind]
    return (ends[0] if ends else noted[-1].at_s) - began


def wait_for(build: "subprocess.Popen[bytes]", place: Place, step: str, before: int) -> bool:
    """Wait until a build begins a step that it has begun so many times before; False if it ended without."""
    while build.poll() is None:
        if _beginnings(place.state, step) > before:
            return True
        time.sleep(BETWEEN_LOOKS_S)
    return False


def _beginnings(state: Path, step: str) -> int:
    return sum((one.kind, one.step) == ("STEP_START", step) for one in events(state))


def being_made(state: Path) -> str:
    """The step that began last and has not ended."""
    noted = events(state)
    if not noted or noted[-1].kind == "STEP_SUCCESS":
        return NO_STEP
    return noted[-1].step


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


def prepare(place: Place) -> dict[str, float]:
    """A state of two days, those between the runs of the build of all days, and its end; the seconds of each stage."""
    took = place.work / "stages.json"
    if not took.exists():
        shutil.copytree(OPERATOR, place.operator)
        _build(place, "first", FIRST)
        _build(place, "last", LAST)
        noted = events(place.state)
        for name, step in BOUNDARIES.items():
            place.put_back("first")
            build = place.start(LAST, place.work / f"{name}.log")
            if not wait_for(build, place, step, _beginnings(place.state, step)):
                raise SystemExit(f"the build for the state {name} ended too early, see {place.work}/{name}.log")
            _kill(build, is_group=True)
            place.keep(name)
        took.write_text(json.dumps({name: seconds_of(stage, noted) for name, stage in STAGES.items()}))
    told: dict[str, float] = json.loads(took.read_text())
    return told


def _build(place: Place, name: str, days: tuple[str, str]) -> None:
    if place.start(days, place.work / f"{name}.log").wait():
        raise SystemExit(f"the undisturbed build failed, see {place.work}/{name}.log")
    place.keep(name)


def _kill(build: "subprocess.Popen[bytes]", *, is_group: bool) -> None:
    (os.killpg if is_group else os.kill)(build.pid, signal.SIGKILL)
    build.wait()


@dataclass(frozen=True)
class Point:
    """So many seconds after the first step of a stage began, the process alone or its group is killed."""

    stage: str
    after_s: float
    is_group: bool


def drawn_points(seed: int, count: int, seconds: dict[str, float]) -> list[Point]:
    """Points of all stages by their parts, in a drawn order."""
    drawn = random.Random(seed)
    stages = drawn.choices(list(STAGES), [stage.points for stage in STAGES.values()], k=count)
    return [Point(stage, drawn.uniform(0, seconds[stage]), drawn.random() < 0.5) for stage in stages]


def one_point(place: Place, point: Point) -> tuple[str, list[str]]:
    """Where a kill fell, and what is wrong after it once one more build has run to its end."""
    stage = STAGES[point.stage]
    place.put_back(stage.begins_from)
    before, wanted, reader = answers(place.kept("first")), answers(place.kept("last")), Reader(place)
    before |= answers(place.state)
    begun = _beginnings(place.state, stage.first)
    with reader.reading():
        build = place.start(LAST, place.work / "killed.log")
        if not wait_for(build, place, stage.first, begun):
            return NO_STEP, [f"the build ended before {stage.first}, see {place.work}/killed.log"]
        fell_in = _killed_after(build, place, point)
        status = place.start(LAST, place.work / "again.log").wait()
    faults = [f"the build after it ended with {status}"] if status else []
    faults += [f"a reader was refused: {one}" for one in sorted(set(reader.errors))]
    faults += [f"a reader saw a mixture: {one}" for one in sorted(reader.seen - before - wanted)]
    made, golden = published(place.state), published(place.kept("last"))
    differ = sorted(name for name in made.keys() | golden.keys() if made.get(name) != golden.get(name))
    faults += [f"{len(differ)} published files differ: {differ[:5]}"] if differ else []
    faults += [f"left over: {one}" for one in left_over(place.state)]
    return fell_in, faults


def _killed_after(build: "subprocess.Popen[bytes]", place: Place, point: Point) -> str:
    """Kill a build so long after its stage began; the step in which that was."""
    try:
        build.wait(point.after_s)
    except subprocess.TimeoutExpired:
        _kill(build, is_group=point.is_group)
        return being_made(place.state)
    return "none: it had ended"


def main() -> None:
    """Kill builds at so many points; status 1 if anything was wrong after one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, required=True, help="a folder of its own; prepared states are kept there")
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    place = Place(given.work.resolve())
    seconds, failed, fell = prepare(place), 0, Counter[str]()
    for number, point in enumerate(drawn_points(given.seed, given.points, seconds)):
        began = time.monotonic()
        fell_in, faults = one_point(place, point)
        failed, fell = failed + bool(faults), fell + Counter([fell_in])
        whom = "the group" if point.is_group else "the process alone"
        when = f"{point.after_s:.2f} s into {point.stage} ({seconds[point.stage]:.2f} s undisturbed), in {fell_in}"
        print(f"point {number}: {whom} {when}; {time.monotonic() - began:.0f} s", flush=True)  # noqa: T201
        for fault in faults:
            print(f"  {fault}", flush=True)  # noqa: T201
    for step, count in fell.most_common():
        print(f"{count:4} in {step}")  # noqa: T201
    print(f"{failed} of {given.points} points failed")  # noqa: T201
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
