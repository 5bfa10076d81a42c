"""Commands of dbt as processes: forks of one that has dbt loaded, which takes seconds and is done once (dbt_child).

Belongs here: that process, and a command as whoever started it sees it. Does not belong here: what dbt is told
(assets.warehouse.dbt_process), what runs in its processes (assets.warehouse.dbt_child).
"""

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from assets.warehouse import dbt_child

HOST_ENDED = -signal.SIGKILL
"""The status of a command whose host was killed: it ends itself, and nobody is left to tell how."""


class HostError(Exception):
    """The process that loads dbt ended before it ran a command; its text is what it said."""


class Command:
    """A command of dbt that was started, with what dagster-dbt uses of subprocess.Popen."""

    def __init__(self, host: "Host", args: Sequence[str], stdout: int) -> None:
        self.args = ["dbt", *args]
        self.stdout = os.fdopen(stdout, "rb")
        self.returncode: int | None = None
        self.pid = 0
        self._host = host

    def wait(self, timeout: float | None = None) -> int:
        """Its status once it has ended; subprocess.TimeoutExpired if it has not within so many seconds."""
        if self.returncode is None:
            answer = self._host.answer(timeout)
            if answer is None:
                raise subprocess.TimeoutExpired(self.args, timeout or 0.0)
            self.returncode = int(answer or HOST_ENDED)
        return self.returncode

    def has_ended(self) -> bool:
        """Whether it has, asked without waiting."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(timeout=0)
        return self.returncode is not None

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal, unless it has ended."""
        if not self.has_ended():
            os.kill(self.pid, number)


class Host:
    """A process that has dbt loaded, or is loading it, and runs one command at a time."""

    def __init__(self) -> None:
        self.running: Command | None = None
        self._said = tempfile.TemporaryFile()  # noqa: SIM115
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-u", "-m", dbt_child.__name__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=self._said,
                stderr=subprocess.STDOUT,
            )

    @property
    def is_free(self) -> bool:
        """Whether it can run a command now."""
        return self._process.poll() is None and (self.running is None or self.running.has_ended())

    def start(self, args: Sequence[str], environment: Mapping[str, str], folder: Path) -> Command:
        """Start a command, once dbt is loaded; HostError if it could not be."""
        ordered, order = os.pipe()
        stdout, said = os.pipe()
        self.running = Command(self, args, stdout)
        told = {"arguments": list(args), "environment": dict(environment), "folder": str(folder)}
        try:
            with os.fdopen(order, "w", encoding="utf-8") as file:
                socket.send_fds(self._socket, [b"!"], [ordered, said])
                for end in (ordered, said):
                    os.close(end)
                file.write(json.dumps(told))
            began = self.answer(None)
        except BrokenPipeError:
            began = ""
        if not began:
            self.running.stdout.close()
            raise HostError(self._last_words())
        self.running.pid = int(began)
        return self.running

    def answer(self, timeout: float | None) -> str | None:
        """The next line that it says, without its end; empty if it has ended, None if it says none within a time."""
        line = b""
        while not line.endswith(b"\n"):
            if not select.select([self._socket], [], [], timeout)[0]:
                return None
            # A process that ends with an order unread resets what it was told by.
            with suppress(ConnectionResetError):
                if byte := self._socket.recv(1):
                    line += byte
                    continue
            return ""
        return line.decode().strip()

    def end(self) -> None:
        """Let it end, and with it what it runs."""
        self._socket.close()
        self._process.wait()
        self._said.close()

    def _last_words(self) -> str:
        self._process.wait()
        self._said.seek(0)
        said = self._said.read().decode(errors="replace").strip()
        return said or f"it ended with the status {self._process.returncode}"


_hosts: list[Host] = []


def make_ready() -> Host:
    """Have dbt loaded beside what is done until its first command: the process that will run it."""
    free = next((host for host in _hosts if host.is_free), None)
    if free is None:
        _hosts.append(free := Host())
    return free


def start(args: Sequence[str], environment: Mapping[str, str], folder: Path) -> Command:
    """Start a command of dbt in a folder; HostError if dbt can't be loaded."""
    return make_ready().start(args, environment, folder)


@atexit.register
def _end_hosts() -> None:
    while _hosts:
        _hosts.pop().end()
