"""Special-purpose addresses: the IANA registries of RFC 6890, and multicast, as one table.

Belongs here: reading the bundled table. Does not belong here: ranges that IANA marks as globally reachable
(AS112, AMT, the well-known NAT64 prefix, anycast services of IETF protocols); they are ordinary destinations.
"""

import csv
import ipaddress
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa

from assets.ground.addresses import bounds
from assets.registry.source import SPECIAL_RANGES, Origin, RegistryFormatError, Source

NAME = "special_purpose"
COLUMNS = ["prefix", "special", "title", "reference"]


def parse(files: Sequence[Path], as_of: date) -> Mapping[str, pa.Table]:
    """Read CSV files with the columns prefix, special, title and reference."""
    rows = [row for file in files for row in _rows(file, as_of)]
    return {"special_ranges": pa.Table.from_pylist(rows, schema=SPECIAL_RANGES)}


def _rows(file: Path, as_of: date) -> list[dict[str, object]]:
    with file.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        if reader.fieldnames != COLUMNS:
            raise RegistryFormatError(f"{file} line 1: the columns are not {','.join(COLUMNS)}")
        return [_row(row, as_of) for row in reader]


def _row(row: dict[str, str], as_of: date) -> dict[str, object]:
    network = ipaddress.ip_network(row["prefix"])
    first, last = bounds(network)
    return {
        "as_of": as_of,
        "source": NAME,
        "ip_version": network.version,
        "first_address": first,
        "last_address": last,
        "special": row["special"],
        "title": f"{row['title']} ({row['reference']})",
    }


SOURCE = Source(
    name=NAME,
    origin=Origin(
        producer="IANA",
        title="IPv4 and IPv6 Special-Purpose Address Registries, multicast address space",
        address="https://www.iana.org/assignments/iana-ipv4-special-registry",
        licence="CC0 1.0",
        citation="IANA Special-Purpose Address Registries (RFC 6890)",
        may_be_redistributed=True,
    ),
    tables=("special_ranges",),
    parse=parse,
    bundled=(Path(__file__).parent / "bundled" / "special_purpose_2025-10-09.csv",),
    bundled_as_of=date(2025, 10, 9),
)
