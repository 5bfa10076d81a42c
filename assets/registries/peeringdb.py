"""PeeringDB: what networks say of themselves. Used only where the operator names it; never bundled or republished.

Belongs here: its format, of the API's /net, of its cache file and of CAIDA's daily dump.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from assets.registries._reading import Entry, entries, text_or_none
from assets.registries._registry import Origin, Source
from assets.registries._tables import EvidenceRow, NetworkRow, evidence_table, network_table, not_empty

NAME = "peeringdb"


def parse(files: Sequence[Path], as_of: date) -> Mapping[str, pa.Table]:
    """Read the networks of API answers or dumps; deleted ones are left out."""
    networks = [row for file in files for row in entries(file, _networks, _network)]
    evidence = [row for file in files for row in entries(file, _networks, _evidence)]
    return {
        "networks": not_empty(files, network_table(NAME, as_of, networks)),
        "network_evidence": evidence_table(NAME, as_of, evidence),
    }


def _networks(document: Any) -> Iterable[Entry]:
    found = document["net"]["data"] if "net" in document else document["data"]
    return [entry for entry in found if entry.get("status", "ok") == "ok"]


def _network(entry: Entry) -> Iterator[NetworkRow]:
    yield int(entry["asn"]), str(entry["name"]), text_or_none(entry.get("name_long")), None


def _evidence(entry: Entry) -> Iterator[EvidenceRow]:
    asn = int(entry["asn"])
    types = entry.get("info_types") or [entry.get("info_type")]
    for told in types:
        if (kind := text_or_none(told)) is not None:
            yield asn, "type", kind, None
    if (scope := text_or_none(entry.get("info_scope"))) is not None:
        yield asn, "role", scope, None
    yield asn, "organisation_id", f"peeringdb:{int(entry['org_id'])}", None


SOURCE = Source(
    name=NAME,
    origin=Origin(
        producer="PeeringDB",
        title="Networks",
        address="https://www.peeringdb.com/apidocs/",
        licence="PeeringDB Acceptable Use Policy: no republishing",
        citation="PeeringDB",
        may_be_redistributed=False,
    ),
    tables=("networks", "network_evidence"),
    parse=parse,
    addresses=("https://www.peeringdb.com/api/net",),
)
