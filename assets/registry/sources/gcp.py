"""Google Cloud: the ranges of its customers' addresses, with region.

Belongs here: the format of cloud.json.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from assets.registry.reading import Entry, entries, prefix
from assets.registry.source import Origin, Source
from assets.registry.sources._tables import CloudRow, cloud_table, not_empty

NAME = "gcp"
EVERYWHERE = "global"


def parse(files: Sequence[Path], as_of: date) -> Mapping[str, pa.Table]:
    """Read cloud.json; a range that serves all regions has none."""
    rows = (row for file in files for row in entries(file, _prefixes, _row))
    return {"cloud_ranges": not_empty(files, cloud_table(NAME, as_of, rows))}


def _prefixes(document: Any) -> Iterable[Entry]:
    return list(document["prefixes"])


def _row(entry: Entry) -> Iterator[CloudRow]:
    region = None if entry["scope"] == EVERYWHERE else str(entry["scope"])
    first, last = prefix(entry["ipv4Prefix"] if "ipv4Prefix" in entry else entry["ipv6Prefix"])
    yield first, last, NAME, region, None, None


SOURCE = Source(
    name=NAME,
    origin=Origin(
        producer="Google",
        title="Google Cloud IP address ranges",
        address="https://www.gstatic.com/ipranges/cloud.json",
        licence="none stated",
        citation="Google Cloud IP address ranges",
        may_be_redistributed=False,
    ),
    tables=("cloud_ranges",),
    parse=parse,
    dated_by=r'"creationTime": ?"(\d{4}-\d\d-\d\d)',
    addresses=("https://www.gstatic.com/ipranges/cloud.json",),
)
