"""How fast exports become columns, side by side with nfdump, the decoder `netflow` and pyarrow's own writer.

Usage: python bench/decode.py [--records 3000000] [--runs 3] [--busy] [--write docs/benchmarks.md]

Two kinds of traffic in each protocol: uniform (one exporter, one template), and as routers mix it, where its generator
is at hand. CPU is user + system of whole processes; what is compared is run in turn, and medians count. Start-up is the
same command on a file of a few records. What was decoded is checked against the sums of what was written.
`netflow` decodes a thirtieth of the uniform datagrams, and counts for all. Peers that are absent are said to be.
"""

import argparse
import os
import platform
import statistics
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

sys.path.insert(0, str(Path(__file__).parent))
from _costs import cost_of, peak_mb, told
from _export_traffic import GENERATOR, UNIFORM, Traffic, mixed, uniform
from _nfdump import Route, routes
from _packets import PROTOCOLS
from _peers import install

NETSTATS = Path(sys.executable).with_name("netstats")
PEER, PEER_SHARE = "netflow==0.12.2", 30
A_FEW = 20
BEGIN, END = "<!-- decode begins -->", "<!-- decode ends -->"
DECODE_ALONE = """
import sys, time
from pathlib import Path
from assets.exports.formats import DecoderState, decode_pass
for path in sys.argv[1:]:
    began = time.process_time()
    rows = sum(batch.num_rows for batch in decode_pass([Path(path)], DecoderState()))
print(time.process_time() - began, rows)
"""
WRITE_ALONE = """
import sys, time
import pyarrow.parquet as pq
table = pq.read_table(sys.argv[1])
began = time.process_time()
pq.write_table(table, sys.argv[2], compression="zstd", compression_level=1)
print(time.process_time() - began, table.num_rows)
"""
PEER_ALONE = """
import sys, time
sys.path.insert(0, sys.argv[2])
import netflow
from pathlib import Path
content = Path(sys.argv[1]).read_bytes()
at, payloads = 24, []
while at < len(content):
    size = int.from_bytes(content[at + 8 : at + 12], "little")
    payloads.append(content[at + 16 + 42 : at + 16 + size])
    at += 16 + size
templates = {"netflow": {}, "ipfix": {}}
began = time.process_time()
rows = sum(len(netflow.parse_packet(payload, templates).flows) for payload in payloads)
print(time.process_time() - began, rows)
"""
HEAD = (
    "traffic", "records a CPU second, decoded", "whole job (to Parquet)", "start-up", "pyarrow writes the same table",
    "whole without start-up : write", "times as fast as nfdump's route", "times as fast as `netflow`, decoding",
    "peak memory",
)  # fmt: skip


@dataclass
class Bench:
    """The captures, and how often each thing is measured."""

    folder: Path
    records: int
    runs: int
    peer: Path | None
    routes: list[Route]
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def command(self, path: Path, out: str = "out") -> list[str | Path]:
        return [NETSTATS, "decode", path, "--format", "parquet", "-o", self.folder / f"{out}.parquet"]

    def run(self) -> None:
        kinds = [uniform, mixed] if GENERATOR.exists() else [uniform]
        for make in kinds:
            for protocol in PROTOCOLS:
                self.rows.append(self.measure(make(self.folder, protocol, self.records)))
                print("  ".join(self.rows[-1]), flush=True)

    def measure(self, traffic: Traffic) -> tuple[str, ...]:
        out, few = self.folder / "out.parquet", uniform(self.folder, traffic.protocol, A_FEW)
        costs = list[tuple[float, float, float, float]]()
        for _ in range(self.runs):
            start = cost_of(self.command(few.path, "few")).cpu
            whole = cost_of(self.command(traffic.path)).cpu
            write = told(WRITE_ALONE, out, self.folder / "again")
            costs.append((start, whole, write, told(DECODE_ALONE, few.path, traffic.path)))
        traffic.check(out)
        start, whole, write, decode = map(statistics.median, zip(*costs, strict=True))
        ratio = statistics.median((whole - start) / write for start, whole, write, _ in costs)
        return (
            f"{traffic.protocol}, {traffic.kind}", f"{self.records / decode / 1e6:.2f} M", f"{whole:.2f} s",
            f"{start:.2f} s", f"{write:.2f} s", f"{ratio:.2f}", self.beside_nfdump(traffic, whole),
            self.beside_netflow(traffic, decode), f"{peak_mb(self.command(traffic.path)):.0f} MB",
        )  # fmt: skip

    def beside_nfdump(self, traffic: Traffic, whole: float) -> str:
        """How many times as much each route of nfdump takes."""
        if traffic.protocol == "sFlow v5" or not self.routes:
            return "-"
        return ", ".join(
            f"{one.cpu(traffic.path, self.records) / whole:.1f} (`{one.printed_as}`)" for one in self.routes
        )

    def beside_netflow(self, traffic: Traffic, decode: float) -> str:
        if self.peer is None or traffic.kind != UNIFORM or traffic.protocol == "sFlow v5":
            return "-"
        part = uniform(self.folder, traffic.protocol, self.records // PEER_SHARE)
        return f"{PEER_SHARE * told(PEER_ALONE, part.path, self.peer) / decode:.0f}"

    def side_by_side(self) -> str:
        """Two files on two cores, against one after the other."""
        names = ("NetFlow v9", "IPFIX")
        one, two = (self.command(uniform(self.folder, name, self.records).path, name) for name in names)
        pairs = []
        for _ in range(self.runs):
            first, second, both = cost_of(one), cost_of(two), cost_of(one, two)
            pairs.append((both.cpu / (first.cpu + second.cpu), (first.wall + second.wall) / both.wall))
        cpu, speed = (statistics.median(values) for values in zip(*pairs, strict=True))
        return f"Two files side by side: {cpu:.2f} of the CPU, {speed:.2f} times the speed of one after the other."

    def memory(self) -> str:
        quarter = peak_mb(self.command(uniform(self.folder, "NetFlow v9", self.records // 4).path))
        return f"Peak memory of a quarter of the uniform NetFlow v9: {quarter:.0f} MB."


def machine() -> str:
    model = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.machine(),
    )
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}, pyarrow {pa.__version__}"


def report(bench: Bench, busy: bool, *lines: str) -> str:
    table = [HEAD, ("---",) * len(HEAD), *bench.rows]
    nfdump = ", ".join(map(str, bench.routes)) or "absent"
    was_busy = " Others kept the machine busy: seconds are longer than alone, ratios less so." if busy else ""
    return "\n".join([
        f"{bench.records:,} records each; CPU of whole processes, medians of {bench.runs} runs in turn, nfdump's once.",
        f"Machine: {machine()}. nfdump: {nfdump}. Peer: {PEER}.{was_busy}", "",
        *("| " + " | ".join(row) + " |" for row in table), "", *lines,
    ])  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=3_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--busy", action="store_true", help="say that others used the machine meanwhile")
    parser.add_argument("--write", type=Path, help="put the table between the marks of this file")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), asked.records, asked.runs, install(Path(folder), PEER), routes())
        bench.run()
        text = report(bench, asked.busy, bench.side_by_side(), "", bench.memory())
    print(text)
    if asked.write:
        before, rest = asked.write.read_text(encoding="utf-8").split(BEGIN)
        asked.write.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}", encoding="utf-8")


if __name__ == "__main__":
    main()
