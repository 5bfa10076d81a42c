"""Templates and sampling: what exporters have told of the layout of their data and of how they sample.

Belongs here: layouts, the cache by exporter, version, observation domain and id, and the sampling that options tell.
Does not belong here: reading datagrams.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from assets.formats import _elements

VARIABLE_LENGTH = 0xFFFF
MOST_INTERVALS = 65_536
# What a header's clock of 32 bits can say: a boot behind that is none.
LATEST_MS = (1 << 32) * 1000


class Domain(NamedTuple):
    """Who speaks: exporter (16 bytes), protocol version, observation domain. Ids mean nothing across domains."""

    exporter: bytes
    version: int
    observation_domain: int


class Field(NamedTuple):
    """A field of a template: its element, its length in bytes, and its enterprise (0 for the IANA elements)."""

    element: int
    length: int
    enterprise: int = 0


@dataclass(frozen=True)
class Template:
    """The layout of a data record; the first `scope_fields` fields are the scope of an options template."""

    fields: tuple[Field, ...]
    scope_fields: int = 0
    is_options: bool = False

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        """Computed once: every set of every datagram looks its template's group up."""
        return hash((self.fields, self.scope_fields, self.is_options))

    @cached_property
    def is_flow(self) -> bool:
        """Whether its records are IP flows: they name both ends, or hold the beginning of a packet."""
        return not self.is_options and (self.names_ends or self.section is not None)

    @cached_property
    def names_ends(self) -> bool:
        told = {(one.element, one.length) for one in self.fields if not one.enterprise}
        return all(not told.isdisjoint(addresses) for addresses in _elements.ENDS)

    @cached_property
    def section(self) -> Field | None:
        """The field that holds the beginning of a sampled packet, of a template that does not name both ends."""
        if self.names_ends:
            return None
        wanted = (*_elements.FRAME_SECTIONS, _elements.IP_SECTION)
        told = [one for one in self.fields if one.length and not one.enterprise]
        found = (one for element in wanted for one in told if one.element == element)
        return next(found, None)

    @cached_property
    def record_bytes(self) -> int:
        """Length of a record; of one with fields of variable length, that of the others."""
        return sum(one.length for one in self.fields if one.length != VARIABLE_LENGTH)

    @cached_property
    def least_bytes(self) -> int:
        """The fewest bytes of a record: a field of variable length takes one at least."""
        return sum(1 if one.length == VARIABLE_LENGTH else one.length for one in self.fields)

    @cached_property
    def without_variable_fields(self) -> "Template":
        """The layout that is left when fields of variable length are cut out of the records."""
        fields = tuple(one for one in self.fields if one.length != VARIABLE_LENGTH)
        scope = sum(one.length != VARIABLE_LENGTH for one in self.fields[: self.scope_fields])
        return Template(fields, scope, self.is_options)

    @cached_property
    def options_told(self) -> tuple[tuple[int, int, int], ...]:
        """The fields that options are learned from: element, first byte and end; of an element its first field.

        What an options record is about, its scope, is learned only where that is a sampler (RFC 5477 section 8).
        """
        told: dict[int, tuple[int, int, int]] = {}
        at = 0
        for number, one in enumerate(self.fields):
            learned = _elements.SAMPLER_ID if number < self.scope_fields else _elements.LEARNED_FROM_OPTIONS
            if one.element in learned and one.length and not one.enterprise:
                told.setdefault(one.element, (one.element, at, at + one.length))
            at += one.length
        return tuple(told.values())

    @cached_property
    def has_variable_length(self) -> bool:
        return any(one.length == VARIABLE_LENGTH for one in self.fields)

    @cached_property
    def pieces(self) -> list[tuple[int, bool]]:
        """For each field of variable length, the bytes before it and whether it is the packet section."""
        pieces, fixed_bytes = [], 0
        for one in self.fields:
            if one.length == VARIABLE_LENGTH:
                pieces.append((fixed_bytes, one == self.section))
                fixed_bytes = 0
            else:
                fixed_bytes += one.length
        return pieces

    @cached_property
    def tail_bytes(self) -> int:
        """The bytes of a record behind its last field of variable length."""
        return self.record_bytes - sum(fixed_bytes for fixed_bytes, _ in self.pieces)


