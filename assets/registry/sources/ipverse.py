"""ipverse AS metadata: name, country, category and role of every AS, free of rights.

Belongs here: its JSON format. The CSV beside it has no category, so it is not read. A handle is a name, never an
organisation: equal handles belong to different ones.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from assets.registry.reading import Entry, count, entries, text_or_none
from assets.registry.source import Origin, Source
from assets.registry.sources._tables import EvidenceRow, NetworkRow, evidence_table, network_table, not_empty

NAME = "ipverse"
TEXTS = {"category": "type", "networkRole": "role"}
COUNTS = {"providers": "providers", "customers": "customers", "peers": "peers", "reach": "customer_cone"}


def parse(files: Sequence[Path], as_of: date) -> Mapping[str, pa.Table]:
    """Read as.json."""
    networks = [row for file in files for row in entries(file, _all, _network)]
    evidence = [row for file in files for row in entries(file, _all, _evidence)]
    return {
        "networks": not_empty(files, network_table(NAME, as_of, networks)),
        "network_evidence": evidence_table(NAME, as_of, evidence),
    }


def _all(document: Any) -> Iterable[Entry]:
    return list(document)


def _network(entry: Entry) -> Iterator[NetworkRow]:
    about = entry["metadata"]
    organisation, handle = text_or_none(about.get("description")), text_or_none(about.get("handle"))
    if name := handle or organisation:
        yield int(entry["asn"]), name, organisation, text_or_none(about.get("countryCode"))


def _evidence(entry: Entry) -> Iterator[EvidenceRow]:
    asn, about = int(entry["asn"]), entry["metadata"]
    for key, kind in TEXTS.items():
        if (value := text_or_none(about.get(key))) is not None:
            yield asn, kind, value, None
    connectivity = (entry.get("stats") or {}).get("connectivity") or {}
    for key, kind in COUNTS.items():
        if connectivity.get(key) is not None:
            yield asn, kind, None, count(connectivity[key])


SOURCE = Source(
    name=NAME,
    origin=Origin(
        producer="ipverse",
        title="as-metadata",
        address="https://github.com/ipverse/as-metadata",
        licence="CC0 1.0",
        citation="ipverse as-metadata",
        may_be_redistributed=True,
    ),
    tables=("networks", "network_evidence"),
    parse=parse,
    addresses=("https://raw.githubusercontent.com/ipverse/as-metadata/master/as.json",),
)
