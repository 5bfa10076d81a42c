"""Templates: what exporters have said of the layout of their data.

Belongs here: layouts, and cutting records by them. Does not belong here: which template holds when (_template_cache),
what options tell (_options), reading datagrams.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from assets.exports.formats import _elements
from assets.exports.formats._streams import IPFIX, Stream

VARIABLE_LENGTH = 0xFFFF
PROTOCOLS = {9: "netflow_v9", 10: IPFIX}


class Domain(NamedTuple):
    """Who speaks: exporter (16 bytes), protocol version, observation domain. Ids mean nothing across domains."""

    exporter: bytes
    version: int
    observation_domain: int

    @property
    def stream(self) -> Stream:
        """Its datagrams, as export health counts them."""
        return self.exporter, self.observation_domain, PROTOCOLS[self.version]


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
        plain = {(one.element, one.length) for one in self.fields if not one.enterprise}
        return all(not plain.isdisjoint(addresses) for addresses in _elements.ENDS)

    @cached_property
    def section(self) -> Field | None:
        """The field that holds the beginning of a sampled packet, of a template that does not name both ends."""
        if self.names_ends:
            return None
        wanted = (*_elements.FRAME_SECTIONS, _elements.IP_SECTION)
        plain = [one for one in self.fields if one.length and not one.enterprise]
        found = (one for element in wanted for one in plain if one.element == element)
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


def cut_fields(content: bytes, template: Template) -> list[tuple[bytes, ...]]:
    """The whole records of a set, each cut into its fields."""
    records, at = list[tuple[bytes, ...]](), 0
    while template.least_bytes and at + template.least_bytes <= len(content):
        values = list[bytes]()
        for one in template.fields:
            length = one.length
            if length == VARIABLE_LENGTH:
                length, at = _variable_length(content, at)
            values.append(content[at : at + length])
            at += length
        if at > len(content):
            break
        records.append(tuple(values))
    return records


def _variable_length(content: bytes, at: int) -> tuple[int, int]:
    """The length of a variable-length field and where its value begins: one byte, or 255 and two bytes."""
    if at < len(content) and content[at] < 255:
        return content[at], at + 1
    return int.from_bytes(content[at + 1 : at + 3], "big"), at + 3
