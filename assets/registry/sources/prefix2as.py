"""RouteViews prefix-to-AS mappings by CAIDA: prefix, length and origin, tab-separated.

Belongs here: its format; `a_b` are several origins, the one seen most often first, `a,b` an AS set, whose members are
each an origin. Rows keep that order, since the plan takes the first.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa

from assets.registry.reading import as_number, lines, prefix
from assets.registry.source import PREFIX_ORIGINS, Origin, Source
from assets.registry.sources._tables import not_empty, range_table

NAME = "prefix2as"


def parse(files: Sequence[Path], as_of: date) -> Mapping[str, pa.Table]:
    """Read pfx2as files, one row a prefix and origin."""
    rows = [row for file in files for row in lines(file, _rows)]
    return {"prefix_origins": not_empty(files, range_table(PREFIX_ORIGINS, NAME, as_of, rows))}


def _rows(line: str) -> Iterator[tuple[bytes, bytes, int, None]]:
    start, length, origins = line.split("\t")
    first, last = prefix(f"{start}/{length}")
    listed = (as_number(member) for origin in origins.split("_") for member in sorted(origin.split(","), key=int))
    for number in dict.fromkeys(listed):
        yield first, last, number, None


SOURCE = Source(
    name=NAME,
    origin=Origin(
        producer="CAIDA",
        title="RouteViews Prefix to AS mappings (pfx2as)",
        address="https://www.caida.org/catalog/datasets/routeviews-prefix2as/",
        licence="CAIDA Acceptable Use Agreement",
        citation="The CAIDA RouteViews Prefix to AS Mappings Dataset",
        may_be_redistributed=False,
    ),
    tables=("prefix_origins",),
    parse=parse,
)
