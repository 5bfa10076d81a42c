"""iptoasn.com: the default table of which AS originates which range, in the public domain.

Belongs here: its format, tab-separated start, end, AS number, country and description. The description is the AS's
handle (`CLOUDFLARENET`), which says nothing of who runs it: other sources tell organisations.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa

from assets.registry.reading import address, as_number, lines, text_or_none
from assets.registry.source import PREFIX_ORIGINS, Origin, Source
from assets.registry.sources._tables import network_table, not_empty, range_table

NAME = "iptoasn"
NOT_ROUTED = 0
Row = tuple[bytes, bytes, int, str | None, str | None]


def parse(files: Sequence[Path], as_of: date) -> Mapping[str, pa.Table]:
    """Read ip2asn files; what is not routed (AS 0) has no row."""
    rows = [row for file in files for row in lines(file, _row)]
    origins = range_table(PREFIX_ORIGINS, NAME, as_of, ((first, last, asn, None) for first, last, asn, *_ in rows))
    networks = ((asn, name, None, country) for _, _, asn, country, name in rows if name)
    return {"prefix_origins": not_empty(files, origins), "networks": network_table(NAME, as_of, networks)}


def _row(line: str) -> Iterator[Row]:
    first, last, number, country, name = line.split("\t")
    if as_number(number) != NOT_ROUTED:
        yield address(first), address(last), as_number(number), text_or_none(country), text_or_none(name)


SOURCE = Source(
    name=NAME,
    origin=Origin(
        producer="iptoasn.com",
        title="IP to ASN, IPv4 and IPv6",
        address="https://iptoasn.com/",
        licence="PDDL 1.0",
        citation="iptoasn.com ip2asn",
        may_be_redistributed=True,
    ),
    tables=("prefix_origins", "networks"),
    parse=parse,
    addresses=("https://iptoasn.com/data/ip2asn-v4.tsv.gz", "https://iptoasn.com/data/ip2asn-v6.tsv.gz"),
)
