"""How fast and lean a day of flow records becomes core, side by side with chDB; what a quarter and one day more cost.

Usage: python bench/warehouse.py [--records 20000000] [--runs 3] [--days 92] [--quarter-records 100000] [--write FILE]

One made-up day (3 routers, 400 k peer addresses, 5% IPv6), resolved against an address plan, is built to core in one
dbt call; SQL time is what dbt's run results add up, memory the peak of the whole process. chDB makes the five tables
of flow records from the same Parquet, in turn with us, with names where ours hold keys of `links` and `peer_places`,
which count in our time; the sums of both must be equal. Sketches are timed apart, since chDB makes none. Then a quarter
of smaller days. The day is measured twice: with one record a flow, and with flows in five records each, as an active
timeout of 60 s cuts them, so that records share bins, addresses and ports. Times are of the wall clock: on a busy
machine look at the CPU seconds beside.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).parent))
from _clickhouse_core import TABLES
from _flow_days import AS_OF, FlowLake
from _peers import install

from assets.warehouse.address_sketches import sketches_of_day
from assets.warehouse.calls import MOST_RECORDS_OF_DAYS

PROJECT = Path(__file__).resolve().parents[1]
DBT = Path(sys.executable).with_name("dbt")
PEERS = ("chdb==4.4.0", "chdb-core==26.9.0")
CORE = ("resource_type:seed", "staging", "intermediate", "core", "--exclude", "core.by_quarter")
FIRST_DAY, QUARTER = date(2025, 10, 1), "2025Q4"
ELEPHANT_BITS = "800000000000"
PIECES = (1, 5)
BEGIN, END = "<!-- warehouse begins -->", "<!-- warehouse ends -->"
BARS = {"sql_to_peer": 0.5, "core_gb": 3.0, "quarter_s": 30.0}
MEASURE = """
import resource, subprocess, sys, time
began = time.perf_counter()
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, text=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(done.stdout)
print(used.ru_maxrss / 1024, used.ru_utime + used.ru_stime, time.perf_counter() - began)
raise SystemExit(done.returncode)
"""


@dataclass(frozen=True)
class Cost:
    """Seconds of SQL, of the process's CPU and of the wall clock, its peak memory in MB, and what each model took."""

    sql: float
    cpu: float
    wall: float
    peak_mb: float
    models: dict[str, float] = field(default_factory=dict)


