"""CAIDA's AS organisations: which organisation runs which AS. Used only where the operator names it.

Belongs here: its two formats, JSON lines and the older one separated by bars.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from assets.registry.reading import as_number, lines, text_or_none
from assets.registry.source import Origin, Source
from assets.registry.sources._tables import evidence_table, network_table, not_empty

NAME = "as2org"
FORMAT = "# format:"
AS_FORMAT = "aut|"


class _Organisation(NamedTuple):
    id: str
    name: str | None
    country: str | None


class _AutonomousSystem(NamedTuple):
    number: int
    name: str
    organisation_id: str


class _Reader:
    """Reads lines of either format; in the one with bars, a comment tells which of two kinds of row follow."""

    def __init__(self) -> None:
        self.is_as = False

    def row(self, line: str) -> Iterator[_Organisation | _AutonomousSystem]:
        if line.startswith("{"):
            yield from _json_row(line)
        elif line.startswith(FORMAT):
            self.is_as = line.removeprefix(FORMAT).startswith(AS_FORMAT)
        elif line and not line.startswith("#"):
            fields = line.split("|")
            if self.is_as:
                yield _AutonomousSystem(as_number(fields[0]), fields[2], fields[3])
            else:
                yield _Organisation(fields[0], text_or_none(fields[2]), text_or_none(fields[3]))


def _json_row(line: str) -> Iterator[_Organisation | _AutonomousSystem]:
    entry = json.loads(line)
    if entry["type"] == "ASN":
        yield _AutonomousSystem(as_number(entry["asn"]), entry.get("name", ""), entry["organizationId"])
    else:
        country = text_or_none(entry.get("country"))
        yield _Organisation(entry["organizationId"], text_or_none(entry.get("name")), country)


def parse(files: Sequence[Path], as_of: date) -> Mapping[str, pa.Table]:
    """Read as-org2info files; an AS whose organisation has no row keeps its own name alone."""
    rows = [row for file in files for row in lines(file, _Reader().row)]
    organisations = {row.id: row for row in rows if isinstance(row, _Organisation)}
    systems = [row for row in rows if isinstance(row, _AutonomousSystem)]
    nobody = _Organisation("", None, None)
    networks = []
    for system in systems:
        organisation = organisations.get(system.organisation_id, nobody)
        networks.append((system.number, system.name, organisation.name, organisation.country))
    # An empty id would make all networks without one siblings.
    told = ((system.number, text_or_none(system.organisation_id)) for system in systems)
    evidence = ((number, "organisation_id", f"caida:{found}", None) for number, found in told if found)
    return {
        "networks": not_empty(files, network_table(NAME, as_of, networks)),
        "network_evidence": evidence_table(NAME, as_of, evidence),
    }


SOURCE = Source(
    name=NAME,
    origin=Origin(
        producer="CAIDA",
        title="AS Organizations",
        address="https://www.caida.org/catalog/datasets/as-organizations/",
        licence="CAIDA Acceptable Use Agreement",
        citation="The CAIDA AS Organizations Dataset",
        may_be_redistributed=False,
    ),
    tables=("networks", "network_evidence"),
    parse=parse,
    dated_by=r"^# date: (\d{6})",
    addresses=("https://publicdata.caida.org/datasets/as-organizations/latest.as-org2info.jsonl.gz",),
)
