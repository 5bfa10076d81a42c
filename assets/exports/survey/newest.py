"""The newest day of which a source has exports, and its files.

Belongs here: finding that day. Does not belong here: what an address means (assets.exports.layout), what files hold.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from assets.exports.layout import FoundAt, found_at
from assets.exports.sources import place_of
from assets.exports.survey._files import PLACE_BYTES, FilesOfPlace, files_of
from assets.ground.addresses import parse_address
from assets.operator import FlowSource, Operator

MOST_DAYS_TRIED = 10
A_DAY_AHEAD = timedelta(days=1)
"""Collectors may name days by a clock east of UTC; a later day is a number that looks like one, or a wrong clock."""


@dataclass(frozen=True)
class NewestDay:
    """A source's newest day with exports; `days` are all days with a place.

    `files` are, of each folder that stands for `{exporter}`, those of its own newest day. `on` is None where no day has
    exports; of an address without a date, it is the day of the survey.
    """

    source: FlowSource
    on: date | None
    days: list[date]
    files: list[FilesOfPlace]

    @property
    def older(self) -> list[date]:
        """The newest day of each folder that has none of the source's newest."""
        return [one.on for one in self.files if self.on and one.exports and one.on < self.on]


def newest_day(
    source: FlowSource, base: Path, today: date, exporters: Mapping[str, str], most_bytes: int | None = PLACE_BYTES
) -> NewestDay:
    """The newest day of a source; `exporters` are the addresses of those whose names may stand for `{exporter}`."""

    def files_on(folder: str | None, on: date) -> FilesOfPlace:
        return files_of(place_of(base, source, on, folder, _exporter(folder, exporters)), on, most_bytes)

    days = dict[str | None, set[date]]()
    for one in found_at(source.lies_at, base):
        days.setdefault(one.folder, set()).add(one.day or today)
    files = [
        _newest(files_on(folder, on) for on in _tried(days[folder], today))
        for folder in sorted(days, key=lambda name: name or "")
    ]
    on = max((one.on for one in files if one.exports), default=None)
    return NewestDay(source, on, sorted(set().union(*days.values())), files)


def _tried(days: Iterable[date], today: date) -> list[date]:
    """The days that are looked through for exports, the newest first."""
    newest_first = sorted(days, reverse=True)
    come = [on for on in newest_first if on <= today + A_DAY_AHEAD] or newest_first
    return come[:MOST_DAYS_TRIED]


def _newest(by_day: Iterable[FilesOfPlace]) -> FilesOfPlace:
    """The first day that has exports; else the first of all, which tells why it has none."""
    tried = list[FilesOfPlace]()
    for one in by_day:
        tried.append(one)
        if one.exports:
            return one
    return tried[0]


def _exporter(folder: str | None, exporters: Mapping[str, str]) -> str | None:
    """Whose folder it is, by its name or address; None if only the files can tell."""
    if folder is None or folder in exporters:
        return exporters.get(folder or "")
    try:
        return str(parse_address(folder))
    except ValueError:
        return None


def names_of_exporters(operator: Operator) -> dict[str, str]:
    """The names and addresses of an operator's exporters with the address that each means."""
    return {name: str(one.exporter) for one in operator.exporters for name in (one.name, str(one.exporter))}


def folders_of_nobody(source: FlowSource, base: Path, exporters: Mapping[str, str]) -> list[FoundAt]:
    """Folders beside those of `{exporter}` that neither a name nor an address of an exporter means, on any day."""
    if "{exporter}" not in source.address:
        return []
    found = {one.folder: one for one in found_at(source.lies_at, base) if one.folder not in exporters}
    return list(found.values())


def days_with_files(source: FlowSource, base: Path, exporters: Mapping[str, str]) -> set[date | None]:
    """The days for which a source has a file, of folders of known exporters; None if its address tells no day."""
    found = set[date | None]()
    for one in found_at(source.lies_at, base):
        if one.day not in found and (one.folder is None or one.folder in exporters) and _has_file(one.path):
            found.add(one.day)
    return found


def _has_file(path: Path) -> bool:
    """Whether a place is a file or has one below, but for those that are still written."""
    return path.is_file() or any(not name.startswith(".") for _, _, names in os.walk(path) for name in names)
