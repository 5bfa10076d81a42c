"""How the last run of each job ended: read from Dagster's SQLite file as it lies, for Dagster takes seconds to import.

Belongs here: that file. Does not belong here: runs as they go (orchestration.runs).
"""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

NEWEST = """
    with newest as (
        select max(id) as id, max(case when status = 'SUCCESS' then end_time end) as succeeded
        from runs group by pipeline_name
    )
    select
        runs.run_id, runs.pipeline_name, runs.status,
        coalesce(runs.start_time, strftime('%s', runs.create_timestamp)), runs.end_time, newest.succeeded
    from runs inner join newest on newest.id = runs.id order by runs.id
"""
FAILED, SUCCEEDED = "failure", "success"
UNNAMED = "__ASSET_JOB"
"""What Dagster calls the job of assets that were chosen in its UI, or that follow others by their conditions."""


@dataclass(frozen=True)
class LastRun:
    """The newest run of a job, of the command or of the UI; `succeeded_at` is when one last ended well."""

    run_id: str
    job: str
    status: str
    began_at: datetime
    ended_at: datetime | None
    succeeded_at: datetime | None

    @property
    def is_unnamed(self) -> bool:
        """Whether it was of assets alone, of no job that `netstats build` runs again."""
        return self.job.startswith(UNNAMED)

    @property
    def title(self) -> str:
        """What a person calls the job."""
        return "UI or automation" if self.is_unnamed else self.job

    @property
    def seconds(self) -> float | None:
        return (self.ended_at - self.began_at).total_seconds() if self.ended_at else None


def runs_file(dagster_home: Path) -> Path:
    """Where Dagster keeps its runs."""
    return dagster_home / "history" / "runs.db"


def last_runs(dagster_home: Path) -> list[LastRun]:
    """The newest run of each job, the newest of all last; none before the first. sqlite3.Error if it can't be read."""
    path = runs_file(dagster_home)
    if not path.exists():
        return []
    with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=10)) as database:
        rows = database.execute(NEWEST).fetchall()
    return [
        LastRun(
            run_id, job, status.lower(), _at(float(began)), _at(ended) if ended else None, _at(well) if well else None
        )
        for run_id, job, status, began, ended, well in rows
    ]


def _at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
