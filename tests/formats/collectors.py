"""Real collectors on the loopback: nfcapd or sfcapd at the clock that a test sets, and the datagrams it is sent.

Belongs here: starting, feeding and ending nfcapd. Does not belong here: what its files should hold.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

PATIENCE_S = 30
NO_DATAGRAM = b"\0\0"


def tool(name: str, package: str = "nfdump") -> str:
    found = shutil.which(name)
    if found is None:
        pytest.fail(f"{name} is not installed; install the Debian package {package}, as .ci/run does")
    return found


@dataclass(frozen=True)
class Clock:
    """The clock of a process that is started with this environment: it stands where it was set last."""

    path: Path

    def set(self, moment: datetime) -> None:
        told = self.path.with_suffix(".new")
        told.write_text(f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}\n", encoding="ascii")
        told.rename(self.path)

    @property
    def environment(self) -> dict[str, str]:
        command = [tool("faketime", "faketime"), "-m", "-f", "+0", "printenv", "LD_PRELOAD"]
        library = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
        own = {"LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": str(self.path), "FAKETIME_NO_CACHE": "1"}
        return {**os.environ, **own, "TZ": "UTC"}


class Endpoint(NamedTuple):
    """Where a collector listens: an address of the loopback and a port."""

    address: str
    port: int


def own_address() -> str:
    """An address of the loopback on which no other process of tests on this machine listens, by the process's id."""
    pid = os.getpid()
    return f"127.{64 + (pid >> 16)}.{pid >> 8 & 0xFF}.{pid & 0xFF}"


@dataclass(frozen=True)
class Listening:
    """An nfcapd that listens on the loopback."""

    at: Endpoint

    def hear(self, datagrams: Sequence[bytes], sender: str = "127.0.0.1") -> None:
        """Send datagrams from an address of the loopback, and wait until nfcapd has dealt with them.

        What is not a datagram of any protocol comes before them, so that nfcapd looks at its clock, and behind them:
        when that has been taken, they have been kept.
        """
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            out.bind((sender, 0))
            for datagram in (NO_DATAGRAM, *datagrams, NO_DATAGRAM):
                out.sendto(datagram, self.at)
                wait_until(lambda: waiting_bytes(self.at) == 0)


@contextlib.contextmanager
def nfcapd(
    folder: Path, options: Sequence[str] = (), clock: Clock | None = None, *, is_sflow: bool = False
) -> Iterator[Listening]:
    """An nfcapd that listens, and at the end closes its file; it rotates files when it hears something."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind((own_address(), 0))
        at = Endpoint(*free.getsockname())
    program = tool("sfcapd", "nfdump-sflow") if is_sflow else tool("nfcapd")
    command = [program, "-b", at.address, "-p", str(at.port), "-w", str(folder), *options]
    environment = clock.environment if clock else None
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet, env=environment) as process:
        try:
            wait_until(lambda: waiting_bytes(at) is not None)
            yield Listening(at)
        finally:
            process.send_signal(signal.SIGTERM)
            wait_until(lambda: has_ended(process, at))


def has_ended(process: subprocess.Popen[bytes], at: Endpoint) -> bool:
    """Whether nfcapd has ended; a signal that comes just before it waits for datagrams is seen when one comes."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.sendto(NO_DATAGRAM, at)
    return process.poll() is not None


def collected(folder: Path, datagrams: Sequence[bytes], options: Sequence[str] = ()) -> Path:
    """The one file that nfcapd writes of datagrams sent to it over the loopback."""
    with nfcapd(folder, ["-t", "86400", *options]) as collector:
        collector.hear(datagrams)
    (path,) = kept(folder)
    return path


def kept(folder: Path) -> list[Path]:
    """The files that nfcapd closed, in their order."""
    return sorted(one for one in folder.iterdir() if one.name.startswith("nfcapd.2"))


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "nfcapd did not take what it was sent"
        os.sched_yield()


def waiting_bytes(at: Endpoint) -> int | None:
    """How many bytes wait in the kernel for who listens there; None while nobody does.

    Those who send have ports too, of other addresses and maybe the same number.
    """
    address = int.from_bytes(socket.inet_aton(at.address), sys.byteorder)
    for line in Path("/proc/net/udp").read_text(encoding="ascii").splitlines()[1:]:
        _, local, _, _, queues, *_ = line.split()
        if local == f"{address:08X}:{at.port:04X}":
            return int(queues.split(":")[1], 16)
    return None
