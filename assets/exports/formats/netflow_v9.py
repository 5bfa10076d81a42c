"""NetFlow v9 (RFC 3954): templates, options templates and data flow sets.

Belongs here: its header, its template records and its packet sequence. Does not belong here: what v9 shares with IPFIX
(_template_sets, _template_records).
"""

import struct
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from assets.exports.formats._intake import Headers, Intake, Malformed
from assets.exports.formats._template_learning import FIRST_DATA_SET
from assets.exports.formats._template_sets import TemplateGatherer
from assets.exports.formats._templates import Field, Template

VERSIONS = (9,)
PROTOCOL = "netflow_v9"
HEADER_BYTES = 20
TEMPLATE_SET, OPTIONS_SET = 0, 1


class NetflowV9(TemplateGatherer):
    """Gathers the records of v9 datagrams (header: section 5.1)."""

    def __init__(self) -> None:
        super().__init__(PROTOCOL, 9, (TEMPLATE_SET, OPTIONS_SET), _templates)

    def take(self, intake: Intake) -> Iterator[pa.RecordBatch]:
        intake = intake.with_header(HEADER_BYTES, "NetFlow v9")
        if not len(intake):
            return
        words = intake.datagrams.heads(HEADER_BYTES).view(">u4").astype(np.int64)
        headers = Headers(
            domain=words[:, 4], sequence=words[:, 3], exported_ms=words[:, 2] * 1000, uptime_ms=words[:, 1]
        )
        yield from self.gather(intake, headers, intake.datagrams.lengths, {}, at=HEADER_BYTES, counts_records=False)


def gatherer() -> NetflowV9:
    """A gatherer for the datagrams of one file."""
    return NetflowV9()


def _templates(set_id: int, content: bytes) -> Iterator[tuple[int, Template]]:
    """Templates: id, field count, type and length of each field (section 5.2); options templates: section 6.1."""
    at, head = 0, 4 if set_id == TEMPLATE_SET else 6
    while at + head <= len(content):
        template_id, first = struct.unpack_from(">HH", content, at)
        if template_id < FIRST_DATA_SET:
            return
        scope_bytes = 0 if set_id == TEMPLATE_SET else first
        count = first if set_id == TEMPLATE_SET else (first + struct.unpack_from(">H", content, at + 4)[0]) // 4
        if at + head + 4 * count > len(content):
            raise Malformed(f"template {template_id} says {count} fields, which its flow set does not hold")
        pairs = struct.unpack_from(f">{2 * count}H", content, at + head)
        fields = tuple(Field(*pair) for pair in zip(pairs[::2], pairs[1::2], strict=True))
        yield template_id, Template(fields, scope_bytes // 4, is_options=set_id == OPTIONS_SET)
        at += head + 4 * count
