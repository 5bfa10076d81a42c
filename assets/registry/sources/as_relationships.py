"""CAIDA's AS relationships: who is whose provider. Used only where the operator names it.

Belongs here: the serial-1 and serial-2 formats, and what they say of each AS: providers, customers, peers, and by the
header of serial-1, whether CAIDA counts it in the clique of the largest networks or among the exchanges. No cone is
counted here: over all links, that of a route server is as large as a carrier's.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa

from assets.registry.reading import as_number, lines
from assets.registry.source import Origin, Source
from assets.registry.sources._tables import EvidenceRow, evidence_table, not_empty

NAME = "as_relationships"
PROVIDER_OF = "-1"
PEER_OF = "0"
ROLES = {
    "# inferred clique:": "inferred_clique",
    "# input clique:": "inferred_clique",
    "# IXP ASes:": "exchange",
}
Links = dict[int, set[int]]


def parse(files: Sequence[Path], as_of: date) -> Mapping[str, pa.Table]:
    """Read as-rel files; how many networks stand in each relation to an AS, and its role by the header."""
    customers, providers, peers = defaultdict(set), defaultdict(set), defaultdict(set)
    roles: set[tuple[int, str]] = set()
    for file in files:
        for kind, a, b in lines(file, _link):
            if kind == PROVIDER_OF:
                customers[a].add(b)
                providers[b].add(a)
            elif kind == PEER_OF:
                peers[a].add(b)
                peers[b].add(a)
            else:
                roles.add((a, kind))
    rows = [*_counts(customers, providers, peers), *((number, "role", role, None) for number, role in roles)]
    return {"network_evidence": not_empty(files, evidence_table(NAME, as_of, rows))}


def _link(line: str) -> Iterator[tuple[str, int, int]]:
    """`provider|customer|-1` or `peer|peer|0`, a further field (serial-2) tells the source."""
    for mark, role in ROLES.items():
        if line.startswith(mark):
            yield from ((role, as_number(number), 0) for number in line.removeprefix(mark).split())
    if line.startswith("#") or not line:
        return
    a, b, kind = line.split("|")[:3]
    if kind not in {PROVIDER_OF, PEER_OF}:
        raise ValueError(f"{kind!r} is neither -1 nor 0")
    yield kind, as_number(a), as_number(b)


def _counts(customers: Links, providers: Links, peers: Links) -> Iterator[EvidenceRow]:
    for number in {*customers, *providers, *peers}:
        for kind, links in (("customers", customers), ("providers", providers), ("peers", peers)):
            yield number, kind, None, float(len(links.get(number, ())))


SOURCE = Source(
    name=NAME,
    origin=Origin(
        producer="CAIDA",
        title="AS Relationships",
        address="https://www.caida.org/catalog/datasets/as-relationships/",
        licence="CAIDA Acceptable Use Agreement",
        citation="The CAIDA AS Relationships Dataset",
        may_be_redistributed=False,
    ),
    tables=("network_evidence",),
    parse=parse,
    dated_by=r"\|BGP\|(\d{8})\|",
)
