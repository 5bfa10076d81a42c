"""What of a standing must be looked at: problems, which make the exit status 1, and warnings, which do not.

Belongs here: judging, each with its remedy. Does not belong here: reading (orchestration.commands.standing.facts), or
looking at sources and folders (`netstats doctor`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from orchestration.commands.standing.collectors import silence_of, warnings_of
from orchestration.commands.standing.disk import bytes_text
from orchestration.commands.standing.facts import Standing
from orchestration.commands.standing.last_runs import FAILED, SUCCEEDED

PROBLEM, WARNING = "problem", "warning"
RETENTION = "retention"
"""The job that lets go, named as orchestration.automation names it, whose import takes seconds."""


@dataclass(frozen=True)
class Noted:
    """A line that a person or a timer should heed."""

    level: str
    topic: str
    line: str


def noted(standing: Standing) -> list[Noted]:
    """Problems first."""
    found = [
        *_of_runs(standing),
        *_of_checks(standing),
        *_of_freshness(standing),
        *_of_collectors(standing),
        *_of_the_rest(standing),
    ]
    return sorted(found, key=lambda one: one.level != PROBLEM)


def _of_runs(standing: Standing) -> Iterator[Noted]:
    """Jobs whose last run failed, until a build found or made all of it current, without that run or with it.

    Of assets that were made on their own any later run that ended well is enough. No build lets go of what is too old.
    """
    ended_well = [place for place, run in enumerate(standing.runs) if run.status == SUCCEEDED]
    for place, run in enumerate(standing.runs):
        if run.job == RETENTION and run.status == FAILED:
            yield Noted(PROBLEM, "runs", f"the last run of the job {run.job} failed: `netstats retire` says why")
            continue
        if standing.built_well_at and run.began_at < standing.built_well_at:
            continue
        if run.status == FAILED and run.is_unnamed and place > max(ended_well, default=-1):
            remedy = "`netstats ui` says why under Runs; `netstats build` makes what is missing"
            yield Noted(PROBLEM, "runs", f"the last run from the UI or by automation failed: {remedy}")
        elif run.status == FAILED and not run.is_unnamed:
            remedy = "run `netstats build`, whose last lines say why"
            yield Noted(PROBLEM, "runs", f"the last run of the job {run.job} failed: {remedy}")


def _of_checks(standing: Standing) -> Iterator[Noted]:
    for one in standing.broken_checks:
        what = "fails, and nothing after it is made" if one.severity == "block" else "warns"
        level = PROBLEM if one.severity == "block" else WARNING
        yield Noted(level, "checks", f"{one.check} {what}: {one.holds} {one.remedy}".rstrip())


def _of_freshness(standing: Standing) -> Iterator[Noted]:
    for one in standing.stale:
        yield Noted(PROBLEM, "freshness", one.line)


def _of_collectors(standing: Standing) -> Iterator[Noted]:
    for one in standing.collectors:
        if (silence := silence_of(one, standing.at)) is not None:
            yield Noted(PROBLEM, "collectors", silence)
        for line in warnings_of(one, standing.at):
            yield Noted(WARNING, "collectors", line)


def _of_the_rest(standing: Standing) -> Iterator[Noted]:
    for registry in standing.registries:
        if registry.is_at_fault:
            line = f"{registry.source} was not pulled ({registry.outcome}); `netstats registries` says why"
            yield Noted(WARNING, "registries", line)
    for name, reached in standing.alerts.items():
        if reached.fault:
            since = f"since {reached.failing_since[:16].replace('T', ' ')} UTC " if reached.failing_since else ""
            yield Noted(PROBLEM, "alerts", f"target {name} was not reached {since}({reached.fault})")
    if standing.disk.is_nearly_full:
        left = bytes_text(standing.disk.free)
        yield Noted(WARNING, "disk", f"{left} are free below {standing.workspace.state}; make room (`netstats retire`)")
    for line in standing.unread:
        yield Noted(WARNING, "unread", line)
