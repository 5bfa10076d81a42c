"""Letting the lake's exports go: records become an empty table that says so, copies of files are deleted.

Belongs here: which days' exports go, and everything in the state that holds them. Does not belong here: what telling a
retired day takes (assets.exports.retired_days), addresses in the warehouse (assets.warehouse.address_retention).
"""

import contextlib
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from assets.exports import formats
from assets.exports.day_inputs import STATE, days_of_replaced_plans, days_that_count_other_files
from assets.exports.days import Counting
from assets.exports.retired_days import DAY, RECORDS, RETIRED, retired_days
from assets.exports.rows import KEY as FLOW_EXPORTS
from assets.exports.rows import Row, is_held, kept_path, read_rows, root
from assets.exports.sources import LANDED, landed_of_days
from assets.ground.lake import Lake, Partition, TableKey
from assets.ground.workspace import Workspace
from assets.warehouse.address_contract import EXPORT_TABLES, export_tables_with_addresses
from assets.warehouse.inputs import core_days, days_without_losses
from assets.warehouse.ledger import built_in

TABLES = (*EXPORT_TABLES, FLOW_EXPORTS)
REASON = ".reason.txt"


@dataclass(frozen=True)
class ExportsLetGo:
    """Export days whose exports were let go, and those that are due but not in core as they would be built now."""

    days: list[date]
    not_in_core: list[date]
    files: int
    file_bytes: int


def let_exports_go(workspace: Workspace, *, before: date) -> ExportsLetGo:
    """Let go of the exports of all days before one: records, copies of files, what was set aside, flows in states.

    A day stays in core, marts and sketches as it was made; its health, losses and datagram hashes stay in the lake. A
    day that core does not hold as it would be built now is left, and told. Records go first, each day's at once, and
    say that the rest is to go: after a kill the next call completes it.
    """
    return let_exports_of_days_go(workspace, [day for day in _days_with_exports(workspace) if day < before])


def let_exports_of_days_go(workspace: Workspace, days: Collection[date]) -> ExportsLetGo:
    """The same of some days, whatever their age."""
    lake = workspace.lake
    due = {*days} - retired_days(lake)
    current = days_in_core(workspace) if due else set()
    ready = sorted(due & current)
    for day in ready:
        for key in export_tables_with_addresses():
            _empty(lake, key, Partition(DAY, day))
    files, file_bytes = _delete(_files_to_go(workspace))
    retired = retired_days(lake)
    for day in sorted(retired):
        _forget_flows(lake, day, retired)
    return ExportsLetGo(ready, sorted(due - current), files, file_bytes)


def _days_with_exports(workspace: Workspace) -> set[date]:
    """The days of which the lake has records or copies, or something was set aside."""
    lake, found = workspace.lake, set[date]()
    for key in (RECORDS, FLOW_EXPORTS):
        found |= {partition.on for partition in lake.partitions(key, DAY)}
    with contextlib.suppress(FileNotFoundError):
        found |= {date.fromisoformat(folder.name) for folder in workspace.quarantine.iterdir()}
    return found


def days_in_core(workspace: Workspace) -> set[date]:
    """The export days that core holds as it would be built now, of all files that were pulled for them."""
    lake = workspace.lake
    built = built_in(workspace.warehouse, "core")
    current = {date.fromisoformat(day) for day, notes in core_days(workspace).items() if built.get(day) == notes}
    not_decoded = days_that_count_other_files(lake)
    return current - {*days_of_replaced_plans(lake), *days_without_losses(workspace), *not_decoded}


def _empty(lake: Lake, key: TableKey, partition: Partition) -> None:
    """Put an empty table in place of a day's, which says of itself what the day's did, and what its rows were."""
    path = lake.path(key, partition)
    schema = pq.read_schema(path)
    rows = {"records": pq.read_metadata(path).num_rows}
    if "bytes" in schema.names:
        rows["bytes"] = pc.sum(pq.read_table(path, columns=["bytes"], partitioning=None)["bytes"]).as_py() or 0
    notes = {**(schema.metadata or {}), RETIRED: json.dumps(rows).encode()}
    fingerprint = lake.fingerprint(key, partition) or ""
    lake.write(key, schema.with_metadata(notes).empty_table(), fingerprint=fingerprint, partition=partition)


def _files_to_go(workspace: Workspace) -> set[Path]:
    """Of retired days: copies that no other day counts, what was set aside, and what killed runs left half written."""
    lake, retired = workspace.lake, retired_days(workspace.lake)
    found = {kept_path(lake, row) for row in _rows_of_retired_contents(lake, retired)}
    for day in retired:
        partition = Partition(DAY, day)
        found |= _files_below(root(lake) / partition.folder / "files")
        found |= {one for one in _files_below(workspace.quarantine / str(day)) if not one.name.endswith(REASON)}
        found |= {one for key in TABLES for one in lake.path(key, partition).parent.glob(".*.writing")}
    found |= landed_of_days(workspace.state / LANDED, retired, found)
    live = [partition.on for partition in lake.partitions(FLOW_EXPORTS, DAY) if partition.on not in retired]
    counting = Counting.of(lake)
    return found - {kept_path(lake, row) for day in live for row in counting.files(day)}


def _rows_of_retired_contents(lake: Lake, retired: frozenset[date]) -> list[Row]:
    """The rows of all days, with a copy, whose content a retired day holds."""
    rows = {day.on: read_rows(lake, day) for day in lake.partitions(FLOW_EXPORTS, DAY)}
    contents = {row["content_sha256"] for day in retired for row in rows.get(day, []) if is_held(row)}
    return [row for of_day in rows.values() for row in of_day if row["kept_as"] and row["content_sha256"] in contents]


def _files_below(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if not path.is_dir()}


def _delete(paths: Iterable[Path]) -> tuple[int, int]:
    """Delete files that are there, and folders that are then empty; how many, and of how many bytes."""
    files = file_bytes = 0
    for path in sorted(paths):
        if path.exists():
            files, file_bytes = files + 1, file_bytes + path.stat().st_size
            path.unlink()
            _remove_empty_folders(path.parent)
    return files, file_bytes


def _remove_empty_folders(folder: Path) -> None:
    while not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def _forget_flows(lake: Lake, day: date, retired: frozenset[date]) -> None:
    """Take the flows out of what a day leaves to a next one that is retired too; to any other, their keys as hashes."""
    partition = Partition(DAY, day)
    if not lake.path(STATE, partition).exists():
        return
    table = lake.read(STATE, partition)
    content = table["state"][0].as_py()
    rest = formats.without_flows(content) if day + timedelta(days=1) in retired else formats.of_this_layout(content)
    if rest != content:
        states = pa.array([rest], table.schema.field("state").type)
        table = table.set_column(table.schema.get_field_index("state"), table.schema.field("state"), states)
        lake.write(STATE, table, fingerprint=lake.fingerprint(STATE, partition) or "", partition=partition)
