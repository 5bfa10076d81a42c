"""One run of the `netstats` command at a time on a state: the second is told of the first, and does not wait.

Belongs here: the lock. Does not belong here: the warehouse's own, which runs of the UI meet (orchestration.runs).
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from assets.workspace import Workspace


class AnotherRunError(Exception):
    """The state is in use; the text names the process and the remedy."""


@contextmanager
def only_run(workspace: Workspace) -> Iterator[None]:
    """Hold the state for as long as the block lasts; the system lets go of it, however the process ends."""
    workspace.state.mkdir(parents=True, exist_ok=True)
    path = workspace.state / "run.lock"
    with path.open("a+", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise AnotherRunError(
                f"another run is making this state (process {lock.read().strip()}, {workspace.state}); wait until it "
                "has ended, and run the same again"
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
