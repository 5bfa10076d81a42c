"""Every command of the README is run on a state that is built, and shows something; a block that no row runs fails.

Belongs here: the table of how each is run. A new command needs a row in COMMANDS: a pattern of its line, a way to run
it (ON_DEMO, MADE, FIRST_BUILD, SHELL, NEW) and a pattern of what it shows.
"""

import json
import os
import re
import select
import shlex
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import click
import pytest

from orchestration.commands.cli import main
from tests.end_to_end.conftest import NETSTATS, OPERATORS, PROJECT, House
from tests.end_to_end.readme_commands import Command, commands_in_blocks, commands_in_text
from tests.formats.collectors import tool

README, OPERATE = PROJECT / "README.md", PROJECT / "docs" / "operate.md"
IN_BLOCKS = commands_in_blocks(README)
IN_TEXT = [*commands_in_text(README), *commands_in_text(OPERATE)]
TODAY = "2025-11-15 12:00:00"

ON_DEMO = "in the project's folder, on the state of the demo"
MADE = "as ON_DEMO, by make, which takes what is installed as current"
FIRST_BUILD = "on an operator with real exports that was never built, at noon of 2025-11-15"
SHELL = "in a folder that holds operators/demo, with what follows it"
NEW = "in a folder without operators, with real exports in the place of /var/flows"

COMMANDS = [
    (r"make demo", MADE, r"Network Stats Q4 2025.*Report: .*2025Q4/index\.html"),
    (r"make test", MADE, r"test_readme_commands\.py"),
    (r"export PATH=.*", SHELL, r"\.venv/bin/netstats\n"),
    (r".*netstats init operators/mine --flows /var/flows .*", NEW, r"wrote .*operator\.yaml.*added 127\.0\.0\.5 as"),
    (r"export NETSTATS_OPERATOR=mine", SHELL, r"NETSTATS_OPERATOR: 'mine'"),
    (r"\.venv/bin/netstats doctor", ON_DEMO, r"operator Demo Storage: valid"),
    (r"\.venv/bin/netstats build", FIRST_BUILD, r"days +3 of 5 with flow exports.*Report: .*2025Q4/index\.html"),
    (r"\.venv/bin/netstats report \d{4}Q\d", ON_DEMO, r"Network Stats Q4 2025.*Report: .*2025Q4/index\.html"),
    (r"\.venv/bin/netstats status", ON_DEMO, r"154 of 154.*ord-1 .*heard on .*last run.*published +2025Q3: "),
    (r".*netstats query .* from share_group_quarterly .*", ON_DEMO, r"2025Q3 .*2025Q4 .*other_clouds"),
    (r".*netstats query .* from quarter_over_quarter .*", ON_DEMO, r"^member,.*\nother_clouds,.*,partial quarter\n"),
    (r".*netstats query .* from coverage_daily .*", ON_DEMO, r'"exporters_present": 10,'),
    (r".*netstats classify 13335 1\.1\.1\.1", ON_DEMO, r"Cloudflare.*cdn"),
    (r".*netstats review --neocloud", ON_DEMO, r"as:12189 .*PhoenixNAP LLC .*22\.214\.48\.0/24 .*unknown"),
    (r".*netstats review", ON_DEMO, r"unknown.*1\.30%.*To decide on one, write a row in"),
    (r".*netstats decode .*ord-1\.pcap .*", ON_DEMO, r'^\{.*"exporter": ?"198\.51\.100\.4".*\}\n'),
]
"""By a pattern of the whole line: how it is run, and a pattern of what it prints."""
FOLLOWED_BY = {
    "export PATH": "command -v netstats",
    "export NETSTATS_OPERATOR": f"{NETSTATS} doctor 2>&1 || true",
}
"""What shows that a line of SHELL did something."""
SCHEDULES = """
query { repositoriesOrError { ... on RepositoryConnection { nodes { schedules { name scheduleState { status } } } } } }
"""
PLACEHOLDERS = {"DAY": "2025-11-10", "NAME": "iptoasn", "AS": "13335"}


def row_of(line: str) -> tuple[str, str]:
    """How a line is run and what it shows; AssertionError where no row or several fit."""
    rows = [(way, shown) for pattern, way, shown in COMMANDS if re.fullmatch(pattern, line)]
    assert len(rows) == 1, f"{len(rows)} rows of COMMANDS run `{line}`; each command of the README needs one"
    return rows[0]


def test_every_row_runs_a_command_of_the_readme() -> None:
    lines = [command.line for command in IN_BLOCKS]
    assert lines, "no block was found"
    assert [pattern for pattern, *_ in COMMANDS if not any(re.fullmatch(pattern, line) for line in lines)] == []


