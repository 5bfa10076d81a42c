"""Amazon Web Services: its published ranges with region, and the metro of a local or wavelength zone.

Belongs here: the format of ip-ranges.json.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from assets.registry.reading import Entry, entries, prefix
from assets.registry.source import Origin, Source
from assets.registry.sources._tables import CloudRow, cloud_table, not_empty

NAME = "aws"
EVERYWHERE = "GLOBAL"


def parse(files: Sequence[Path], as_of: date) -> Mapping[str, pa.Table]:
    """Read ip-ranges.json; a range that serves all regions has none."""
    rows = (row for file in files for row in entries(file, _prefixes, _row))
    return {"cloud_ranges": not_empty(files, cloud_table(NAME, as_of, rows))}


def _prefixes(document: Any) -> Iterable[Entry]:
    return [*document["prefixes"], *document["ipv6_prefixes"]]


def _row(entry: Entry) -> Iterator[CloudRow]:
    region = None if entry["region"] == EVERYWHERE else str(entry["region"])
    border = str(entry["network_border_group"])
    metro = border if border not in {EVERYWHERE, region} else None
    first, last = prefix(entry["ip_prefix"] if "ip_prefix" in entry else entry["ipv6_prefix"])
    yield first, last, NAME, region, metro, None


SOURCE = Source(
    name=NAME,
    origin=Origin(
        producer="Amazon Web Services",
        title="AWS IP address ranges",
        address="https://ip-ranges.amazonaws.com/ip-ranges.json",
        licence="none stated",
        citation="AWS IP address ranges",
        may_be_redistributed=False,
    ),
    tables=("cloud_ranges",),
    parse=parse,
    dated_by=r'"createDate": ?"(\d{4}-\d\d-\d\d)',
    addresses=("https://ip-ranges.amazonaws.com/ip-ranges.json",),
)
