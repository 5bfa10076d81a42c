"""How a collector lays out its files: on which days an address has files, and which address means files that are there.

Belongs here: reading names of files and folders. Does not belong here: what files hold, or which count for a day
(assets.exports.sources).
"""

import ipaddress
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from assets.operator import addresses

MOST_NAMES = 200_000
MOST_ADDRESSES = 8
DATE_IN_NAME = re.compile(r"(?<!\d)(20\d\d)([-_./]?)(\d\d)\2(\d\d)(?!\d(?!\d))")


@dataclass(frozen=True)
class FoundAt:
    """A place that an address means: its day (None: the address tells none), and what stands for `{exporter}`."""

    day: date | None
    folder: str | None
    path: Path


def found_at(address: str, base: Path) -> list[FoundAt]:
    """The places that are there for an address, relative ones below `base`, by day and folder."""
    start = Path("/") if address.startswith("/") else base
    found = list(_walk(start, addresses.parts_of(address), {}))
    return sorted(found, key=lambda one: (one.day or date.min, one.folder or "", os.fsencode(one.path)))


def _walk(path: Path, parts: list[str], parts_named: Mapping[str, str]) -> Iterator[FoundAt]:
    if not parts:
        day = _day(parts_named)
        if day is not None or not parts_named.keys() - {"exporter"}:
            yield FoundAt(day, parts_named.get("exporter"), path)
        return
    part, *rest = parts
    if addresses.HOLE.search(part) is None and not addresses.has_wildcard(part):
        if os.path.lexists(path / part):
            yield from _walk(path / part, rest, parts_named)
        return
    expression = addresses.expression_of(part)
    for name in _names(path):
        found = expression.fullmatch(name)
        if found is not None and (together := _together(parts_named, found.groupdict())) is not None:
            yield from _walk(path / name, rest, together)


def _names(path: Path) -> list[str]:
    """The names in a folder; none where it is not a folder or can't be read, which pulling its day tells."""
    try:
        return sorted((one.name for one in path.iterdir()), key=os.fsencode)
    except OSError:
        return []


def _together(parts_named: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str] | None:
    """What the parts of an address tell together; None if they contradict each other, such as days of two months."""
    numbered = {name if name == "exporter" else f"{name[0]}1": value for name, value in more.items()}
    agrees = all(parts_named.get(name, value) == value for name, value in numbered.items())
    is_one = all(numbered[f"{name[0]}1"] == value for name, value in more.items() if name != "exporter")
    return {**parts_named, **numbered} if agrees and is_one else None


def _day(parts_named: Mapping[str, str]) -> date | None:
    """The day that the parts of a date make; None if they make none, as 2026-02-30."""
    written = {name[0]: value for name, value in parts_named.items() if name != "exporter"}
    if not written:
        return None
    try:
        return datetime.strptime(" ".join(written.values()), " ".join(f"%{one}" for one in written)).date()
    except ValueError:
        return None


def addresses_of_folder(folder: Path) -> list[str]:
    """The dated addresses of the files below a folder, by the dates in their names; none if no name tells a day.

    Folders that are named by addresses of exporters become `{exporter}`. ValueError if there are too many layouts.
    """
    names = (path.relative_to(folder).as_posix() for path in _files(folder))
    found = dict.fromkeys(one for name in names if (one := _address(name)) is not None)
    if len(found) > MOST_ADDRESSES:
        found = dict.fromkeys("/".join(map(_widened, one.split("/"))) for one in found)
    if len(found) > MOST_ADDRESSES:
        raise ValueError(f"{folder}: has {len(found)} layouts of files; name each with a --flows of its own")
    return [f"{folder}/{one}" for one in found]


def _widened(part: str) -> str:
    """A part of an address with `*` for what it has before its date, or for all of it if it has none."""
    before, hole, after = part.partition("{")
    return f"*{hole}{after}" if hole and before else part if hole else "*"


def _files(folder: Path) -> Iterator[Path]:
    count = 0
    for path, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            if not name.startswith("."):
                yield Path(path) / name
                count += 1
                if count >= MOST_NAMES:
                    return


def _address(name: str) -> str | None:
    """The address of a file below a folder, up to the part that tells its day; None if none does."""
    found = next((one for one in DATE_IN_NAME.finditer(name) if _is_day(one)), None)
    if found is None:
        return None
    before, after = name[: found.start()], name[found.end() :].split("/")[0]
    separator = found.group(2)
    written = f"%Y{separator}%m{separator}%d"
    hole = "{date}" if written == addresses.ISO_DAY else f"{{date:{written}}}"
    folders, _, begins = before.rpartition("/")
    parts = [_folder(part) for part in folders.split("/") if part]
    return "/".join([*parts, f"{begins}{hole}{'*' if after else ''}"])


def _is_day(found: re.Match[str]) -> bool:
    try:
        date(int(found.group(1)), int(found.group(3)), int(found.group(4)))
    except ValueError:
        return False
    return True


def _folder(part: str) -> str:
    try:
        ipaddress.ip_address(part)
    except ValueError:
        return part
    return addresses.EXPORTER_HOLE
