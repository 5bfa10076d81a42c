"""Oracle Cloud: its published ranges with region.

Belongs here: the format of public_ip_ranges.json.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from assets.registry.reading import Entry, entries, prefix
from assets.registry.source import Origin, Source
from assets.registry.sources._tables import CloudRow, cloud_table, not_empty

NAME = "oracle_cloud"


def parse(files: Sequence[Path], as_of: date) -> Mapping[str, pa.Table]:
    """Read public_ip_ranges.json."""
    rows = (row for file in files for row in entries(file, _regions, _rows))
    return {"cloud_ranges": not_empty(files, cloud_table(NAME, as_of, rows))}


def _regions(document: Any) -> Iterable[Entry]:
    return list(document["regions"])


def _rows(region: Entry) -> Iterator[CloudRow]:
    for entry in region["cidrs"]:
        first, last = prefix(entry["cidr"])
        yield first, last, NAME, str(region["region"]), None, None


SOURCE = Source(
    name=NAME,
    origin=Origin(
        producer="Oracle",
        title="Oracle Cloud Infrastructure public IP address ranges",
        address="https://docs.oracle.com/en-us/iaas/tools/public_ip_ranges.json",
        licence="none stated",
        citation="Oracle Cloud Infrastructure public IP address ranges",
        may_be_redistributed=False,
    ),
    tables=("cloud_ranges",),
    parse=parse,
    dated_by=r'"last_updated_timestamp": ?"(\d{4}-\d\d-\d\d)',
    addresses=("https://docs.oracle.com/en-us/iaas/tools/public_ip_ranges.json",),
)
