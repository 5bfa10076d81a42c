"""What the sources of flow exports offer for a day: their places, the files below them, and what can't be read there.

Belongs here: walking folders. Does not belong here: what is in a file (assets.exports.copies) or what becomes of it
(assets.exports.flow_exports).
"""

import os
import stat
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from assets.exports.names import printable, source_key
from assets.operator import Exporter, FlowSource, Operator, addresses

SPECIAL = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFBLK: "a block device",
    stat.S_IFCHR: "a character device",
}
MEND_ACCESS = "let the user that runs netstats read it, or take it out of the source"
TAKE_OUT = "take it out of the source"


@dataclass(frozen=True)
class Place:
    """A folder or file that a source's address means on a day; `name` begins the names of all that lies there.

    Of an address with wildcards, `path` is the folder before the first, and `below` the parts that follow. `folder` is
    what stands for `{exporter}`.
    """

    source: FlowSource
    path: Path
    name: str
    exporter: str | None
    below: tuple[str, ...] = ()
    folder: str | None = None


@dataclass(frozen=True)
class OfferedFile:
    """What a source offers for a day; a `fault` says why it can't be read (then it may be a folder)."""

    place: Place
    path: Path
    source_file: str
    fault: str | None = None
    remedy: str | None = None


def places_of(operator: Operator, export_on: date) -> Iterator[Place]:
    """The places of all sources on a day; `{exporter}` is the exporter's name and its address."""
    for source in operator.flow_sources:
        if addresses.EXPORTER_HOLE not in source.address:
            yield place_of(operator.folder, source, export_on)
            continue
        for folder, exporter in sorted(_folders_of_exporters(operator, export_on).items()):
            yield place_of(operator.folder, source, export_on, folder, str(exporter.exporter))


def place_of(
    base: Path, source: FlowSource, export_on: date, folder: str | None = None, exporter: str | None = None
) -> Place:
    """The place of a source on a day, relative ones below `base`; `folder` is what stands for `{exporter}`."""
    address, key = addresses.on_day(source.address, export_on), source_key(source.address)
    if folder is not None:
        address, key = address.replace(addresses.EXPORTER_HOLE, folder), f"{key}/{printable(folder)}"
    fixed, below = addresses.split_at_wildcard(address)
    return Place(source, base / fixed, key, exporter, below, folder)


def _folders_of_exporters(operator: Operator, export_on: date) -> dict[str, Exporter]:
    """Names and addresses with the exporter that each means; where several rows do, the one in force on the day."""
    rows = sorted(operator.exporters, key=lambda row: (_is_in_force(row, export_on), row.valid_from or date.min))
    return {**{row.name: row for row in rows}, **{str(row.exporter): row for row in rows}}


def _is_in_force(row: Exporter, export_on: date) -> bool:
    return (row.valid_from or date.min) <= export_on <= (row.valid_to or date.max)


def files_offered(operator: Operator, export_on: date) -> Iterator[OfferedFile]:
    """What all places hold for a day, in the order of the sources and then of names; what can't be read is told."""
    for place in places_of(operator, export_on):
        yield from files_at(place)


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
