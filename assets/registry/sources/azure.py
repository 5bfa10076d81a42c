"""Microsoft Azure: its service tags, with region. The file's name changes weekly, so the operator names it.

Belongs here: the format of ServiceTags_Public.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from assets.registry.reading import Entry, entries, prefix, text_or_none
from assets.registry.source import Origin, Source
from assets.registry.sources._tables import CloudRow, cloud_table, not_empty

NAME = "azure"


def parse(files: Sequence[Path], as_of: date) -> Mapping[str, pa.Table]:
    """Read ServiceTags_Public; of a range under several tags the regional one counts."""
    rows = (row for file in files for row in entries(file, _tags, _rows))
    return {"cloud_ranges": not_empty(files, cloud_table(NAME, as_of, rows))}


def _tags(document: Any) -> Iterable[Entry]:
    return [tag["properties"] for tag in document["values"]]


def _rows(tag: Entry) -> Iterator[CloudRow]:
    region = text_or_none(tag["region"])
    for text in tag["addressPrefixes"]:
        first, last = prefix(text)
        yield first, last, NAME, region, None, None


SOURCE = Source(
    name=NAME,
    origin=Origin(
        producer="Microsoft",
        title="Azure IP Ranges and Service Tags, Public Cloud",
        address="https://www.microsoft.com/en-us/download/details.aspx?id=56519",
        licence="none stated",
        citation="Azure IP Ranges and Service Tags",
        may_be_redistributed=False,
    ),
    tables=("cloud_ranges",),
    parse=parse,
)
