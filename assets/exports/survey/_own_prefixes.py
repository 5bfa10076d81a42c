"""Which addresses are the network's own, as far as traffic shows: the steady side of its conversations.

Belongs here: suggesting prefixes, and finding addresses in prefixes. Does not belong here: sides of records (sides).
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from assets.exports.formats import distinct_addresses, rows_by
from assets.ground.addresses import IPNetwork, address_of, bounds
from assets.registry.address_columns import Addresses, bytes_of
from assets.registry.address_lookup import AddressLookup

Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]
Amounts = npt.NDArray[np.float64]
MAPPED = np.frombuffer(bytes(10) + b"\xff\xff", np.uint8)
V4_BLOCK, V4_NETWORK, V6_BLOCK, V6_NETWORK = 15, 14, 6, 4
"""Bytes of /24 and /16 in IPv4 (behind 12 of mapping), of /48 and /32 in IPv6."""
PRIVATE = tuple(
    ipaddress.ip_network(one) for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
)
NEVER_AN_END = tuple(
    ipaddress.ip_network(one)
    for one in ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3", "fe80::/10", "ff00::/8", "::/8")
)
MOST_PREFIXES = 64
MOST_LOOKED_AT = 20_000
LEAST_SHARE = 0.005
"""A block that adds less than this share of all bytes is not suggested: it is as likely someone else's."""


class PrefixSet:
    """Prefixes to look addresses up in."""

    def __init__(self, prefixes: Sequence[IPNetwork]) -> None:
        self.prefixes = collapsed(prefixes)
        ends = sorted(bounds(one) for one in self.prefixes)
        first, last = (pa.array([end[side] for end in ends], pa.binary(16)) for side in (0, 1))
        self._lookup = AddressLookup(Addresses.of_column(first), Addresses.of_column(last)) if ends else None

    def holds(self, addresses: pa.ChunkedArray) -> Flags:
        """Whether each address (16 bytes) is in one of the prefixes."""
        if self._lookup is None:
            return np.zeros(len(addresses), bool)
        found: Flags = self._lookup.find(bytes_of(addresses)) >= 0
        return found


def collapsed(prefixes: Sequence[IPNetwork]) -> list[IPNetwork]:
    """The same addresses in the fewest prefixes, IPv4 before IPv6."""
    v4 = [one for one in prefixes if isinstance(one, ipaddress.IPv4Network)]
    v6 = [one for one in prefixes if isinstance(one, ipaddress.IPv6Network)]
    return [*ipaddress.collapse_addresses(v4), *ipaddress.collapse_addresses(v6)]


@dataclass(frozen=True)
class _Ends:
    """Pairs of blocks that talk, as numbers, with their bytes; the blocks (16 bytes each) and their networks."""

    source: Numbers
    destination: Numbers
    octets: Amounts
    blocks: list[bytes]
    network: Numbers

    @classmethod
    def of(cls, table: pa.Table, octets: Amounts) -> "_Ends":
        addresses = np.concatenate([bytes_of(table["src_addr"]), bytes_of(table["dst_addr"])])
        blocks, which = distinct_addresses(_shortened(addresses, V4_BLOCK, V6_BLOCK))
        packed = np.frombuffer(b"".join(blocks), np.uint8).reshape(-1, 16)
        _, network = distinct_addresses(_shortened(packed, V4_NETWORK, V6_NETWORK))
        source, destination = np.split(which, 2)
        pairs, of_pair = np.unique(source * len(blocks) + destination, return_inverse=True)
        carried: Amounts = np.bincount(of_pair, octets, minlength=len(pairs)).astype(np.float64)
        return cls(pairs // len(blocks), pairs % len(blocks), carried, blocks, network)

    def by_rank(self) -> list[int]:
        """The blocks that talk with most networks first; of equal ones, those that carry more."""
        count = int(self.network.max()) + 1
        talks = np.concatenate(
            [
                self.source * count + self.network[self.destination],
                self.destination * count + self.network[self.source],
            ]
        )
        degree = np.bincount(np.unique(talks) // count, minlength=len(self.blocks))
        carried = sum(np.bincount(end, self.octets, len(self.blocks)) for end in (self.source, self.destination))
        return [int(one) for one in np.lexsort((np.arange(len(self.blocks)), -np.asarray(carried), -degree))]

    def pairs_of_blocks(self) -> list[Numbers]:
        """For each block the pairs that have it as one of their ends."""
        both = np.concatenate([self.source, self.destination])
        return [one % len(self.source) for one in rows_by(both, len(self.blocks))]


def _shortened(addresses: npt.NDArray[np.uint8], v4_bytes: int, v6_bytes: int) -> npt.NDArray[np.uint8]:
    """Addresses with all bytes behind a prefix 0."""
    is_v4 = (addresses[:, :12] == MAPPED).all(axis=1)
    kept = np.where(is_v4, v4_bytes, v6_bytes)[:, None] > np.arange(16)
    return np.where(kept, addresses, 0).astype(np.uint8)


def suggested_prefixes(table: pa.Table, octets: Amounts) -> list[IPNetwork]:
    """The /24s and /48s that talk with the most networks, until they have one end of all but little traffic.

    Private addresses are own ones, if they have more than the odd packet that is forged. `octets` are the bytes of each
    row of the conversations.
    """
    if not table.num_rows:
        return []
    private, least = PrefixSet(PRIVATE), LEAST_SHARE * float(octets.sum())
    seen = [one for one in PRIVATE if octets[_has_end_in(table, PrefixSet([one]))].sum() > least]
    rows = np.flatnonzero(~_has_end_in(table, private) & ~_has_end_in(table, PrefixSet(NEVER_AN_END)))
    found = _steady(_Ends.of(table.take(pa.array(rows)), octets[rows]), float(octets.sum())) if len(rows) else []
    return collapsed([*seen, *found])


def _has_end_in(table: pa.Table, prefixes: PrefixSet) -> Flags:
    found: Flags = prefixes.holds(table["src_addr"]) | prefixes.holds(table["dst_addr"])
    return found


def _steady(ends: _Ends, total: float) -> list[IPNetwork]:
    """Blocks in the order of how many networks they talk with; one whose traffic all has an own end is a peer's."""
    is_open, chosen, pairs = np.ones(len(ends.octets), bool), list[IPNetwork](), ends.pairs_of_blocks()
    left = float(ends.octets.sum())
    for block in ends.by_rank()[:MOST_LOOKED_AT]:
        if len(chosen) == MOST_PREFIXES or left < LEAST_SHARE * total:
            break
        of_block = np.unique(pairs[block])
        of_block = of_block[is_open[of_block]]
        carried = float(ends.octets[of_block].sum())
        if len(of_block) and carried >= LEAST_SHARE * total:
            chosen.append(_network(ends.blocks[block]))
            is_open[of_block] = False
            left -= carried
    return chosen


def _network(block: bytes) -> IPNetwork:
    address = address_of(block)
    return ipaddress.ip_network((address, 24 if address.version == 4 else 48))
