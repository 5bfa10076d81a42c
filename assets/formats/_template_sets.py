"""Gathering the records of sets by template: what NetFlow v9 and IPFIX do alike once their headers are read.

Belongs here: walking sets, learning templates, held data, counting records. Does not belong here: headers and template
records of one protocol (netflow_v9, ipfix), or what fields mean (_template_records).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pyarrow as pa

from assets.formats._datagrams import Numbers
from assets.formats._intake import Flags, Headers, Intake, Malformed, lost_before, streams_of
from assets.formats._record_sequences import lost_records_before
from assets.formats._state import DecoderState, HeaderValues, HeldSet
from assets.formats._steady_runs import FIRST_DATA_SET, Run, runs
from assets.formats._template_cache import MOST_FIELDS
from assets.formats._template_records import Group, options_of, record_batches
from assets.formats._templates import Domain, Template, cut_variable_fields
from assets.formats._told import Told

LARGEST_RECORD_BYTES = 65_535
# Records wait for the end of their file, so that sampling told later in it still counts; at most this many bytes.
GATHERED_BYTES = 16 << 20
# What is kept beside a datagram's or a packet section's own bytes, about.
REMEMBERED_BYTES = 128
SET_HEADER = struct.Struct(">HH")


class TemplateReader(Protocol):
    """How a protocol writes templates in the sets that hold them: pairs of id and template, None if withdrawn."""

    def __call__(self, set_id: int, content: bytes) -> Iterator[tuple[int, Template | None]]: ...


@dataclass(frozen=True)
class Counted:
    """What the datagrams of an intake held, one number a datagram."""

    data_records: list[int]
    option_records: list[int]
    undecoded_sets: list[int]
    malformed: list[int]

    @classmethod
    def nothing(cls, datagrams: int) -> "Counted":
        return cls(*([0] * datagrams for _ in range(4)))


@dataclass(frozen=True)
class _Rows:
    """Datagrams and what their headers say, as Python has them; `domain` is an index of `domains`."""

    payload: list[bytes]
    domains: list[Domain]
    domain: list[int]
    sequence: list[int]
    exported_ms: list[int]
    uptime_ms: list[int]

    @classmethod
    def of(cls, intake: Intake, headers: Headers, version: int) -> "_Rows":
        keys, which = np.unique(intake.exporter << 32 | headers.domain, return_inverse=True)
        return cls(
            intake.payloads,
            [Domain(intake.exporters[key >> 32], version, key & 0xFFFFFFFF) for key in keys.tolist()],
            which.tolist(),
            headers.sequence.tolist(),
            headers.exported_ms.tolist(),
            headers.uptime_ms.tolist(),
        )

    def domain_of(self, row: int) -> Domain:
        return self.domains[self.domain[row]]

    def header(self, row: int) -> HeaderValues:
        return HeaderValues(self.domain_of(row), self.sequence[row], self.exported_ms[row], self.uptime_ms[row])


@dataclass
class TemplateGatherer:
    """Gathers the records of one protocol by template; `template_sets` are the ids of sets that hold templates."""

    flow_protocol: str
    version: int
    template_sets: tuple[int, ...]
    read_templates: TemplateReader
    groups: dict[Template, Group] = field(default_factory=dict)
    gathered_bytes: int = 0
    # What the headers of datagrams said of which records were gathered; groups name them by their place there.
    told: Told = field(init=False)
    here: int = 0
    header: HeaderValues = field(init=False)

    def __post_init__(self) -> None:
        self.told = Told(self.flow_protocol)

    def gather(
        self, intake: Intake, headers: Headers, plain: Flags, *, at: int, counts_records: bool
    ) -> Iterator[pa.RecordBatch]:
        """Take the sets behind the headers, `at` bytes into each datagram, and book them.

        `plain`: the header measures the whole datagram. `counts_records`: the sequence counts data records (IPFIX), not
        datagrams (v9).
        """
        fresh, counted = ~intake.repeated(), Counted.nothing(len(intake))
        rows = _Rows.of(intake, headers, self.version)
        for run in runs(intake, headers, plain & fresh, at):
            template = intake.state.templates.get(rows.domain_of(run.begin), run.set_id) if run.is_steady else None
            if template is not None and template.is_flow and not template.has_variable_length:
                self._take_run(run, template, rows, at, counted)
                continue
            for row in range(run.begin, run.end):
                if fresh[row]:
                    self._take_one(row, rows, at, intake, counted)
        self.gathered_bytes += int(intake.datagrams.lengths.sum()) + REMEMBERED_BYTES * len(intake)
        self._book(intake, headers, counted, fresh, counts_records)
        if self.gathered_bytes > GATHERED_BYTES:
            yield from self.rest(intake.state)

    def _take_run(self, run: Run, template: Template, rows: _Rows, at: int, counted: Counted) -> None:
        """Datagrams that hold nothing but data of a known template."""
        record_bytes, first = template.record_bytes, len(self.told)
        payloads = rows.payload[run.begin : run.end]
        records = [(int.from_bytes(one[at + 2 : at + 4], "big") - SET_HEADER.size) // record_bytes for one in payloads]
        begin = at + SET_HEADER.size
        ends = [begin + count * record_bytes for count in records]
        some = slice(run.begin, run.end)
        told = (rows.sequence[some], rows.exported_ms[some], rows.uptime_ms[some])
        self.told.extend(rows.domain_of(run.begin), *told)
        group = self.groups.setdefault(template, Group())
        group.raw.extend(one[begin:end] for one, end in zip(payloads, ends, strict=True))
        group.counts.extend(records)
        group.told.extend(range(first, len(self.told)))
        counted.data_records[some] = records

    def _take_one(self, row: int, rows: _Rows, at: int, intake: Intake, counted: Counted) -> None:
        self.header = rows.header(row)
        self.here = self.told.append(self.header)
        try:
            self.walk(rows.payload[row], at, intake, counted, row)
        except Malformed as error:
            counted.malformed[row] = 1
            intake.refuse(int(intake.datagrams.number[row]), str(error))

    def walk(self, payload: bytes, at: int, intake: Intake, counted: Counted, row: int) -> None:
        """The sets of one datagram; raises Malformed, having taken what was good before."""
        self.take_sets(payload, at, len(payload), intake, counted, row)

    def take_sets(self, payload: bytes, at: int, end: int, intake: Intake, counted: Counted, row: int) -> None:
        """Walk the sets that begin between bytes `at` and `end`; Malformed at one that does not fit."""
        state, size = intake.state, len(payload)
        domain = self.header.domain
        while at < end and at + 4 <= size:
            set_id, length = SET_HEADER.unpack_from(payload, at)
            if set_id == 0 and length == 0:
                return
            if length < 4 or at + length > size:
                raise Malformed(f"set {set_id} at byte {at} says {length} bytes, {size - at} are left")
            content = payload[at + 4 : at + length]
            at += length
            if set_id in self.template_sets:
                for template_id, template in self.read_templates(set_id, content):
                    self._learn(template_id, template, intake)
                continue
            if set_id < FIRST_DATA_SET:
                continue
            template = state.templates.get(domain, set_id)
            if template is None:
                self._hold(set_id, content, intake)
                counted.undecoded_sets[row] += 1
            else:
                records = self._take_records(template, content, self.here, state)
                (counted.option_records if template.is_options else counted.data_records)[row] += records

    def _learn(self, template_id: int, template: Template | None, intake: Intake) -> None:
        """Keep a template (or forget one that was withdrawn), and decode what waited for it."""
        state, domain = intake.state, self.header.domain
        if template is None:
            if template_id in self.template_sets:
                state.templates.withdraw_all(domain, is_options=template_id == self.template_sets[1])
            state.templates.withdraw(domain, template_id)
            return
        if not 0 < template.least_bytes <= LARGEST_RECORD_BYTES:
            raise Malformed(f"template {template_id} describes records of {template.record_bytes} bytes")
        if not state.templates.keep(domain, template_id, template):
            intake.outcome.refused_templates += 1
            intake.outcome.note(
                f"template {template_id} is one too many: {MOST_FIELDS} fields of its exporter are known"
            )
            return
        for held in state.release(domain, template_id):
            self._release(held, template, state)

    def _release(self, held: HeldSet, template: Template, state: DecoderState) -> None:
        """Decode a set that waited; its datagram was booked when it came, its records are now."""
        records = self._take_records(template, held.content, self.told.append(held.told), state)
        stream = held.told.domain.exporter, held.told.domain.observation_domain, self.flow_protocol
        then = state.health.bin_of(stream, held.told.exported_ms)
        then.undecoded_sets -= 1
        state.counts.undecoded_sets -= 1
        if template.is_options:
            then.option_records += records
            state.counts.option_records += records
        else:
            then.data_records += records
            state.counts.data_records += records

    def _hold(self, set_id: int, content: bytes, intake: Intake) -> None:
        intake.outcome.undecoded_sets += 1
        intake.outcome.note(f"no template {set_id} has come from this exporter yet; its data waits for it")
        intake.state.hold(self.header.domain, set_id, HeldSet(content, self.header))

    def _take_records(self, template: Template, content: bytes, here: int, state: DecoderState) -> int:
        """Gather the records of a set, or learn from them if they are options; returns how many they are."""
        layout, sections = template, list[bytes]()
        if template.has_variable_length:
            cut, sections = cut_variable_fields(content, template)
            records, content, layout = len(cut), b"".join(cut), template.without_variable_fields
        else:
            records = len(content) // template.record_bytes
        if template.is_options and layout.options_told:
            domain = self.told.domain_at(here)
            for number in range(records):
                raw = content[number * layout.record_bytes : (number + 1) * layout.record_bytes]
                state.sampling.learn(domain, options_of(raw, layout))
        elif template.is_flow and records:
            group = self.groups.setdefault(template, Group())
            group.raw.append(content[: records * layout.record_bytes])
            group.counts.append(records)
            group.told.append(here)
            group.sections.extend(sections)
            self.gathered_bytes += REMEMBERED_BYTES * len(sections)
        return records

    def _book(self, intake: Intake, headers: Headers, counted: Counted, fresh: Flags, counts_records: bool) -> None:
        """Count what came and was lost."""
        streams, stream = streams_of(intake, headers.domain, self.flow_protocol)
        data_records, option_records = _numbers(counted.data_records), _numbers(counted.option_records)
        undecoded_sets = _numbers(counted.undecoded_sets)
        if counts_records:
            lost = lost_records_before(
                intake, streams, stream, headers, data_records, option_records, undecoded_sets, fresh
            )
        else:
            lost = lost_before(intake, streams, stream, headers, fresh.astype(np.int64), fresh)
        health, counts = intake.state.health, intake.state.counts
        health.count(
            streams,
            stream,
            headers.exported_ms,
            datagrams=fresh.astype(np.int64),
            duplicates=(~fresh).astype(np.int64),
            malformed=_numbers(counted.malformed),
            data_records=data_records,
            option_records=option_records,
            undecoded_sets=undecoded_sets,
            records_lost=lost if counts_records else lost * data_records,
        )
        if not counts_records:
            health.mark_estimates(streams, stream[lost != 0], headers.exported_ms[lost != 0])
        counts.datagrams += int(fresh.sum())
        counts.data_records += int(data_records.sum())
        counts.option_records += int(option_records.sum())
        counts.undecoded_sets += int(undecoded_sets.sum())

    def rest(self, state: DecoderState) -> Iterator[pa.RecordBatch]:
        """Give out and forget what was gathered."""
        headers = self.told.columns()
        for template, group in self.groups.items():
            yield from record_batches(group, template, headers, state)
        self.groups.clear()
        self.told = Told(self.flow_protocol)
        self.gathered_bytes = 0


def _numbers(values: list[int]) -> Numbers:
    return np.array(values, np.int64)
