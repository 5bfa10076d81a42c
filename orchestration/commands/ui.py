"""`netstats ui`: the Dagster UI and its daemon, which end when the command does.

Belongs here: serving and ending. Does not belong here: what the UI shows (orchestration.definitions).
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import click

from orchestration import resources
from orchestration.commands.terminal import Lines, telling_errors

HOST = "127.0.0.1"
LONGEST_END_S = 30.0
# What is killed takes a moment to be gone, longer on a busy machine.
LOOKS_AFTER_A_KILL, BETWEEN_LOOKS_S = 50, 0.1
# prctl(2): the signal that a process gets when the one that started it is gone.
PR_SET_PDEATHSIG = 1


class _Ended(BaseException):
    """A signal asked the command to end."""


def run(port: int) -> None:
    """Serve on the loopback address until interrupted or terminated; then nothing of it is left running."""
    with telling_errors(resources.SettingsError):
        workspace = resources.workspace_from_environment()
    _refuse_a_port_in_use(port)
    resources.enter(workspace)
    # Set before the start: what a script starts in the background ignores interrupts, and so would its children.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    click.echo(f"Dagster UI: http://{HOST}:{port} (state: {workspace.state})")
    with subprocess.Popen(
        _command(port), env=os.environ, start_new_session=True, preexec_fn=_ending_with(os.getpid())
    ) as serving:
        try:
            status = serving.wait()
        except _Ended:
            status = 0
        finally:
            _end_all(serving)
    sys.exit(status)


def _ending_with(parent: int) -> Callable[[], None] | None:
    """What a child does before it is another program, to end with its parent, be that killed; Linux alone has it."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl

    def end_with_parent() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGINT)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)

    return end_with_parent


def _command(port: int) -> list[str]:
    dg = Path(sys.executable).with_name("dg")
    workspace = resources.PROJECT / "workspace.yaml"
    return [str(dg), "dev", "--host", HOST, "--port", str(port), "--workspace", str(workspace)]


def _refuse_a_port_in_use(port: int) -> None:
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, port))
        except OSError as error:
            raise Lines(
                f"port {port} of {HOST} can't be served ({error.strerror}); name another with --port"
            ) from error


def _end(_number: int, _frame: FrameType | None) -> None:
    raise _Ended


def _end_all(serving: "subprocess.Popen[bytes]") -> None:
    """End UI, daemon and code servers: by their own means, then what is left of their group, until it is gone."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    if serving.poll() is None:
        serving.send_signal(signal.SIGINT)
        try:
            serving.wait(timeout=LONGEST_END_S)
        except subprocess.TimeoutExpired:
            click.echo(f"the UI did not end within {LONGEST_END_S:.0f} seconds and is killed", err=True)
    for _ in range(LOOKS_AFTER_A_KILL):
        try:
            os.killpg(serving.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        time.sleep(BETWEEN_LOOKS_S)
