"""What a long backfill takes: whether a day is as dear at its end as at its beginning, and what of it is which work.

Usage: python bench/backfill.py [--days 92] [--records-a-day 1000000] [--ranges 4] [--work FOLDER] [--write]

The demo's routers with as many flows as give so many records a day, built by one `netstats build` in so many ranges,
as a long backfill is. Seconds of SQL are what dbt's run results add up, those of decoding and drawing what their steps
took; the rest of the wall clock is orchestration: start-up, parsing, checks, events, publishing. On a busy machine look
at the load beside.
"""

import argparse
import json
import os
import platform
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from demo.scenario import SCENARIO  # noqa: E402
from demo.writing import write_operator_exports  # noqa: E402

DEMO = PROJECT / "operators" / "demo"
BEGIN, END = "<!-- backfill begins -->", "<!-- backfill ends -->"
LARGEST_SHARE_OF_ORCHESTRATION = 0.2
DECODING = ("decoded_exports",)
DRAWING = ("reports__quarter_comparison", "reports__drawn_bundle", "reports__chart_bundle")
BUILD = """
import sys
from assets.warehouse import dbt_process
from orchestration.commands import ranges
dbt_process.WRITING = {*dbt_process.WRITING, "build"}  # The seconds of each statement, which nobody else reads.
ranges.ranges_of.__defaults__ = (int(sys.argv[1]),)
from orchestration.commands.cli import main
main(sys.argv[2:])
"""
STEPS = "select timestamp, dagster_event_type, step_key from event_logs where step_key is not null order by id"
BETWEEN_LOOKS_S = 0.2
RANGE = re.compile(r"^range \d+ of \d+, (\S+) to (\S+), is built", re.MULTILINE)


def write_exports(operator: Path, days: int, records_a_day: int) -> int:
    """The demo's exports of so many days, with its flows multiplied to give so many records; how many they are."""
    ignore = shutil.ignore_patterns("exports")
    shutil.copytree(DEMO, operator, ignore=ignore, dirs_exist_ok=True)
    written = yaml.safe_load(SCENARIO.read_text(encoding="utf-8"))
    first = written["first_day"]
    written["last_day"] = first + timedelta(days=days - 1)
    touched = (_quarter(first), _quarter(written["last_day"]))
    written["quarters"] = {name: one for name, one in written["quarters"].items() if name in touched}
    first_quarter = {touched[0]: written["quarters"][touched[0]]}
    probed = {**written, "last_day": first + timedelta(days=1), "quarters": first_quarter}
    probe = _written(operator, probed, scale=1.0) / 2
    return _written(operator, written, scale=records_a_day / probe)


def _quarter(day: date) -> str:
    return f"{day.year}Q{(day.month + 2) // 3}"


def _written(operator: Path, scenario: dict[str, Any], *, scale: float) -> int:
    """Records of boundary traffic in the exports of a scenario with so many times the flows and bits."""
    scaled = {**scenario, "flows_per_router_and_day": round(scenario["flows_per_router_and_day"] * scale)}
    scaled["quarters"] = {
        name: {**one, "gigabits_per_second": one["gigabits_per_second"] * scale}
        for name, one in scenario["quarters"].items()
    }
    file = operator.with_name("scenario.yaml")
    file.write_text(yaml.safe_dump(scaled), encoding="utf-8")
    return write_operator_exports(operator, scenario_file=file).records


