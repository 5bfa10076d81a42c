"""PeeringDB: what networks say of themselves. Used only where the operator names it; never bundled or republished.

Belongs here: its format, of the API's /net, of its cache file and of CAIDA's daily dump.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from assets.registry.reading import Entry, entries, text_or_none
from assets.registry.source import Origin, Source
from assets.registry.sources._tables import EvidenceRow, NetworkRow, evidence_table, network_table, not_empty

NAME = "peeringdb"
SAYS = ("aka", "website", "notes")
SAYS_LONGEST = 2000


def parse(files: Sequence[Path], as_of: date) -> Mapping[str, pa.Table]:
    """Read API answers and dumps; a later file updates an earlier one, as an answer to `since` does a dump."""
    networks = _in_force(files)
    named = network_table(NAME, as_of, (_network(entry) for entry in networks))
    evidence = (row for entry in networks for row in _evidence(entry))
    return {"networks": not_empty(files, named), "network_evidence": evidence_table(NAME, as_of, evidence)}


def _in_force(files: Sequence[Path]) -> list[Entry]:
    """The newest entry of each AS that is not deleted."""
    newest: dict[int, Entry] = {}
    for file in files:
        for entry in entries(file, _networks, _checked):
            newest[entry["asn"]] = entry
    return [entry for entry in newest.values() if entry.get("status", "ok") == "ok"]


def _networks(document: Any) -> Iterable[Entry]:
    return list(document["net"]["data"] if "net" in document else document["data"])


def _checked(entry: Entry) -> Iterator[Entry]:
    yield {**entry, "asn": int(entry["asn"]), "org_id": int(entry["org_id"]), "name": str(entry["name"])}


def _network(entry: Entry) -> NetworkRow:
    return entry["asn"], entry["name"], text_or_none(entry.get("name_long")), None


def _evidence(entry: Entry) -> Iterator[EvidenceRow]:
    asn = entry["asn"]
    types = entry.get("info_types") or [entry.get("info_type")]
    for value in types:
        if (kind := text_or_none(value)) is not None:
            yield asn, "type", kind, None
    if value := " ".join(filter(None, (text_or_none(entry.get(key)) for key in SAYS)))[:SAYS_LONGEST]:
        yield asn, "says", value, None
    if (scope := text_or_none(entry.get("info_scope"))) is not None:
        yield asn, "role", scope, None
    if entry["org_id"]:
        yield asn, "organisation_id", f"peeringdb:{entry['org_id']}", None


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
    dated_by=r'"generated": ?(\d{10})',
    addresses=("https://www.peeringdb.com/api/net",),
)
