"""Telling every target what is news, a message of a kind an hour.

Belongs here: what waits, what is due, and what became of it. Does not belong here: what is news
(orchestration.alerts.noticed), or delivering one message (orchestration.alerts.target).
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from assets.operator import AlertTarget, Operator
from orchestration.alerts.kept import Kept, Reached, Waiting, moment
from orchestration.alerts.message import TEST, Message, News
from orchestration.alerts.target import deliver

BETWEEN_MESSAGES = timedelta(hours=1)
BETWEEN_TRIES = timedelta(minutes=5)
LINES_SHOWN = 30
Secret = Callable[[str], str | None]


def tell(operator: Operator, kept: Kept, news: Sequence[News], secret: Secret, now: datetime) -> list[str]:
    """Add the news to what waits for each target, and send what is due; a line for each target that was not reached."""
    targets = operator.settings.alert_targets
    kept.targets = {one.name: kept.targets.get(one.name, Reached()) for one in targets}
    faults = []
    for target in targets:
        reached = kept.targets[target.name]
        held_back = {kind: waiting.count for kind, waiting in reached.kinds.items()}
        for one in news:
            _wait(reached.of(one.kind), one.line)
        for message in _due(operator, reached, held_back, now):
            fault = deliver(target, secret(target.secret_environment), message)
            _note(reached, reached.of(message.kind), fault, now)
            if fault is not None:
                faults.append(f"alert target {target.name}: {fault}")
                break
    return faults


def _wait(waiting: Waiting, line: str) -> None:
    waiting.count += 1
    if len(waiting.lines) < LINES_SHOWN:
        waiting.lines.append(line)


def _due(operator: Operator, reached: Reached, held_back: dict[str, int], now: datetime) -> list[Message]:
    """A message for each kind of which something waits and that was not told within the hour."""
    return [
        Message(
            operator.name,
            kind,
            tuple(waiting.lines),
            now,
            held_back=held_back.get(kind, 0),
            not_shown=waiting.count - len(waiting.lines),
        )
        for kind, waiting in reached.kinds.items()
        if waiting.count and _is_due(waiting, now)
    ]


def _is_due(waiting: Waiting, now: datetime) -> bool:
    """A clock that was set back does not stop what waits."""
    sent, tried = moment(waiting.sent_at), moment(waiting.tried_at)
    is_long_ago = sent is None or abs(now - sent) >= BETWEEN_MESSAGES
    return is_long_ago and (tried is None or abs(now - tried) >= BETWEEN_TRIES)


def _note(reached: Reached, waiting: Waiting, fault: str | None, now: datetime) -> None:
    waiting.tried_at = now.isoformat()
    if fault is None:
        waiting.lines, waiting.count, waiting.sent_at = [], 0, now.isoformat()
        reached.fault, reached.failing_since = None, None
    else:
        reached.fault, reached.failing_since = fault, reached.failing_since or now.isoformat()


def test(operator: Operator, target: AlertTarget, secret: Secret, now: datetime) -> str | None:
    """Send a target a message that says nothing but that it comes; None if it took it, else why not."""
    line = "Alerts of failed runs, of checks and of what is no longer fresh come to this address."
    return deliver(target, secret(target.secret_environment), Message(operator.name, TEST, (line,), now))
