"""How fast exports become columns, side by side with nfdump, the decoder `netflow` and pyarrow's own writer.

Usage: python bench/decode.py [--records 3000000] [--runs 3] [--write docs/benchmarks.md]

The same made-up flows in each protocol. CPU is user + system of whole processes with start-up, medians over the runs.
The nfdump route is what its users would do: nfcapd receives the datagrams, nfdump prints CSV, Arrow writes Parquet.
`netflow` decodes a thirtieth of the datagrams, and counts for all of them. Peers that are absent are said to be.
"""

import argparse
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parent))
from _packets import PROTOCOLS, flows, write_pcap
from _peers import install

PYTHON = sys.executable
NETSTATS = Path(sys.executable).with_name("netstats")
PEER = "netflow==0.12.2"
PEER_SHARE = 30
PACED = 40
BEGIN, END = "<!-- decode begins -->", "<!-- decode ends -->"
DECODE_ALONE = """
import sys, time
from pathlib import Path
from assets.formats import DecoderState, decode_files
began = time.process_time()
rows = sum(batch.num_rows for batch in decode_files([Path(sys.argv[1])], DecoderState()))
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
PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
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


@dataclass(frozen=True)
class Cost:
    """What processes used: CPU and wall time in seconds."""

    cpu: float
    wall: float


def cost_of(*commands: Sequence[str | Path]) -> Cost:
    """Run commands side by side; the CPU of all."""
    began = time.perf_counter()
    running = [subprocess.Popen([*map(str, command)], stdout=subprocess.DEVNULL) for command in commands]
    cpu = 0.0
    for process in running:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{process.args}: exit status {process.returncode}")
        cpu += used.ru_utime + used.ru_stime
    return Cost(cpu, time.perf_counter() - began)


def peak_mb(command: Sequence[str | Path]) -> float:
    """The peak memory of a command, told by a small process above it: a child begins with its parent's peak."""
    ran = subprocess.run([PYTHON, "-c", PEAK, *map(str, command)], capture_output=True, text=True, check=True)
    return float(ran.stdout.split()[-1])


def told(program: str, *arguments: str | Path) -> float:
    """The CPU seconds that a little program tells of itself."""
    ran = subprocess.run([PYTHON, "-c", program, *map(str, arguments)], capture_output=True, text=True, check=True)
    return float(ran.stdout.split()[0])


def median(runs: int, measure: Callable[[], float]) -> float:
    return statistics.median(measure() for _ in range(runs))


