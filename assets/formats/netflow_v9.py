"""NetFlow v9 (RFC 3954): templates, options templates and data flow sets.

Belongs here: its header, its template records and its packet sequence. Does not belong here: what v9 shares with IPFIX
(_template_sets, _template_records).
"""

import struct
from collections.abc import Iterator

from assets.formats._containers import Datagram
from assets.formats._decoding import Malformed, speaker
from assets.formats._state import DecoderState, FileOutcome
from assets.formats._template_sets import FIRST_DATA_SET, Header, Reading, TemplateGatherer
from assets.formats._templates import Field, Template

VERSIONS = (9,)
PROTOCOL = "netflow_v9"
HEADER_BYTES = 20
TEMPLATE_SET, OPTIONS_SET = 0, 1


class NetflowV9(TemplateGatherer):
    """Gathers the records of v9 datagrams."""

    def __init__(self) -> None:
        super().__init__(PROTOCOL, (TEMPLATE_SET, OPTIONS_SET), _templates)

    def take(self, datagram: Datagram, exporter: bytes, state: DecoderState, outcome: FileOutcome) -> None:
        payload = datagram.payload
        if len(payload) < HEADER_BYTES:
            raise Malformed(f"a NetFlow v9 header needs {HEADER_BYTES} bytes, {len(payload)} are there")
        uptime_ms, seconds, sequence, source_id = struct.unpack_from(">IIII", payload, 4)
        header = Header(speaker(exporter, 9, source_id), uptime_ms, seconds * 1000, sequence)
        stream = (exporter, source_id, PROTOCOL)
        counted = state.health.bin_of(stream, header.exported_ms)
        if state.is_duplicate(header.domain, payload):
            counted.duplicates += 1
            outcome.duplicates += 1
            return
        counted.datagrams += 1
        state.counts.datagrams += 1
        self.gathered_bytes += len(payload)
        before = counted.data_records
        try:
            self.take_sets(payload, HEADER_BYTES, Reading(header, state, counted, outcome))
        except Malformed:
            counted.malformed += 1
            raise
        finally:
            records = counted.data_records - before
            state.health.follow(
                stream, counted, number=sequence, steps=1, uptime_ms=uptime_ms, records_of_a_step=records
            )


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
