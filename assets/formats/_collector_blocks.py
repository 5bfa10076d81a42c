"""Files of lines, and Parquet, read a block at a time as tables of the fields asked for.

Belongs here: blocks of whole lines, JSON and separated text, and going on behind lines that are broken.
Does not belong here: what the fields mean.
"""

import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from lzma import LZMAError
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.json as pajson
import pyarrow.parquet as pq

from assets.formats._containers import NotAnExport, open_file
from assets.formats._state import FileOutcome

BLOCK_BYTES = 8 << 20
LARGEST_LINE_BYTES = 8 << 20
SAMPLED_LINES = 200
# So few lines are read one by one where one of them is broken; more are halved until the broken ones stand alone.
LINES_ONE_BY_ONE = 64
PARQUET = b"PAR1"
PARQUET_ROWS = 65_536
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
SEPARATORS = b"\t,; "
JSON_KEY = re.compile(rb'"([^"\\]{1,60})"\s*:')


@dataclass
class Tally:
    """What was amiss in one file: how often, by reason; told when the file is read."""

    malformed: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)

    def amiss(self, reason: str, count: int = 1) -> None:
        """Lines or values that could not be read."""
        if count:
            self.malformed[reason] = self.malformed.get(reason, 0) + count

    def leave_out(self, reason: str, count: int | None) -> None:
        """Rows that were read and are no flows to count."""
        if count:
            self.left_out[reason] = self.left_out.get(reason, 0) + count

    def tell(self, outcome: FileOutcome) -> None:
        outcome.malformed += sum(self.malformed.values())
        for reason, count in (*self.malformed.items(), *self.left_out.items()):
            outcome.note(f"{count} {reason}")


@dataclass(frozen=True)
class Wanted:
    """The fields asked for: for each name its JSON type where no line tells it; and how the lines are."""

    json_types: Mapping[str, pa.DataType]
    header: tuple[str, ...] | None = None
    null_texts: tuple[str, ...] = ("",)
    ends_at: tuple[bytes, ...] = ()


def normalised(name: str) -> str:
    """A field's name without case, "_" and "-", in which the versions of a collector differ."""
    return name.strip().strip('"').replace("_", "").replace("-", "").lower()


def names_in(beginning: bytes) -> frozenset[str]:
    """The normalised names of fields in a file's first object, or in its first line."""
    text = beginning.removeprefix(BYTE_ORDER_MARK).lstrip()
    if text[:1] in {b"{", b"["}:
        first = text.partition(b"\n")[0] if text.startswith(b"{") and b"}" in text.partition(b"\n")[0] else text
        found = JSON_KEY.findall(first if first is not text else text.partition(b"}")[0])
    else:
        line = text.partition(b"\n")[0]
        found = line.split(_separator(line))
    return frozenset(normalised(name.decode("utf-8", "replace")) for name in found)


def _separator(header: bytes) -> bytes:
    return next((SEPARATORS[at : at + 1] for at in range(len(SEPARATORS)) if SEPARATORS[at] in header), b",")


def tables(path: Path, wanted: Wanted, tally: Tally) -> Iterator[pa.Table]:
    """The fields that a file has of those wanted, named as they are there, a block at a time."""
    with path.open("rb") as stream:
        if stream.read(len(PARQUET)) == PARQUET:
            yield from _parquet_tables(path, wanted)
            return
    blocks = _until_the_end(_blocks(path, tally), wanted.ends_at)
    first = next(blocks, b"")
    if first.lstrip()[:1] in {b"{", b"["}:
        lines = map(_one_object_a_line, chain([first], blocks))
        yield from _json_tables(lines, wanted, tally)
    else:
        yield from _separated_tables(first, blocks, wanted, tally)


def _blocks(path: Path, tally: Tally) -> Iterator[bytes]:
    """Blocks of whole lines."""
    rest = BYTE_ORDER_MARK
    with open_file(path) as stream:
        while chunk := _read(stream, tally):
            head, newline, tail = chunk.rpartition(b"\n")
            if newline:
                yield (rest + head + newline).removeprefix(BYTE_ORDER_MARK)
                rest = tail
            else:
                rest += chunk
            if len(rest) > LARGEST_LINE_BYTES:
                raise NotAnExport(f"{path}: has a line of over {LARGEST_LINE_BYTES} bytes; give it one flow a line")
    rest = rest.removeprefix(BYTE_ORDER_MARK)
    if rest:
        yield rest + b"\n"


def _read(stream: IO[bytes], tally: Tally) -> bytes:
    """The next bytes; where a compressed file is cut off or damaged, what came before it counts."""
    try:
        return stream.read(BLOCK_BYTES)
    except (OSError, EOFError, zlib.error, LZMAError, pa.ArrowException) as error:
        if isinstance(error, OSError) and error.errno:
            raise
        tally.amiss(f"damage in the compressed file ({error}); what stands behind it is lost, fetch the file again")
        return b""


def _until_the_end(blocks: Iterable[bytes], ends_at: Sequence[bytes]) -> Iterator[bytes]:
    """Blocks up to the line with which the writer ends its flows."""
    for block in blocks:
        found = [at for end in ends_at if (at := (b"\n" + block).find(b"\n" + end)) >= 0]
        if found:
            yield block[: min(found)]
            return
        yield block


def _one_object_a_line(block: bytes) -> bytes:
    """Objects of an array, one behind another or spread over indented lines, as one line each without commas."""
    if block[:1] not in {b"[", b"]", b"\t", b" ", b"}"} and not block.startswith((b"{\n", b"{\r\n", b"},")):
        return block
    joined = block.replace(b"\r\n", b"\n").replace(b"\n\t", b" ").replace(b"\n ", b" ").replace(b"{\n", b"{")
    joined = joined.replace(b"\n}", b"}").replace(b"},\n", b"}\n").removeprefix(b"[")
    return joined.rstrip().removesuffix(b"]") + b"\n"


