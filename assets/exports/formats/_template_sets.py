"""Gathering the records of sets by template: what NetFlow v9 and IPFIX do alike once their headers are read.

Belongs here: taking sets, learning templates and options, counting records. Does not belong here: headers and template
records of one protocol (netflow_v9, ipfix), finding sets (_set_walk), or what fields mean (_template_records).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from assets.exports.formats._datagrams import Numbers, distinct_numbers, rows_by, structures_one_behind_another
from assets.exports.formats._headers import GatheredHeaders
from assets.exports.formats._intake import Flags, Headers, Intake, streams_of
from assets.exports.formats._options import announced, fields_read
from assets.exports.formats._sampling import MOST_INTERVALS
from assets.exports.formats._sequences import Steps
from assets.exports.formats._set_walk import Sets, walk
from assets.exports.formats._state import DecoderState
from assets.exports.formats._stretches import LAST_OF_ITS_MOMENT
from assets.exports.formats._template_cache import Versions
from assets.exports.formats._template_learning import Block, Counted, TemplateLearner, TemplateReader
from assets.exports.formats._template_records import Group, record_batches
from assets.exports.formats._templates import Domain, Template, cut_variable_fields
from assets.exports.formats._timeline import SENT_SECOND_SHIFT, When

# Records wait until so many bytes are gathered, or their file ends: many at once cost less.
GATHERED_BYTES = 16 << 20
# What is kept beside a datagram's or a packet section's own bytes, about.
REMEMBERED_BYTES = 128


@dataclass
class TemplateGatherer:
    """Gathers the records of one protocol by template; `template_sets` are the ids of sets that hold templates."""

    flow_protocol: str
    version: int
    template_sets: tuple[int, ...]
    read_templates: TemplateReader
    groups: dict[Template, Group] = field(default_factory=dict)
    gathered_bytes: int = 0
    headers: GatheredHeaders = field(init=False)
    learner: TemplateLearner = field(init=False)

    def __post_init__(self) -> None:
        self.headers = GatheredHeaders(self.flow_protocol)
        self.learner = TemplateLearner(self.template_sets, self.read_templates)

    def gather(
        self, intake: Intake, headers: Headers, lengths: Numbers, reasons: Mapping[int, str], *, at: int,
        counts_records: bool,
    ) -> Iterator[pa.RecordBatch]:  # fmt: skip
        """Take the sets behind the headers, `at` bytes into each datagram and within `lengths`, and book them.

        `reasons`: why a datagram is malformed by its header. `counts_records`: the sequence counts data records
        (IPFIX), not datagrams (v9).
        """
        fresh = ~intake.repeated(headers.exported_ms)
        keys, which = distinct_numbers(intake.exporter << 32 | headers.domain)
        domains = [Domain(intake.exporters[key >> 32], self.version, key & 0xFFFFFFFF) for key in keys.tolist()]
        seconds = (headers.exported_ms // 1000).astype(np.uint64)
        sent = seconds << np.uint64(SENT_SECOND_SHIFT) | headers.sequence.astype(np.uint64)
        counted = Counted.nothing(len(intake), {row: one for row, one in reasons.items() if fresh[row]})
        block = Block(intake, domains, which, sent, intake.state.arrived(len(intake)), counted)
        sets, faults = walk(intake.datagrams, np.flatnonzero(fresh), at, lengths)
        counted.reasons.update((one.row, str(one)) for one in faults)
        base = self.headers.extend(domains, which, headers, sent)
        self._take_data(block, self.learner.learn(block, sets), base)
        self.gathered_bytes += int(intake.datagrams.lengths.sum()) + REMEMBERED_BYTES * len(intake)
        self._book(block, headers, fresh, counts_records)
        if self.gathered_bytes > GATHERED_BYTES:
            yield from self.rest(intake.state)

    def _take_data(self, block: Block, sets: Sets, base: int) -> None:
        """Take the sets of data, options first: what they tell counts for the records beside them, too."""
        if not len(sets.row):
            return
        keys, which = distinct_numbers(block.domain[sets.row] << 16 | sets.set_id)
        options = list[tuple[int, Template]]()
        for key, numbers in zip(keys.tolist(), rows_by(which, len(keys)), strict=True):
            domain, template_id = block.domains[key >> 16], key & 0xFFFF
            of_key = Sets(*(column[numbers] for column in sets))
            versions = block.intake.state.templates.of(domain, template_id)
            for template, chosen in self._by_template(block, of_key, versions):
                some = Sets(*(column[chosen] for column in of_key))
                if template is None:
                    self._undecoded(block, some.row, template_id)
                elif template.is_options:
                    options.extend((number, template) for number in numbers[chosen].tolist())
                else:
                    self._take_flows(block, template, some, base)
        for number, template in sorted(options, key=lambda one: one[0]):
            self._take_options(block, Sets(*(column[number : number + 1] for column in sets)), template)

    def _by_template(
        self, block: Block, sets: Sets, versions: Versions | None
    ) -> Iterator[tuple[Template | None, Numbers]]:
        """The template of each set by what was in force when it was sent, None if there is none."""
        everything = np.arange(len(sets.row))
        if not versions:
            yield None, everything
            return
        versions.ask(When(int(block.sent[sets.row].max()), LAST_OF_ITS_MOMENT))
        if len(versions) == 1 and not versions.is_cut:
            yield versions.values[0], everything
            return
        places = sets.begins_at - block.intake.datagrams.begins_at[sets.row]
        found: dict[Template | None, list[int]] = {}
        for number, (row, place) in enumerate(zip(sets.row.tolist(), places.tolist(), strict=True)):
            found.setdefault(versions.holding(block.when(row, place)), []).append(number)
        for template, numbers in found.items():
            yield template, np.array(numbers, np.int64)

    def _undecoded(self, block: Block, rows: Numbers, template_id: int) -> None:
        np.add.at(block.counted.undecoded_sets, rows, 1)
        block.intake.outcome.undecoded_sets += len(rows)
        block.intake.outcome.note(f"no template {template_id} has come from this exporter yet; {len(rows)} sets wait")

    def _take_flows(self, block: Block, template: Template, sets: Sets, base: int) -> None:
        """Gather the records of sets of one template."""
        if template.has_variable_length:
            self._take_variable(block, template, sets, base)
            return
        records = (sets.ends_at - sets.begins_at) // template.record_bytes
        np.add.at(block.counted.data_records, sets.row, records)
        if not template.is_flow:
            return
        raw = structures_one_behind_another(block.intake.datagrams.view, sets.begins_at, records, template.record_bytes)
        self.groups.setdefault(template, Group()).add(raw, records, base + sets.row)

    def _take_variable(self, block: Block, template: Template, sets: Sets, base: int) -> None:
        """The same of a template with fields of variable length, which are cut out of the records."""
        content = block.intake.datagrams.content
        for row, begin, end in zip(sets.row.tolist(), sets.begins_at.tolist(), sets.ends_at.tolist(), strict=True):
            cut, sections = cut_variable_fields(content[begin:end], template)
            block.counted.data_records[row] += len(cut)
            if template.is_flow and cut:
                group = self.groups.setdefault(template, Group())
                group.add(np.frombuffer(b"".join(cut), np.uint8), np.array([len(cut)]), np.array([base + row]))
                group.sections.extend(sections)
                self.gathered_bytes += REMEMBERED_BYTES * len(sections)

    def _take_options(self, block: Block, sets: Sets, template: Template) -> None:
        """Learn from the records of one set of options."""
        row, begin, end = int(sets.row[0]), int(sets.begins_at[0]), int(sets.ends_at[0])
        content, layout = block.intake.datagrams.content[begin:end], template
        if template.has_variable_length:
            records, _ = cut_variable_fields(content, template)
            layout = template.without_variable_fields
        else:
            size = template.record_bytes
            records = [content[at : at + size] for at in range(0, len(content) // size * size, size)]
        block.counted.option_records[row] += len(records)
        domain = block.domains[block.domain[row]]
        block.intake.state.interface_names.learn(domain.exporter, content, template)
        fields, state = fields_read(layout, self.version), block.intake.state
        if not fields:
            return
        when = block.when(row, begin - int(block.intake.datagrams.begins_at[row]))
        for one in records:
            announcement = announced(one, fields)
            if announcement is not None and not state.sampling.learn(domain, announcement, when):
                block.intake.outcome.refused_templates += 1
                block.intake.outcome.note(f"an interval is one too many: {MOST_INTERVALS} of its exporter are known")

    def _book(self, block: Block, headers: Headers, fresh: Flags, counts_records: bool) -> None:
        """Count what came, and keep the sequence numbers until all are there."""
        intake, counted, health, counts = (
            block.intake,
            block.counted,
            block.intake.state.health,
            block.intake.state.counts,
        )
        streams, stream = streams_of(intake, headers.domain, self.flow_protocol)
        malformed = np.zeros(len(intake), np.int64)
        for row, reason in sorted(counted.reasons.items()):
            malformed[row] = 1
            intake.refuse(int(intake.datagrams.number[row]), reason)
        none = np.zeros(len(intake), np.int64)
        steps = Steps(
            headers.exported_ms,
            headers.sequence,
            counted.data_records if counts_records else none + 1,
            counted.option_records if counts_records else none,
            headers.uptime_ms,
            none + 1 if counts_records else counted.data_records,
            counted.undecoded_sets > 0 if counts_records else none > 0,
        )
        health.wait(streams, stream[fresh], steps.chosen(fresh))
        health.count(
            streams,
            stream,
            headers.exported_ms,
            datagrams=fresh.astype(np.int64),
            duplicates=(~fresh).astype(np.int64),
            malformed=malformed,
            data_records=counted.data_records,
            option_records=counted.option_records,
            undecoded_sets=counted.undecoded_sets,
        )
        counts.datagrams += int(fresh.sum())
        counts.data_records += int(counted.data_records.sum())
        counts.option_records += int(counted.option_records.sum())
        counts.undecoded_sets += int(counted.undecoded_sets.sum())

    def rest(self, state: DecoderState) -> Iterator[pa.RecordBatch]:
        """Give out and forget what was gathered."""
        headers = self.headers.columns()
        for template, group in self.groups.items():
            yield from record_batches(group, template, headers, state)
        self.groups.clear()
        self.headers = GatheredHeaders(self.flow_protocol)
        self.gathered_bytes = 0
