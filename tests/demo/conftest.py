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
from demo.scenario import SCENARIO, Scenario
from demo.writing import read_scenario
from tests.demo.datagrams import Datagram, read

OPERATOR = Path(__file__).parents[2] / "operators" / "demo"
DAYS = [date(2025, 10, 20), date(2025, 10, 21)]
RESTARTED_AT = datetime(2025, 10, 20, 4, tzinfo=UTC)
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

    def datagrams(self, router: str) -> list[Datagram]:
        """All datagrams of a router, day after day."""
        files = sorted((self.operator / "exports").glob(f"*/{router}.pcap"))
        assert len(files) == len(DAYS) + 1
        return [datagram for file in files for datagram in read(file)]


def reduced_scenario() -> dict[str, Any]:
    told = yaml.safe_load(SCENARIO.read_text(encoding="utf-8"))
    told["first_day"], told["last_day"] = DAYS
    told["transfer"]["began_at"] = datetime(2025, 10, 20, 14, tzinfo=UTC)
    told["outage"]["day"] = DAYS[1]
    told["restart"]["at"] = RESTARTED_AT
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
    """All datagrams by router."""
    return {router.name: reduced.datagrams(router.name) for router in reduced.scenario.routers}