def _json_tables(blocks: Iterable[bytes], wanted: Wanted, tally: Tally) -> Iterator[pa.Table]:
    schema: pa.Schema | None = None
    for block in blocks:
        schema = schema or _json_schema(block, wanted)
        yield from _json_table(block, schema, tally)


def _json_schema(block: bytes, wanted: Wanted) -> pa.Schema:
    """The types of the wanted fields as the first lines have them, and of those that they lack as is usual."""
    types: dict[str, pa.DataType] = {}
    by_name = {normalised(name): name for name in wanted.json_types}
    for line in block[: 1 << 20].split(b"\n")[:SAMPLED_LINES]:
        for name, value in (_object(line) or {}).items():
            if normalised(name) in by_name and value is not None:
                types.setdefault(name, _json_type(value))
    present = {normalised(name) for name in types}
    usual = {name: usual for name, usual in wanted.json_types.items() if normalised(name) not in present}
    return pa.schema(types | usual)


def _json_type(value: object) -> pa.DataType:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return pa.bool_() if isinstance(value, bool) else pa.string()
    return pa.int64() if isinstance(value, int) else pa.float64()


def _object(line: bytes) -> dict[str, Any] | None:
    """The JSON object in a line; None if there is none."""
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _json_table(block: bytes, schema: pa.Schema, tally: Tally) -> Iterator[pa.Table]:
    options = pajson.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore")
    try:
        yield pajson.read_json(pa.BufferReader(block), parse_options=options)
        return
    except pa.ArrowInvalid:
        lines = [line for line in block.split(b"\n") if line.strip()]
    if len(lines) <= LINES_ONE_BY_ONE:
        yield _table_of_lines(lines, schema, tally)
        return
    for half in (lines[: len(lines) // 2], lines[len(lines) // 2 :]):
        yield from _json_table(b"\n".join(half) + b"\n", schema, tally)


def _table_of_lines(lines: Sequence[bytes], schema: pa.Schema, tally: Tally) -> pa.Table:
    """Lines read one by one, their values as text; those without an object are counted."""
    objects = [found for line in lines if (found := _object(line)) is not None]
    tally.amiss("lines are no JSON object (first seen: " + _shown(lines) + ")", len(lines) - len(objects))
    columns = {name: pa.array([_text(one.get(name)) for one in objects], pa.string()) for name in schema.names}
    return pa.table(columns)


def _shown(lines: Sequence[bytes]) -> str:
    broken = next((line for line in lines if _object(line) is None), b"")
    return repr(broken[:40].decode("utf-8", "replace"))


def _text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _separated_tables(
    first: bytes, blocks: Iterable[bytes], wanted: Wanted, tally: Tally
) -> Iterator[pa.Table]:
    header, _, rest = first.partition(b"\n")
    separator = _separator(header)
    names = [name.strip().strip('"') for name in header.decode("utf-8", "replace").split(separator.decode())]
    if wanted.header is not None and not {normalised(name) for name in names} & _known(wanted):
        names, rest = list(wanted.header), first
    for block in chain([rest], blocks):
        if block.strip():
            yield _separated_table(block, _unlike(names), separator, b'"' in header, wanted, tally)


def _known(wanted: Wanted) -> set[str]:
    return {normalised(name) for name in wanted.json_types}


def _unlike(names: Sequence[str]) -> list[str]:
    """Names, of which a repeated one gets its place behind it; the first one is read."""
    return [name if names.index(name) == at else f"{name}#{at}" for at, name in enumerate(names)]


def _separated_table(
    block: bytes, names: list[str], separator: bytes, is_quoted: bool, wanted: Wanted, tally: Tally
) -> pa.Table:
    """A block as a table: numbers as numbers, unless one of them is none; then all values are text."""
    known = {normalised(name): usual for name, usual in wanted.json_types.items()}
    usual = {name: known[normalised(name)] for name in names if normalised(name) in known}
    odd: list[str] = []

    def pass_over(row: pacsv.InvalidRow) -> str:
        odd.append(f"{row.actual_columns} fields where the header names {row.expected_columns}")
        return "skip"

    def read(content: bytes, types: Mapping[str, pa.DataType]) -> pa.Table:
        odd.clear()
        return pacsv.read_csv(
            pa.BufferReader(content),
            read_options=pacsv.ReadOptions(column_names=names),
            parse_options=pacsv.ParseOptions(
                delimiter=separator.decode(), quote_char='"' if is_quoted else False, invalid_row_handler=pass_over
            ),
            convert_options=pacsv.ConvertOptions(
                include_columns=list(usual),
                column_types=types,
                null_values=list(wanted.null_texts),
                strings_can_be_null=True,
            ),
        )

    try:
        table = read(block, usual)
    except pa.ArrowInvalid:
        table = read(block.decode("utf-8", "replace").encode(), dict.fromkeys(usual, pa.string()))
    for reason in odd:
        tally.amiss(f"lines have {reason}")
    return table


def _parquet_tables(path: Path, wanted: Wanted) -> Iterator[pa.Table]:
    try:
        opened = pq.ParquetFile(path)
    except (OSError, pa.ArrowException) as error:
        raise NotAnExport(f"{path}: can't be read as Parquet ({error}); fetch the file again") from error
    with opened as file:
        known = {normalised(name) for name in wanted.json_types}
        columns = [name for name in file.schema_arrow.names if normalised(name) in known]
        for batch in file.iter_batches(PARQUET_ROWS, columns=columns):
            yield pa.Table.from_batches([batch])