@pytest.mark.parametrize("command", IN_BLOCKS, ids=str)
def test_a_command_of_the_readme_runs_and_shows_something(command: Command, demo: House, tmp_path: Path) -> None:
    way, shown = row_of(command.line)
    ran = WAYS[way](command.line, demo, tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "Traceback" not in ran.stderr
    assert re.search(shown, ran.stdout, re.DOTALL), ran.stdout


def run_on_demo(line: str, demo: House, _: Path) -> subprocess.CompletedProcess[str]:
    """As it stands, but for the folder of the state and the quarter of `report`."""
    line = re.sub(r"(?<=report )\d{4}Q\d", "2025Q4", line).replace("state/", f"{demo.states}/")
    return shell(line, PROJECT, {"NETSTATS_STATE": str(demo.states), "NETSTATS_OPERATOR": "demo"})


def run_by_make(line: str, demo: House, _: Path) -> subprocess.CompletedProcess[str]:
    """The tests beside this one are collected and not run, since it is one of them."""
    collected = f"--collect-only -q -p no:cacheprovider {Path(__file__).parent}"
    environment = {"NETSTATS_STATE": str(demo.states), "PYTEST_ADDOPTS": collected}
    return shell(line.replace("make ", "make --old-file=.venv/.installed "), PROJECT, environment)


def run_first_build(line: str, _: House, folder: Path) -> subprocess.CompletedProcess[str]:
    """A day in the middle and the last one have no files."""
    shutil.copytree(OPERATORS / "real_exports", folder / "operator")
    shutil.rmtree(folder / "operator" / "exports" / "2025-11-11")
    environment = {"NETSTATS_OPERATOR": str(folder / "operator"), "NETSTATS_STATE": str(folder / "state")}
    at = f"{tool('faketime', 'faketime')} -m {shlex.quote(TODAY)}"
    return shell(f"{at} {line}", PROJECT, {**environment, "NO_FAKE_STAT": "1", "TZ": "UTC"})


def run_in_shell(line: str, _: House, folder: Path) -> subprocess.CompletedProcess[str]:
    """In a folder of its own, so that the project's stays as it is."""
    exports = shutil.ignore_patterns("exports")
    shutil.copytree(PROJECT / "operators" / "demo", folder / "operators" / "demo", ignore=exports)
    folder.joinpath(".venv").symlink_to(NETSTATS.parents[1])
    [then] = [then for start, then in FOLLOWED_BY.items() if line.startswith(start)]
    return shell(f"{line}\n{then}", folder, {})


def run_as_new_user(line: str, _: House, folder: Path) -> subprocess.CompletedProcess[str]:
    shutil.copytree(OPERATORS / "real_exports" / "exports", folder / "flows")
    folder.joinpath(".venv").symlink_to(NETSTATS.parents[1])
    return shell(line.replace("/var/flows", str(folder / "flows")), folder, {})


WAYS: dict[str, Callable[[str, House, Path], subprocess.CompletedProcess[str]]] = {
    ON_DEMO: run_on_demo,
    MADE: run_by_make,
    FIRST_BUILD: run_first_build,
    SHELL: run_in_shell,
    NEW: run_as_new_user,
}


def shell(script: str, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/bash", "-c", script],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )


@pytest.mark.parametrize("command", IN_TEXT, ids=str)
def test_a_command_in_the_text_is_one_with_these_arguments(command: Command) -> None:
    """Not run, for they need days or a network; make and the command itself say whether they would take it."""
    program, *arguments = shlex.split(command.line)
    if program == "make":
        made = shell(f"make --dry-run --old-file=.venv/.installed {shlex.join(arguments)}", PROJECT, {})
        assert made.returncode == 0, made.stderr
        return
    name, *told = [PLACEHOLDERS.get(argument, argument) for argument in arguments]
    if name == "...":
        return
    known = main.get_command(click.Context(main), name)
    assert known is not None, f"netstats has no command {name}"
    known.make_context(name, told)


@pytest.fixture
def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def ui(demo: House, free_port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """The UI of the demo's state, ended as systemd would."""
    command = [NETSTATS, "ui", "--port", str(free_port)]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, env=demo.environment, stdout=quiet, stderr=quiet) as serving:
        yield serving
        serving.terminate()
        serving.wait(timeout=60)


def test_the_ui_serves_the_state_on_the_loopback_and_leaves_nothing_running(
    demo: House, ui: "subprocess.Popen[bytes]", free_port: int
) -> None:
    told = None
    while told is None:
        with pytest.raises(subprocess.TimeoutExpired):  # It would end by itself only for a fault.
            ui.wait(timeout=0.2)
        told = schedules(free_port)
    assert told == {"every_night": "RUNNING", "every_quarter": "RUNNING", "every_day": "RUNNING"}
    again = demo.netstats("ui", "--port", str(free_port))
    assert (again.status, again.stderr.startswith(f"port {free_port} of 127.0.0.1 can't be served")) == (1, True)
    assert len(servers_of(demo)) > 3
    ui.terminate()
    assert (ui.wait(timeout=60), servers_of(demo)) == (0, {})


@pytest.mark.long
def test_a_killed_ui_leaves_nothing_running(demo: House, ui: "subprocess.Popen[bytes]", free_port: int) -> None:
    while schedules(free_port) is None:
        with pytest.raises(subprocess.TimeoutExpired):
            ui.wait(timeout=0.2)
    serving = [os.pidfd_open(process) for process in servers_of(demo)]
    assert len(serving) > 3
    ui.kill()
    for process in serving:
        assert select.select([process], [], [], 60)[0], servers_of(demo)
        os.close(process)
    assert servers_of(demo) == {}


def servers_of(house: House) -> dict[int, str]:
    """The processes of Dagster that serve a state, told by their environment, with their commands."""
    found = {}
    for environ in Path("/proc").glob("[0-9]*/environ"):
        try:
            state, command = environ.read_bytes(), environ.with_name("cmdline").read_bytes()
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            continue
        if str(house.state).encode() in state and b"dagster" in command:
            found[int(environ.parent.name)] = command.replace(b"\0", b" ").decode()
    return found


def schedules(port: int) -> dict[str, str] | None:
    """The state of each schedule by its name, as the UI asks for them; None until it serves."""
    body = json.dumps({"query": SCHEDULES}).encode()
    request = Request(f"http://127.0.0.1:{port}/graphql", body, {"Content-Type": "application/json"})
    try:
        with urlopen(request, timeout=60) as answer:
            [repository] = json.load(answer)["data"]["repositoriesOrError"]["nodes"]
    except (URLError, ConnectionError):
        return None
    return {one["name"]: one["scheduleState"]["status"] for one in repository["schedules"]}
