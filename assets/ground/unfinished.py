"""The hidden names under which files and folders are written before they take their places.

Belongs here: the name, putting a folder in place, and removing what killed processes left. Does not belong here: what
is written.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def writing_beside(path: Path) -> Path:
    """The name under which this process writes what will be `path`."""
    return path.with_name(f".{path.name}.{os.getpid()}.writing")


@contextmanager
def replacing_folder(folder: Path) -> Iterator[Path]:
    """A name beside `folder` for a folder that takes its place by renaming when the block ends without an error."""
    writing, replaced = writing_beside(folder), folder.with_name(f".{folder.name}.replaced")
    for leftover in (writing, replaced):
        shutil.rmtree(leftover, ignore_errors=True)
    yield writing
    if folder.exists():
        folder.rename(replaced)
    writing.rename(folder)
    shutil.rmtree(replaced, ignore_errors=True)


def remove_left_over(root: Path) -> list[Path]:
    """Remove what processes that are no more were writing below a folder when they were killed."""
    left = [path for path in sorted(root.rglob(".*.writing")) if not _is_written(path)]
    for path in left:
        remove(path)
    return left


def remove(temporary: Path) -> None:
    """Remove a folder being written, or a file and what DuckDB keeps beside one."""
    if temporary.is_dir():
        shutil.rmtree(temporary)
        return
    for path in (temporary, temporary.with_name(f"{temporary.name}.wal")):
        path.unlink(missing_ok=True)


def _is_written(temporary: Path) -> bool:
    """Whether the process that the name tells is running; reports were once drawn under names that tell none."""
    process = temporary.name.split(".")[-2]
    return process.isdecimal() and _is_running(int(process))


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
