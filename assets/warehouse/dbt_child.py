"""The process that has dbt loaded: each command of dbt is a fork of it, and ends when the one that asked for it does.

Belongs here: what runs in it. Does not belong here: starting it and asking (assets.warehouse.dbt_host).
"""

import json
import os
import select
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from assets.ground.garbage import look_seldom


def serve(caller: socket.socket) -> None:
    """Run each command that the caller orders, one after the other, until the caller ends.

    An order is two descriptors: one to read it from, one to which the command says what it has to. The answers are a
    line with the number of the command's process when it has begun, and one with its status when it has ended.
    """
    # An interrupt from the keyboard reaches all: it is the command's to answer.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _load()
    while descriptors := _received(caller):
        order, said = descriptors
        with os.fdopen(order, encoding="utf-8") as file:
            command = json.load(file)
        process = os.fork()
        if not process:
            _become(command, said, caller)
            return
        os.close(said)
        caller.sendall(f"{process}\n".encode())
        _, status = os.waitpid(process, 0)
        caller.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())


def _load() -> None:
    """What every command of dbt needs; it takes seconds."""
    for name in ("dbt.cli.main", "dbt.task.build", "dbt.adapters.duckdb", "assets.warehouse.dbt_lake"):
        import_module(name)
    look_seldom()


def _received(caller: socket.socket) -> Sequence[int]:
    """The descriptors of an order; none where the caller has ended."""
    _, descriptors, _, _ = socket.recv_fds(caller, 1, 2)
    return descriptors


def _become(command: dict[str, Any], said: int, caller: socket.socket) -> None:
    """Be dbt's command, with its arguments, environment and folder; SystemExit with its status at its end."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for stream in (1, 2):
        os.dup2(said, stream)
    os.close(said)
    end_with(caller)
    os.environ.clear()
    os.environ.update(command["environment"])
    os.chdir(command["folder"])
    # The working database holds addresses, and it is dbt that makes it.
    os.umask(0o077)
    from dbt.cli.main import cli

    cli(args=command["arguments"], prog_name="dbt")


def end_with(caller: socket.socket) -> None:
    """End this process at once when the other end of a socket is closed, as it is by the end of its process."""

    def watch() -> None:
        ends = select.poll()
        # That it is closed is told without being asked for.
        ends.register(caller, 0)
        ends.poll()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
