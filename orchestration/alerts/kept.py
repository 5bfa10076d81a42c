"""What was told and what waits: `alerts.json` of the state.

Belongs here: the file and its lock. Does not belong here: what goes into it (orchestration.alerts.telling).
"""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from assets.ground.lake import replacing
from assets.ground.workspace import Workspace

MOST_RUNS = 200


@dataclass
class Waiting:
    """What one target is to be told of one kind: the lines that are shown, and how many there are in all.

    `tried_at` is the last delivery, `sent_at` the last that was taken; both in ISO 8601.
    """

    lines: list[str] = field(default_factory=list)
    count: int = 0
    tried_at: str | None = None
    sent_at: str | None = None


@dataclass
class Reached:
    """How a target took what it was told; `fault` says why it did not, since `failing_since`."""

    kinds: dict[str, Waiting] = field(default_factory=dict)
    fault: str | None = None
    failing_since: str | None = None

    def of(self, kind: str) -> Waiting:
        return self.kinds.setdefault(kind, Waiting())


@dataclass
class Kept:
    """All of it: by check the severity that was told, the tables told as stale, the runs told as failed.

    `history_bytes` is the size of the checks' history when it was last looked through.
    """

    history_bytes: int = 0
    checks: dict[str, str] = field(default_factory=dict)
    stale: list[str] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)
    targets: dict[str, Reached] = field(default_factory=dict)


def alerts_path(workspace: Workspace) -> Path:
    """Where a state keeps what was told."""
    return workspace.state / "alerts.json"


def read(path: Path) -> Kept:
    """What was told; of a file that is not there or is damaged nothing, and then it is told again."""
    try:
        return _kept(json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError, KeyError, AttributeError):
        return Kept()


def _kept(told: dict[str, Any]) -> Kept:
    targets = {
        name: Reached(
            {kind: Waiting(**waiting) for kind, waiting in one["kinds"].items()}, one["fault"], one["failing_since"]
        )
        for name, one in told["targets"].items()
    }
    return Kept(int(told["history_bytes"]), dict(told["checks"]), list(told["stale"]), list(told["runs"]), targets)


@contextmanager
def changing(path: Path) -> Iterator[Kept]:
    """What was told, to be changed by this process alone, and written when the block ends without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = read(path)
        yield kept
        kept.runs = kept.runs[-MOST_RUNS:]
        with replacing(path) as temporary:
            temporary.write_text(json.dumps(asdict(kept), indent=1) + "\n", encoding="utf-8")


def moment(told: str | None) -> datetime | None:
    """A time of the file."""
    return datetime.fromisoformat(told) if told else None
