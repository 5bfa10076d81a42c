"""bgp.tools: routing table, AS names with class, and tags. Used only where the operator names it.

Belongs here: the formats of table.jsonl, asns.csv and of the tag lists (tags/<tag>.csv or .txt), told apart by content.
"""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa

from assets.registry.reading import as_number, lines, open_bytes, prefix, text_or_none, told_of
from assets.registry.source import PREFIX_ORIGINS, Origin, RegistryFormatError, Source
from assets.registry.sources._tables import EvidenceRow, NetworkRow, evidence_table, network_table, range_table

NAME = "bgp_tools"
ASNS_HEADER = "asn,name,class,cc"


def parse(files: Sequence[Path], as_of: date) -> Mapping[str, pa.Table]:
    """Read any of the files; the name of a tag list is the tag."""
    origins: list[tuple[object, ...]] = []
    networks: list[NetworkRow] = []
    evidence: list[EvidenceRow] = []
    for file in files:
        first = _first_line(file)
        if first.startswith("{"):
            origins.extend(lines(file, _origin))
        elif first == ASNS_HEADER:
            named = list(lines(file, _named))
            networks.extend(row for row, _ in named)
            evidence.extend((row[0], "type", kind, None) for row, kind in named if kind is not None)
        elif first.startswith("AS"):
            tag = file.name.partition(".")[0]
            evidence.extend((number, "tag", tag, None) for number in lines(file, _tagged))
        else:
            raise RegistryFormatError(f"{file} line 1: {first[:80]!r} is not a file of bgp.tools; name another file")
    return {
        "prefix_origins": range_table(PREFIX_ORIGINS, NAME, as_of, origins),
        "networks": network_table(NAME, as_of, networks),
        "network_evidence": evidence_table(NAME, as_of, evidence),
    }


def _first_line(file: Path) -> str:
    with told_of(file), open_bytes(file) as content:
        return content.readline().decode().strip()


def _origin(line: str) -> Iterator[tuple[bytes, bytes, int, int]]:
    entry = json.loads(line)
    yield *prefix(entry["CIDR"]), int(entry["ASN"]), int(entry["Hits"])


def _named(line: str) -> Iterator[tuple[NetworkRow, str | None]]:
    if line and line != ASNS_HEADER:
        number, name, kind, country = next(csv.reader([line]))
        yield (as_number(number), name, None, text_or_none(country)), text_or_none(kind)


def _tagged(line: str) -> Iterator[int]:
    if line:
        yield as_number(line.partition(",")[0])


SOURCE = Source(
    name=NAME,
    origin=Origin(
        producer="bgp.tools",
        title="Routing table, AS names and tags",
        address="https://bgp.tools/kb/api",
        licence="none stated; ask before redistribution",
        citation="bgp.tools",
        may_be_redistributed=False,
    ),
    tables=("prefix_origins", "networks", "network_evidence"),
    parse=parse,
    addresses=("https://bgp.tools/table.jsonl", "https://bgp.tools/asns.csv"),
)
