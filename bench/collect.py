"""How many datagrams a second a collector takes without a drop, on one core, beside nfcapd.

Usage: python bench/collect.py [--seconds 3] [--tries 3] [--write docs/benchmarks.md]

NetFlow v5 with 30 records a datagram, of one exporter, over the loopback, at rates that rise until all tries drop some.
The collector and the sender have a core each, before other processes where the machine lets them (as root): one that
waits for its turn while the buffer fills drops for that reason. What a datagram costs in CPU depends less on others.
Both collectors have the same buffer; nfcapd decodes what it keeps, which netstats leaves to the night.
"""

import argparse
import os
import platform
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

NETSTATS = Path(sys.executable).with_name("netstats")
BUFFER_MB = 4
RATES = (10_000, 25_000, 50_000, 75_000, 100_000, 150_000, 200_000)
UDP_SEGMENT, AT_ONCE = 103, 40
RECORD = struct.pack(
    ">IIIHHIIIIHHBBBBHHBBH",
    *(0x0A000001, 0x08080808, 0, 1, 2, 10, 1000, 1000, 2000, 1234, 443, 0, 0x10, 6, 0, 64500, 15169, 24, 24, 0),
)
RECORDS = RECORD * 30
HEADER = struct.Struct(">HHIIIIBBH")
LONG_ENOUGH_S = 30.0
BEGIN, END = "<!-- collect begins -->", "<!-- collect ends -->"
Command = Callable[[Path, int], list[str]]


@dataclass(frozen=True)
class Taken:
    """What became of datagrams that were sent: at which rate, how many the kernel dropped, the collector's CPU."""

    sent: int
    rate: float
    dropped: int
    cpu: float


def ours(folder: Path, port: int) -> list[str]:
    return [str(NETSTATS), "collect", str(folder), "--port", str(port), "--buffer", str(BUFFER_MB)]


def nfcapd(folder: Path, port: int) -> list[str]:
    size = str(BUFFER_MB << 20)
    return ["nfcapd", "-b", "127.0.0.1", "-p", str(port), "-l", str(folder), "-t", "3600", "-B", size]


def taken(command: Command, rate: int, seconds: float) -> Taken:
    """Send to a collector of its own; nothing is sent at a rate of 0, which tells what its start costs."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        began = subprocess.Popen(
            command(Path(folder), port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=_on_first_core
        )
        until(lambda: drops(port) is not None)
        sent, took = send(port, rate, seconds)
        until(lambda: waiting(port) == 0)
        dropped = drops(port) or 0
        began.terminate()
        _, status, used = os.wait4(began.pid, 0)
        began.returncode = os.waitstatus_to_exitcode(status)
    return Taken(sent, sent / took, dropped, used.ru_utime + used.ru_stime)


def _on_first_core() -> None:
    alone_on(0)


def alone_on(core: int) -> None:
    """Keep this process on a core, before others if it may."""
    os.sched_setaffinity(0, {core})
    with suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + LONG_ENOUGH_S
    while not condition():
        if time.monotonic() > end:
            raise SystemExit("the collector did not do what was waited for")
        time.sleep(0.01)


def send(port: int, rate: int, seconds: float) -> tuple[int, float]:
    """Datagrams that were sent, and how long that took; the kernel cuts what is handed to it at once into many."""
    sent, began = 0, time.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, HEADER.size + len(RECORDS))
        out.connect(("127.0.0.1", port))
        while (passed := time.monotonic() - began) < seconds:
            if sent >= rate * passed:
                continue
            now = int(time.time())
            heads = (HEADER.pack(5, 30, 10_000, now, 0, 30 * (sent + one), 0, 0, 0) for one in range(AT_ONCE))
            out.send(b"".join(head + RECORDS for head in heads))
            sent += AT_ONCE
    return sent, time.monotonic() - began


def line_of(port: int) -> list[str] | None:
    """What the kernel says of the socket that receives at a port."""
    for line in Path("/proc/net/udp").read_text(encoding="ascii").splitlines()[1:]:
        parts = line.split()
        if int(parts[1].rpartition(":")[2], 16) == port:
            return parts
    return None


def drops(port: int) -> int | None:
    line = line_of(port)
    return None if line is None else int(line[-1])


def waiting(port: int) -> int:
    line = line_of(port)
    return 0 if line is None else int(line[4].rpartition(":")[2], 16)


def measured(name: str, command: Command, seconds: float, tries: int) -> list[str]:
    """A row of the table: the highest rate without a drop, and datagrams a CPU second at the highest rate of all."""
    start, best, cheapest = taken(command, 0, 0.1).cpu, 0.0, 0.0
    for rate in RATES:
        runs = [taken(command, rate, seconds) for _ in range(tries)]
        for one in runs:
            kept = one.sent - one.dropped
            print(f"{name} at {one.rate:,.0f}/s: {one.dropped:,} of {one.sent:,} dropped, {one.cpu - start:.2f} s CPU")
            cheapest = max(cheapest, kept / (one.cpu - start)) if kept > 20_000 else cheapest
        best = max([best, *(one.rate for one in runs if not one.dropped)])
        if all(one.dropped for one in runs):
            break
    return [name, f"{best:,.0f}", f"{cheapest:,.0f}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--tries", type=int, default=3)
    parser.add_argument("--write", type=Path)
    given = parser.parse_args()
    alone_on(max(os.sched_getaffinity(0)))
    rows = [
        measured("netstats collect", ours, given.seconds, given.tries),
        measured("nfcapd", nfcapd, given.seconds, given.tries),
    ]
    text = table(rows)
    print(text)
    if given.write:
        before, _, rest = given.write.read_text(encoding="utf-8").partition(BEGIN)
        after = rest.partition(END)[2]
        given.write.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


def table(rows: Sequence[Sequence[str]]) -> str:
    busy = os.getloadavg()[0]
    lines = [
        f"Buffers of {BUFFER_MB} MB, datagrams of {HEADER.size + len(RECORDS)} bytes. Machine: {platform.machine()}, "
        f"{os.cpu_count()} cores, Python {platform.python_version()}, load {busy:.1f} (1 is one core's work).",
        "",
        "| collector | datagrams a second without a drop | datagrams a CPU second |",
        "| --- | --- | --- |",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
