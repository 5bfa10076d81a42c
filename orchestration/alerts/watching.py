"""Noticing and telling together, as commands and sensors call it: nothing of it can make a run fail.

Belongs here: the order of noticing, telling and noting. Does not belong here: any of the three.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import dagster as dg

from assets.ground.workspace import Workspace
from assets.operator import Operator, load_operator
from orchestration import resources
from orchestration.alerts.failed_runs import news_of_run, runs_that_failed
from orchestration.alerts.kept import Kept, alerts_path, changing
from orchestration.alerts.message import RUNS, News
from orchestration.alerts.noticed import news_of_checks, news_of_freshness
from orchestration.alerts.telling import tell
from orchestration.run_log import noting
from orchestration.runs import InterruptedRunError

LOG = "alerts.log"
Say = Callable[[str], None]
Notice = Callable[[Operator, Kept, datetime], list[News]]


def look(workspace: Workspace, notice_first: Notice | None = None) -> list[str]:
    """Notice what is news, and tell what is due; a line for each target that was not reached, and for what went wrong.

    `notice_first` adds news of its own. Nothing is looked at for an operator that names no target.
    """
    try:
        operator = load_operator(workspace.operator_folder)
        return _look(workspace, operator, notice_first) if operator.settings.alert_targets else []
    except Exception as error:
        # Whatever it is: a run must not end otherwise because it could not be told of.
        return [f"alerts are not sent: {error}"]


def _look(workspace: Workspace, operator: Operator, notice_first: Notice | None) -> list[str]:
    now = datetime.now(UTC)
    with changing(alerts_path(workspace)) as kept:
        news, faults = list[News](), list[str]()
        for notice in (notice_first, _of_checks(workspace), _of_freshness(workspace)):
            try:
                news += notice(operator, kept, now) if notice else []
            except Exception as error:
                # A file that is damaged keeps no other news from being told.
                faults.append(f"alerts do not tell all: {error}")
        faults += tell(operator, kept, news, resources.secret, now)
    if faults:
        with (workspace.state / LOG).open("a", encoding="utf-8") as log:
            log.writelines(f"{now:%Y-%m-%d %H:%M:%S} {line}\n" for line in faults)
    return faults


def _of_checks(workspace: Workspace) -> Notice:
    return lambda _operator, kept, _now: news_of_checks(workspace, kept)


def _of_freshness(workspace: Workspace) -> Notice:
    return lambda operator, kept, now: news_of_freshness(workspace, operator, kept, now)


def tell_of_run(workspace: Workspace, instance: dg.DagsterInstance, run: dg.DagsterRun) -> list[str]:
    """Tell of a run that failed, and of all else that is news."""
    return look(workspace, lambda _operator, kept, _now: list(news_of_run(instance, run, kept)))


@contextmanager
def watched(workspace: Workspace, command: str, say: Say) -> Iterator[None]:
    """Tell of the runs that fail within the block and of an error that ends it; a person who stops it knows."""
    began_at = datetime.now(UTC)
    # Dagster is asked for the runs, also where the block ended before it set where they lie.
    resources.enter(workspace)
    try:
        with noting(workspace.state, command):
            yield
    except InterruptedRunError:
        raise
    except Exception:
        _say_all(say, look(workspace, _failed_since(began_at, command)))
        raise
    _say_all(say, look(workspace, _failed_since(began_at)))


def _failed_since(began_at: datetime, ended_with_error: str | None = None) -> Notice:
    """Notices the runs that failed since; where none did, that the command ended with an error."""

    def notice(_operator: Operator, kept: Kept, now: datetime) -> list[News]:
        with dg.DagsterInstance.get() as instance:
            failed = runs_that_failed(instance, began_at)
            news = [one for run in failed for one in news_of_run(instance, run, kept)]
        if ended_with_error and not failed:
            news.append(News(RUNS, f"`{ended_with_error}` ended with an error at {now:%Y-%m-%d %H:%M} UTC"))
        return news

    return notice


def _say_all(say: Say, lines: list[str]) -> None:
    for line in lines:
        say(line)
