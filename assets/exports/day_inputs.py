"""What a day's records are made from, and whether a day is what would be made now.

Belongs here: which files, plan, decoder state and neighbouring days make a day, by what lies in the lake. Does not
belong here: decoding a day (assets.exports.decoded_day).
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from assets.exports import formats
from assets.exports.days import Counting, counted_contents
from assets.exports.retired_days import DAY as DAY
from assets.exports.retired_days import RECORDS as RECORDS
from assets.exports.retired_days import retired_days
from assets.ground.addresses import sixteen_bytes
from assets.ground.lake import CONTENT, Lake, Partition, fingerprint_of
from assets.operator import Operator

HEALTH = ("exports", "export_health")
STATE = ("exports", "decoder_state")
LOSSES = ("exports", "export_losses")
HASHES = ("exports", "datagram_hashes")
MADE = (HEALTH, LOSSES, HASHES, STATE, RECORDS)
ADDRESS_RANGES = ("registry", "address_ranges")
RESOLVED_WITH = b"network_stats.resolved_with"
"""What flow_records say of the plan whose ranges they name: its date, and the hash of its rows."""
COUNTED = b"network_stats.counted"
"""What flow_records say of the contents that they were made from, as assets.exports.days does of those that count."""
TOLD_LATER = b"network_stats.told_later"
"""What flow_records say of what the next day told of what theirs missed, as a hash."""
SENT_ON = b"network_stats.sent_on"
"""What datagram_hashes say of the days of their datagrams' clocks, as days since 1970."""
COMPARED = b"network_stats.compared"
"""What datagram_hashes say of the earlier days that had datagrams of the same days, and of their content."""
DECODED_FROM = ("source_file", "content_sha256", "exporter_hint", "is_scaled", "format")
"""What of a file's row its records follow from; not how it is compressed or where it is offered."""


@dataclass(frozen=True)
class Inputs:
    """What a day's records are made from; the same inputs give the same bytes.

    `told_later` is what the next day tells of templates and sampling that this one missed.
    """

    export_on: date
    files: list[dict[str, Any]]
    plan_as_of: date
    resolved_with: str
    state_before: bytes | None
    told_later: bytes
    out_counters: Mapping[bytes, str]
    fingerprint: str

    @property
    def partition(self) -> Partition:
        return Partition(DAY, self.export_on)

    @property
    def told_later_hash(self) -> str:
        return fingerprint_of(self.told_later.hex())

    @property
    def contents(self) -> list[str]:
        return [row["content_sha256"] for row in self.files]


def inputs_of_day(lake: Lake, operator: Operator, export_on: date, code: str, counting: Counting) -> Inputs:
    """The files that count for the day, the plan in force on it, and what the days around it tell."""
    files = counting.files(export_on)
    plan_as_of = plan_in_force(lake, export_on)
    state_before = _state(lake, export_on - timedelta(days=1))
    told_later = _told_later(lake, export_on)
    resolved_with = _plan_as_it_is(lake, plan_as_of)
    out_counters = out_counters_of(operator)
    of_inputs = fingerprint_of(
        code,
        [[row[name] for name in DECODED_FROM] for row in files],
        resolved_with,
        state_before.hex() if state_before else None,
        told_later.hex(),
        {exporter.hex(): meaning for exporter, meaning in out_counters.items()},
    )
    return Inputs(export_on, files, plan_as_of, resolved_with, state_before, told_later, out_counters, of_inputs)


def out_counters_of(operator: Operator) -> dict[bytes, str]:
    """By exporter (16 bytes) what the operator's rows say of its OUT counters."""
    return {sixteen_bytes(one.exporter): one.out_counters for one in operator.exporters if one.out_counters}


def _state(lake: Lake, export_on: date, column: str = "state") -> bytes | None:
    partition = Partition(DAY, export_on)
    if lake.fingerprint(STATE, partition) is None:
        return None
    table = lake.read(STATE, partition)
    return bytes(table[column][0].as_py()) if column in table.column_names else None


def _told_later(lake: Lake, export_on: date) -> bytes:
    """What the next day tells for the first time of what this day asked for in vain (docs/decisions/0007)."""
    missed, own = _state(lake, export_on, "missed"), _state(lake, export_on)
    after = _state(lake, export_on + timedelta(days=1))
    if missed is None or own is None or after is None:
        return b""
    return formats.told_of_missed(missed, own, after)


def _plan_as_it_is(lake: Lake, plan_as_of: date) -> str:
    return f"{plan_as_of} {lake.note_of(ADDRESS_RANGES, CONTENT, Partition('plan_as_of', plan_as_of))}"


def days_of_replaced_plans(lake: Lake) -> list[date]:
    """The export days whose records name ranges of a plan that has since been made anew under its date.

    Numbers of ranges mean something else in it: such a day must be resolved again before anything is made of it. A day
    whose exports were let go names none any more.
    """
    plans = {_plan_as_it_is(lake, plan.on) for plan in lake.partitions(ADDRESS_RANGES, "plan_as_of")}
    retired = retired_days(lake)
    days = [day for day in lake.partitions(RECORDS, DAY) if day.on not in retired]
    return [day.on for day in days if lake.note_of(RECORDS, RESOLVED_WITH, day) not in plans]


