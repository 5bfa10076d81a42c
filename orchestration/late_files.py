"""Files that came or changed after their day was pulled: which past days they touch.

Belongs here: setting what is offered beside what was pulled, by names, sizes and times alone. Does not belong here:
asking for a run (orchestration.automation), reading files (assets.exports.pull).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from assets.exports.operator_here import operator_of
from assets.exports.retired_days import retired_days
from assets.exports.rows import KEY, read_rows
from assets.exports.sources import OfferedFile, files_offered
from assets.ground.lake import Partition, fingerprint_of
from assets.ground.workspace import Workspace
from assets.operator import Operator

STILL_S = 300
"""A file that was written to a moment ago is waited for: its day would else be made for each of its pieces."""
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Touched:
    """Export days in a row that late or changed files touch, and what tells these files from others."""

    first: date
    last: date
    version: str


def stretches(workspace: Workspace, now: datetime) -> list[Touched]:
    """The past days that were pulled and are offered otherwise now, in stretches without a gap; `now` in UTC."""
    operator, lake = operator_of(workspace), workspace.lake
    retired, yesterday = retired_days(lake), now.date() - ONE_DAY
    pulled = [day.on for day in lake.partitions(KEY, "export_on") if day.on <= yesterday and day.on not in retired]
    versions = {day: version for day in pulled if (version := _version(workspace, operator, day, now))}
    return [Touched(days[0], days[-1], fingerprint_of([versions[day] for day in days])) for days in _in_a_row(versions)]


def _in_a_row(days: Iterable[date]) -> list[list[date]]:
    found: list[list[date]] = []
    for day in days:
        if found and day - found[-1][-1] == ONE_DAY:
            found[-1].append(day)
        else:
            found.append([day])
    return found


def _version(workspace: Workspace, operator: Operator, day: date, now: datetime) -> str | None:
    """What tells the files of a day that are not as they were pulled; None without any, or while one is written."""
    partition = Partition("export_on", day)
    rows = read_rows(workspace.lake, partition)
    sizes = {(row["offered_as"], row["file_bytes"]) for row in rows}
    pulled_ns = workspace.lake.path(KEY, partition).stat().st_mtime_ns
    late = [
        (one.source_file, found)
        for one in files_offered(operator, day)
        if one.fault is None and (found := _seen(one)) and _is_late(one, found, sizes, pulled_ns)
    ]
    newest_ns = max((modified_ns for _, (_, modified_ns) in late), default=0)
    is_still = now.timestamp() - newest_ns / 1e9 >= STILL_S
    return fingerprint_of(late) if late and is_still else None


def _is_late(
    one: OfferedFile, found: tuple[int, int], sizes: set[tuple[str | None, int | None]], pulled_ns: int
) -> bool:
    size, modified_ns = found
    return (one.source_file, size) not in sizes or modified_ns > pulled_ns


def _seen(offered: OfferedFile) -> tuple[int, int] | None:
    """Size and time of a file; None if it has gone meanwhile."""
    try:
        found = offered.path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns
