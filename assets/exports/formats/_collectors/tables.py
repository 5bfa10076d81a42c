"""A collector's file as tables of the fields wanted, by what it is: JSON, separated text or Parquet.

Belongs here: telling them apart, and the names of fields in a file's beginning. Does not belong here: what they mean.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from assets.exports.formats._collectors.blocks import Tally, Wanted, blocks, normalised, until_the_end
from assets.exports.formats._collectors.json import json_tables
from assets.exports.formats._collectors.separated import separated_tables, separator_of
from assets.exports.formats._containers import BYTE_ORDER_MARK, NotAnExport

PARQUET = b"PAR1"
PARQUET_ROWS = 65_536
JSON_KEY = re.compile(rb'"([^"\\]{1,60})"\s*:')


def names_in(beginning: bytes) -> frozenset[str]:
    """The normalised names of fields in a file's first object, or in its first line."""
    text = beginning.removeprefix(BYTE_ORDER_MARK).lstrip()
    line = text.partition(b"\n")[0]
    if text[:1] in {b"{", b"["}:
        found = JSON_KEY.findall(line if b"}" in line else text.partition(b"}")[0])
    else:
        found = line.split(separator_of(line))
    return frozenset(normalised(name.decode("utf-8", "replace")) for name in found)


def tables(path: Path, wanted: Wanted, tally: Tally) -> Iterator[pa.Table]:
    """The fields that a file has of those wanted, named as they are there, a block at a time."""
    with path.open("rb") as stream:
        if stream.read(len(PARQUET)) == PARQUET:
            yield from _parquet_tables(path, wanted, tally)
            return
    found = until_the_end(blocks(path, tally), wanted.ends_at)
    first = next(found, b"")
    if first.lstrip()[:1] in {b"{", b"["}:
        yield from json_tables(first, found, wanted, tally)
    else:
        yield from separated_tables(first, found, wanted, tally)


def _parquet_tables(path: Path, wanted: Wanted, tally: Tally) -> Iterator[pa.Table]:
    try:
        opened = pq.ParquetFile(path)
    except (OSError, pa.ArrowException) as error:
        raise NotAnExport(f"{path}: can't be read as Parquet ({error}); fetch the file again") from error
    with opened as file:
        columns = list(wanted.known(file.schema_arrow.names))
        for number in range(file.num_row_groups):
            try:
                for batch in file.iter_batches(PARQUET_ROWS, row_groups=[number], columns=columns):
                    yield pa.Table.from_batches([batch])
            except (OSError, pa.ArrowException) as error:
                reason = f"row group {number + 1} of the Parquet can't be read ({' '.join(str(error).split())})"
                tally.lose("damaged_block", reason)
