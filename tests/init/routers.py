"""Routers that export NetFlow v9 of 5 August 2025 into captures: peers outside by interface 1, own hosts inside by 2.

Belongs here: files for tests of `netstats init` and `netstats doctor`. Does not belong here: what they should find.
"""

import ipaddress
import struct
from pathlib import Path

from tests.formats.encoder import CLOCK, flow_set, options_template, pcap, template, v9

DAY, NEXT_DAY = "2025-08-05", "2025-08-06"
FIELDS = [(8, 4), (12, 4), (10, 4), (14, 4), (1, 4), (2, 4), (22, 4), (21, 4)]
OUTSIDE, INSIDE = 1, 2
OWN, PEERS = "198.51.100.7", ("203.0.113.9", "192.0.2.77", "100.0.0.1", "9.9.9.9")
UPTIME_MS = 600_000


def record(src: str, dst: str, into: int, out: int, octets: int, lasted_ms: int = 5_000) -> bytes:
    """A flow of one packet for each 1,000 bytes that ended as it was sent."""
    ends = b"".join(ipaddress.IPv4Address(one).packed for one in (src, dst))
    return ends + struct.pack(">IIIIII", into, out, octets, 1 + octets // 1000, UPTIME_MS - lasted_ms, UPTIME_MS)


def usual(octets: int = 3000) -> list[bytes]:
    """Each peer sends three parts of four of its bytes in, and gets one."""
    into = [record(peer, OWN, OUTSIDE, INSIDE, octets) for peer in PEERS]
    return into + [record(OWN, peer, INSIDE, OUTSIDE, octets // 3) for peer in PEERS]


def sampling(interval: int) -> list[bytes]:
    """The interval of the whole domain, as options tell it."""
    return [options_template(400, [(1, 4)], [(34, 4)]), flow_set(400, struct.pack(">II", 1, interval))]


def names(told: dict[int, str]) -> list[bytes]:
    """What interfaces are called, as options tell it."""
    rows = b"".join(struct.pack(">II16s", 1, index, name.encode()) for index, name in told.items())
    return [options_template(401, [(1, 4)], [(10, 4), (82, 16)]), flow_set(401, rows)]


def capture(
    records: list[bytes], *options: bytes, sender: str = "192.0.2.1", ahead_s: int = 0, domain: int = 7
) -> bytes:
    """A capture of one datagram of a router; `ahead_s` is by how much its clock is ahead."""
    told = v9(
        template(300, FIELDS), *options, flow_set(300, b"".join(records)), seconds=CLOCK + ahead_s, source=domain,
    )  # fmt: skip
    return pcap(told, sender=sender)


def offer(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
