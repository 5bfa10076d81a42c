"""The files of another machine that an address means on a day.

Belongs here: which folders are listed. Does not belong here: bringing files (_landing), protocols (a module each).
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from assets.exports.sources._remote import Entry, NothingThere, Remote, RemoteError
from assets.operator import FlowSource, addresses

DEEPEST = 32
MOST_FILES = 200_000
LONGEST_NAME_BYTES = 255
Listed = Iterator[tuple[str, Entry]]


def patterns(source: FlowSource, day: date, exporters: Iterable[str]) -> list[tuple[str, ...]]:
    """What a remote address means on a day below its fixed folder, by parts; one for each name of an exporter."""
    below = addresses.on_day(addresses.split_remote(source.address)[1], day)
    if addresses.EXPORTER_HOLE not in below:
        return [tuple(filter(None, below.split("/")))]
    named = (below.replace(addresses.EXPORTER_HOLE, name) for name in sorted(exporters))
    return [tuple(filter(None, one.split("/"))) for one in named]


def listed(remote: Remote, pattern: Sequence[str]) -> Listed:
    """The files that a pattern means, by their paths, and all below folders that it means; hidden ones are not told."""
    for number, (path, entry) in enumerate(_matching(remote, "", pattern)):
        if number >= MOST_FILES:
            what = f"holds more than {MOST_FILES:,} files for one day"
            raise RemoteError(what, "write the day into its address, and a part that tells its files from others")
        yield path, entry


def _matching(remote: Remote, folder: str, pattern: Sequence[str]) -> Listed:
    part, *rest = pattern
    if rest and not addresses.has_wildcard(part):
        yield from _matching(remote, _join(folder, part), rest)
        return
    for entry in _meant(remote, folder, part):
        path = _join(folder, entry.name)
        if rest:
            yield from _matching(remote, path, rest) if entry.is_folder else ()
        elif entry.is_folder:
            yield from _below(remote, path, DEEPEST)
        else:
            yield path, entry


def _meant(remote: Remote, folder: str, part: str) -> list[Entry]:
    try:
        if not addresses.has_wildcard(part):
            return [remote.entry(_join(folder, part))]
        return [one for one in _entries(remote, folder) if addresses.matches(one.name, part)]
    except NothingThere:
        return []


def _below(remote: Remote, folder: str, deepest: int) -> Listed:
    if not deepest:
        raise RemoteError(f"{folder} has folders in folders without end", "name the folder that holds the files")
    for entry in _entries(remote, folder):
        path = _join(folder, entry.name)
        if entry.is_folder:
            yield from _below(remote, path, deepest - 1)
        else:
            yield path, entry


def _entries(remote: Remote, folder: str) -> list[Entry]:
    """What lies in a folder, without hidden files; a name that can't be a file's here is a fault of its entry."""
    found = sorted(remote.entries(folder), key=lambda one: os.fsencode(one.name))
    return [_judged(one) for one in found if one.is_folder or not one.name.startswith(".")]


def _judged(entry: Entry) -> Entry:
    is_one_name = entry.name not in {"", ".", ".."} and not {"/", "\0"} & {*entry.name}
    if is_one_name and len(os.fsencode(entry.name)) <= LONGEST_NAME_BYTES:
        return entry
    why = "has a name that is too long" if is_one_name else "has a name that leads elsewhere"
    safe = entry.name.replace("/", "\\x2f").replace("\0", "\\x00")
    return replace(entry, name=f"\\x{safe}" if safe in {"", ".", ".."} else safe, is_folder=False, fault=why)


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
