"""Gathering the records of sets by template: what NetFlow v9 and IPFIX do alike once their headers are read.

Belongs here: walking sets, learning templates, held data, counting records. Does not belong here: headers and template
records of one protocol (netflow_v9, ipfix), or what fields mean (_template_records).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import pyarrow as pa

from assets.formats._decoding import Malformed
from assets.formats._export_health import Bin
from assets.formats._gathering import Group
from assets.formats._state import DecoderState, FileOutcome, HeldSet
from assets.formats._template_records import options_of, record_batches
from assets.formats._templates import Domain, Template, cut_variable_fields

FIRST_DATA_SET = 256
LARGEST_RECORD_BYTES = 65_535


class Header(NamedTuple):
    """What a datagram says of all its records."""

    domain: Domain
    uptime_ms: int
    exported_ms: int
    sequence: int


class Reading(NamedTuple):
    """A datagram being read: its header, the state, its health bin and its file's outcome."""

    header: Header
    state: DecoderState
    counted: Bin
    outcome: FileOutcome


class TemplateReader(Protocol):
    """How a protocol writes templates in the sets that hold them: pairs of id and template, None if withdrawn."""

    def __call__(self, set_id: int, content: bytes) -> Iterator[tuple[int, Template | None]]: ...


@dataclass
class TemplateGatherer:
    """Gathers the records of one protocol by template; `template_sets` are the ids of sets that hold templates."""

    flow_protocol: str
    template_sets: tuple[int, ...]
    read_templates: TemplateReader
    groups: dict[Template, Group] = field(default_factory=dict)
    domains: dict[Domain, int] = field(default_factory=dict)
    gathered_bytes: int = 0

    def take_sets(self, payload: bytes, at: int, reading: Reading, end: int | None = None) -> None:
        """Walk the sets that begin between bytes `at` and `end`; Malformed at one that does not fit."""
        while at + 4 <= len(payload) and (end is None or at < end):
            set_id, length = struct.unpack_from(">HH", payload, at)
            if set_id == 0 and length == 0:
                return
            if length < 4 or at + length > len(payload):
                raise Malformed(f"set {set_id} at byte {at} says {length} bytes, {len(payload) - at} are left")
            content = payload[at + 4 : at + length]
            if set_id in self.template_sets:
                for template_id, template in self.read_templates(set_id, content):
                    self._learn(template_id, template, reading)
            elif set_id >= FIRST_DATA_SET:
                self._take_data(set_id, content, reading)
            at += length

    def _learn(self, template_id: int, template: Template | None, reading: Reading) -> None:
        """Keep a template (or forget one that was withdrawn), and decode what waited for it."""
        header, state = reading.header, reading.state
        if template is None:
            state.templates.pop((header.domain, template_id), None)
            return
        if not 0 < template.least_bytes <= LARGEST_RECORD_BYTES:
            raise Malformed(f"template {template_id} describes records of {template.record_bytes} bytes")
        if state.templates.get((header.domain, template_id)) != template:
            state.templates[header.domain, template_id] = template
        for held in state.release(header.domain, template_id):
            state.counts.undecoded_sets -= 1
            stream = header.domain.exporter, header.domain.observation_domain, self.flow_protocol
            then = state.health.bin_of(stream, held.exported_ms)
            then.undecoded_sets -= 1
            told = Header(header.domain, held.uptime_ms, held.exported_ms, held.sequence)
            self._take_records(template, held.content, Reading(told, state, then, reading.outcome))

    def _take_data(self, set_id: int, content: bytes, reading: Reading) -> None:
        header, state, counted, outcome = reading
        template = state.templates.get((header.domain, set_id))
        if template is not None:
            self._take_records(template, content, reading)
            return
        counted.undecoded_sets += 1
        outcome.undecoded_sets += 1
        state.counts.undecoded_sets += 1
        outcome.note(f"no template {set_id} has come from this exporter yet; its data waits for it")
        state.hold(header.domain, set_id, HeldSet(content, header.exported_ms, header.uptime_ms, header.sequence))

    def _take_records(self, template: Template, content: bytes, reading: Reading) -> None:
        header, state, counted, _ = reading
        if template.has_variable_length:
            cut = cut_variable_fields(content, template)
            records, content, template = len(cut), b"".join(cut), template.without_variable_fields
        else:
            records = len(content) // template.record_bytes
        if template.is_options:
            for number in range(records):
                raw = content[number * template.record_bytes : (number + 1) * template.record_bytes]
                state.sampling.learn(header.domain, options_of(raw, template))
            counted.option_records += records
            state.counts.option_records += records
            return
        if template.is_flow:
            self.groups.setdefault(template, Group(self.flow_protocol, template.record_bytes)).add(
                content,
                exported_ms=header.exported_ms,
                uptime_ms=header.uptime_ms,
                sequence=header.sequence,
                domain=self.domains.setdefault(header.domain, len(self.domains)),
            )
        counted.data_records += records
        state.counts.data_records += records

    def batches(self, state: DecoderState) -> Iterator[pa.RecordBatch]:
        """Give out and forget what was gathered."""
        for template, group in self.groups.items():
            if group.counts:
                yield from record_batches(group, template, list(self.domains), state)
        self.groups.clear()
        self.domains.clear()
        self.gathered_bytes = 0
