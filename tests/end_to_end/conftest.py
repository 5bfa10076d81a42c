"""Running `netstats` as its users do: a process of its own, with an operator folder and a state."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from assets.ground.browser import VARIABLE as CHROMIUM
from tests.end_to_end.shared import made_once

PROJECT = Path(__file__).parents[2]
NETSTATS = Path(sys.executable).with_name("netstats")
OPERATORS = PROJECT / "tests" / "operators"


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    status: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class House:
    """An operator folder and its state."""

    operator: Path
    states: Path
    has_pictures: bool = False

    @property
    def state(self) -> Path:
        return self.states / self.operator.name

    @property
    def published(self) -> Path:
        return self.state / "published" / "network_stats.duckdb"

    @property
    def environment(self) -> dict[str, str]:
        own = {"NETSTATS_OPERATOR": str(self.operator), "NETSTATS_STATE": str(self.states)}
        inherited = {name: value for name, value in os.environ.items() if name != CHROMIUM or not self.has_pictures}
        return {**inherited, **own}

    def netstats(self, *arguments: str) -> Ran:
        done = subprocess.run(
            [NETSTATS, *arguments], env=self.environment, capture_output=True, text=True, check=False, timeout=500
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def mart(self, sql: str) -> list[tuple[object, ...]]:
        with duckdb.connect(self.published, read_only=True) as database:
            return database.execute(sql).fetchall()


@pytest.fixture(scope="session")
def demo_made(tmp_path_factory: pytest.TempPathFactory) -> tuple[House, Ran]:
    """The demo, made once for all tests as `make demo` makes it, and what it told."""
    house = House(PROJECT / "operators" / "demo", tmp_path_factory.mktemp("demo"), has_pictures=True)
    ran = house.netstats("demo")
    assert ran.status == 0, ran.stderr
    return house, ran


@pytest.fixture(scope="session")
def demo(demo_made: tuple[House, Ran]) -> House:
    """The demo's operator folder and state."""
    return demo_made[0]


@pytest.fixture
def copied(tmp_path: Path) -> Callable[[str], House]:
    """An operator with exports of real exporters, by name, in a folder of its own that a test may spoil."""

    def copy(name: str) -> House:
        shutil.copytree(OPERATORS / name, tmp_path / name)
        return House(tmp_path / name, tmp_path / "state")

    return copy


@pytest.fixture
def real_exports(copied: Callable[[str], House]) -> House:
    """The operator with real exports of NetFlow v5 and v9."""
    return copied("real_exports")


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The folder of what the processes of a run of tests build for each other."""
    own = tmp_path_factory.getbasetemp()
    return (own if worker_id == "master" else own.parent) / "shared"


@pytest.fixture(scope="session")
def built_by_name(shared: Path) -> Callable[[str], House]:
    """An operator with exports of real exporters, by name, two days built in one run, the others in the next."""

    def built(name: str) -> House:
        folder = shared / name
        house = House(folder / name, folder / "state")
        made_once(folder, lambda _: build(house, name))
        return house

    def build(house: House, name: str) -> None:
        shutil.copytree(OPERATORS / name, house.operator)
        for first, last in (("2025-11-10", "2025-11-11"), ("2025-11-12", "2025-11-14")):
            ran = house.netstats("build", "--from", first, "--to", last)
            assert ran.status == 0, ran.stderr

    return built


@pytest.fixture(scope="session")
def built_once(built_by_name: Callable[[str], House]) -> House:
    """The operator with real exports of NetFlow v5 and v9, to be looked at; a test that goes on takes `built`."""
    return built_by_name("real_exports")


@pytest.fixture
def built(built_once: House, tmp_path: Path) -> House:
    """A copy of it that a test may spoil."""
    subprocess.run(["/bin/cp", "-a", built_once.operator, built_once.states, tmp_path], check=True)
    return House(tmp_path / "real_exports", tmp_path / "state")


@pytest.fixture(scope="session")
def build_days() -> Callable[[House], Ran]:
    """All export days of the real exports, and the day after."""
    return lambda house: house.netstats("build", "--from", "2025-11-10", "--to", "2025-11-14")
