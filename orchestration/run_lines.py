"""Dagster's events as lines of the log: how runs and steps began and ended, checks that do not hold, what steps said.

Belongs here: which events are lines, and their words. Does not belong here: the file (orchestration.run_log).
"""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

import dagster as dg

from orchestration.errors import plain
from orchestration.run_log import Line, line

FIRST, LAST, ONE = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end", "dagster/partition"
RUNS = {
    dg.DagsterEventType.RUN_START: "the run began",
    dg.DagsterEventType.RUN_SUCCESS: "the run succeeded",
    dg.DagsterEventType.RUN_FAILURE: "the run failed",
    dg.DagsterEventType.RUN_CANCELED: "the run was stopped",
}


class Said(NamedTuple):
    """What an event says, how bad that is, and of which asset."""

    level: int
    message: str
    asset: str | None = None


def line_of(event: dg.EventLogEntry, tags: Mapping[str, str]) -> Line | None:
    """The line of an event of a run with these tags; None of one that says nothing to who looks later."""
    said = _said(event)
    if said is None:
        return None
    return line(
        datetime.fromtimestamp(event.timestamp, UTC),
        logging.getLevelName(said.level).lower(),
        said.message,
        job=event.job_name,
        partition=partition_of(tags),
        run=event.run_id,
        step=event.step_key,
        asset=said.asset,
    )


def partition_of(tags: Mapping[str, str]) -> str | None:
    """The partition of a run, or its first and last."""
    first, last = (tags.get(name, tags.get(ONE)) for name in (FIRST, LAST))
    return first if first == last else f"{first}/{last}"


def _said(entry: dg.EventLogEntry) -> Said | None:
    event = entry.dagster_event
    if event is None:
        level = int(entry.level)
        return Said(level, entry.user_message) if level >= logging.WARNING else None
    if event.event_type in RUNS:
        is_failure = event.event_type is dg.DagsterEventType.RUN_FAILURE
        return Said(logging.ERROR if is_failure else logging.INFO, RUNS[event.event_type])
    if event.event_type is dg.DagsterEventType.STEP_SUCCESS:
        return Said(logging.INFO, f"made in {event.step_success_data.duration_ms / 1000:.1f} s")
    if event.event_type is dg.DagsterEventType.STEP_FAILURE:
        return Said(logging.ERROR, f"failed: {_cause(event)}")
    if event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION:
        return _of_check(event)
    return None


def _cause(event: dg.DagsterEvent) -> str:
    """The innermost error, which is the one that has the remedy."""
    cause = event.step_failure_data.error
    while cause is not None and cause.cause is not None:
        cause = cause.cause
    return plain(cause.message) if cause else "no reason given"


def _of_check(event: dg.DagsterEvent) -> Said | None:
    found = event.asset_check_evaluation_data
    if found.passed:
        return None
    level = logging.ERROR if found.severity is dg.AssetCheckSeverity.ERROR else logging.WARNING
    return Said(level, f"check {found.check_name}: {found.description or 'failed'}", found.asset_key.to_user_string())
