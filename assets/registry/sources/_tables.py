"""Making the registry tables from rows.

Belongs here: the shape that every source's rows end in. Does not belong here: reading them.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa

from assets.ground.addresses import MAPPED
from assets.registry.source import (
    CLOUD_RANGES,
    NETWORK_EVIDENCE,
    NETWORKS,
    RegistryFormatError,
)

RangeRow = tuple[object, ...]
CloudRow = tuple[bytes, bytes, str, str | None, str | None, str | None]
"""first address, last address, cloud, region, metro, country"""
NetworkRow = tuple[int, str | None, str | None, str | None]
"""asn, name, organisation, country"""
EvidenceRow = tuple[int, str, str | None, float | None]
"""asn, kind, value, number"""


def range_table(schema: pa.Schema, source: str, as_of: date, rows: Iterable[RangeRow]) -> pa.Table:
    """A table of ranges; a row is first and last address (16 bytes), then the schema's further columns in order."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    if not columns:
        return schema.empty_table()
    first = columns[0]
    versions = [4 if address[:12] == MAPPED else 6 for address in first]
    count = len(first)
    whole = [pa.repeat(pa.scalar(as_of, pa.date32()), count), pa.repeat(pa.scalar(source), count), versions, *columns]
    arrays = [pa.array(values, field.type) for values, field in zip(whole, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def cloud_table(source: str, as_of: date, rows: Iterable[CloudRow]) -> pa.Table:
    """CLOUD_RANGES without repeated rows; of equal ranges the one that names its region comes first."""
    ordered = sorted(set(rows), key=lambda row: (row[0], row[1], row[3] is None, [part or "" for part in row[2:]]))
    return range_table(CLOUD_RANGES, source, as_of, ordered)


def network_table(source: str, as_of: date, rows: Iterable[NetworkRow]) -> pa.Table:
    """NETWORKS by AS number; of several rows of an AS the first counts, and a name that is not told is empty."""
    found: dict[int, NetworkRow] = {}
    for row in rows:
        found.setdefault(row[0], (row[0], row[1] or "", *row[2:]))
    columns = list(zip(*(found[asn] for asn in sorted(found)), strict=True)) or [(), (), (), ()]
    count = len(found)
    whole = [[as_of] * count, *columns, [source] * count, [None] * count]
    arrays = [pa.array(values, field.type) for values, field in zip(whole, NETWORKS, strict=True)]
    return pa.Table.from_arrays(arrays, schema=NETWORKS)


def evidence_table(source: str, as_of: date, rows: Iterable[EvidenceRow]) -> pa.Table:
    """NETWORK_EVIDENCE by AS number and kind, without repeated rows."""
    ordered = sorted(set(rows), key=lambda row: (row[0], row[1], row[2] or "", row[3] or 0))
    columns = list(zip(*ordered, strict=True)) or [(), (), (), ()]
    count = len(ordered)
    whole = [[as_of] * count, [source] * count, *columns]
    arrays = [pa.array(values, field.type) for values, field in zip(whole, NETWORK_EVIDENCE, strict=True)]
    return pa.Table.from_arrays(arrays, schema=NETWORK_EVIDENCE)


def not_empty(files: Sequence[Path], table: pa.Table) -> pa.Table:
    """The table; RegistryFormatError if it has no rows."""
    if table.num_rows == 0:
        raise RegistryFormatError(f"{', '.join(map(str, files))}: holds no rows; fetch it again")
    return table