@dataclass
class Sql:
    """The seconds of SQL that dbt's calls told, by the moment at which they had ended."""

    results: Path
    calls: list[tuple[float, float]] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        """Read the results of each call, which the next one writes over."""
        seen = 0
        while not self.ended.wait(BETWEEN_LOOKS_S):
            seen = self._look(seen)
        self._look(seen)

    def _look(self, seen: int) -> int:
        try:
            found = self.results.stat().st_mtime_ns
            if found == seen:
                return seen
            told = json.loads(self.results.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return seen  # It is being written.
        self.calls.append((time.time(), sum(one["execution_time"] for one in told["results"])))
        return found

    def between(self, began: float, until: float) -> float:
        return sum(seconds for at, seconds in self.calls if began <= at < until)


@dataclass(frozen=True)
class Step:
    """A step of a run, by the clock."""

    name: str
    began: float
    ended: float


def steps_of(state: Path) -> list[Step]:
    """All steps of all runs of a state, in order."""
    found = []
    for path in (state / "dagster" / "history" / "runs").glob("*.db"):
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            begun = dict[str, float]()
            for at, kind, name in database.execute(STEPS):
                moment = _seconds(at)
                if kind == "STEP_START":
                    begun[name] = moment
                elif kind == "STEP_SUCCESS":
                    found.append(Step(name, begun[name], moment))
    return sorted(found, key=lambda one: one.began)


def _seconds(told: str) -> float:
    return datetime.fromisoformat(told).replace(tzinfo=UTC).timestamp()


@dataclass(frozen=True)
class Measured:
    """The wall clock of the whole, what of it was which work, and the seconds a day of each range."""

    records: int
    days: int
    wall: float
    decoding: float
    sql: float
    drawing: float
    by_range: list[tuple[int, float, float, float]]
    load: float

    @property
    def orchestration(self) -> float:
        return self.wall - self.decoding - self.sql - self.drawing


def measure(work: Path, days: int, records_a_day: int, ranges: int) -> Measured:
    """Build the days from nothing, in so many ranges."""
    operator, states = work / "demo", work / "state"
    shutil.rmtree(states, ignore_errors=True)
    records = write_exports(operator, days, records_a_day)
    first = yaml.safe_load(SCENARIO.read_text(encoding="utf-8"))["first_day"]
    file_bytes = sum(
        path.stat().st_size for path in (operator / "exports").rglob("*") if path.suffix in {".pcap", ".gz"}
    )
    asked = ["build", "--from", str(first), "--to", str(first + timedelta(days=days - 1))]
    environment = {**os.environ, "NETSTATS_OPERATOR": str(operator), "NETSTATS_STATE": str(states)}
    sql = Sql(states / "demo" / "dbt" / "run_results.json")
    watching = threading.Thread(target=sql.watch)
    watching.start()
    began = time.perf_counter()
    command = [sys.executable, "-c", BUILD, str(file_bytes // ranges + 1), *asked]
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    wall = time.perf_counter() - began
    sql.ended.set()
    watching.join()
    if done.returncode:
        raise SystemExit(f"the build failed: {done.stdout[-2000:]}{done.stderr[-3000:]}")
    if not sql.calls:
        raise SystemExit(f"dbt told no seconds of SQL in {sql.results}")
    steps = steps_of(states / "demo")
    return Measured(
        records,
        days,
        wall,
        _took(steps, DECODING),
        sum(seconds for _, seconds in sql.calls),
        _took(steps, DRAWING),
        list(_by_range(steps, sql, _days_of_ranges(done.stderr, days))),
        os.getloadavg()[1],
    )


def _took(steps: list[Step], names: tuple[str, ...]) -> float:
    return sum(one.ended - one.began for one in steps if one.name in names)


def _by_range(steps: list[Step], sql: Sql, days: list[int]) -> Iterator[tuple[int, float, float, float]]:
    """Of each daily run: how many days it is of, and the seconds a day of all of it, of decoding and of SQL."""
    begins = [one.began for one in steps if one.name == "exports__flow_exports"]
    marts = min(one.began for one in steps if one.name == "warehouse_marts")
    for began, until, count in zip(begins, [*begins[1:], marts], days, strict=True):
        of_range = [one for one in steps if began <= one.began < until]
        decoding = _took(of_range, DECODING)
        yield count, (of_range[-1].ended - began) / count, decoding / count, sql.between(began, until) / count


def _days_of_ranges(said: str, days: int) -> list[int]:
    """How many days each range had, as the build tells them; one that has one range tells none."""
    told = [(date.fromisoformat(first), date.fromisoformat(last)) for first, last in RANGE.findall(said)]
    return [(last - first).days + 1 for first, last in told] or [days]


def told(one: Measured) -> str:
    """The measurement as a part of docs/benchmarks.md."""
    share = one.orchestration / one.wall
    rows = "\n".join(
        f"| {number} | {whole:.2f} | {decoding:.2f} | {sql:.2f} |" for number, whole, decoding, sql in one.by_range
    )
    a_day = f"{one.records / one.days:,.0f} records a day"
    return f"""{one.days} days of the demo's routers, {a_day}, one `netstats build`, once.
Machine: {os.cpu_count()} cores, Python {platform.python_version()}, load {one.load:.1f} over its last minutes.

| | seconds | of the wall clock |
| --- | --- | --- |
| decoding | {one.decoding:.1f} | {one.decoding / one.wall:.0%} |
| SQL | {one.sql:.1f} | {one.sql / one.wall:.0%} |
| drawing | {one.drawing:.1f} | {one.drawing / one.wall:.0%} |
| orchestration: the rest | {one.orchestration:.1f} | {share:.0%} (bar: {LARGEST_SHARE_OF_ORCHESTRATION:.0%}) |
| all | {one.wall:.1f} | {one.wall / one.days:.2f} s a day |

| days of the range | seconds a day up to core | decoding | SQL |
| --- | --- | --- | --- |
{rows}
"""


def main() -> None:
    """Measure, print, and write it where it is told."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=92)
    parser.add_argument("--records-a-day", type=int, default=1_000_000)
    parser.add_argument("--ranges", type=int, default=4)
    parser.add_argument("--work", type=Path, help="a folder to keep; else one that is removed")
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = (given.work or Path(temporary)).resolve()
        work.mkdir(parents=True, exist_ok=True)
        text = told(measure(work, given.days, given.records_a_day, given.ranges))
    print(text)
    if given.write:
        page = PROJECT / "docs" / "benchmarks.md"
        before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
        page.write_text(f"{before}{BEGIN}\n{text}{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
