"""Two days of the demo, in which everything happens that happens once in the scenario.

Belongs here: the reduced scenario and its exports. Does not belong here: what is asked of them.
"""

import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo import ExportsWritten, write_operator_exports
from demo.scenario import SCENARIO, Router, Scenario
from demo.writing import read_scenario
from tests.demo import goflow2_rows
from tests.demo.datagrams import Datagram, read
from tests.demo.records import Record

OPERATOR = Path(__file__).parents[2] / "operators" / "demo"
DAYS = [date(2025, 10, 20), date(2025, 10, 21)]
GOFLOW2_ROUTER = "yul-1"
RESTARTED_AT = datetime(2025, 10, 20, 4, tzinfo=UTC)
RESAMPLED_AT = datetime(2025, 10, 20, 12, tzinfo=UTC)
WRAPPED_AT = datetime(2025, 10, 20, 12, 0, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Reduced:
    """An operator folder with the reduced exports."""

    operator: Path
    scenario_file: Path
    written: ExportsWritten

    @property
    def scenario(self) -> Scenario:
        return read_scenario(self.operator, self.scenario_file)

    def files(self, router: Router) -> list[Path]:
        """The files of a router, day after day."""
        files = sorted((self.operator / "exports").glob(router.file.replace("{date}", "*") + "*"))
        assert len(files) == len(DAYS) + 1
        return files


def reduced_scenario() -> dict[str, Any]:
    told = yaml.safe_load(SCENARIO.read_text(encoding="utf-8"))
    told["first_day"], told["last_day"] = DAYS
    told["transfer"]["began_at"] = datetime(2025, 10, 20, 14, tzinfo=UTC)
    for hidden in told["hidden_neoclouds"]:
        hidden["filled"]["began_at"] = datetime(2025, 10, 20, 21, tzinfo=UTC)
    told["outage"]["day"] = DAYS[1]
    told["restart"]["at"] = RESTARTED_AT
    told["sampling_change"]["at"] = RESAMPLED_AT
    told["lost_datagrams"] = [
        {"router": "smf-1", "day": DAYS[0], "hours": [3, 11]},
        {"router": "phx-1", "day": DAYS[1], "hours": [8]},
    ]
    told["routers"]["smf-1"]["booted_at"] = WRAPPED_AT - timedelta(milliseconds=2**32)
    return told


def operator_copy(folder: Path) -> Path:
    """The committed operator folder without its exports."""
    shutil.copytree(OPERATOR, folder, ignore=shutil.ignore_patterns("exports", ".exports*"))
    return folder


@pytest.fixture(scope="session")
def reduced(tmp_path_factory: pytest.TempPathFactory) -> Reduced:
    place = tmp_path_factory.mktemp("reduced")
    scenario_file, operator = place / "scenario.yaml", operator_copy(place / "operator")
    scenario_file.write_text(yaml.safe_dump(reduced_scenario()), encoding="utf-8")
    written = write_operator_exports(operator, scenario_file=scenario_file)
    return Reduced(operator, scenario_file, written)


@pytest.fixture(scope="session")
def datagrams(reduced: Reduced) -> dict[str, list[Datagram]]:
    """All datagrams by router; of the router behind GoFlow2 there are none, but its rows (`records`)."""
    return {
        router.name: [datagram for file in reduced.files(router) for datagram in read(file)]
        for router in reduced.scenario.routers
        if router.name != GOFLOW2_ROUTER
    }


@pytest.fixture(scope="session")
def records(reduced: Reduced, datagrams: dict[str, list[Datagram]]) -> dict[str, list[Record]]:
    """All flow records by router."""
    router = next(one for one in reduced.scenario.routers if one.name == GOFLOW2_ROUTER)
    rows = [record for file in reduced.files(router) for record in goflow2_rows.read(file)]
    return {name: [one for each in found for one in each.records] for name, found in datagrams.items()} | {
        GOFLOW2_ROUTER: rows
    }
