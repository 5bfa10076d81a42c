"""Which day counts a content that several days hold: the earliest, whenever each of them was pulled.

A day whose exports were let go comes before all others: what it counted stays counted.

Belongs here: looking over the days of exports/flow_exports. Does not belong here: pulling a day (assets.exports.pull)
or decoding it (assets.exports.flow_records).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from assets.exports.retired_days import retired_days
from assets.exports.rows import KEY, Row, is_held, kept_path, read_rows, rows_of, write_rows
from assets.ground.lake import Lake, Partition, fingerprint_of

DAY = "export_on"
HELD = pa.schema(
    [
        (DAY, pa.date32()),
        ("content_sha256", pa.string()),
        ("source_file", pa.string()),
        ("kept_as", pa.string()),
        ("state", pa.string()),
    ]
)
Stamp = tuple[Lake, Partition, int, int]
NOTHING_TO_DO = "nothing needs to be done; what it holds counts once"


@dataclass(frozen=True)
class Counting:
    """Which files make each day, as all days lay in the lake when `of` looked at them.

    This follows from what lies in the lake alone, not from what the rows say of other days. All days are looked at,
    whichever one is asked about: who asks about many looks once.
    """

    lake: Lake
    first_days: Mapping[str, date]

    @classmethod
    def of(cls, lake: Lake) -> "Counting":
        """As the days lie in the lake now."""
        return cls(lake, _first_days(_stamps(lake), retired_days(lake)))

    def files(self, export_on: date) -> list[Row]:
        """The rows of the files that make a day: each content once, unless an earlier day in the lake holds it."""
        rows = {row["content_sha256"]: row for row in rows_of(self.lake, Partition(DAY, export_on)) if is_held(row)}
        return [row for content, row in rows.items() if self.first_days.get(content, export_on) == export_on]


def hash_of_contents(contents: Iterable[str]) -> str:
    """A short hash of the contents of a day, in whatever order."""
    return fingerprint_of(sorted(contents))


def counted_contents(lake: Lake) -> dict[date, str]:
    """For each day in the lake, a short hash of the contents that it counts."""
    stamps = _stamps(lake)
    first, counted = _first_days(stamps, retired_days(lake)), {stamp[1].on: set[str]() for stamp in stamps}
    held = _held(stamps)
    for on, content in zip(held[DAY].to_pylist(), held["content_sha256"].to_pylist(), strict=True):
        if first.get(content, on) == on:
            counted[on].add(content)
    return {on: hash_of_contents(contents) for on, contents in counted.items()}


def copies_gone(lake: Lake, rows: Iterable[Row]) -> list[Row]:
    """The rows whose copy is no longer in the lake."""
    return [row for row in rows if not kept_path(lake, row).exists()]


def held_elsewhere(lake: Lake, export_on: date, contents: Iterable[str]) -> dict[str, Row]:
    """For each of these contents that other days hold, what the first of them says: day, name and copy."""
    wanted = list(contents)
    if not wanted:
        return {}
    held = _held(_stamps(lake))
    is_wanted = pc.is_in(held["content_sha256"], value_set=pa.array(wanted, pa.string()))
    others = held.filter(pc.and_(is_wanted, pc.not_equal(held[DAY], pa.scalar(export_on, pa.date32()))))
    retired = retired_days(lake)
    found = sorted(others.to_pylist(), key=lambda row: _order(row[DAY], retired), reverse=True)
    return {row["content_sha256"]: row for row in found}


def _order(on: date, retired: Collection[date]) -> tuple[bool, date]:
    """What is less for the day that counts a content."""
    return on not in retired, on


def told_over_days(lake: Lake, export_on: date, rows: Iterable[Row]) -> list[Row]:
    """A day's rows, each that an earlier day counts being marked as its duplicate, and the others not."""
    rows, retired = list(rows), retired_days(lake)
    elsewhere = held_elsewhere(lake, export_on, [row["content_sha256"] for row in rows if is_held(row)])
    return [_told_of(row, elsewhere.get(row["content_sha256"]), retired) if is_held(row) else row for row in rows]


def _told_of(row: Row, other: Row | None, retired: Collection[date]) -> Row:
    if other is None or _order(other[DAY], retired) > _order(row[DAY], retired):
        return {**row, "state": "pulled", "reason": None, "remedy": None}
    reason = f"holds the same as {other['source_file']} of {other[DAY]}, which counts it"
    return {**row, "state": "duplicate", "reason": reason, "remedy": NOTHING_TO_DO}


def tell_other_days(lake: Lake) -> None:
    """Bring the rows of days that hold something in common up to date, whichever of them was pulled last."""
    stamps = _stamps(lake)
    held, several = _held(stamps), pa.array(_first_days(stamps, retired_days(lake)), pa.string())
    may_be_old = pc.or_(pc.is_in(held["content_sha256"], value_set=several), pc.equal(held["state"], "duplicate"))
    for on in sorted(set(held.filter(may_be_old)[DAY].to_pylist())):
        partition = Partition(DAY, on)
        write_rows(lake, partition, told_over_days(lake, on, read_rows(lake, partition)))


def _stamps(lake: Lake) -> tuple[Stamp, ...]:
    """The days of the table, each with what changes when its file is written anew."""
    return tuple((lake, *one) for one in lake.written(KEY, DAY))


@lru_cache(maxsize=4)
def _held(stamps: tuple[Stamp, ...]) -> pa.Table:
    """What all days hold, a row per day and content."""
    return pa.concat_tables([HELD.empty_table(), *(_held_of_day(*stamp) for stamp in stamps)]).combine_chunks()


@lru_cache(maxsize=4)
def _first_days(stamps: tuple[Stamp, ...], retired: frozenset[date]) -> dict[str, date]:
    """The day that counts each content that several days hold."""
    held = _held(stamps)
    days = held.group_by("content_sha256").aggregate([(DAY, "min"), (DAY, "count_distinct")])
    several = days.filter(pc.greater(days[f"{DAY}_count_distinct"], 1))
    first = dict(zip(several["content_sha256"].to_pylist(), several[f"{DAY}_min"].to_pylist(), strict=True))
    of_retired = held.filter(pc.is_in(held[DAY], value_set=pa.array(sorted(retired), pa.date32())))
    for row in of_retired.sort_by([(DAY, "descending")]).select([DAY, "content_sha256"]).to_pylist():
        if row["content_sha256"] in first:
            first[row["content_sha256"]] = row[DAY]
    return first


@lru_cache(maxsize=1 << 14)
def _held_of_day(lake: Lake, partition: Partition, _inode: int, _modified_ns: int) -> pa.Table:
    """What a day holds; its file is read once for as long as it stays the same."""
    return pa.Table.from_pylist([row for row in read_rows(lake, partition) if is_held(row)], schema=HELD)
