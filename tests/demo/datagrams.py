"""A small reader of NetFlow v5 and v9 in pcap, of the tests' own: it shares no code with the demo or the decoders.

Belongs here: what the standards say (RFC 3954, Cisco's v5). Does not belong here: what the demo should have written.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

TEMPLATES, OPTIONS_TEMPLATES, FIRST_DATA = 0, 1, 256
BYTES, PACKETS, PROTOCOL, IN_IF, OUT_IF, SRC_AS, DST_AS, LAST, FIRST = 1, 2, 4, 10, 14, 16, 17, 21, 22
V4_SOURCE, V4_DESTINATION, V6_SOURCE, V6_DESTINATION = 8, 12, 27, 28
SAMPLER_ID, SAMPLER_INTERVAL = 48, 50
V5_FIELDS = (
    (V4_SOURCE, 4), (V4_DESTINATION, 4), (15, 4), (IN_IF, 2), (OUT_IF, 2), (PACKETS, 4), (BYTES, 4), (FIRST, 4),
    (LAST, 4), (7, 2), (11, 2), (0, 1), (6, 1), (PROTOCOL, 1), (5, 1), (SRC_AS, 2), (DST_AS, 2), (9, 1), (13, 1),
    (0, 2),
)  # fmt: skip


@dataclass(frozen=True)
class Record:
    """A flow record; `began_ms` and `ended_ms` since 1970, by the clock of its datagram's header."""

    source: IPv4Address | IPv6Address
    destination: IPv4Address | IPv6Address
    began_ms: int
    ended_ms: int
    values: dict[int, int]


@dataclass(frozen=True)
class Datagram:
    """A datagram; `interval` is the 1 in N that its header or its options data tell, 0 if neither does."""

    exporter: str
    version: int
    count: int
    uptime: int
    clock_ms: int
    sequence: int
    domain: int
    interval: int
    has_templates: bool
    records: tuple[Record, ...]


def read(file: Path) -> list[Datagram]:
    """The datagrams of a file; a data set whose template the file has not told before is an error."""
    return list(_datagrams(file.read_bytes()))


def _datagrams(content: bytes) -> Iterator[Datagram]:
    magic, _, _, _, _, _, link_type = struct.unpack_from("<IHHiIII", content)
    assert (magic, link_type) == (0xA1B2C3D4, 1)
    at, templates = 24, dict[int, list[tuple[int, int]]]()
    while at < len(content):
        seconds, _, captured, length = struct.unpack_from("<IIII", content, at)
        frame = content[at + 16 : at + 16 + captured]
        at += 16 + captured
        assert captured == length == 14 + struct.unpack_from(">H", frame, 16)[0]
        assert (frame[12:14], frame[14], frame[23]) == (b"\x08\x00", 0x45, 17)
        udp_length = struct.unpack_from(">H", frame, 38)[0]
        payload = frame[42 : 34 + udp_length]
        version = struct.unpack_from(">H", payload)[0]
        datagram = _v9(str(ip_address(frame[26:30])), payload, templates) if version == 9 else _v5(frame, payload)
        assert datagram.clock_ms // 1000 == seconds
        yield datagram


def _v5(frame: bytes, payload: bytes) -> Datagram:
    version, count, uptime, seconds, nanoseconds, sequence, _, _, sampling = struct.unpack_from(">HHIIIIBBH", payload)
    assert version == 5
    assert len(payload) == 24 + 48 * count
    clock_ms = seconds * 1000 + nanoseconds // 1_000_000
    records = tuple(_record(payload, 24 + 48 * n, V5_FIELDS, clock_ms, uptime) for n in range(count))
    exporter = str(ip_address(frame[26:30]))
    return Datagram(exporter, 5, count, uptime, clock_ms, sequence, 0, sampling & 0x3FFF, False, records)


def _v9(exporter: str, payload: bytes, templates: dict[int, list[tuple[int, int]]]) -> Datagram:
    version, count, uptime, seconds, sequence, domain = struct.unpack_from(">HHIIII", payload)
    assert version == 9
    at, told, interval, has_templates = 20, 0, 0, False
    records: list[Record] = []
    while at < len(payload):
        set_id, length = struct.unpack_from(">HH", payload, at)
        assert length % 4 == 0
        end, place = at + length, at + 4
        if set_id == TEMPLATES:
            has_templates = True
            told += _templates(payload[place:end], templates)
        elif set_id == OPTIONS_TEMPLATES:
            template, scope_length, option_length = struct.unpack_from(">HHH", payload, place)
            pairs = (scope_length + option_length) // 4
            fields = [struct.unpack_from(">HH", payload, place + 6 + 4 * n) for n in range(pairs)]
            # Scope fields are numbered apart from the others: here as negative ones.
            templates[template] = [(-element, size) for element, size in fields[: scope_length // 4]]
            templates[template] += fields[scope_length // 4 :]
            told += 1
        else:
            assert set_id >= FIRST_DATA
            fields = templates[set_id]
            width = sum(size for _, size in fields)
            for one in range((length - 4) // width):
                told += 1
                if any(element < 0 for element, _ in fields):
                    interval = _values(payload, place + one * width, fields)[SAMPLER_INTERVAL]
                else:
                    records.append(_record(payload, place + one * width, fields, seconds * 1000, uptime))
        at = end
    assert (at, told) == (len(payload), count)
    return Datagram(
        exporter, 9, count, uptime, seconds * 1000, sequence, domain, interval, has_templates, tuple(records)
    )


def _templates(content: bytes, templates: dict[int, list[tuple[int, int]]]) -> int:
    at, told = 0, 0
    while at < len(content):
        template, fields = struct.unpack_from(">HH", content, at)
        templates[template] = [struct.unpack_from(">HH", content, at + 4 + 4 * n) for n in range(fields)]
        at += 4 + 4 * fields
        told += 1
    return told


def _values(payload: bytes, at: int, fields: list[tuple[int, int]] | tuple[tuple[int, int], ...]) -> dict[int, int]:
    values = {}
    for element, size in fields:
        values[element] = int.from_bytes(payload[at : at + size], "big")
        at += size
    return values


def _record(
    payload: bytes, at: int, fields: list[tuple[int, int]] | tuple[tuple[int, int], ...], clock_ms: int, uptime: int
) -> Record:
    """Times count back from the header's clock, by uptimes of 32 bits that may have wrapped in between."""
    values = _values(payload, at, fields)
    if V4_SOURCE in values:
        source, destination = ip_address(values[V4_SOURCE]), ip_address(values[V4_DESTINATION])
    else:
        source, destination = IPv6Address(values[V6_SOURCE]), IPv6Address(values[V6_DESTINATION])
    return Record(
        source,
        destination,
        clock_ms - (uptime - values[FIRST]) % 2**32,
        clock_ms - (uptime - values[LAST]) % 2**32,
        values,
    )
