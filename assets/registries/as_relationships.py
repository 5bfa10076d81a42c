"""CAIDA's AS relationships: who is whose provider. Used only where the operator names it.

Belongs here: the serial-1 and serial-2 formats, and what they say of each AS: providers, customers, peers, cone.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa

from assets.registries._reading import as_number, lines
from assets.registries._registry import Origin, Source
from assets.registries._tables import EvidenceRow, evidence_table, not_empty

NAME = "as_relationships"
PROVIDER_OF = "-1"
PEER_OF = "0"
CLIQUE = ("# inferred clique:", "# input clique:")
Links = dict[int, set[int]]


def parse(files: Sequence[Path], as_of: date) -> Mapping[str, pa.Table]:
    """Read as-rel files; the customer cone is counted for networks without a provider, the AS itself included."""
    customers, providers, peers, clique = defaultdict(set), defaultdict(set), defaultdict(set), set()
    for file in files:
        for kind, a, b in lines(file, _link):
            if kind == PROVIDER_OF:
                customers[a].add(b)
                providers[b].add(a)
            elif kind == PEER_OF:
                peers[a].add(b)
                peers[b].add(a)
            else:
                clique.add(a)
    rows = _evidence(customers, providers, peers, clique)
    return {"network_evidence": not_empty(files, evidence_table(NAME, as_of, rows))}


def _link(line: str) -> Iterator[tuple[str, int, int]]:
    """`provider|customer|-1` or `peer|peer|0`, a further field (serial-2) tells the source."""
    for mark in CLIQUE:
        if line.startswith(mark):
            yield from (("clique", as_number(number), 0) for number in line.removeprefix(mark).split())
    if line.startswith("#") or not line:
        return
    a, b, kind = line.split("|")[:3]
    if kind not in {PROVIDER_OF, PEER_OF}:
        raise ValueError(f"{kind!r} is neither -1 nor 0")
    yield kind, as_number(a), as_number(b)


def _evidence(customers: Links, providers: Links, peers: Links, clique: set[int]) -> Iterator[EvidenceRow]:
    for number in {*customers, *providers, *peers}:
        for kind, links in (("customers", customers), ("providers", providers), ("peers", peers)):
            yield number, kind, None, float(len(links.get(number, ())))
        if number in customers and number not in providers:
            yield number, "customer_cone", None, float(_cone(number, customers))
    for number in clique:
        yield number, "role", "inferred_clique", None


def _cone(number: int, customers: Links) -> int:
    reached, open_ends = {number}, [number]
    while open_ends:
        further = customers.get(open_ends.pop(), set()) - reached
        reached |= further
        open_ends.extend(further)
    return len(reached)


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
)
