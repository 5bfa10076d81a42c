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
        known = _elements.ELEMENTS
        columns = {known[one.element].column for one in self.fields if not one.enterprise and one.element in known}
        return not self.is_options and ({"src_addr", "dst_addr"} <= columns or self.section is not None)

    @cached_property
    def section(self) -> Field | None:
        """The field that holds the beginning of a sampled packet, of a template that does not name both ends."""
        elements = {one.element for one in self.fields if not one.enterprise}
        if elements & {8, 27} and elements & {12, 28}:
            return None
        wanted = (*_elements.FRAME_SECTIONS, _elements.IP_SECTION)
        found = (one for element in wanted for one in self.fields if one.element == element and not one.enterprise)
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
        return Template(fields, self.scope_fields, self.is_options)

    @cached_property
    def has_variable_length(self) -> bool:
        return any(one.length == VARIABLE_LENGTH for one in self.fields)


def cut_variable_fields(content: bytes, template: Template) -> tuple[list[bytes], list[bytes]]:
    """The whole records of a set whose template has variable-length fields, those cut out (RFC 7011 section 7).

    The second list has the packet section of each record, where the template has one of variable length.
    """
    records, sections, at = list[bytes](), list[bytes](), 0
    while at < len(content):
        kept, section = [], b""
        for one in template.fields:
            length = one.length
            if length == VARIABLE_LENGTH:
                length, at = _variable_length(content, at)
                section = content[at : at + length] if one == template.section else section
            else:
                kept.append(content[at : at + length])
            at += length
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

    intervals: dict[tuple[Domain, int | None], float] = field(default_factory=dict)
    booted_ms: dict[Domain, int] = field(default_factory=dict)

    def learn(self, domain: Domain, told: Mapping[int, int]) -> None:
        """Take an options record, as element -> value; values of 0 say nothing."""
        if told.get(_elements.SYSTEM_INIT_TIME):
            self.booted_ms[domain] = told[_elements.SYSTEM_INIT_TIME]
        interval = interval_of(told)
        if interval is None:
            return
        sampler = next((told[element] for element in _elements.SAMPLER_ID if element in told), None)
        self.intervals[domain, sampler] = interval

    def interval(self, domain: Domain, sampler_id: int | None) -> float | None:
        """What is known for a record: its own sampler, else the domain's, else the domain's only sampler's."""
        if (domain, sampler_id) in self.intervals:
            return self.intervals[domain, sampler_id]
        if (domain, None) in self.intervals:
            return self.intervals[domain, None]
        if sampler_id is not None:
            return None
        all_known = {told for (of, _), told in self.intervals.items() if of == domain}
        return all_known.pop() if len(all_known) == 1 else None


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
