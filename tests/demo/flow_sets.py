"""Sets of templates, options and data, as NetFlow v9 and IPFIX have them: part of the tests' own reader.

Belongs here: walking the sets of a datagram. Does not belong here: headers (datagrams).
"""

import struct
from dataclasses import dataclass, field

FIRST_DATA = 256
INTERVAL, PACKETS_TAKEN, PACKETS_PASSED_OVER = 50, 305, 306
Fields = list[tuple[int, int]]


@dataclass
class Told:
    """What a file has told so far: the fields of templates, and the sampling interval."""

    templates: dict[int, Fields] = field(default_factory=dict)
    interval: int = 0


@dataclass
class Found:
    """What a datagram's sets hold: how many templates and options records, and the values of its flow records."""

    templates: int = 0
    options: int = 0
    values: list[dict[int, int]] = field(default_factory=list)


def sets(payload: bytes, at: int, told: Told, *, templates: int, options_templates: int) -> Found:
    found = Found()
    while at < len(payload):
        set_id, length = struct.unpack_from(">HH", payload, at)
        assert length % 4 == 0
        content = payload[at + 4 : at + length]
        if set_id == templates:
            found.templates += _templates(content, told)
        elif set_id == options_templates:
            (_options_template_v9 if options_templates == 1 else _options_template_ipfix)(content, told)
            found.templates += 1
        else:
            assert set_id >= FIRST_DATA
            _data(content, told.templates[set_id], told, found)
        at += length
    assert at == len(payload)
    return found


def _templates(content: bytes, told: Told) -> int:
    at, count = 0, 0
    while at < len(content):
        template, fields = struct.unpack_from(">HH", content, at)
        told.templates[template] = _fields(content, at + 4, fields)
        at += 4 + 4 * fields
        count += 1
    return count


def _fields(content: bytes, at: int, count: int) -> Fields:
    return [struct.unpack_from(">HH", content, at + 4 * n) for n in range(count)]


def _options_template_v9(content: bytes, told: Told) -> None:
    template, scope_bytes, option_bytes = struct.unpack_from(">HHH", content)
    _options_template(template, _fields(content, 6, (scope_bytes + option_bytes) // 4), scope_bytes // 4, told)


def _options_template_ipfix(content: bytes, told: Told) -> None:
    template, count, scope = struct.unpack_from(">HHH", content)
    _options_template(template, _fields(content, 6, count), scope, told)


def _options_template(template: int, fields: Fields, scope: int, told: Told) -> None:
    """Scope fields are numbered apart from the others: here as negative ones."""
    told.templates[template] = [(-element, size) for element, size in fields[:scope]] + fields[scope:]


def _data(content: bytes, fields: Fields, told: Told, found: Found) -> None:
    width = sum(size for _, size in fields)
    for at in range(0, len(content) - width + 1, width):
        values = {}
        for element, size in fields:
            values[element] = int.from_bytes(content[at : at + size], "big")
            at += size
        if any(element < 0 for element in values):
            found.options += 1
            told.interval = values.get(INTERVAL) or _packets(values)
        else:
            found.values.append(values)


def _packets(values: dict[int, int]) -> int:
    """Of how many packets one is taken."""
    assert values[PACKETS_TAKEN] == 1
    return 1 + values[PACKETS_PASSED_OVER]
