"""The hidden names under which files and folders are written before they take their places.

Belongs here: the name, putting a folder in place, and removing what killed processes left. Does not belong here: what
is written.
"""

import ctypes
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Of Linux' renameat2(2): paths are relative to the working folder; exchange the two.
HERE, RENAME_EXCHANGE = -100, 2


def writing_beside(path: Path) -> Path:
    """The name under which this process writes what will be `path`."""
    return path.with_name(f".{path.name}.{os.getpid()}.writing")


@contextmanager
def replacing_folder(folder: Path) -> Iterator[Path]:
    """A name beside `folder` for a folder that takes its place when the block ends without an error.

    Where the file system can exchange two names, there is no moment without the folder; elsewhere a short one.
    """
    writing, replaced = writing_beside(folder), folder.with_name(f".{folder.name}.replaced")
    for leftover in (writing, replaced):
        shutil.rmtree(leftover, ignore_errors=True)
    yield writing
    if folder.exists() and _exchanged(writing, folder):
        _remove_folder(writing)
        return
    if folder.exists():
        folder.rename(replaced)
    writing.rename(folder)
    shutil.rmtree(replaced, ignore_errors=True)


def _exchanged(one: Path, other: Path) -> bool:
    """Let two folders take each other's place at once; False where the system or file system can't."""
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    return int(renameat2(HERE, os.fsencode(one), HERE, os.fsencode(other), RENAME_EXCHANGE)) == 0


def remove_left_over(root: Path) -> list[Path]:
    """Remove what processes that are no more were writing below a folder when they were killed."""
    hidden = sorted(root.rglob(".*"))
    left = [path for path in hidden if path.suffix == ".writing" and not _is_written(path)]
    left += _complete_replacements([path for path in hidden if path.suffix == ".replaced"])
    for path in left:
        remove(path)
    return left


def _complete_replacements(found: list[Path]) -> list[Path]:
    """Put back what was replaced by nothing when a process was killed between two renamings; the rest is in the way."""
    in_the_way = list[Path]()
    for replaced in found:
        folder = replaced.with_name(replaced.name.removeprefix(".").removesuffix(".replaced"))
        if folder.exists():
            in_the_way.append(replaced)
        else:
            replaced.rename(folder)
    return in_the_way


def remove(temporary: Path) -> None:
    """Remove a folder being written, or a file and what DuckDB keeps beside one."""
    if temporary.is_dir():
        _remove_folder(temporary)
        return
    for path in (temporary, temporary.with_name(f"{temporary.name}.wal")):
        path.unlink(missing_ok=True)


def _remove_folder(folder: Path) -> None:
    """Remove a folder; OSError with its path where shutil tells that of a file below it without the folders above."""
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from error


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
