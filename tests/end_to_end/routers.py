"""Routers for tests: softflowd, which meters packets that a test made up, and exports them to a collector.

Belongs here: packets between our servers and their peers, and what softflowd sends about them. Does not belong here:
collectors (tests.formats.collectors), what a report should say of it.
"""

import ipaddress
import socket
import struct
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.formats.collectors import tool

ETHERNET_BYTES, IPV4_BYTES, IPV6_BYTES, UDP_BYTES = 14, 20, 40, 8


@dataclass(frozen=True)
class Conversation:
    """Packets of one size from one address to another, a tenth of a second apart."""

    source: str
    destination: str
    packets: int
    packet_bytes: int
    begins_at: datetime

    @property
    def bits(self) -> int:
        return self.packets * self.packet_bytes * 8

    def captured(self, port: int) -> Iterator[tuple[float, bytes]]:
        """When each packet went by, and what a capture keeps of it: link, IP and UDP headers."""
        frame, began = self._headers(port), self.begins_at.timestamp()
        for number in range(self.packets):
            yield began + number / 10, frame

    def _headers(self, port: int) -> bytes:
        source, destination = ipaddress.ip_address(self.source), ipaddress.ip_address(self.destination)
        if source.version == 4:
            ip = struct.pack(">BBHHHBBH", 0x45, 0, self.packet_bytes, 0, 0, 64, 17, 0)
            link, carried = b"\x08\x00", self.packet_bytes - IPV4_BYTES
        else:
            link, carried = b"\x86\xdd", self.packet_bytes - IPV6_BYTES
            ip = struct.pack(">IHBB", 6 << 28, carried, 17, 64)
        ends = source.packed + destination.packed
        return bytes(12) + link + ip + ends + struct.pack(">HHHH", 443, port, carried, 0)


@dataclass(frozen=True)
class Router:
    """A router at an address of the loopback, that exports in a version of NetFlow (10 is IPFIX) and samples 1 in N."""

    address: str
    version: int
    sampling_interval: int = 1

    def exports(self, conversations: Sequence[Conversation], folder: Path) -> list[bytes]:
        """The datagrams that softflowd sends about conversations, with the clock of their packets.

        It takes every N-th packet, so that conversations of a multiple of N packets are told to the byte.
        """
        assert all(one.packets % self.sampling_interval == 0 for one in conversations)
        capture = folder / "packets.pcap"
        capture.write_bytes(_capture(conversations))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as collector:
            collector.bind(("127.0.0.1", 0))
            sampling = ["-s", str(self.sampling_interval)] if self.sampling_interval > 1 else []
            command = [
                tool("softflowd", "softflowd"), "-r", capture, "-n", f"127.0.0.1:{collector.getsockname()[1]}",
                "-v", str(self.version), "-6", "-d", "-a", "-c", "none", "-p", folder / "softflowd.pid", "-m", "100000",
                *sampling,
            ]  # fmt: skip
            subprocess.run(command, check=True, capture_output=True, timeout=60)
            return list(_heard(collector))


def _heard(collector: socket.socket) -> Iterator[bytes]:
    """The datagrams that wait; over the loopback all are there once their sender has ended."""
    collector.setblocking(False)
    while True:
        try:
            yield collector.recv(65_535)
        except BlockingIOError:
            return


def _capture(conversations: Iterable[Conversation]) -> bytes:
    """A pcap of all packets, those of a conversation together."""
    out = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 1)]
    for number, one in enumerate(conversations):
        for at, frame in one.captured(10_000 + number):
            moment = struct.pack("<II", int(at), round(at % 1 * 1e6))
            out.append(moment + struct.pack("<II", len(frame), ETHERNET_BYTES + one.packet_bytes) + frame)
    return b"".join(out)
