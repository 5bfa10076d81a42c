"""Delegated-extended statistics of the five regional registries, and the NRO's file of all: who was given what.

Belongs here: their format. Countries are of the holder, not of where addresses are used.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from ipaddress import IPv4Address, ip_network
from pathlib import Path

import pyarrow as pa

from assets.ground.addresses import bounds, sixteen_bytes
from assets.registry.reading import AS_NUMBER_MAX, as_number, lines, text_or_none, whole_number
from assets.registry.source import DELEGATIONS, Origin, Source
from assets.registry.sources._tables import EvidenceRow, evidence_table, not_empty, range_table

NAME = "rir_delegated"
STATUSES = {"allocated", "assigned", "available", "reserved"}
NO_DAY = {"", "00000000"}
MOST_AT_ONCE = 65536
"""AS numbers of one row: registries are given 1,024 at a time; a count with digits too many must not fill memory."""
Record = tuple[str, tuple[object, ...]]


def parse(files: Sequence[Path], as_of: date) -> Mapping[str, pa.Table]:
    """Read delegated-extended files; IPv4 rows count addresses, which need not be a power of two."""
    records = [record for file in files for record in lines(file, _record)]
    ranges = (row for kind, row in records if kind == "range")
    delegations = not_empty(files, range_table(DELEGATIONS, NAME, as_of, ranges))
    evidence: list[EvidenceRow] = [row for kind, row in records if kind == "asn"]  # type: ignore[misc]
    return {"delegations": delegations, "network_evidence": evidence_table(NAME, as_of, evidence)}


def _record(line: str) -> Iterator[Record]:
    """The record of a line; comments, the version line and summaries have none."""
    fields = line.split("|")
    if line.startswith("#") or not line.strip() or fields[-1] == "summary" or fields[0][:1].isdigit():
        return
    registry, country, kind, start, value, day, status = fields[:7]
    if status not in STATUSES:
        raise ValueError(f"{status!r} is not a status of a delegation")
    holder = f"{registry}:{fields[7]}" if len(fields) > 7 and fields[7] else None
    given = (text_or_none(country), status, _day(day), holder)
    if kind == "ipv4":
        first = IPv4Address(start)
        yield "range", (sixteen_bytes(first), sixteen_bytes(first + whole_number(value) - 1), *given)
    elif kind == "ipv6":
        yield "range", (*bounds(ip_network(f"{start}/{value}")), *given)
    elif kind == "asn" and holder is not None:
        for number in _numbers(as_number(start), whole_number(value)):
            yield "asn", (number, "organisation_id", holder, None)
    elif kind != "asn":
        raise ValueError(f"{kind!r} is neither ipv4, ipv6 nor asn")


def _numbers(first: int, count: int) -> range:
    if count > MOST_AT_ONCE or first + count - 1 > AS_NUMBER_MAX:
        raise ValueError(f"{count} AS numbers from {first} on are more than a registry gives at once")
    return range(first, first + count)


def _day(text: str) -> date | None:
    return None if text in NO_DAY else datetime.strptime(text, "%Y%m%d").date()


SOURCE = Source(
    name=NAME,
    origin=Origin(
        producer="AFRINIC, APNIC, ARIN, LACNIC, RIPE NCC",
        title="Delegated-extended statistics",
        address="https://www.nro.net/about/rirs/statistics/",
        licence="CC BY 4.0 (NRO); each registry's terms of use",
        citation="RIR delegated-extended statistics",
        may_be_redistributed=True,
    ),
    tables=("delegations", "network_evidence"),
    parse=parse,
    dated_by=r"^2(?:\.\d)?\|\w+\|(\d{8})\|",
    addresses=(
        "https://ftp.afrinic.net/pub/stats/afrinic/delegated-afrinic-extended-latest",
        "https://ftp.apnic.net/stats/apnic/delegated-apnic-extended-latest",
        "https://ftp.arin.net/pub/stats/arin/delegated-arin-extended-latest",
        "https://ftp.lacnic.net/pub/stats/lacnic/delegated-lacnic-extended-latest",
        "https://ftp.ripe.net/pub/stats/ripencc/delegated-ripencc-extended-latest",
    ),
    checksum_suffix=".md5",
)
