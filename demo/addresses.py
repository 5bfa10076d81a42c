"""Addresses: those that peer networks really announce, and the operator's own.

Belongs here: drawing pools of addresses. Does not belong here: which address takes part in which flow (demo.flows).
"""

import ipaddress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from demo.scenario import Network, Scenario

SNAPSHOT = Path(__file__).parent.parent / "assets" / "registry" / "sources" / "bundled" / "ip_to_asn_2026-06-17.parquet"
MAPPED = b"\0" * 10 + b"\xff\xff"
Addresses = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Pool:
    """The addresses of a network that take part at one region: (n, 16) bytes; v6 may be empty."""

    v4: Addresses
    v6: Addresses


def packed(text: str) -> bytes:
    """An address as 16 bytes, IPv4 mapped."""
    address = ipaddress.ip_address(text)
    return MAPPED + address.packed if address.version == 4 else address.packed


def own_addresses() -> Pool:
    """The operator's own: 48 storage endpoints of IPv4, 24 of IPv6."""
    v4 = [packed(f"192.0.2.{n}") for n in range(10, 34)] + [packed(f"203.0.113.{n}") for n in range(10, 34)]
    v6 = [packed(f"2001:db8:100::{n:x}") for n in range(16, 40)]
    return Pool(_rows(v4), _rows(v6))


def _rows(addresses: list[bytes]) -> Addresses:
    return np.frombuffer(b"".join(addresses), np.uint8).reshape(-1, 16).copy()


class Announced:
    """The ranges that networks announce, from the bundled snapshot."""

    def __init__(self, path: Path = SNAPSHOT) -> None:
        self.table = pq.ParquetFile(path).read()

    def ranges(self, network: Network, ip_version: int) -> list[tuple[int, int]]:
        """First and last address, as numbers, of each range of a network."""
        if network.prefixes:
            found = [ipaddress.ip_network(prefix) for prefix in network.prefixes]
            return [(_number(one[0]), _number(one[-1])) for one in found if one.version == ip_version]
        of_network = pc.and_(
            pc.equal(self.table["asn"], pa.scalar(network.asn, pa.uint32())),
            pc.equal(self.table["ip_version"], pa.scalar(ip_version, pa.uint8())),
        )
        rows = self.table.filter(of_network)
        return [
            (int.from_bytes(first, "big"), int.from_bytes(last, "big"))
            for first, last in zip(rows["first_address"].to_pylist(), rows["last_address"].to_pylist(), strict=True)
        ]

    def pool(self, scenario: Scenario, network: Network, region: str) -> Pool:
        """The pool of a network at a region: its nodes, or its part of its type's addresses, a sixth of them IPv6."""
        of_type = scenario.written["types"][network.network_type]
        number = sorted(of_type["regions"]).index(region)
        random = np.random.default_rng([scenario.written["seed"], network.asn or 0, number])
        if network.nodes:
            return Pool(_draw(self.ranges(network, 4), network.nodes, random, 4), np.empty((0, 16), np.uint8))
        wanted = max(4, round(of_type["addresses"] * network.part * of_type["regions"][region]))
        v6_ranges = self.ranges(network, 6)
        v6 = _draw(v6_ranges, max(2, wanted // 6), random, 6) if v6_ranges else np.empty((0, 16), np.uint8)
        return Pool(_draw(self.ranges(network, 4), wanted - len(v6), random, 4), v6)


def _number(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> int:
    return int.from_bytes(packed(str(address)), "big")


def _draw(ranges: list[tuple[int, int]], wanted: int, random: np.random.Generator, ip_version: int) -> Addresses:
    """Different addresses from ranges: of IPv4 weighed by their size, of IPv6 all alike."""
    sizes = np.array([float(last - first + 1) if ip_version == 4 else 1.0 for first, last in ranges])
    picked: dict[int, None] = {}
    for _ in range(20):
        places = random.choice(len(ranges), wanted, p=sizes / sizes.sum())
        for place, part in zip(places.tolist(), random.random(wanted).tolist(), strict=True):
            first, last = ranges[place]
            picked[first + int(part * (last - first + 1))] = None
        if len(picked) >= wanted:
            break
    return _rows([number.to_bytes(16, "big") for number in picked][:wanted])
