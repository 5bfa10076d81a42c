"""The files below the places of sources, and what can't be read there.

Belongs here: walking folders of this machine. Does not belong here: what is in a file (assets.exports.copies) or what
becomes of it (assets.exports.flow_exports).
"""

import os
import stat
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

from assets.exports.names import printable
from assets.exports.sources._places import MEND_ACCESS, OfferedFile, Place
from assets.operator import addresses

SPECIAL = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFBLK: "a block device",
    stat.S_IFCHR: "a character device",
}
TAKE_OUT = "take it out of the source"


def files_at(place: Place) -> Iterator[OfferedFile]:
    """The files at a place; nothing if it is not there. Folders behind symbolic links come after the real ones."""
    if not place.below:
        yield from _files_below(place, [(place.path, place.name)])
        return
    matching = list[tuple[Path, str]]()
    yield from _matching(place, place.path, place.name, place.below, matching)
    yield from _files_below(place, matching)


def _matching(
    place: Place, folder: Path, name: str, below: Sequence[str], found: list[tuple[Path, str]]
) -> Iterator[OfferedFile]:
    """Add to `found` what an address with wildcards means below a folder; yields the folders that can't be read."""
    part, *rest = below
    if not addresses.has_wildcard(part):
        candidates = [folder / part] if os.path.lexists(folder / part) else []
    else:
        try:
            candidates = [one for one in sorted(folder.iterdir(), key=os.fsencode) if addresses.matches(one.name, part)]
        except OSError as error:
            if folder != place.path or not isinstance(error, FileNotFoundError | NotADirectoryError):
                yield OfferedFile(place, folder, name, f"can't be read ({error.strerror})", MEND_ACCESS)
            return
    for one in candidates:
        named = f"{name}/{printable(one.name)}"
        if rest and os.path.isdir(one):  # noqa: PTH112 - Path raises where it may not look
            yield from _matching(place, one, named, rest, found)
        elif not rest and not _is_hidden_file(one):
            found.append((one, named))


def _files_below(place: Place, starting: list[tuple[Path, str]]) -> Iterator[OfferedFile]:
    waiting, seen = deque(starting), dict[tuple[int, int], str]()
    while waiting:
        path, name = waiting.popleft()
        try:
            found = path.stat()
            folder = sorted(path.iterdir(), key=os.fsencode) if stat.S_ISDIR(found.st_mode) else None
        except OSError as error:
            if path != place.path or not isinstance(error, FileNotFoundError | NotADirectoryError):
                yield OfferedFile(place, path, name, f"can't be read ({error.strerror})", MEND_ACCESS)
            continue
        if folder is None:
            yield _file(place, path, name, found.st_mode)
        elif (identity := (found.st_dev, found.st_ino)) in seen:
            reason = f"leads to a folder that is offered already, {seen[identity]}"
            yield OfferedFile(place, path, name, reason, TAKE_OUT)
        else:
            seen[identity] = name
            below = [(one, f"{name}/{printable(one.name)}") for one in folder if not _is_hidden_file(one)]
            waiting.extendleft(reversed([one for one in below if not os.path.islink(one[0])]))  # noqa: PTH114 - as below
            waiting.extend(one for one in below if os.path.islink(one[0]))  # noqa: PTH114 - as below


def _is_hidden_file(path: Path) -> bool:
    """Whether it is a file that a collector or a copying tool has not given its name yet."""
    return path.name.startswith(".") and not os.path.isdir(path)  # noqa: PTH112 - Path raises where it may not look


def _file(place: Place, path: Path, name: str, mode: int) -> OfferedFile:
    named = f"{name}/{printable(path.name)}" if path == place.path else name
    if not stat.S_ISREG(mode):
        return OfferedFile(place, path, named, f"is {SPECIAL.get(stat.S_IFMT(mode), 'no file')}", TAKE_OUT)
    return OfferedFile(place, path, named)
