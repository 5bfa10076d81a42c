"""IPFIX (RFC 7011): templates with enterprise and variable-length fields, options, withdrawal, biflows (RFC 5103).

Belongs here: its header, its template records and its record sequence. Does not belong here: what IPFIX shares with
NetFlow v9 (_template_sets, _template_records).
"""

import struct
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from assets.exports.formats._datagrams import Numbers
from assets.exports.formats._intake import Headers, Intake, Malformed
from assets.exports.formats._template_learning import FIRST_DATA_SET
from assets.exports.formats._template_sets import TemplateGatherer
from assets.exports.formats._templates import Field, Template

VERSIONS = (10,)
PROTOCOL = "ipfix"
HEADER_BYTES = 16
TEMPLATE_SET, OPTIONS_SET = 2, 3
ENTERPRISE_BIT = 0x8000
NAME_IT = "a file of several messages (RFC 5655) is named .ipfix"


class Ipfix(TemplateGatherer):
    """Gathers the records of IPFIX messages (header: section 3.1)."""

    def __init__(self) -> None:
        super().__init__(PROTOCOL, 10, (TEMPLATE_SET, OPTIONS_SET), _templates)

    def take(self, intake: Intake) -> Iterator[pa.RecordBatch]:
        intake = intake.with_header(HEADER_BYTES, "IPFIX")
        if not len(intake):
            return
        words = intake.datagrams.heads(HEADER_BYTES).view(">u4").astype(np.int64)
        lengths = words[:, 0] & 0xFFFF
        headers = Headers(
            domain=words[:, 3],
            sequence=words[:, 2],
            exported_ms=words[:, 1] * 1000,
            uptime_ms=np.zeros(len(words), np.int64),
        )
        reasons = _too_long(intake, lengths)
        yield from self.gather(intake, headers, lengths, reasons, at=HEADER_BYTES, counts_records=True)


def _too_long(intake: Intake, lengths: Numbers) -> dict[int, str]:
    """The messages whose header says more bytes than there are; what stands behind a message is told.

    Some exporters' header is a few bytes short of the last set.
    """
    sizes = intake.datagrams.lengths
    for row in np.flatnonzero(lengths + HEADER_BYTES <= sizes).tolist():
        intake.outcome.note(f"{sizes[row] - lengths[row]} bytes behind the message are not read; {NAME_IT}")
    return {
        row: f"its header says {lengths[row]} bytes, {sizes[row]} are there"
        for row in np.flatnonzero(lengths > sizes).tolist()
    }


def gatherer() -> Ipfix:
    """A gatherer for the messages of one file."""
    return Ipfix()


def _templates(set_id: int, content: bytes) -> Iterator[tuple[int, Template | None]]:
    """Template records (section 3.4.1) and options template records (3.4.2); no fields: withdrawn (section 8.1)."""
    at = 0
    while at + 4 <= len(content):
        template_id, count = struct.unpack_from(">HH", content, at)
        at += 4
        if template_id < FIRST_DATA_SET and count:
            return
        if not count:
            yield template_id, None
            continue
        scope_fields = 0
        if set_id == OPTIONS_SET:
            if at + 2 > len(content):
                raise Malformed(f"options template {template_id} is cut behind its field count")
            (scope_fields,) = struct.unpack_from(">H", content, at)
            at += 2
        fields = []
        for _ in range(count):
            one, at = _field(template_id, content, at)
            fields.append(one)
        yield template_id, Template(tuple(fields), scope_fields, is_options=set_id == OPTIONS_SET)


def _field(template_id: int, content: bytes, at: int) -> tuple[Field, int]:
    """A field specifier (section 3.2): element and length, and the enterprise number if the first bit is set."""
    if at + 4 > len(content):
        raise Malformed(f"template {template_id} has more fields than its set holds")
    element, length = struct.unpack_from(">HH", content, at)
    if not element & ENTERPRISE_BIT:
        return Field(element, length), at + 4
    if at + 8 > len(content):
        raise Malformed(f"template {template_id} has more fields than its set holds")
    return Field(element & ~ENTERPRISE_BIT, length, struct.unpack_from(">I", content, at + 4)[0]), at + 8
