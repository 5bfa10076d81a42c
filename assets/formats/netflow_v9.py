"""NetFlow v9 (RFC 3954): templates, options templates and data flow sets.

Belongs here: its header, flow sets and packet sequence. Does not belong here: what records mean (_template_records).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import pyarrow as pa

from assets.formats._containers import Datagram
from assets.formats._decoding import Malformed, speaker
from assets.formats._export_health import Bin
from assets.formats._gathering import Group
from assets.formats._state import DecoderState, FileOutcome, HeldSet
from assets.formats._template_records import options_of, record_batches
from assets.formats._templates import Domain, Field, Template, cut_variable_fields

VERSIONS = (9,)
PROTOCOL = "netflow_v9"
HEADER_BYTES = 20
TEMPLATE_SET, OPTIONS_SET, FIRST_DATA_SET = 0, 1, 256
LARGEST_RECORD_BYTES = 65_535


class Header(NamedTuple):
    """What a datagram says of all its records."""

    domain: Domain
    uptime_ms: int
    exported_ms: int
    sequence: int


@dataclass
class TemplateRecords:
    """Gathers the records of v9 datagrams by template."""

    groups: dict[Template, Group] = field(default_factory=dict)
    domains: dict[Domain, int] = field(default_factory=dict)
    gathered_bytes: int = 0

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
            self._take_sets(payload, header, state, counted, outcome)
        except Malformed:
            counted.malformed += 1
            raise
        finally:
            records = counted.data_records - before
            state.health.follow(
                stream, counted, number=sequence, steps=1, uptime_ms=uptime_ms, records_of_a_step=records
            )

    def _take_sets(
        self, payload: bytes, header: Header, state: DecoderState, counted: Bin, outcome: FileOutcome
    ) -> None:
        at = HEADER_BYTES
        while at + 4 <= len(payload):
            set_id, length = struct.unpack_from(">HH", payload, at)
            if set_id == 0 and length == 0:
                return
            if length < 4 or at + length > len(payload):
                raise Malformed(f"flow set {set_id} at byte {at} says {length} bytes, {len(payload) - at} are left")
            content = payload[at + 4 : at + length]
            if set_id == TEMPLATE_SET:
                self._take_templates(content, header, state, counted)
            elif set_id == OPTIONS_SET:
                self._take_options_templates(content, header, state, counted)
            elif set_id >= FIRST_DATA_SET:
                self._take_data(set_id, content, header, state, counted, outcome)
            at += length

    def _take_templates(self, content: bytes, header: Header, state: DecoderState, counted: Bin) -> None:
        """Template records: id, field count, then type and length of each field (RFC 3954 section 5.2)."""
        at = 0
        while at + 4 <= len(content):
            template_id, count = struct.unpack_from(">HH", content, at)
            if template_id < FIRST_DATA_SET:
                return
            if at + 4 + 4 * count > len(content):
                raise Malformed(f"template {template_id} says {count} fields, which its flow set does not hold")
            pairs = struct.unpack_from(f">{2 * count}H", content, at + 4)
            fields = tuple(Field(*pair) for pair in zip(pairs[::2], pairs[1::2], strict=True))
            self._learn(template_id, Template(fields), header, state, counted)
            at += 4 + 4 * count

    def _take_options_templates(self, content: bytes, header: Header, state: DecoderState, counted: Bin) -> None:
        """Options templates: id, bytes of scope fields, bytes of option fields, the fields (RFC 3954 section 6.1)."""
        at = 0
        while at + 6 <= len(content):
            template_id, scope_bytes, option_bytes = struct.unpack_from(">HHH", content, at)
            if template_id < FIRST_DATA_SET:
                return
            count = (scope_bytes + option_bytes) // 4
            if at + 6 + 4 * count > len(content):
                raise Malformed(f"options template {template_id} says {count} fields, which its flow set does not hold")
            pairs = struct.unpack_from(f">{2 * count}H", content, at + 6)
            fields = tuple(Field(*pair) for pair in zip(pairs[::2], pairs[1::2], strict=True))
            self._learn(template_id, Template(fields, scope_bytes // 4, is_options=True), header, state, counted)
            at += 6 + 4 * count

    def _learn(self, template_id: int, template: Template, header: Header, state: DecoderState, counted: Bin) -> None:
        """Keep a template, and decode what waited for it."""
        if not 0 < template.record_bytes <= LARGEST_RECORD_BYTES:
            raise Malformed(f"template {template_id} describes records of {template.record_bytes} bytes")
        if state.templates.get((header.domain, template_id)) != template:
            state.templates[header.domain, template_id] = template
        for held in state.release(header.domain, template_id):
            state.counts.undecoded_sets -= 1
            then = state.health.bin_of(
                (header.domain.exporter, header.domain.observation_domain, PROTOCOL), held.exported_ms
            )
            then.undecoded_sets -= 1
            told = Header(header.domain, held.uptime_ms, held.exported_ms, held.sequence)
            self._take_records(template, held.content, told, state, then)

    def _take_data(
        self, set_id: int, content: bytes, header: Header, state: DecoderState, counted: Bin, outcome: FileOutcome
    ) -> None:
        template = state.templates.get((header.domain, set_id))
        if template is not None:
            self._take_records(template, content, header, state, counted)
            return
        counted.undecoded_sets += 1
        outcome.undecoded_sets += 1
        state.counts.undecoded_sets += 1
        outcome.note(f"no template {set_id} has come from this exporter yet; its data waits for it")
        state.hold(header.domain, set_id, HeldSet(content, header.exported_ms, header.uptime_ms, header.sequence))

    def _take_records(
        self, template: Template, content: bytes, header: Header, state: DecoderState, counted: Bin
    ) -> None:
        if template.has_variable_length:
            content = b"".join(cut_variable_fields(content, template))
            template = template.without_variable_fields
        records = len(content) // template.record_bytes
        if template.is_options:
            for number in range(records):
                raw = content[number * template.record_bytes : (number + 1) * template.record_bytes]
                state.sampling.learn(header.domain, options_of(raw, template))
            counted.option_records += records
            state.counts.option_records += records
            return
        if template.is_flow:
            self.groups.setdefault(template, Group(PROTOCOL, template.record_bytes)).add(
                content,
                exported_ms=header.exported_ms,
                uptime_ms=header.uptime_ms,
                sequence=header.sequence,
                domain=self.domains.setdefault(header.domain, len(self.domains)),
            )
        counted.data_records += records
        state.counts.data_records += records

    def batches(self, state: DecoderState) -> Iterator[pa.RecordBatch]:
        for template, group in self.groups.items():
            if group.counts:
                yield from record_batches(group, template, list(self.domains), state.sampling)
        self.groups.clear()
        self.domains.clear()
        self.gathered_bytes = 0


def gatherer() -> TemplateRecords:
    """A gatherer for the datagrams of one file."""
    return TemplateRecords()
