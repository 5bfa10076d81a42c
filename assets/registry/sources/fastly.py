"""Fastly: its published ranges. They are anycast, so they have no region.

Belongs here: the format of public-ip-list.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from assets.registry.reading import Entry, entries, prefix
from assets.registry.source import Origin, Source
from assets.registry.sources._tables import CloudRow, cloud_table, not_empty

NAME = "fastly"


def parse(files: Sequence[Path], as_of: date) -> Mapping[str, pa.Table]:
    """Read public-ip-list."""
    rows = (row for file in files for row in entries(file, _whole, _rows))
    return {"cloud_ranges": not_empty(files, cloud_table(NAME, as_of, rows))}


def _whole(document: Any) -> Iterable[Entry]:
    return [document]


def _rows(entry: Entry) -> Iterator[CloudRow]:
    for text in [*entry["addresses"], *entry["ipv6_addresses"]]:
        first, last = prefix(text)
        yield first, last, NAME, None, None, None


SOURCE = Source(
    name=NAME,
    origin=Origin(
        producer="Fastly",
        title="Fastly public IP list",
        address="https://api.fastly.com/public-ip-list",
        licence="none stated",
        citation="Fastly public IP list",
        may_be_redistributed=False,
    ),
    tables=("cloud_ranges",),
    parse=parse,
    addresses=("https://api.fastly.com/public-ip-list",),
)
