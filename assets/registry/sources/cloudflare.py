"""Cloudflare: its published ranges. They are anycast, so they have no region.

Belongs here: the format of ips-v4 and ips-v6, a prefix a line.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa

from assets.registry.reading import lines, prefix
from assets.registry.source import Origin, Source
from assets.registry.sources._tables import CloudRow, cloud_table, not_empty

NAME = "cloudflare"


def parse(files: Sequence[Path], as_of: date) -> Mapping[str, pa.Table]:
    """Read ips-v4 and ips-v6."""
    rows = (row for file in files for row in lines(file, _row))
    return {"cloud_ranges": not_empty(files, cloud_table(NAME, as_of, rows))}


def _row(line: str) -> Iterator[CloudRow]:
    if line.strip():
        first, last = prefix(line.strip())
        yield first, last, NAME, None, None, None


SOURCE = Source(
    name=NAME,
    origin=Origin(
        producer="Cloudflare",
        title="Cloudflare IP ranges",
        address="https://www.cloudflare.com/ips/",
        licence="none stated",
        citation="Cloudflare IP ranges",
        may_be_redistributed=False,
    ),
    tables=("cloud_ranges",),
    parse=parse,
    addresses=("https://www.cloudflare.com/ips-v4", "https://www.cloudflare.com/ips-v6"),
)