def days_that_count_other_files(lake: Lake) -> list[date]:
    """The days whose records are not of the files that count now.

    Another day took or left some of them, or the run that pulled them was killed before it decoded them.
    """
    made = {day.on: lake.note_of(RECORDS, COUNTED, day) for day in lake.partitions(RECORDS, DAY)}
    counted = counted_contents(lake).items()
    return [on for on, contents in counted if on not in made or made[on] not in {None, contents}]


def plan_in_force(lake: Lake, export_on: date) -> date:
    """The date of the newest plan not after a day, or of the first plan for a day before it."""
    plans = [partition.on for partition in lake.partitions(ADDRESS_RANGES, "plan_as_of")]
    if not plans:
        raise FileNotFoundError("registry/address_ranges has not been made; materialize it first")
    return max((plan for plan in plans if plan <= export_on), default=plans[0])


def is_made(lake: Lake, inputs: Inputs) -> bool:
    """Whether the day has records, whatever they were made from."""
    return lake.fingerprint(RECORDS, inputs.partition) is not None


def is_told_more(lake: Lake, inputs: Inputs) -> bool:
    """Whether the next day tells something else of what the day missed than when it was made."""
    return is_made(lake, inputs) and lake.note_of(RECORDS, TOLD_LATER, inputs.partition) != inputs.told_later_hash


def is_current(lake: Lake, inputs: Inputs) -> bool:
    """Whether all of the day was made from these inputs; a killed run leaves at most some of it."""
    resolved_with = lake.note_of(RECORDS, RESOLVED_WITH, inputs.partition)
    made = (lake.fingerprint(key, inputs.partition) for key in MADE)
    return (
        resolved_with == inputs.resolved_with
        and all(of_inputs == inputs.fingerprint for of_inputs in made)
        and lake.note_of(HASHES, COMPARED, inputs.partition) == compared(lake, inputs.export_on)
    )


def compared(lake: Lake, export_on: date, sent_on: frozenset[int] | None = None) -> str:
    """The earlier days that have datagrams of the same days as a day's own, each with its content, as text."""
    own = sent_on_days(lake, export_on) if sent_on is None else sent_on
    near = {day + step for day in own for step in (-1, 0, 1)}
    found = {
        one.partition.on.isoformat(): lake.note_of(HASHES, CONTENT, one.partition)
        for one in lake.written(HASHES, DAY)
        if one.partition.on < export_on and near & _sent_on_days(lake, *one)
    }
    return json.dumps(found)


def days_to_compare_again(lake: Lake, made: Collection[date]) -> set[date]:
    """The later days whose datagrams were compared with those of a day that was made anew since.

    What such a day counts may now be counted by the earlier one too, or be left out though that one lost it.
    """
    spoken = {day + step for export_on in made for day in sent_on_days(lake, export_on) for step in (-1, 0, 1)}
    later = [one for one in lake.written(HASHES, DAY) if one.partition.on > min(made, default=one.partition.on)]
    days = [one.partition for one in later if spoken & _sent_on_days(lake, *one) or _compared_then(lake, *one) != "{}"]
    return {one.on for one in days if lake.note_of(HASHES, COMPARED, one) != compared(lake, one.on)}


def earlier_days(lake: Lake, export_on: date) -> list[formats.EarlierDay]:
    """The datagrams of all earlier days, each loaded when it is asked for."""
    earlier = [one for one in lake.written(HASHES, DAY) if one.partition.on < export_on]
    return [formats.EarlierDay(_sent_on_days(lake, *one), _loader(lake, one.partition)) for one in earlier]


def _loader(lake: Lake, partition: Partition) -> Any:
    def load(day: int | None) -> Any:
        sent_on = None if day is None else pc.field("sent_on") == date(1970, 1, 1) + timedelta(days=day)
        table = pq.read_table(lake.path(HASHES, partition), filters=sent_on, partitioning=None)
        return np.sort(table["hash"].to_numpy())

    return load


def sent_on_days(lake: Lake, export_on: date) -> frozenset[int]:
    """The days of the clocks of a day's datagrams; none if the day has not been made."""
    path = lake.path(HASHES, Partition(DAY, export_on))
    if not path.exists():
        return frozenset()
    written = path.stat()
    return _sent_on_days(lake, Partition(DAY, export_on), written.st_ino, written.st_mtime_ns)


@lru_cache(maxsize=1 << 14)
def _sent_on_days(lake: Lake, partition: Partition, _inode: int, _modified_ns: int) -> frozenset[int]:
    """The same, read once for as long as the file stays the same."""
    return frozenset(json.loads(lake.note_of(HASHES, SENT_ON, partition) or "[]"))


@lru_cache(maxsize=1 << 14)
def _compared_then(lake: Lake, partition: Partition, _inode: int, _modified_ns: int) -> str | None:
    return lake.note_of(HASHES, COMPARED, partition)
