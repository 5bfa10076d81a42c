"""Learning templates from the sets that hold them, while their datagrams are taken.

Belongs here: reading such sets once, and keeping or withdrawing what they say. Does not belong here: which template
holds when (_template_cache), how a protocol writes them (netflow_v9, ipfix), sets of data (_template_sets).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np

from assets.exports.formats._datagrams import Numbers
from assets.exports.formats._intake import Intake, Malformed
from assets.exports.formats._set_walk import Sets
from assets.exports.formats._stretches import Sent
from assets.exports.formats._template_cache import MOST_FIELDS
from assets.exports.formats._templates import Domain, Template
from assets.exports.formats._timeline import When

FIRST_DATA_SET = 256
LARGEST_RECORD_BYTES = 65_535
# What a template takes once it is read is about 25 times its bytes.
BYTES_OF_SETS_REMEMBERED = 1 << 20

Templates = list[tuple[int, Template | None]]


class TemplateReader(Protocol):
    """How a protocol writes templates in the sets that hold them: pairs of id and template, None if withdrawn."""

    def __call__(self, set_id: int, content: bytes) -> Iterator[tuple[int, Template | None]]: ...


@dataclass(frozen=True)
class Counted:
    """What the datagrams of an intake held, one number a datagram; `reasons` says why one is malformed."""

    data_records: Numbers
    option_records: Numbers
    undecoded_sets: Numbers
    reasons: dict[int, str]

    @classmethod
    def nothing(cls, datagrams: int, reasons: Mapping[int, str]) -> "Counted":
        none = np.zeros(datagrams, np.int64)
        return cls(none, none.copy(), none.copy(), dict(reasons))


class Block(NamedTuple):
    """The datagrams being taken: who speaks (an index of `domains`), when each was sent and came."""

    intake: Intake
    domains: list[Domain]
    domain: Numbers
    sent: Sent
    arrival: int
    counted: Counted

    def when(self, row: int, place: int) -> When:
        return When(int(self.sent[row]), self.arrival + row, place)


@dataclass
class TemplateLearner:
    """Learns what sets of these ids say of templates; exporters send the same sets again and again."""

    template_sets: tuple[int, ...]
    read_templates: TemplateReader
    known_sets: dict[tuple[int, bytes], tuple[Templates, str | None]] = field(default_factory=dict)
    known_bytes: int = 0

    def learn(self, block: Block, sets: Sets) -> Sets:
        """Learn from the sets that hold templates; returns those of data, up to a malformed one in their datagram."""
        is_template = np.isin(sets.set_id, self.template_sets)
        is_data = sets.set_id >= FIRST_DATA_SET
        content, begins = block.intake.datagrams.content, block.intake.datagrams.begins_at
        for number in np.flatnonzero(is_template).tolist():
            row, begin, end = int(sets.row[number]), int(sets.begins_at[number]), int(sets.ends_at[number])
            found, fault = self._read(int(sets.set_id[number]), content[begin:end])
            when = block.when(row, begin - int(begins[row]))
            try:
                for template_id, template in found:
                    self._keep(block, row, template_id, template, when)
                if fault:
                    raise Malformed(fault)
            except Malformed as error:
                block.counted.reasons[row] = str(error)
                is_data &= (sets.row != row) | (sets.begins_at < begin)
        return Sets(*(column[is_data] for column in sets))

    def _read(self, set_id: int, content: bytes) -> tuple[Templates, str | None]:
        """The templates of a set and what is wrong behind them; exporters send the same sets again and again."""
        key = set_id, content
        if key not in self.known_sets:
            found, fault = Templates(), None
            try:
                found.extend(self.read_templates(set_id, content))
            except Malformed as error:
                fault = str(error)
            self.known_bytes += len(content)
            if self.known_bytes > BYTES_OF_SETS_REMEMBERED:
                self.known_sets.clear()
                self.known_bytes = len(content)
            if self.known_bytes > BYTES_OF_SETS_REMEMBERED:
                return found, fault
            self.known_sets[key] = found, fault
        return self.known_sets[key]

    def _keep(self, block: Block, row: int, template_id: int, template: Template | None, when: When) -> None:
        """Keep a template, or take note that one was withdrawn."""
        cache, domain, outcome = block.intake.state.templates, block.domains[block.domain[row]], block.intake.outcome
        if template is None:
            if template_id in self.template_sets:
                is_taken = cache.withdraw_all(domain, when, is_options=template_id == self.template_sets[1])
            else:
                is_taken = cache.withdraw(domain, template_id, when)
            if not is_taken:
                outcome.refused_templates += 1
                outcome.note(f"the withdrawal of template {template_id} is one too many, and is not taken")
            return
        if not 0 < template.least_bytes <= LARGEST_RECORD_BYTES:
            raise Malformed(f"template {template_id} describes records of {template.record_bytes} bytes")
        if not cache.keep(domain, template_id, template, when):
            outcome.refused_templates += 1
            outcome.note(f"template {template_id} is one too many: {MOST_FIELDS} fields of its exporter are known")
