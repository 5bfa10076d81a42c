"""Commands of dbt are forks of one process that has dbt loaded, and all of them end with whoever started them."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from assets.warehouse import dbt_child, dbt_host
from assets.warehouse.dbt_host import HOST_ENDED, Command, Host, HostError
from assets.warehouse.dbt_process import Dbt, DbtError, telling_kills

LONGEST_S = 60
ORDERING = """
import sys
from assets.warehouse.dbt_host import Host
host = Host()
print(host._process.pid, flush=True)
sys.stdin.read()
"""
WITH_A_COMMAND = """
import socket, subprocess, sys
ours, theirs = socket.socketpair()
child = "import socket, sys, time; from assets.warehouse.dbt_child import end_with; "
child += "end_with(socket.socket(fileno=int(sys.argv[1]))); print('began', flush=True); time.sleep(60)"
started = subprocess.Popen([sys.executable, "-c", child, str(theirs.fileno())], pass_fds=[theirs.fileno()])
theirs.close()
started.wait()
"""


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    one = Host()
    yield one
    one.end()


def started(host: Host, *arguments: str, **environment: str) -> Command:
    return host.start(arguments, {**os.environ, **environment}, Path.cwd())


def said(command: Command) -> str:
    with command.stdout:
        return command.stdout.read().decode()


def test_commands_follow_each_other_each_in_a_process_of_its_own(host: Host) -> None:
    first = started(host, "--version")
    assert "installed:" in said(first)
    assert not host.is_free or first.returncode == 0
    assert first.wait() == 0
    second = started(host, "no-such-command")
    assert "No such command" in said(second)
    assert second.wait() != 0
    assert host.is_free
    assert len({first.pid, second.pid, os.getpid()}) == 3


def test_a_command_has_the_environment_and_the_folder_that_it_is_given(host: Host, tmp_path: Path) -> None:
    for name in ("one", "other"):
        folder = tmp_path / name
        folder.mkdir()
        command = host.start(["debug", "--config-dir"], {"DBT_PROFILES_DIR": str(folder), "HOME": name}, folder)
        assert str(folder) in said(command)
        assert command.wait() == 0


@pytest.fixture
def endless(tmp_path: Path) -> dict[str, str]:
    """The environment in which dbt waits for its project to be written."""
    os.mkfifo(tmp_path / "dbt_project.yml")
    return {"DBT_PROJECT_DIR": str(tmp_path), "DBT_PROFILES_DIR": str(tmp_path)}


def test_a_command_that_is_killed_ends_and_the_next_one_runs(host: Host, endless: dict[str, str]) -> None:
    command = started(host, "parse", **endless)
    assert not command.has_ended()
    assert not host.is_free
    with pytest.raises(subprocess.TimeoutExpired):
        command.wait(timeout=0)
    command.send_signal(signal.SIGKILL)
    said(command)
    assert command.wait() == -signal.SIGKILL
    command.send_signal(signal.SIGKILL)
    assert "installed:" in said(after := started(host, "--version"))
    assert after.wait() == 0


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_that_dbt_was_killed_is_told_in_a_line_with_its_remedy(endless: dict[str, str], tmp_path: Path) -> None:
    project = Path(endless["DBT_PROJECT_DIR"])
    dbt = Dbt(project, tmp_path / "dbt", tmp_path / "lake", tmp_path / "warehouse" / "working.duckdb")
    invocation = dbt.call(["parse"])
    invocation.process.send_signal(signal.SIGKILL)
    killed = pytest.raises(DbtError, match=r"^dbt was ended by SIGKILL, .*; run the same again")
    with killed as told, telling_kills(invocation):
        invocation.wait()
    assert told.value.__suppress_context__


def test_while_a_command_runs_another_one_has_a_host_of_its_own(host: Host, endless: dict[str, str]) -> None:
    first = dbt_host.start(["parse"], {**os.environ, **endless}, Path.cwd())
    second = dbt_host.start(["--version"], os.environ, Path.cwd())
    said(second)
    assert second.wait() == 0
    first.send_signal(signal.SIGTERM)
    said(first)
    assert first.wait() != 0


def test_how_a_command_ended_is_not_known_where_its_host_was_killed(endless: dict[str, str]) -> None:
    one = Host()
    command = started(one, "parse", **endless)
    one._process.kill()
    one._process.wait()
    os.kill(command.pid, signal.SIGKILL)
    said(command)
    assert command.wait() == HOST_ENDED
    assert not one.is_free
    one.end()
    assert dbt_host.start(["--version"], os.environ, Path.cwd()).wait() == 0


def test_dbt_that_cannot_be_loaded_is_told_with_its_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("raise ImportError('no dbt here')", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(dbt_child, "__name__", "broken")
    host = Host()
    with pytest.raises(HostError, match="no dbt here"):
        started(host, "--version")
    host.end()


@pytest.mark.parametrize("script", [ORDERING, WITH_A_COMMAND])
def test_hosts_and_commands_end_with_who_started_them_however_that_ends(script: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        line = parent.stdout.readline().strip()
        ends = os.pidfd_open(int(line)) if line != "began" else parent.stdout.fileno()
        parent.kill()
        parent.wait()
        # A pipe is ready when the child, which has its other end, has ended; so is what names a process.
        assert select.select([ends], [], [], LONGEST_S)[0]
