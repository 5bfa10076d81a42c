"""The day of which a local file is: what it says itself, else its name.

Belongs here: finding a date in the beginning of a file. Does not belong here: which snapshot is in force (snapshots),
or how a source writes its date (its module's `dated_by`).
"""

import re
import struct
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from assets.registry.reading import open_bytes, told_of
from assets.registry.source import Source

BEGINNING = 1 << 16
IN_A_NAME = re.compile(r"(?<!\d)(20\d\d)-?([01]\d)-?([0-3]\d)(?!\d)")
MRT_TIMESTAMP = "mrt"
"""Instead of a pattern: the first four bytes count seconds (RFC 6396, 2)."""


def date_told(source: Source, files: Sequence[Path], today: date) -> date | None:
    """The oldest of the files' own dates; None unless each of them tells one that is not after today."""
    dates = [_of_file(source, file) for file in files]
    days = [day for day in dates if day is not None and day <= today]
    return min(days) if days and len(days) == len(files) else None


def _of_file(source: Source, file: Path) -> date | None:
    if source.dated_by is not None:
        with told_of(file), open_bytes(file) as content:
            beginning = content.read(BEGINNING)
        if (day := _in_content(source.dated_by, beginning)) is not None:
            return day
    found = IN_A_NAME.search(file.name)
    return _day("".join(found.groups())) if found else None


def _in_content(dated_by: str, beginning: bytes) -> date | None:
    if dated_by == MRT_TIMESTAMP:
        return _moment(struct.unpack(">I", beginning[:4])[0]) if len(beginning) >= 4 else None
    found = re.search(dated_by, beginning.decode("latin-1"), re.MULTILINE)
    return _day(found.group(1).replace("-", "")) if found else None


def _day(digits: str) -> date | None:
    """A date of YYYYMMDD, of YYYYMM (its first day) or of seconds since 1970."""
    if len(digits) == 10:
        return _moment(int(digits))
    try:
        return datetime.strptime(digits + "01" if len(digits) == 6 else digits, "%Y%m%d").date()
    except ValueError:
        return None


def _moment(seconds: int) -> date:
    return datetime.fromtimestamp(seconds, UTC).date()