def measured(command: Sequence[str | Path], environment: dict[str, str] | None = None) -> tuple[list[str], list[float]]:
    """What a command says, and its peak memory, CPU and wall time, told by a small process above it."""
    ran = subprocess.run(
        [sys.executable, "-c", MEASURE, *map(str, command)],
        env={**os.environ, **(environment or {})}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if ran.returncode:
        raise SystemExit(f"{command[0]} failed: {ran.stdout[-2000:]}{ran.stderr[-2000:]}")
    *said, numbers = ran.stdout.strip().splitlines()
    return said, [float(number) for number in numbers.split()]


@dataclass
class Warehouse:
    """A lake below `folder`, and the working file that dbt makes of it."""

    folder: Path
    pieces: int = 1

    @property
    def lake(self) -> FlowLake:
        return FlowLake(self.folder, self.pieces)

    @property
    def file(self) -> Path:
        return self.folder / "working.duckdb"

    def forget(self) -> None:
        for path in self.folder.glob("working.duckdb*"):
            path.unlink()

    def build(self, *selected: str) -> Cost:
        """One dbt call; its SQL time is that of the models, without tests and seeds."""
        project = PROJECT / "dbt_project"
        command = [
            DBT, "--quiet", "build", "--exclude-resource-type", "unit_test", "--select", *selected,
            "--project-dir", project, "--profiles-dir", project,
            "--target-path", self.folder / "target", "--log-path", self.folder / "logs",
        ]  # fmt: skip
        environment = {
            "NETSTATS_LAKE": str(self.lake.lake.root),
            "NETSTATS_WAREHOUSE": str(self.file),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        }
        _, (peak_mb, cpu, wall) = measured(command, environment)
        results = json.loads((self.folder / "target" / "run_results.json").read_text(encoding="utf-8"))["results"]
        models = {
            one["unique_id"].rpartition(".")[2]: one["execution_time"]
            for one in results
            if one["unique_id"].startswith("model.")
        }
        return Cost(sum(models.values()), cpu, wall, peak_mb, models)

    def core_of(self, *days: date) -> Cost:
        self.lake.select(days)
        return self.build(*CORE)

    def marts(self) -> Cost:
        self.lake.select([], [QUARTER])
        return self.build("core.by_quarter", "marts")

    def sketches(self) -> float:
        """Seconds that the day's sketches take."""
        began = time.perf_counter()
        with duckdb.connect(str(self.file), read_only=True) as database:
            sketches_of_day(database, FIRST_DAY)
        return time.perf_counter() - began

    def sums(self) -> list[str]:
        """Rows, bits and sampled packets of each table that the peer makes too."""
        with duckdb.connect(str(self.file), read_only=True) as connection:
            rows = [
                connection.execute(f"select count(*), coalesce(sum(bits), 0) from core.{table}").fetchall()[0]
                for table in TABLES
            ]
        return [" ".join(map(str, row)) for row in rows]


@dataclass
class Bench:
    """The day and the quarter, and how often the day is measured."""

    folder: Path
    records: int
    runs: int
    days: int
    quarter_records: int
    peer: Path | None
    lines: list[str] = field(default_factory=list)

    def day(self, pieces: int) -> None:
        """Core of one day of flows in so many records each, ours and the peer's in turn."""
        warehouse = Warehouse(self.folder / f"day-{pieces}", pieces)
        lake = warehouse.lake
        lake.write_registries()
        lake.write_day(FIRST_DAY, self.records)
        ours, peers, sketches = [], [], []
        for _ in range(self.runs):
            warehouse.forget()
            ours.append(warehouse.core_of(FIRST_DAY))
            print(f"ours: {_said(ours[-1])}", flush=True)
            sketches.append(warehouse.sketches())
            if self.peer is not None:
                peers.append(self.peer_core(warehouse))
                print(f"chDB: {_said(peers[-1])}", flush=True)
        self.lines += [f"Flows of {pieces} record{'s' if pieces > 1 else ''} each:", ""]
        self.lines += _day_table(ours, peers, statistics.median(sketches))

    def peer_core(self, warehouse: Warehouse) -> Cost:
        kept_in = self.folder / "chdb"
        shutil.rmtree(kept_in, ignore_errors=True)
        program = Path(__file__).with_name("_clickhouse_core.py")
        said, (peak_mb, cpu, wall) = measured(
            [sys.executable, program, self.peer, warehouse.lake.lake.root, FIRST_DAY, AS_OF, ELEPHANT_BITS, kept_in]
        )
        *sums, seconds = [line for line in said if line]
        if sums != warehouse.sums():
            raise SystemExit(f"chDB's core {sums} is not ours {warehouse.sums()}: compare the statements")
        return Cost(float(seconds), cpu, wall, peak_mb)

    def quarter(self) -> None:
        """Core day by day and in ranges, and the quarter's marts after a quarter, half and all of the days."""
        warehouse, records = Warehouse(self.folder / "quarter"), self.quarter_records
        warehouse.lake.write_registries()
        days = [FIRST_DAY + timedelta(days=number) for number in range(self.days)]
        for day in days:
            warehouse.lake.write_day(day, records)
        first, second = warehouse.core_of(days[0]), warehouse.core_of(days[1])
        marts, done = {}, 2
        for until in (self.days // 4, self.days // 2, self.days):
            until_last = days[done : until - (until == self.days)]
            for together in batched(until_last, max(1, MOST_RECORDS_OF_DAYS // records)):
                warehouse.core_of(*together)
            last = warehouse.core_of(days[-1]) if until == self.days else second
            marts[until], done = warehouse.marts(), until
            print(f"marts of {until} days: {_said(marts[until])}", flush=True)
        self.lines += _quarter_table(records, self.days, (first, second, last), marts)


def batched(days: Sequence[date], most: int) -> list[Sequence[date]]:
    """The days in order, as a range is built: so many by one call."""
    return [days[at : at + most] for at in range(0, len(days), most)]


def _said(cost: Cost) -> str:
    return f"SQL {cost.sql:.1f} s, CPU {cost.cpu:.1f} s, wall {cost.wall:.1f} s, peak {cost.peak_mb:.0f} MB"


def _median(costs: list[Cost]) -> Cost:
    return Cost(*(statistics.median(getattr(one, name) for one in costs) for name in ("sql", "cpu", "wall", "peak_mb")))


def _row(name: str, cost: Cost) -> str:
    return f"| {name} | {cost.sql:.1f} s | {cost.cpu:.1f} s | {cost.wall:.1f} s | {cost.peak_mb:.0f} MB |"


HEAD = ["| | SQL time | CPU of the process | wall clock | peak memory |", "| --- | --- | --- | --- | --- |"]


def _day_table(ours: list[Cost], peers: list[Cost], sketches_s: float) -> list[str]:
    mine = _median(ours)
    lines = [*HEAD, _row("core of one day, one dbt call", mine)]
    if peers:
        peer = _median(peers)
        lines += [_row("chDB, the same five tables", peer), ""]
        lines += [
            f"SQL time is {mine.sql / peer.sql:.2f} of chDB's; with the {sketches_s:.1f} s of the sketches, which chDB "
            f"does not make, {(mine.sql + sketches_s) / peer.sql:.2f} (bar: {BARS['sql_to_peer']:g}, aim: 0.35); "
            f"peak memory {mine.peak_mb / 1000:.1f} GB (bar: {BARS['core_gb']:.0f}). The sums of all tables are equal."
        ]
    slowest = sorted(ours[-1].models.items(), key=lambda model: -model[1])[:6]
    return [
        *lines,
        "",
        "Slowest models: " + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in slowest) + ".",
        "",
    ]


def _quarter_table(records: int, days: int, of_days: tuple[Cost, Cost, Cost], marts: dict[int, Cost]) -> list[str]:
    first, second, last = of_days
    rows = [_row(f"core of day {day}", cost) for day, cost in zip((1, 2, days), of_days, strict=True)]
    rows += [_row(f"marts of the quarter, {until} days", cost) for until, cost in marts.items()]
    half, whole = list(marts.values())[-2:]
    return [
        f"{days} days of {records:,} records:", "", *HEAD, *rows, "",
        f"The last day costs {last.sql / second.sql:.2f} of the second, and {last.sql / first.sql:.2f} of the first, "
        f"which finds no table (bar: 1.1); the whole quarter's marts "
        f"{whole.sql / half.sql:.2f} of half's (linear: 2), {whole.sql:.1f} s (bar: {BARS['quarter_s']:.0f}).",
    ]  # fmt: skip


def report(bench: Bench) -> str:
    model = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.machine(),
    )
    return "\n".join([
        f"{bench.records:,} records of one day, medians of {bench.runs} runs in turn.",
        f"Machine: {model}, {os.cpu_count()} cores, Python {platform.python_version()}, DuckDB {duckdb.__version__}. "
        f"Peer: {' '.join(PEERS) if bench.peer else 'absent'}.", "",
        *bench.lines,
    ])  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=20_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--days", type=int, default=92, help="of the quarter; 0 leaves the quarter out")
    parser.add_argument("--quarter-records", type=int, default=100_000, help="a day of the quarter")
    parser.add_argument("--write", type=Path, help="put the tables between the marks of this file")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(
            Path(folder), asked.records, asked.runs, asked.days, asked.quarter_records, install(Path(folder), *PEERS)
        )
        for pieces in PIECES if asked.runs else ():
            bench.day(pieces)
        if asked.days:
            bench.quarter()
        text = report(bench)
    print(text)
    if asked.write:
        before, rest = asked.write.read_text(encoding="utf-8").split(BEGIN)
        asked.write.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}", encoding="utf-8")


if __name__ == "__main__":
    main()
