"""RIB dumps of route collectors (RouteViews, RIPE RIS) in MRT: which AS originates a prefix, and how many peers say so.

Belongs here: TABLE_DUMP_V2 (RFC 6396, 4.3; RFC 8050 for additional paths). Does not belong here: updates (BGP4MP).
"""

import struct
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa

from assets.ground.addresses import MAPPED
from assets.registry.reading import open_bytes, told_of
from assets.registry.source import PREFIX_ORIGINS, Origin, RegistryFormatError, Source
from assets.registry.sources._tables import not_empty, range_table

NAME = "mrt_rib"
TABLE_DUMP_V2 = 13
UNICAST = {2: 4, 4: 6, 8: 4, 10: 6}
"""Subtype: IP version."""
WITH_PATH_ID = {8, 10}
AS_PATH, AS_SET, AS_SEQUENCE, EXTENDED_LENGTH = 2, 1, 2, 0x10
Row = tuple[bytes, bytes, int, int]


def parse(files: Sequence[Path], as_of: date) -> Mapping[str, pa.Table]:
    """Read RIB dumps; a prefix in several of them counts the peers of each."""
    seen: Counter[tuple[bytes, bytes, int]] = Counter()
    for file in files:
        for first, last, origin, peers in _rows(file):
            seen[first, last, origin] += peers
    rows = sorted((*key, peers) for key, peers in seen.items())
    return {"prefix_origins": not_empty(files, range_table(PREFIX_ORIGINS, NAME, as_of, rows))}


def _rows(file: Path) -> Iterator[Row]:
    for offset, kind, subtype, body in _records(file):
        if kind == TABLE_DUMP_V2 and subtype in UNICAST:
            try:
                yield from _rib(body, UNICAST[subtype], subtype in WITH_PATH_ID)
            except (struct.error, IndexError) as error:
                raise RegistryFormatError(f"{file} byte {offset}: the RIB record is cut ({error})") from error


def _records(file: Path) -> Iterator[tuple[int, int, int, bytes]]:
    """Place, type, subtype and body of each MRT record (RFC 6396, 2)."""
    offset = 0
    with told_of(file), open_bytes(file) as content:
        while header := content.read(12):
            if len(header) < 12:
                raise RegistryFormatError(f"{file} byte {offset}: the MRT header is cut; fetch it again")
            _, kind, subtype, length = struct.unpack(">IHHI", header)
            body = content.read(length)
            if len(body) < length:
                raise RegistryFormatError(f"{file} byte {offset}: the MRT record is cut; fetch it again")
            yield offset, kind, subtype, body
            offset += 12 + length


def _rib(body: bytes, ip_version: int, has_path_id: bool) -> Iterator[Row]:
    """One row for each origin of a RIB record's prefix (RFC 6396, 4.3.2)."""
    length = body[4]
    at = 5 + (length + 7) // 8
    first, last = _bounds(body[5:at], length, ip_version)
    (entries,) = struct.unpack_from(">H", body, at)
    at += 2
    seen: Counter[int] = Counter()
    for _ in range(entries):
        at += 10 if has_path_id else 6
        (size,) = struct.unpack_from(">H", body, at)
        seen.update(_origins(body[at + 2 : at + 2 + size]))
        at += 2 + size
    for origin in sorted(seen):
        yield first, last, origin, seen[origin]


def _bounds(given: bytes, length: int, ip_version: int) -> tuple[bytes, bytes]:
    whole = 4 if ip_version == 4 else 16
    if length > 8 * whole or len(given) > whole:
        raise IndexError(f"a prefix length of {length}")
    hosts = (1 << (8 * whole - length)) - 1
    first = int.from_bytes(given.ljust(whole, b"\0")) & ~hosts
    lead = MAPPED if ip_version == 4 else b""
    return lead + first.to_bytes(whole), lead + (first | hosts).to_bytes(whole)


def _origins(attributes: bytes) -> set[int]:
    """The origins of a path: the last AS, or all of the set that it ends in; AS numbers have 4 bytes here."""
    at = 0
    while at < len(attributes):
        flags, kind = attributes[at], attributes[at + 1]
        if flags & EXTENDED_LENGTH:
            (size,) = struct.unpack_from(">H", attributes, at + 2)
            at += 4
        else:
            size = attributes[at + 2]
            at += 3
        if kind == AS_PATH:
            return _path_end(attributes[at : at + size])
        at += size
    return set()


def _path_end(path: bytes) -> set[int]:
    at, end = 0, set[int]()
    while at < len(path):
        kind, count = path[at], path[at + 1]
        numbers = struct.unpack_from(f">{count}I", path, at + 2)
        if kind in {AS_SET, AS_SEQUENCE} and numbers:
            end = set(numbers) if kind == AS_SET else {numbers[-1]}
        at += 2 + 4 * count
    return end


SOURCE = Source(
    name=NAME,
    origin=Origin(
        producer="RouteViews, RIPE RIS",
        title="RIB dumps (MRT)",
        address="https://archive.routeviews.org/",
        licence="CC BY 4.0 (RouteViews)",
        citation="University of Oregon RouteViews Project",
        may_be_redistributed=True,
    ),
    tables=("prefix_origins",),
    parse=parse,
    dated_by="mrt",
)
