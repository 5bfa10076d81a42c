"""JSON, an object a line or an array of objects, as tables of the fields wanted.

Belongs here: reading blocks at once, and going on behind broken lines. Does not belong here: what the fields mean.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import pyarrow as pa
import pyarrow.json as pajson

from assets.exports.formats._collectors.blocks import Tally, Wanted, normalised

SAMPLED_LINES = 200
SAMPLED_BYTES = 1 << 20
# So few lines are read one by one where one of them is broken; more are halved until the broken ones stand alone.
LINES_ONE_BY_ONE = 64


def json_tables(first: bytes, blocks: Iterable[bytes], wanted: Wanted, tally: Tally) -> Iterator[pa.Table]:
    """The objects of a file, its first block given apart."""
    schema: pa.Schema | None = None
    for block in _one_object_a_line(first, blocks):
        if block.strip():
            schema = schema or _json_schema(block, wanted)
            yield from _json_table(block, schema, tally)


def _json_schema(block: bytes, wanted: Wanted) -> pa.Schema:
    """The types of the wanted fields as the first lines have them, and of those that they lack as is usual."""
    found: dict[str, pa.DataType | None] = {}
    for line in block[:SAMPLED_BYTES].split(b"\n")[:SAMPLED_LINES]:
        for name, value in (_object(line) or {}).items():
            found[name] = found.get(name) or (None if value is None else _json_type(value))
    present = {name: found[name] or usual for name, usual in wanted.known(found).items()}
    spellings = {normalised(name) for name in present}
    lacking = {name: usual for name, usual in wanted.json_types.items() if normalised(name) not in spellings}
    return pa.schema(present | lacking)


def _json_type(value: object) -> pa.DataType:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return pa.bool_() if isinstance(value, bool) else pa.string()
    return pa.int64() if isinstance(value, int) else pa.float64()


def _object(line: bytes) -> dict[str, Any] | None:
    """The JSON object in a line; None if there is none, or one that is nested deeper than any of a flow."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _json_table(block: bytes, schema: pa.Schema, tally: Tally) -> Iterator[pa.Table]:
    options = pajson.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore")
    try:
        table = pajson.read_json(pa.BufferReader(block), parse_options=options)
        table.validate(full=True)
        yield table
        return
    except pa.ArrowException:
        lines = [line for line in block.split(b"\n") if line.strip()]
    if len(lines) <= LINES_ONE_BY_ONE:
        yield _table_of_lines(lines, schema, tally)
        return
    for half in (lines[: len(lines) // 2], lines[len(lines) // 2 :]):
        yield from _json_table(b"\n".join(half) + b"\n", schema, tally)


def _table_of_lines(lines: Sequence[bytes], schema: pa.Schema, tally: Tally) -> pa.Table:
    """Lines read one by one, their values as text; those without an object are counted."""
    objects = [found for line in lines if (found := _object(line)) is not None]
    tally.amiss("lines are not JSON objects", len(lines) - len(objects), _first_broken(lines))
    columns = {name: pa.array([_text(one.get(name)) for one in objects], pa.string()) for name in schema.names}
    return pa.table(columns)


def _first_broken(lines: Sequence[bytes]) -> str:
    broken = next((line for line in lines if _object(line) is None), b"")
    return broken[:40].decode("utf-8", "replace")


def _text(value: object) -> str | None:
    """A value as text; of a list or an object, which no field of a flow is, only that it is one."""
    if value is None or isinstance(value, list | dict):
        return None if value is None else type(value).__name__
    # Half of a surrogate pair, which JSON can spell, is not text that can be kept.
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else json.dumps(value)


def _one_object_a_line(first: bytes, blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Blocks of one object a line, also of an array of objects, each on a line or spread over indented ones."""
    beginning = first.lstrip()
    if beginning.startswith(b"{") and b"}" in beginning.partition(b"\n")[0]:
        yield from chain([first], blocks)
        return
    is_spread = b"}" not in beginning.lstrip(b"[\r\n ").partition(b"\n")[0]
    end, rest = b"\n}" if is_spread else b"}", b""
    for block in chain([first], blocks):
        whole, found, tail = (rest + block.replace(b"\r\n", b"\n")).rpartition(end)
        yield _joined(whole + found) if found else b""
        rest = tail
    yield rest.strip(b", \r\n]")


def _joined(objects: bytes) -> bytes:
    """Objects that stand in an array, without its brackets and commas, each on one line."""
    joined = objects.replace(b"\n\t", b" ").replace(b"\n ", b" ").replace(b"\n}", b"}").replace(b"},\n", b"}\n")
    return joined.lstrip(b"[, \n") + b"\n"