def cut_variable_fields(content: bytes, template: Template) -> tuple[list[bytes], list[bytes]]:
    """The whole records of a set whose template has variable-length fields, those cut out (RFC 7011 section 7).

    The second list has the packet section of each record, where the template has one of variable length.
    """
    records, sections, at = list[bytes](), list[bytes](), 0
    while at < len(content):
        kept, section = [], b""
        for fixed_bytes, is_section in template.pieces:
            kept.append(content[at : at + fixed_bytes])
            length, at = _variable_length(content, at + fixed_bytes)
            section = content[at : at + length] if is_section else section
            at += length
        kept.append(content[at : at + template.tail_bytes])
        at += template.tail_bytes
        if at > len(content):
            break
        records.append(b"".join(kept))
        sections.append(section)
    return records, sections


def _variable_length(content: bytes, at: int) -> tuple[int, int]:
    """The length of a variable-length field and where its value begins: one byte, or 255 and two bytes."""
    if at < len(content) and content[at] < 255:
        return content[at], at + 1
    return int.from_bytes(content[at + 1 : at + 3], "big"), at + 3


@dataclass
class Sampling:
    """What options told: sampling intervals by sampler id (None: the whole domain), and when domains were booted."""

    intervals: dict[Domain, dict[int | None, float]] = field(default_factory=dict)
    booted_ms: dict[Domain, int] = field(default_factory=dict)
    _known: int = 0

    def learn(self, domain: Domain, told: Mapping[int, int]) -> None:
        """Take an options record, as element -> value; values of 0 say nothing."""
        if 0 < told.get(_elements.SYSTEM_INIT_TIME, 0) <= LATEST_MS:
            self.booted_ms[domain] = told[_elements.SYSTEM_INIT_TIME]
            if len(self.booted_ms) > MOST_INTERVALS:
                del self.booted_ms[next(iter(self.booted_ms))]
        interval = interval_of(told)
        if interval is None:
            return
        sampler = next((told[element] for element in _elements.SAMPLER_ID if element in told), None)
        self.keep(domain, sampler, interval)

    def keep(self, domain: Domain, sampler: int | None, interval: float) -> None:
        """Remember an interval; of more than MOST_INTERVALS, the domain that was heard of longest ago is forgotten."""
        of_domain = self.intervals[domain] = self.intervals.pop(domain, {})
        self._known += sampler not in of_domain
        of_domain[sampler] = interval
        if self._known > MOST_INTERVALS:
            self._known -= len(self.intervals.pop(next(iter(self.intervals))))

    def interval(self, domain: Domain, sampler_id: int | None) -> float | None:
        """What is known for a record: its own sampler, else the domain's, else the domain's only sampler's."""
        known = self.intervals.get(domain, {})
        if sampler_id in known or None in known:
            return known.get(sampler_id, known.get(None))
        return next(iter(known.values())) if sampler_id is None and len(set(known.values())) == 1 else None


def interval_of(told: Mapping[int, int]) -> float | None:
    """The packets for one sampled packet that an options record tells (RFC 5477 section 8; RFC 3954 section 8)."""
    for element in _elements.SAMPLING_INTERVAL:
        if told.get(element):
            return float(told[element])
    sampled = told.get(_elements.PACKET_INTERVAL)
    if sampled:
        return (sampled + told.get(_elements.PACKET_SPACE, 0)) / sampled
    size, population = told.get(_elements.SAMPLING_SIZE), told.get(_elements.SAMPLING_POPULATION)
    return population / size if size and population else None
