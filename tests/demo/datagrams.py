"""A small reader of exports in pcap, of the tests' own: it shares no code with the demo or the decoders.

Belongs here: frames, NetFlow v5 (Cisco), v9 (RFC 3954) and IPFIX (RFC 7011). Does not belong here: sFlow and GoFlow2's
rows (a module each), what the demo should have written.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

from tests.demo import sflow_samples
from tests.demo.flow_sets import Told, sets
from tests.demo.records import (
    BYTES,
    DST_AS,
    FIRST,
    IN_IF,
    LAST,
    OUT_IF,
    PACKETS,
    PROTOCOL,
    SRC_AS,
    V4_DESTINATION,
    V4_SOURCE,
    V6_DESTINATION,
    V6_SOURCE,
    Record,
)

BEGAN_MS, ENDED_MS = 152, 153
V5_FIELDS = (
    (V4_SOURCE, 4), (V4_DESTINATION, 4), (15, 4), (IN_IF, 2), (OUT_IF, 2), (PACKETS, 4), (BYTES, 4), (FIRST, 4),
    (LAST, 4), (7, 2), (11, 2), (0, 1), (6, 1), (PROTOCOL, 1), (5, 1), (SRC_AS, 2), (DST_AS, 2), (9, 1), (13, 1),
    (0, 2),
)  # fmt: skip


@dataclass(frozen=True)
class Datagram:
    """A datagram; `count` is by how much its header says that it advances, `interval` the 1 in N that it tells (or 0).

    IPFIX has no uptime.
    """

    exporter: str
    protocol: str
    count: int
    uptime: int | None
    clock_ms: int
    sequence: int
    domain: int
    interval: int
    has_templates: bool
    records: tuple[Record, ...]


def read(file: Path) -> list[Datagram]:
    """The datagrams of a file; a data set whose template the file has not told before is an error."""
    told = Told()
    return [_datagram(*captured, told) for captured in _captured(file.read_bytes())]


def _captured(content: bytes) -> Iterator[tuple[str, bytes, int]]:
    """The sender, the payload and the time of capture of each datagram."""
    magic, _, _, _, _, _, link_type = struct.unpack_from("<IHHiIII", content)
    assert (magic, link_type) == (0xA1B2C3D4, 1)
    at = 24
    while at < len(content):
        seconds, microseconds, captured, length = struct.unpack_from("<IIII", content, at)
        frame = content[at + 16 : at + 16 + captured]
        at += 16 + captured
        assert captured == length == 14 + struct.unpack_from(">H", frame, 16)[0]
        assert (frame[12:14], frame[14], frame[23]) == (b"\x08\x00", 0x45, 17)
        udp_length = struct.unpack_from(">H", frame, 38)[0]
        yield str(ip_address(frame[26:30])), frame[42 : 34 + udp_length], seconds * 1000 + microseconds // 1000


def _datagram(exporter: str, payload: bytes, captured_ms: int, told: Told) -> Datagram:
    """Those of NetFlow and IPFIX have the time of capture in their header too."""
    version = struct.unpack_from(">H", payload)[0]
    if version == 0:
        return _sflow(exporter, payload, captured_ms)
    datagram = {5: _v5, 9: _v9, 10: _ipfix}[version](exporter, payload, told)
    assert datagram.clock_ms // 1000 == captured_ms // 1000
    return datagram


def _v5(exporter: str, payload: bytes, told: Told) -> Datagram:
    _, count, uptime, seconds, nanoseconds, sequence, _, _, sampling = struct.unpack_from(">HHIIIIBBH", payload)
    assert len(payload) == 24 + 48 * count
    clock_ms, interval = seconds * 1000 + nanoseconds // 1_000_000, sampling & 0x3FFF
    values = [_values(payload, 24 + 48 * n) for n in range(count)]
    records = tuple(_by_uptime(one, clock_ms, uptime, interval) for one in values)
    return Datagram(exporter, "netflow_v5", count, uptime, clock_ms, sequence, 0, interval, False, records)


def _values(payload: bytes, at: int) -> dict[int, int]:
    values = {}
    for element, size in V5_FIELDS:
        values[element] = int.from_bytes(payload[at : at + size], "big")
        at += size
    return values


def _v9(exporter: str, payload: bytes, told: Told) -> Datagram:
    _, count, uptime, seconds, sequence, domain = struct.unpack_from(">HHIIII", payload)
    found = sets(payload, 20, told, templates=0, options_templates=1)
    assert found.templates + found.options + len(found.values) == count
    records = tuple(_by_uptime(one, seconds * 1000, uptime, told.interval) for one in found.values)
    clock_ms, interval = seconds * 1000, told.interval if found.options else 0
    return Datagram(
        exporter, "netflow_v9", 1, uptime, clock_ms, sequence, domain, interval, found.templates > 0, records
    )


def _ipfix(exporter: str, payload: bytes, told: Told) -> Datagram:
    _, length, seconds, sequence, domain = struct.unpack_from(">HHIII", payload)
    assert length == len(payload)
    found = sets(payload, 16, told, templates=2, options_templates=3)
    records = tuple(_record(one, one[BEGAN_MS], one[ENDED_MS], told.interval) for one in found.values)
    count, interval = found.options + len(records), told.interval if found.options else 0
    return Datagram(
        exporter, "ipfix", count, None, seconds * 1000, sequence, domain, interval, found.templates > 0, records
    )


def _sflow(exporter: str, payload: bytes, captured_ms: int) -> Datagram:
    agent, domain, sequence, uptime, records = sflow_samples.read(payload, captured_ms)
    assert agent == exporter
    interval = records[0].interval if records else 0
    assert all(one.interval == interval for one in records)
    return Datagram(exporter, "sflow_v5", 1, uptime, captured_ms, sequence, domain, interval, False, tuple(records))


def _by_uptime(values: dict[int, int], clock_ms: int, uptime: int, interval: int) -> Record:
    """Times count back from the header's clock, by uptimes of 32 bits that may have wrapped in between."""
    began_ms, ended_ms = (clock_ms - (uptime - values[one]) % 2**32 for one in (FIRST, LAST))
    return _record(values, began_ms, ended_ms, interval)


def _record(values: dict[int, int], began_ms: int, ended_ms: int, interval: int) -> Record:
    if V4_SOURCE in values:
        source, destination = IPv4Address(values[V4_SOURCE]), IPv4Address(values[V4_DESTINATION])
        return Record(source, destination, began_ms, ended_ms, interval, values)
    source_v6, destination_v6 = IPv6Address(values[V6_SOURCE]), IPv6Address(values[V6_DESTINATION])
    return Record(source_v6, destination_v6, began_ms, ended_ms, interval, values)
