"""Geofeeds (RFC 8805): where a provider says that its prefixes are used.

Belongs here: the format. Does not belong here: which provider publishes one where.
"""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa

from assets.registry.reading import lines, loose_prefix, text_or_none
from assets.registry.sources._tables import CloudRow, cloud_table, not_empty


def geofeed(cloud: str) -> Callable[[Sequence[Path], date], Mapping[str, pa.Table]]:
    """How the geofeeds of a cloud are read: region is ISO 3166-2, metro the city; postal codes are left out."""

    def row(line: str) -> Iterator[CloudRow]:
        text = line.partition("#")[0].strip()
        if not text:
            return
        fields = [*next(csv.reader([text])), "", "", ""]
        first, last = loose_prefix(fields[0])
        country, region, city = (text_or_none(field) for field in fields[1:4])
        yield first, last, cloud, region, city, country

    def parse(files: Sequence[Path], as_of: date) -> Mapping[str, pa.Table]:
        rows = (found for file in files for found in lines(file, row))
        return {"cloud_ranges": not_empty(files, cloud_table(cloud, as_of, rows))}

    return parse
