"""What options records tell: sampling intervals and boot times, and what they hold for.

Belongs here: the fields of an options record and its scope (RFC 3954 section 6.1, RFC 7011 section 3.4.2.2, RFC 5477
section 8). Does not belong here: which interval a flow record has (_sampling).
"""

import math
import struct
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from assets.exports.formats import _elements
from assets.exports.formats._templates import Field, Template

NETFLOW_V9 = 9
# What a header's clock of 32 bits can say: a boot behind that is none.
LATEST_MS = (1 << 32) * 1000
WHOLE_DOMAIN, LINE_CARD, OTHER = "domain", "line card", "other"
INTERFACE, INGRESS, EGRESS = "interface", "ingress", "egress"


class Scope(NamedTuple):
    """What an options record is about: the whole domain, an interface, a line card, or something no record names."""

    kind: str = WHOLE_DOMAIN
    value: int = 0


class SamplingKey(NamedTuple):
    """What an interval is told of: a sampler (None: no sampler is named) in a scope."""

    sampler: int | None
    scope: Scope


class OptionsField(NamedTuple):
    """A field that is read of options records: its element, its bytes in a record, and what it scopes, if it does."""

    element: int
    begin: int
    end: int
    scope: str | None


class Announced(NamedTuple):
    """What one options record told."""

    key: SamplingKey
    interval: float | None
    booted_ms: int | None


SCOPES_OF_V9 = {1: WHOLE_DOMAIN, 2: INTERFACE, 3: LINE_CARD, 4: WHOLE_DOMAIN, 5: OTHER}
SCOPES_OF_IPFIX = {
    10: INGRESS, 14: EGRESS, 252: INGRESS, 253: EGRESS, 141: LINE_CARD,
    **dict.fromkeys((130, 131, 143, 144, 149, 160, 211, 212), WHOLE_DOMAIN),
}  # fmt: skip
WHOLE_WITHIN = 1e-6
NARROWEST_FIRST = (INGRESS, EGRESS, INTERFACE, LINE_CARD, OTHER)


@lru_cache(maxsize=256)
def fields_read(template: Template, version: int) -> tuple[OptionsField, ...]:
    """The fields that are read of the records of an options template; of an element its first field.

    In v9 a scope has numbers of its own; a sampler may be scope or field.
    """
    found: dict[tuple[int, bool], OptionsField] = {}
    at = 0
    for number, one in enumerate(template.fields):
        is_scope = number < template.scope_fields
        begin, at = at, at + one.length
        if not one.length:
            continue
        is_sampler = one.element in _elements.SAMPLER_ID and not one.enterprise
        if is_scope and not is_sampler:
            found.setdefault((one.element, True), OptionsField(one.element, begin, at, _kind_of_scope(one, version)))
        elif not one.enterprise and one.element in _elements.LEARNED_FROM_OPTIONS:
            found.setdefault((one.element, False), OptionsField(one.element, begin, at, None))
    return tuple(found.values()) if any(one.scope is None for one in found.values()) else ()


def _kind_of_scope(one: Field, version: int) -> str:
    if one.enterprise:
        return OTHER
    if version == NETFLOW_V9 and one.element in SCOPES_OF_V9:
        return SCOPES_OF_V9[one.element]
    return SCOPES_OF_IPFIX.get(one.element, OTHER)


def announced(raw: bytes, fields: tuple[OptionsField, ...]) -> Announced | None:
    """What an options record tells, None if that is nothing; of numbers of more than 8 bytes the last 8 count."""
    values = {one.element: _number(raw, one) for one in fields if one.scope is None}
    booted_ms = values.get(_elements.SYSTEM_INIT_TIME, 0)
    interval = _interval(values, raw, fields)
    if interval is None and not 0 < booted_ms <= LATEST_MS:
        return None
    sampler = next((values[element] for element in _elements.SAMPLER_ID if element in values), None)
    key = SamplingKey(sampler, _scope(raw, fields))
    return Announced(key, interval, booted_ms if 0 < booted_ms <= LATEST_MS else None)


def _number(raw: bytes, one: OptionsField) -> int:
    return int.from_bytes(raw[max(one.begin, one.end - 8) : one.end], "big")


def _scope(raw: bytes, fields: tuple[OptionsField, ...]) -> Scope:
    """The narrowest scope of a record."""
    scopes = {one.scope: _number(raw, one) for one in fields if one.scope}
    return next((Scope(kind, scopes[kind]) for kind in NARROWEST_FIRST if kind in scopes), Scope())


def _interval(values: Mapping[int, int], raw: bytes, fields: tuple[OptionsField, ...]) -> float | None:
    """The packets for one sampled packet that an options record tells (RFC 5477 section 8; RFC 3954 section 8)."""
    for element in _elements.SAMPLING_INTERVAL:
        if values.get(element):
            return float(values[element])
    sampled = values.get(_elements.PACKET_INTERVAL)
    if sampled:
        return (sampled + values.get(_elements.PACKET_SPACE, 0)) / sampled
    size, population = values.get(_elements.SAMPLING_SIZE), values.get(_elements.SAMPLING_POPULATION)
    if size and population:
        return population / size
    where = next((one for one in fields if one.element == _elements.SAMPLING_PROBABILITY and one.scope is None), None)
    return None if where is None else interval_of_probability(raw[where.begin : where.end])


def interval_of_probability(raw: bytes) -> float | None:
    """One by samplingProbability, a float of 4 or 8 bytes from 0 to 1 (RFC 5477 section 8.2.7); None if it is not."""
    if len(raw) not in {4, 8}:
        return None
    (probability,) = struct.unpack(">f" if len(raw) == 4 else ">d", raw)
    if not math.isfinite(probability) or not 0 < probability <= 1:
        return None
    interval = 1 / probability
    # A float of 4 bytes says 1 in 1000 as 0.001000000047.
    return float(round(interval)) if abs(interval - round(interval)) < interval * WHOLE_WITHIN else interval
