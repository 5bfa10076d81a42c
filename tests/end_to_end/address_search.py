"""Looking for addresses of hosts in everything that lies below a state.

Belongs here: reading files, whatever they are. Does not belong here: which addresses are looked for.
"""

import ipaddress
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from assets.warehouse.database import connected

V4_PREFIX = bytes(10) + b"\xff\xff"
WRITTEN_PREFIX = repr(V4_PREFIX)[2:-1].encode()
RAW_V4 = re.compile(rb"(?s)(?=\x00{10}\xff\xff(.{4}))")
DIGITS_V4 = re.compile(rb"(?i)0{20}ffff([0-9a-f]{8})")
TEXT_V4 = re.compile(rb"(?<![0-9.])[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}(?![0-9]|\.[0-9])")
TEXT_V6 = re.compile(rb"[0-9a-fA-F:]{4,39}")
HEXADECIMAL = re.compile(rb"(?:[0-9a-f]{2}){20,}")
COLUMNS = """
select schema_name, table_name, column_name
from duckdb_columns() inner join duckdb_tables() using (schema_name, table_name)
where data_type in ('BLOB', 'VARCHAR')
"""


def files_with(state: Path, addresses: Iterable[bytes]) -> set[str]:
    """The files below a folder that hold one of these addresses (16 bytes, IPv4 mapped), raw or as text."""
    wanted = set(addresses)
    files = [path for path in state.rglob("*") if path.is_file()]
    return {str(path.relative_to(state)) for path in files if any(_holds(part, wanted) for part in _parts(path))}


def _holds(content: bytes, wanted: set[bytes]) -> bool:
    v6 = [one for one in wanted if not one.startswith(V4_PREFIX)]
    return (
        any(V4_PREFIX + last in wanted for last in RAW_V4.findall(content))
        or any(V4_PREFIX + bytes.fromhex(last.decode()) in wanted for last in DIGITS_V4.findall(content))
        or any(_packed(text) in wanted for text in TEXT_V4.findall(content))
        or any(_packed(text) in wanted for text in TEXT_V6.findall(content) if text.count(b":") > 1)
        or any(one in content or one.hex().encode() in content for one in v6)
        or (WRITTEN_PREFIX in content and any(repr(one)[2:-1].encode() in content for one in wanted))
    )


def _packed(text: bytes) -> bytes:
    try:
        packed = ipaddress.ip_address(text.decode()).packed
    except ValueError:
        return b""
    return packed if len(packed) == len(V4_PREFIX) + 4 else V4_PREFIX + packed


def _parts(path: Path) -> Iterator[bytes]:
    """A file's bytes, and the values of its columns where it has any."""
    yield path.read_bytes()
    if path.suffix == ".parquet":
        table = pq.ParquetFile(path).read()
        yield b"\n".join(
            _values(value for column in table.columns for value in set(map(_hashable, column.to_pylist())))
        )
    if path.suffix == ".duckdb":
        with connected(path, read_only=True) as database:
            for schema, name, column in database.execute(COLUMNS).fetchall():
                rows = database.execute(f'select distinct "{column}" from "{schema}"."{name}"').fetchall()
                yield b"\n".join(_values(one for (one,) in rows))


def _hashable(value: Any) -> Any:
    return str(value) if isinstance(value, list) else value


def _values(values: Iterable[Any]) -> Iterator[bytes]:
    """Bytes and texts; what a decoder state writes as hexadecimal digits is read, too."""
    for value in values:
        if isinstance(value, bytes):
            yield value
            yield from (bytes.fromhex(one.decode()) for one in HEXADECIMAL.findall(value))
        elif isinstance(value, str):
            yield value.encode()
