"""How old what must be fresh is, by the days that it holds: exports, registries, published marts, reports.

Belongs here: ages and their limits, read from the state's files. Does not belong here: Dagster's policies, which use
the same limits (orchestration.policies), and telling anybody (orchestration.alerts).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from assets.exports.rows import KEY as FLOW_EXPORTS
from assets.exports.rows import is_held, read_rows
from assets.ground.quarters import Quarter
from assets.ground.workspace import Workspace
from assets.operator import Operator
from assets.registry.in_force import PULLS
from assets.registry.pulls import ALWAYS, STAND_IN

# The second night that failed; a quarter without a word of a registry; a week after a quarter's second day.
LONGEST = {
    "exports": timedelta(hours=50),
    "registry": timedelta(days=92),
    "marts": timedelta(hours=50),
    "reports": timedelta(days=9),
}


@dataclass(frozen=True)
class Stale:
    """What is too old: its table, the newest day that it holds (None: not one), and what to do."""

    table: str
    newest: date | None
    remedy: str

    @property
    def line(self) -> str:
        """Without anything but names of this project and days."""
        held = f"holds nothing since {self.newest}" if self.newest else "holds nothing yet"
        return f"{self.table} {held}: {self.remedy}"


def stale(workspace: Workspace, operator: Operator, now: datetime) -> Iterator[Stale]:
    """What is older than its limit; nothing of an operator that is simulated, whose days are made up."""
    if operator.is_simulated:
        return
    yield from _exports(workspace, now)
    yield from _registries(workspace, now)
    yield from _marts(workspace, now)
    yield from _reports(workspace, now)


def newest_day_with_exports(workspace: Workspace) -> date | None:
    """The newest day for which a file came that is held."""
    days = workspace.lake.partitions(FLOW_EXPORTS, "export_on")
    held = (day.on for day in reversed(days) if any(is_held(row) for row in read_rows(workspace.lake, day)))
    return next(held, None)


def _ended(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), UTC)


def _is_old(workspace: Workspace, newest: date | None, table: str, now: datetime) -> bool:
    """Of what holds nothing, the first day that was to be made counts."""
    return now - _ended(newest or workspace.calendar.tracking_began_on) > LONGEST[table]


def _exports(workspace: Workspace, now: datetime) -> Iterator[Stale]:
    newest = newest_day_with_exports(workspace)
    if _is_old(workspace, newest, "exports", now):
        remedy = "no later day was pulled, or none has files; run `netstats build`, which says which"
        yield Stale("exports/flow_exports", newest, remedy)


def _registries(workspace: Workspace, now: datetime) -> Iterator[Stale]:
    """Those that are pulled: what comes with the project has no age of its own."""
    rows = workspace.lake.read(PULLS).to_pylist() if workspace.lake.path(PULLS).exists() else []
    for row in rows:
        confirmed, is_pulled = row["confirmed_on"] or row["as_of"], row["source"] not in {STAND_IN, *ALWAYS}
        if row["is_used"] and is_pulled and confirmed and now - _ended(confirmed) > LONGEST["registry"]:
            yield Stale(f"registry/{row['source']}", confirmed, "run `netstats registries`, which says why")


def _marts(workspace: Workspace, now: datetime) -> Iterator[Stale]:
    """The published copy, by the time that it was written; it is written anew with each day that core gained."""
    path = workspace.published
    newest = datetime.fromtimestamp(path.stat().st_mtime, UTC) if path.exists() else None
    is_old = now - newest > LONGEST["marts"] if newest else _is_old(workspace, None, "marts", now)
    if is_old:
        remedy = "a check blocks the marts, or nothing builds them; run `netstats build`, which says which"
        yield Stale("published/marts", newest and newest.date(), remedy)


def _reports(workspace: Workspace, now: datetime) -> Iterator[Stale]:
    """The report of the quarter that ended, once its last exports are in."""
    ended = Quarter.of(now.date()).previous
    is_tracked = ended.ended_on >= workspace.calendar.tracking_began_on
    is_due = now - _ended(ended.ended_on) > LONGEST["reports"]
    if is_tracked and is_due and not (workspace.reports / str(ended) / "index.html").exists():
        pages = sorted(page.parent.name for page in workspace.reports.glob("*/index.html"))
        newest = Quarter.parse(pages[-1]).ended_on if pages else None
        yield Stale("reports/chart_bundle", newest, f"run `netstats report {ended}`, which says why there is none")