@dataclass
class Bench:
    """The captures, and how often each thing is measured."""

    folder: Path
    records: int
    runs: int
    peer: Path | None
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def capture(self, protocol: str, share: int = 1) -> Path:
        path = self.folder / f"{protocol.replace(' ', '_')}-{share}.pcap"
        if not path.exists():
            write_pcap(path, PROTOCOLS[protocol](flows(self.records // share)))
        return path

    def decode_command(self, path: Path, out: str = "out") -> list[str | Path]:
        return [NETSTATS, "decode", path, "--format", "parquet", "-o", self.folder / f"{out}.parquet"]

    def run(self) -> None:
        for protocol in PROTOCOLS:
            path = self.capture(protocol)
            whole = statistics.median(cost_of(self.decode_command(path)).cpu for _ in range(self.runs))
            write = median(self.runs, lambda: told(WRITE_ALONE, self.folder / "out.parquet", self.folder / "again"))
            decode = median(self.runs, lambda path=path: told(DECODE_ALONE, path))
            nfdump = self.nfdump(protocol, path) if protocol != "sFlow v5" else None
            peer = self.peer_cost(protocol) if protocol != "sFlow v5" else None
            self.rows.append((
                protocol, f"{self.records / decode / 1e6:.2f} M", f"{whole:.2f} s", f"{write:.2f} s",
                f"{whole / write:.2f}", "-" if nfdump is None else f"{nfdump / whole:.1f}",
                "-" if peer is None else f"{peer / decode:.0f}",
            ))  # fmt: skip
            print("  ".join(self.rows[-1]), flush=True)

    def nfdump(self, protocol: str, path: Path) -> float | None:
        """CPU of nfcapd, nfdump -o csv and Arrow."""
        if shutil.which("nfcapd") is None:
            return None
        lying = self.folder / f"nfcapd-{protocol.replace(' ', '_')}"
        shutil.rmtree(lying, ignore_errors=True)
        lying.mkdir()
        received = _receive(path, lying)
        (file,) = [one for one in lying.iterdir() if one.name.startswith("nfcapd.")]
        csv = self.folder / "nfdump.csv"
        printed = cost_of(["sh", "-c", f"nfdump -q -r {file} -o csv > {csv}"])
        written = cost_of([PYTHON, Path(__file__), "--convert", csv, self.folder / "nfdump.parquet"])
        got = pq.read_metadata(self.folder / "nfdump.parquet").num_rows
        if got < 0.98 * self.records:
            print(f"nfcapd lost {self.records - got} of {self.records} records; its cost counts as if it had not")
        return (received + printed.cpu + written.cpu) * self.records / got

    def peer_cost(self, protocol: str) -> float | None:
        if self.peer is None:
            return None
        return PEER_SHARE * told(PEER_ALONE, self.capture(protocol, PEER_SHARE), self.peer)

    def side_by_side(self) -> str:
        """Two files on two cores, against one after the other."""
        one, two = self.decode_command(self.capture("NetFlow v9")), self.decode_command(self.capture("IPFIX"), "two")
        pairs = []
        for _ in range(self.runs):
            first, second, both = cost_of(one), cost_of(two), cost_of(one, two)
            pairs.append((both.cpu / (first.cpu + second.cpu), (first.wall + second.wall) / both.wall))
        cpu, speed = (statistics.median(values) for values in zip(*pairs, strict=True))
        return f"Two files side by side: {cpu:.2f} of the CPU, {speed:.2f} times the speed of one after the other."

    def memory(self) -> str:
        quarter = peak_mb(self.decode_command(self.capture("NetFlow v9", 4)))
        whole = peak_mb(self.decode_command(self.capture("NetFlow v9")))
        return f"Peak memory: {quarter:.0f} MB for a quarter of the records, {whole:.0f} MB for all."


def _receive(path: Path, lying: Path) -> float:
    """Send a capture's datagrams to an nfcapd of its own over the loopback; the CPU that nfcapd used."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    collector = subprocess.Popen(
        ["nfcapd", "-b", "127.0.0.1", "-p", str(port), "-l", str(lying), "-t", "3600", "-B", "64000000"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(1.5)
    content, at = path.read_bytes(), 24
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("127.0.0.1", port))
        number = 0
        while at < len(content):
            size = int.from_bytes(content[at + 8 : at + 12], "little")
            sender.send(content[at + 16 + 42 : at + 16 + size])
            at, number = at + 16 + size, number + 1
            if number % PACED == 0:
                time.sleep(0.002)
    time.sleep(1.0)
    collector.terminate()
    _, _, used = os.wait4(collector.pid, 0)
    return used.ru_utime + used.ru_stime


def convert(csv: Path, parquet: Path) -> None:
    """nfdump's CSV to Parquet, the columns that a flow record has too."""
    columns = [
        "ts", "te", "sa", "da", "sp", "dp", "pr", "flg", "stos", "ipkt", "ibyt", "in", "out", "sas", "das", "smk",
        "dmk", "nh", "ra", "eng", "tr", "exid",
    ]  # fmt: skip
    names = _csv_names()
    table = pa_csv.read_csv(
        csv,
        read_options=pa_csv.ReadOptions(column_names=names),
        convert_options=pa_csv.ConvertOptions(include_columns=[one for one in columns if one in names]),
    )
    pq.write_table(table, parquet, compression="zstd", compression_level=1)


def _csv_names() -> list[str]:
    """The columns of `nfdump -o csv` of version 1.7.1, which -q leaves out."""
    names = (
        "ts te td sa da sp dp pr flg fwd stos ipkt ibyt opkt obyt in out sas das smk dmk dtos dir nh nhb svln dvln "
        "ismc odmc idmc osmc mpls1 mpls2 mpls3 mpls4 mpls5 mpls6 mpls7 mpls8 mpls9 mpls10 cl sl al ra eng exid tr"
    )
    return names.split(" ")


def machine() -> str:
    model = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.machine(),
    )
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}, pyarrow {pa.__version__}"


def report(bench: Bench, *lines: str) -> str:
    head = (
        "protocol", "records a CPU second, decoded", "whole job (to Parquet)", "pyarrow writes the same table",
        "whole : write", "times as fast as nfdump's route", "times as fast as `netflow`, decoding",
    )  # fmt: skip
    version = subprocess.run(["nfdump", "-V"], capture_output=True, text=True).stdout.strip() or "absent"
    table = [head, ("---",) * len(head), *bench.rows]
    return "\n".join([
        f"{bench.records:,} records a protocol; CPU of whole processes with start-up, medians of {bench.runs} runs.",
        f"Machine: {machine()}. nfdump: {version} (`-o csv`; it has no `csv-fast`). Peer: {PEER}.", "",
        *("| " + " | ".join(row) + " |" for row in table), "", *lines,
    ])  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=3_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--write", type=Path, help="put the table between the marks of this file")
    parser.add_argument("--convert", type=Path, nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.convert:
        convert(*asked.convert)
        return
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), asked.records, asked.runs, install(Path(folder), PEER))
        bench.run()
        text = report(bench, bench.side_by_side(), "", bench.memory())
    print(text)
    if asked.write:
        before, rest = asked.write.read_text(encoding="utf-8").split(BEGIN)
        asked.write.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}", encoding="utf-8")


if __name__ == "__main__":
    main()
