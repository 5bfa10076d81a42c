"""One run of a job in this process, and how it ended: what failed, which checks warned, what the pulls said.

Belongs here: executing a job and reading its events. Does not belong here: which runs follow each other
(orchestration.commands.launch), or what lies in the lake and in core (orchestration.commands.account).
"""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten
from typing import TextIO

import dagster as dg
from sqlalchemy.exc import DatabaseError

from assets.exports.flow_exports import KEY as FLOW_EXPORTS
from assets.ground.damage import DamagedFileError
from assets.ground.garbage import look_seldom
from assets.ground.workspace import Workspace
from orchestration.errors import plain
from orchestration.resources import COMMAND_SETTINGS

STDERR = 2
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
NO_ROWS = "there were no rows to check"
FINDING_SHOWN = 320
REFUSED = {
    "disk I/O error": "make room on its disk, and run the same again, which completes it",
    "disk is full": "make room on its disk, and run the same again, which completes it",
    "readonly": "let the user of netstats write there, and run the same again, which completes it",
    "unable to open": "let the user of netstats read and write there, and run the same again, which completes it",
    "locked": "another process holds it; run the same again once that has ended",
}
NEW_HISTORY = (
    "move this folder away: it holds what runs told, and no data; the next build begins a new one, and makes nothing "
    "again that is current"
)


class InterruptedRunError(Exception):
    """The run was stopped from the keyboard; what it had not ended is made by the next one."""


@dataclass(frozen=True)
class Ended:
    """The events of a run that has ended."""

    job: str
    is_success: bool
    events: Sequence[dg.DagsterEvent]

    @property
    def failures(self) -> list[str]:
        """Why the run failed, a line each: checks that blocked it, then steps by their innermost cause."""
        lines = [*self._blocking(), *_broken(self.events)]
        return lines or ([] if self.is_success else [f"the {self.job} job failed; see `netstats ui`"])

    @property
    def warned(self) -> list[str]:
        """The checks that did not pass and let the run go on, a line each with what they hold, rows and remedy."""
        warned = [evaluation for evaluation in self._checks() if not _blocks(evaluation)]
        empty = [_name(evaluation) for evaluation in warned if evaluation.description == NO_ROWS]
        found = [_finding(evaluation) for evaluation in warned if evaluation.description != NO_ROWS]
        return [*found, *([f"there were no rows to check for {', '.join(empty)}"] if empty else [])]

    @property
    def said_by_pulls(self) -> list[str]:
        """What pulling the exports warned of."""
        return [
            line
            for event in self.events
            if event.is_step_materialization and event.asset_key == dg.AssetKey(FLOW_EXPORTS)
            for line in _text(event.materialization.metadata, "warnings").splitlines()
            if line != "none"
        ]

    def _checks(self) -> Iterator[dg.AssetCheckEvaluation]:
        """The evaluations that did not pass."""
        for event in self.events:
            if event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION:
                evaluation = event.asset_check_evaluation_data
                if not evaluation.passed:
                    yield evaluation

    def _blocking(self) -> Iterator[str]:
        """The checks that let nothing after them run; those that found no rows, which has one reason, in one line."""
        blocking = [evaluation for evaluation in self._checks() if _blocks(evaluation)]
        empty = [_name(evaluation) for evaluation in blocking if evaluation.description == NO_ROWS]
        if empty:
            yield f"nothing is published, since there were no rows to check for {', '.join(empty)}"
        for evaluation in blocking:
            if evaluation.description != NO_ROWS:
                yield f"check {_name(evaluation)} failed, and nothing is published: {_full(evaluation)}"


@contextmanager
def telling_history(workspace: Workspace) -> Iterator[None]:
    """Tell with the remedy why Dagster's own files can't be used: the disk refuses, or they are damaged."""
    try:
        yield
    except DatabaseError as error:
        home, what = workspace.dagster_home, str(error.orig)
        remedy = next((remedy for said, remedy in REFUSED.items() if said in what), NEW_HISTORY)
        is_so = "is damaged" if remedy is NEW_HISTORY else "can't be used"
        raise DamagedFileError(f"{home}: {is_so} ({what}); {remedy}") from error


def execute(
    loaded: dg.Definitions, job: str, tags: Mapping[str, str], ops: Mapping[str, object] | None = None
) -> Ended:
    """Run a job with these tags and configuration of ops; InterruptedRunError if it is stopped from the keyboard."""
    look_seldom()
    home = Path(dg.DagsterInstance.get().root_directory)
    with (
        dg.DagsterInstance.from_config(str(home), COMMAND_SETTINGS) as instance,
        (home / f"{job}.log").open("w", encoding="utf-8") as said,
        _saying_to(said),
    ):
        result = loaded.resolve_job_def(job).execute_in_process(
            instance=instance,
            run_config={**QUIET, "ops": dict(ops or {})},
            tags=dict(tags),
            raise_on_error=False,
        )
    if any(_is_interrupt(event) for event in result.all_events):
        raise InterruptedRunError
    return Ended(job, result.success, result.all_events)


@contextmanager
def _saying_to(log: TextIO) -> Iterator[None]:
    """All that this process prints meanwhile goes to the log; so do the errors of dbt, which Ctrl-C reaches, too."""
    sys.stderr.flush()
    kept = os.dup(STDERR)
    os.dup2(log.fileno(), STDERR)
    try:
        with redirect_stdout(log):
            yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, STDERR)
        os.close(kept)


def partition_range(first_key: str, last_key: str) -> dict[str, str]:
    """The tags of a run over all partitions from the first to the last."""
    return {"dagster/asset_partition_range_start": first_key, "dagster/asset_partition_range_end": last_key}


def _blocks(evaluation: dg.AssetCheckEvaluation) -> bool:
    return bool(evaluation.blocking) and evaluation.severity is dg.AssetCheckSeverity.ERROR


def _name(evaluation: dg.AssetCheckEvaluation) -> str:
    return _text(evaluation.metadata, "limit_of") or evaluation.asset_check_key.to_user_string()


def _full(evaluation: dg.AssetCheckEvaluation) -> str:
    """What the check holds, what it found, and the remedy."""
    holds = _text(evaluation.metadata, "holds")
    return " ".join(part for part in (holds, evaluation.description or "no reason given") if part)


def _finding(evaluation: dg.AssetCheckEvaluation) -> str:
    """The same in short: of what it found only the beginning, since the remedy matters more than every row."""
    remedy = _text(evaluation.metadata, "remedy")
    found = (evaluation.description or "no reason given").removesuffix(f"; {remedy}")
    short = shorten(found, FINDING_SHOWN, placeholder=" ...")
    return f"{_name(evaluation)}: {_text(evaluation.metadata, 'holds')} {short}" + (f"; {remedy}" if remedy else "")


def _text(metadata: Mapping[str, dg.MetadataValue], name: str) -> str:
    return str(metadata[name].value) if name in metadata else ""


def _is_interrupt(event: dg.DagsterEvent) -> bool:
    error = event.step_failure_data.error if event.is_step_failure else None
    return error is not None and error.cls_name in {"DagsterExecutionInterruptedError", "KeyboardInterrupt"}


def _broken(events: Sequence[dg.DagsterEvent]) -> Iterator[str]:
    """The failed steps with their innermost cause; those that a blocking check failed are told by the check."""
    for event in events:
        if not event.is_step_failure:
            continue
        cause = event.step_failure_data.error
        if cause is not None and cause.cls_name == "DagsterAssetCheckFailedError":
            continue
        while cause is not None and cause.cause is not None:
            cause = cause.cause
        yield f"{event.step_key} failed: {plain(cause.message) if cause else 'no reason given'}"
