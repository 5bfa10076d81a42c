"""The table exports/flow_exports: its columns, its states, and reading a day's rows.

Belongs here: what a row says. Does not belong here: how rows come about (assets.exports.pull, assets.exports.days).
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa

from assets.exports.names import source_key
from assets.ground.lake import CONTENT, Lake, Partition, TableKey, fingerprint_of

KEY: TableKey = ("exports", "flow_exports")
Row = dict[str, Any]
STATES = {
    "pulled": "its content counts for the day",
    "duplicate": "its content counts already, under another name or for an earlier day",
    "withdrawn": "its content was pulled and kept, but its source no longer offers it for the day",
    "quarantined": "it is not a flow export",
    "unreadable": "it can't be read",
    "unstable": "it changed while it was being pulled",
}
"""What a file's state means for what is counted."""
FLOW_EXPORTS = pa.schema(
    [
        pa.field("export_on", pa.date32(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("source_file", pa.string(), nullable=False),
        pa.field("offered_as", pa.string()),
        pa.field("kept_as", pa.string()),
        pa.field("exporter_hint", pa.string()),
        pa.field("format", pa.string()),
        pa.field("is_scaled", pa.bool_()),
        pa.field("deletes_delivered", pa.bool_()),
        pa.field("file_bytes", pa.uint64()),
        pa.field("sha256", pa.string()),
        pa.field("content_sha256", pa.string()),
        pa.field("content_bytes", pa.uint64()),
        pa.field("beginning_sha256", pa.string()),
        pa.field("is_complete", pa.bool_(), nullable=False),
        pa.field("state", pa.string(), nullable=False),
        pa.field("reason", pa.string()),
        pa.field("remedy", pa.string()),
    ]
)
"""One row per content that a day was given, and one per file that is not kept: a second one of a content, or one that
can't be used. `source_file` is the name that a content was first pulled under, `offered_as` the last; `content_sha256`
has the exporter behind an @ where the address of the file names it, and the file itself none."""
UNTOLD = {"content_bytes": None, "beginning_sha256": None}
"""What rows of a lake that was written before do not tell."""
SEEN_BY_CORE = ("source_file", "file_bytes", "sha256", "state", "reason")


def root(lake: Lake) -> Path:
    """The folder that `kept_as` starts at."""
    return lake.root.joinpath(*KEY)


def kept_path(lake: Lake, row: Row) -> Path:
    """The lake's own copy of a row's content."""
    return root(lake) / str(row["kept_as"])


def is_held(row: Row) -> bool:
    """Whether the row's content lies in the lake and is the day's to count, unless an earlier day counts it."""
    return row["kept_as"] is not None and row["state"] in {"pulled", "duplicate"}


def read_rows(lake: Lake, partition: Partition) -> list[Row]:
    """The rows of a day as they were written last; none if the day was never pulled."""
    return rows_of(lake, partition) if lake.path(KEY, partition).exists() else []


def rows_of(lake: Lake, partition: Partition) -> list[Row]:
    """The rows of a day that was pulled; FileNotFoundError says so if it was not."""
    rows = (UNTOLD | row for row in lake.read(KEY, partition).to_pylist())
    return [row if "kept_as" in row else _adopted(row, partition) for row in rows]


def _adopted(row: Row, partition: Partition) -> Row:
    """A row of a lake that was written before copies had names of their own; its content is known by its bytes.

    Its exporter is known again once its source is asked.
    """
    kept = {
        "offered_as": f"{source_key(row['source'])}/{row['source_file']}",
        "kept_as": f"{partition.folder}/files/{row['source_file']}" if row["state"] == "pulled" else None,
        "exporter_hint": None,
        "format": "auto",
        "is_scaled": False,
        "deletes_delivered": False,
        "content_sha256": row["sha256"],
        "is_complete": False,
    }
    return {**row, **kept}


def write_rows(lake: Lake, partition: Partition, rows: Iterable[Row]) -> None:
    """Write a day's rows in the order of their names, unless they stand there already."""
    ordered = sorted(rows, key=lambda row: (row["source_file"], row["content_sha256"] or "", row["state"]))
    of_rows = fingerprint_of(ordered)
    if lake.fingerprint(KEY, partition) == of_rows:
        return
    seen = fingerprint_of([[row[name] for name in SEEN_BY_CORE] for row in ordered])
    table = pa.Table.from_pylist(ordered, schema=FLOW_EXPORTS.with_metadata({CONTENT: seen.encode()}))
    lake.write(KEY, table, fingerprint=of_rows, partition=partition)
