"""The newest day of which a source has exports, and its files.

Belongs here: finding that day. Does not belong here: what an address means (assets.exports.layout), what files hold.
"""

import os
from collections.abc import Mapping
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
    """A source's newest day with exports and its files; `days` are all days with a place, `refused` what was no export.

    `on` is None where no day has exports; of an address without a date, it is the day of the survey.
    """

    source: FlowSource
    on: date | None
    days: list[date]
    files: list[FilesOfPlace]
    refused: list[str]


def newest_day(
    source: FlowSource, base: Path, today: date, exporters: Mapping[str, str], most_bytes: int | None = PLACE_BYTES
) -> NewestDay:
    """The newest day of a source; `exporters` are the addresses of those whose names may stand for `{exporter}`."""
    places = found_at(source.address, base)
    days, refused = sorted({one.day or today for one in places}), list[str]()
    come = [on for on in days if on <= today + A_DAY_AHEAD] or days
    for on in come[::-1][:MOST_DAYS_TRIED]:
        folders = {one.folder: one for one in places if (one.day or today) == on}
        files = [
            files_of(place_of(base, source, on, folder, _exporter(folder, exporters)), most_bytes)
            for folder in sorted(folders, key=lambda name: name or "")
        ]
        if any(one.exports for one in files):
            return NewestDay(source, on, days, [one for one in files if one.exports], refused)
        refused += [line for one in files for line in one.refused]
    return NewestDay(source, None, days, [], refused)


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
    found = {one.folder: one for one in found_at(source.address, base) if one.folder not in exporters}
    return list(found.values())


def days_with_files(source: FlowSource, base: Path, exporters: Mapping[str, str]) -> set[date | None]:
    """The days for which a source has a file, of folders of known exporters; None if its address tells no day."""
    found = set[date | None]()
    for one in found_at(source.address, base):
        if one.day not in found and (one.folder is None or one.folder in exporters) and _has_file(one.path):
            found.add(one.day)
    return found


def _has_file(path: Path) -> bool:
    """Whether a place is a file or has one below, but for those that are still written."""
    return path.is_file() or any(not name.startswith(".") for _, _, names in os.walk(path) for name in names)
