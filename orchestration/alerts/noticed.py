"""What is news of checks and of freshness: what differs from what was told last.

Belongs here: comparing with what was told, and wording. Does not belong here: sending (orchestration.alerts.telling),
news of runs (orchestration.alerts.failed_runs).
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from assets.ground.workspace import Workspace
from assets.operator import Operator
from assets.warehouse.check_history import Finding, history_path, last_findings
from orchestration import freshness
from orchestration.alerts.kept import Kept
from orchestration.alerts.message import CHECKS, FRESHNESS, News

HOLDS = "holds"
WORDS = {"block": "fails, and nothing after it is made", "warn": "warns"}


def news_of_checks(workspace: Workspace, kept: Kept) -> list[News]:
    """A line for each check that warns or fails otherwise than was told, or holds again; HistoryError as the file."""
    path = history_path(workspace.published)
    size = path.stat().st_size if path.exists() else 0
    # It has a line for each check of each run of years; a sensor asks every few minutes.
    if size == kept.history_bytes:
        return []
    news = list(_changes(last_findings(path), kept))
    kept.history_bytes = size
    return news


def _changes(findings: Iterable[Finding], kept: Kept) -> Iterator[News]:
    for one in findings:
        now = HOLDS if one.passed or one.severity not in WORDS else one.severity
        before = kept.checks.get(one.check, HOLDS)
        if now != before:
            kept.checks[one.check] = now
            yield News(CHECKS, f"{one.check} {WORDS.get(now, 'holds again')}{_about(one) if now in WORDS else ''}")


def _about(one: Finding) -> str:
    """What the check holds and what to do: texts of this project, unlike what it found."""
    days = "" if one.last_day is None else f" (up to {one.last_day})"
    return f"{days}: {one.holds} {one.remedy}".rstrip()


def news_of_freshness(workspace: Workspace, operator: Operator, kept: Kept, now: datetime) -> list[News]:
    """A line for each table that became stale since it was told, or is fresh again."""
    lines = {one.table: one.line for one in freshness.stale(workspace, operator, now)}
    again = [f"{table} is fresh again" for table in kept.stale if table not in lines]
    since = [line for table, line in lines.items() if table not in kept.stale]
    kept.stale = sorted(lines)
    return [News(FRESHNESS, line) for line in (*since, *again)]
