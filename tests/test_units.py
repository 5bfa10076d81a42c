"""The units of systemd run commands that there are, with options that these take, and may write where they write."""

import configparser
import shlex
from pathlib import Path

import click
import pytest

from orchestration.commands.cli import main

UNITS = Path(__file__).parents[1] / "packaging" / "systemd"
SERVICES = sorted(UNITS.glob("*.service"))


def service(path: Path) -> configparser.SectionProxy:
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(path.read_text(encoding="utf-8"))
    return unit["Service"]


def test_there_are_units() -> None:
    assert [path.name for path in SERVICES] == [
        "netstats-collect.service",
        "netstats-status.service",
        "netstats-ui.service",
    ]


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_unit_runs_a_command_with_options_that_it_takes(path: Path) -> None:
    program, name, *arguments = shlex.split(service(path)["ExecStart"])
    assert program == "/opt/network-stats/.venv/bin/netstats"
    command = main.get_command(click.Context(main), name)
    assert command is not None
    command.make_context(name, arguments)


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_unit_has_no_rights_that_it_does_not_need(path: Path) -> None:
    told = service(path)
    assert (told["User"], told["CapabilityBoundingSet"], told["NoNewPrivileges"]) == ("netstats", "", "yes")
    assert (told["ProtectSystem"], told["ProtectHome"], told["PrivateTmp"]) == ("strict", "yes", "yes")


def test_each_timer_has_its_service() -> None:
    timers = list(UNITS.glob("*.timer"))
    assert timers
    assert all(path.with_suffix(".service") in SERVICES for path in timers)
