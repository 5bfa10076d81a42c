"""Where one operator's folder and state lie, and the order in which the state is laid out.

Belongs here: paths. Does not belong here: reading the environment (orchestration.resources) or making tables.
"""

from dataclasses import dataclass
from pathlib import Path

from assets.ground.lake import FOR_OWNER as FILE_FOR_OWNER
from assets.ground.lake import Lake
from assets.ground.partitions import Calendar

FOR_OWNER = 0o700
CONFIDENTIAL = (
    "lake",
    "warehouse",
    "quarantine",
    "landed",
    "registries",
    "editions",
    "checks",
    "dbt",
    "dagster",
    "logs",
)
"""The folders of a state that hold addresses, what is withheld, or what errors said; analysts need none of them."""


def lake_of(warehouse: Path) -> Path:
    """The lake that the views of a working database read: that of the state in which both lie now."""
    return warehouse.parents[1] / "lake"


@dataclass(frozen=True)
class Workspace:
    """The folders of one operator: what the operator wrote, and what the platform made of it."""

    operator_folder: Path
    state: Path
    dbt_project: Path
    calendar: Calendar

    def close(self) -> None:
        """Make the state's folders, those that are confidential for their owner alone, whatever a state was before."""
        for name in CONFIDENTIAL:
            folder = self.state / name
            folder.mkdir(parents=True, exist_ok=True, mode=FOR_OWNER)
            if folder.stat().st_mode & 0o077:
                folder.chmod(FOR_OWNER)
        if self.warehouse.exists():
            self.warehouse.chmod(FILE_FOR_OWNER)

    @property
    def lake(self) -> Lake:
        return Lake(lake_of(self.warehouse))

    @property
    def warehouse(self) -> Path:
        """The working DuckDB file, opened by dbt alone."""
        return self.state / "warehouse" / "working.duckdb"

    @property
    def published(self) -> Path:
        """The closed copy of the marts that analysts and reports read."""
        return self.state / "published" / "network_stats.duckdb"

    @property
    def reports(self) -> Path:
        return self.state / "reports"

    @property
    def quarantine(self) -> Path:
        return self.state / "quarantine"

    @property
    def registry_snapshots(self) -> Path:
        """The registries' files as they came, by source and date; never overwritten."""
        return self.state / "registries"

    @property
    def dbt_target(self) -> Path:
        """Where dbt keeps the parsed project and what it made of each run."""
        return self.state / "dbt"

    @property
    def dagster_home(self) -> Path:
        return self.state / "dagster"
