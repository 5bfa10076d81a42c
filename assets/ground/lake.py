"""The lake: Parquet files by key and partition, each written atomically with the fingerprint of its inputs.

Belongs here: where a table's file lies, how it is written and what it says of its own making.
Does not belong here: what a table means or how it is computed; what is half written (assets.ground.unfinished).
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from assets.ground.damage import telling_damage
from assets.ground.unfinished import remove, writing_beside

TableKey = tuple[str, str]
FINGERPRINT = b"network_stats.fingerprint"
CONTENT = b"network_stats.content"
COMPRESSION_LEVEL = 1
FOR_OWNER = 0o600
ROW_GROUP_ROWS = 1 << 17


@dataclass(frozen=True)
class Partition:
    """The one column and value that a file of a table holds, such as export_on 2025-08-01."""

    column: str
    on: date

    @property
    def folder(self) -> str:
        return f"{self.column}={self.on.isoformat()}"


class Written(NamedTuple):
    """A partition whose file was written, and what changes when it is written anew."""

    partition: Partition
    inode: int
    modified_ns: int


@dataclass(frozen=True)
class Lake:
    """The Parquet files of one operator's state, at `<root>/<group>/<table>/[<partition>/]<table>.parquet`."""

    root: Path

    def path(self, key: TableKey, partition: Partition | None = None) -> Path:
        """The file of a table's partition, whether it exists or not."""
        folder = self.root.joinpath(*key)
        return (folder / partition.folder if partition else folder) / f"{key[-1]}.parquet"

    def partitions(self, key: TableKey, column: str) -> list[Partition]:
        """The partitions of a table that have been written, oldest first."""
        return [one.partition for one in self.written(key, column)]

    def written(self, key: TableKey, column: str) -> list[Written]:
        """The partitions of a table that have been written, oldest first, each with what changes when its file does.

        It is asked for each day of a run about all days, therefore of the file system and not of paths.
        """
        folder, prefix, found = f"{self.root}/{'/'.join(key)}", f"{column}=", list[Written]()
        names = os.listdir(folder) if os.path.isdir(folder) else []  # noqa: PTH112, PTH208
        for name in sorted(name for name in names if name.startswith(prefix)):
            # A folder without its file is of a run that was killed, or that is writing.
            with suppress(FileNotFoundError, NotADirectoryError):
                file = os.stat(f"{folder}/{name}/{key[-1]}.parquet")  # noqa: PTH116
                partition = Partition(column, date.fromisoformat(name.removeprefix(prefix)))
                found.append(Written(partition, file.st_ino, file.st_mtime_ns))
        return found

    def fingerprint(self, key: TableKey, partition: Partition | None = None) -> str | None:
        """What the inputs of a written file were, as it was told when written; None if there is no file."""
        return self.note_of(key, FINGERPRINT, partition)

    def note_of(self, key: TableKey, name: bytes, partition: Partition | None = None) -> str | None:
        """What a written file says under a name of its schema's metadata; None if it says nothing or is not there."""
        path = self.path(key, partition)
        if not path.exists():
            return None
        with telling_damage(path, pa.ArrowInvalid):
            noted = (pq.read_schema(path).metadata or {}).get(name)
        return noted.decode() if noted else None

    def read(self, key: TableKey, partition: Partition | None = None) -> pa.Table:
        """A written file as a table; FileNotFoundError names the table that must be made first."""
        path = self.path(key, partition)
        if not path.exists():
            where = f" of {partition.folder}" if partition else ""
            raise FileNotFoundError(f"{'/'.join(key)}{where} has not been made; materialize it first ({path})")
        with telling_damage(path, pa.ArrowInvalid):
            return pq.ParquetFile(path).read()

    def write(self, key: TableKey, table: pa.Table, *, fingerprint: str, partition: Partition | None = None) -> None:
        """Write a table whole, in place of what stood there."""
        with self.writer(key, table.schema, fingerprint=fingerprint, partition=partition) as write:
            write(table)

    @contextmanager
    def writer(
        self, key: TableKey, schema: pa.Schema, *, fingerprint: str, partition: Partition | None = None
    ) -> Iterator["TableWriter"]:
        """Write a table by blocks; it takes its place only when the block ends without an error."""
        path = self.path(key, partition)
        noted_schema = schema.with_metadata({**(schema.metadata or {}), FINGERPRINT: fingerprint.encode()})
        with (
            replacing(path) as temporary,
            pq.ParquetWriter(
                temporary, noted_schema, compression="zstd", compression_level=COMPRESSION_LEVEL, store_schema=True
            ) as parquet,
        ):
            temporary.chmod(FOR_OWNER)
            writer = TableWriter(parquet, noted_schema)
            yield writer
            writer.finish()


@dataclass
class TableWriter:
    """Takes tables and batches for one open file, and counts their rows."""

    parquet: pq.ParquetWriter
    schema: pa.Schema
    rows: int = 0
    waiting: list[pa.Table] = field(default_factory=list)

    def __call__(self, block: pa.Table | pa.RecordBatch) -> None:
        table = pa.Table.from_batches([block]) if isinstance(block, pa.RecordBatch) else block
        self.rows += table.num_rows
        self.waiting.append(table.replace_schema_metadata(self.schema.metadata))
        if sum(one.num_rows for one in self.waiting) >= ROW_GROUP_ROWS:
            self.finish()

    def finish(self) -> None:
        """Write what waits as one row group; small ones cost more than their rows."""
        if self.waiting:
            self.parquet.write_table(pa.concat_tables(self.waiting).unify_dictionaries(), row_group_size=ROW_GROUP_ROWS)
            self.waiting.clear()


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary name beside `path` that takes its place when the block ends without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = writing_beside(path)
    # A killed process of this number may have left one, which DuckDB would go on with.
    remove(temporary)
    try:
        yield temporary
        temporary.replace(path)
    finally:
        remove(temporary)


def fingerprint_of(*parts: object) -> str:
    """A short hash of inputs (text, numbers, dates, and lists or mappings of them)."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:32]


def telling_content(table: pa.Table) -> pa.Table:
    """The table with a short hash of its rows in its schema, which stays when they are made in another way."""
    rows, sink = table.replace_schema_metadata(None).combine_chunks(), pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as stream:
        stream.write_table(rows)
    content = hashlib.sha256(sink.getvalue()).hexdigest()[:32]
    return table.replace_schema_metadata({**(table.schema.metadata or {}), CONTENT: content.encode()})


def sha256_of_file(path: Path) -> str:
    """The hash of a file's bytes, as hexadecimal text."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def fingerprint_of_files(paths: Iterable[Path]) -> str:
    """A short hash of the names and bytes of files, whatever their order."""
    return fingerprint_of(sorted((path.name, sha256_of_file(path)) for path in paths))
