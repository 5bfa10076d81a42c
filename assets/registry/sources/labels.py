"""Labelled lists: what others, or the house itself, say of AS numbers, as CSV. Used only where the operator names one.

Belongs here: the shape of such lists. A list has the columns asn, kind and value (a row a thing said), or asn and a
column for each kind (a row an AS). It goes by the name of its file: `labels:domains` of domains.csv. What a word means
for the type of a network is a row of the seed registry_labels, what a count means one of hosting_evidence; a list whose
kind is `type` and whose values are network types needs neither.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa

from assets.registry.reading import LARGEST_COUNT, as_number, open_bytes, told_of
from assets.registry.source import NETWORK_EVIDENCE, Origin, RegistryFormatError, Source
from assets.registry.sources._tables import EvidenceRow, evidence_table, not_empty

NAME = "labels"
LONG = ("asn", "kind", "value")


def parse(files: Sequence[Path], as_of: date) -> Mapping[str, pa.Table]:
    """Read lists; each file is a list of its own, and a value that is a number counts as one."""
    tables = [not_empty([file], evidence_table(list_name(file), as_of, _rows(file))) for file in files]
    return {"network_evidence": pa.concat_tables([NETWORK_EVIDENCE.empty_table(), *tables])}


def list_name(file: Path) -> str:
    """The source that a list's evidence names: `labels:` and its file's name without endings."""
    return f"{NAME}:{file.name.partition('.')[0].lower()}"


def _rows(file: Path) -> Iterator[EvidenceRow]:
    with told_of(file), open_bytes(file) as content:
        lines = (line.decode("utf-8-sig") for line in content)
        reader = csv.reader(line for line in lines if line.strip() and not line.startswith("#"))
        header = [name.strip().lower() for name in next(reader, [])]
        if not header or header[0] != "asn" or len(header) < 2:
            raise RegistryFormatError(
                f"{file} line 1: columns are {', '.join(header) or 'none'}; a list begins with asn, kind, value, "
                "or with asn and a column for each kind"
            )
        for cells in reader:
            yield from _said(file, reader.line_num, header, cells)


def _said(file: Path, line: int, header: Sequence[str], cells: Sequence[str]) -> Iterator[EvidenceRow]:
    if len(cells) != len(header):
        raise RegistryFormatError(f"{file} line {line}: has {len(cells)} cells where {len(header)} are wanted")
    try:
        asn = as_number(cells[0].strip().upper())
    except ValueError as error:
        raise RegistryFormatError(
            f"{file} line {line}: {cells[0]!r} is not an AS number; write 13335 or AS13335"
        ) from error
    if tuple(header) == LONG:
        pairs = [(cells[1].strip(), cells[2].strip())]
    else:
        pairs = [(kind, cell.strip()) for kind, cell in zip(header[1:], cells[1:], strict=True)]
    for kind, value in pairs:
        if value:
            number = _number(value)
            yield asn, kind.lower(), None if number is not None else value, number


def _number(text: str) -> float | None:
    """A count; None for words, and for digits too long to be one, such as those of a key."""
    number = float(text) if text.replace(".", "", 1).isdecimal() else None
    return number if number is not None and number <= LARGEST_COUNT else None


SOURCE = Source(
    name=NAME,
    origin=Origin(
        producer="the operator",
        title="Labelled lists of AS numbers",
        address="https://www.rfc-editor.org/rfc/rfc4180",
        licence="as operator.yaml says",
        citation="labelled lists that the operator names",
        may_be_redistributed=False,
    ),
    tables=("network_evidence",),
    parse=parse,
)
