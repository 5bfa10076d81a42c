"""Datagrams as a capture holds them: UDP in IPv4 in Ethernet, in records of a pcap file.

Belongs here: frames, and what a router carries from one datagram to the next. Does not belong here: what datagrams say
(one module per protocol).
"""

import ipaddress
import struct
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from demo.flows import Numbers
from demo.scenario import Router

COLLECTOR_ADDRESS, COLLECTOR_PORT = ipaddress.IPv4Address("198.51.100.250").packed, 2055
WRAP = 1 << 32
PCAP_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)


@dataclass
class RouterClock:
    """What a router carries from day to day: since when it is up, and its sequence numbers.

    `samples` are those of sFlow, by the source of the samples.
    """

    booted_ms: int
    sequence: int = 0
    samples: dict[int, int] = field(default_factory=dict)

    def uptime(self, moment_ms: int) -> int:
        return (moment_ms - self.booted_ms) % WRAP

    def uptimes(self, moments_ms: Numbers) -> Numbers:
        return (moments_ms - self.booted_ms) % WRAP

    def next_sequence(self, step: int = 1) -> int:
        """The number of this datagram; the next one's is `step` higher."""
        number = self.sequence
        self.sequence = (number + step) % WRAP
        return number


def observation_domain(router: Router) -> int:
    return router.exporter[-1]


def frame(router: Router, payload: bytes, captured_ms: int) -> bytes:
    """A datagram as pcap record: Ethernet, IPv4 and UDP around the payload."""
    length = 8 + len(payload)
    frame_bytes = 34 + length
    return b"".join(
        (
            struct.pack("<IIII", captured_ms // 1000, captured_ms % 1000 * 1000, frame_bytes, frame_bytes),
            _headers(router.exporter[12:], length),
            payload,
        )
    )


@cache
def _headers(exporter: bytes, length: int) -> bytes:
    """The headers in front of a payload; datagrams of one router and length have the same."""
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + length, 0, 0x4000, 64, 17, 0, exporter, COLLECTOR_ADDRESS)
    ip = ip[:10] + struct.pack(">H", _checksum(ip)) + ip[12:]
    return b"\x02\0\0\0\0\x02\x02\0\0\0\0\x01\x08\x00" + ip + struct.pack(">HHHH", 50_000, COLLECTOR_PORT, length, 0)


def _checksum(header: bytes) -> int:
    return int(checksums(np.frombuffer(header, ">u2")[np.newaxis])[0])


def checksums(headers: np.ndarray) -> np.ndarray:
    """The Internet checksums (RFC 1071) of IPv4 headers, a row of 16-bit words each, whose checksum is still 0."""
    total = headers.sum(axis=1, dtype=np.int64)
    total = (total & 0xFFFF) + (total >> 16)
    checked: np.ndarray = ~(total + (total >> 16)) & 0xFFFF
    return checked
