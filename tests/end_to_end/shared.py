"""What several tests begin with is built once, by whichever process of a run of tests needs it first.

Belongs here: building once, and copies that a test may spoil. Does not belong here: what is built (conftest.py).
"""

import fcntl
import shutil
from collections.abc import Callable
from pathlib import Path

DONE = "done"


def made_once(folder: Path, make: Callable[[Path], object]) -> Path:
    """A folder that `make` has filled, in this process or in another; they wait for each other."""
    folder.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / DONE).exists():
            shutil.rmtree(folder)
            folder.mkdir()
            make(folder)
            (folder / DONE).touch()
    return folder
