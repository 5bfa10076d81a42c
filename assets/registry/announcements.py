"""Which prefixes an AS originates, and which AS originates a prefix, as far as the registries at hand tell.

Belongs here: origins before a plan is made, from what was pulled or is bundled. Does not belong here: pulling
(registry_pulls), the plan (registry_tables).
"""

import ipaddress
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.ground.addresses import IPNetwork, address_of, sixteen_bytes
from assets.ground.lake import Lake
from assets.registry.address_columns import Addresses
from assets.registry.address_plan import AddressPlan
from assets.registry.pulls import STAND_IN, snapshot_name
from assets.registry.source import ADDRESS
from assets.registry.sources import sources


@dataclass(frozen=True)
class Origins:
    """Origins of prefixes at hand: those of the source that was pulled last, or the bundled ones."""

    source: str
    as_of: date
    table: pa.Table

    @property
    def is_bundled(self) -> bool:
        return self.source == STAND_IN


def origins_at_hand(lake: Lake | None) -> Origins:
    """The newest snapshot of origins in the lake that is not the bundled one; else that."""
    found = list[tuple[date, str, pa.Table]]()
    for source in sources().values() if lake else ():
        if lake is None or "prefix_origins" not in source.tables or source.name == STAND_IN:
            continue
        key = ("registry", snapshot_name(source, "prefix_origins"))
        found += [(one.on, source.name, lake.read(key, one)) for one in lake.partitions(key, "as_of")[-1:]]
    if found:
        as_of, name, table = max(found, key=lambda one: (one[0], one[1]))
        return Origins(name, as_of, table)
    bundled = sources()[STAND_IN].read_bundled()["prefix_origins"]
    return Origins(STAND_IN, bundled["as_of"][0].as_py(), bundled)


def plan_of(origins: Origins) -> AddressPlan:
    """The origins as a plan to look addresses up in, without own prefixes and decisions."""
    ends = {"first_address": pa.array([], ADDRESS), "last_address": pa.array([], ADDRESS)}
    return AddressPlan.build(
        origins.as_of, origins.table, pa.table(ends), pa.table({"prefix": pa.array([], pa.string()), **ends})
    )


def announced(origins: Origins, own_asns: Collection[int]) -> dict[IPNetwork, int]:
    """The prefixes that own AS numbers originate, each within no other of them, with its AS."""
    wanted = pa.array(sorted(own_asns), pa.uint32())
    found = dict[IPNetwork, int]()
    for row in origins.table.filter(pc.is_in(origins.table["origin_as"], wanted)).to_pylist():
        first, last = address_of(row["first_address"]), address_of(row["last_address"])
        found.update(dict.fromkeys(ipaddress.summarize_address_range(first, last), row["origin_as"]))
    widest = _widest(found)
    return {one: asn for one, asn in found.items() if one in widest}


def _widest(prefixes: Iterable[IPNetwork]) -> set[IPNetwork]:
    """Those that lie in no other: in the order of their first addresses, a prefix follows those that hold it."""
    widest = list[IPNetwork]()
    for one in sorted(prefixes, key=lambda one: (one.version, int(one.network_address), one.prefixlen)):
        if not (widest and widest[-1].version == one.version and one.subnet_of(widest[-1])):  # type: ignore[arg-type]
            widest.append(one)
    return set(widest)


def likely_origin(origins: Origins, prefixes: Sequence[IPNetwork]) -> int | None:
    """The AS that originates most of some prefixes; None if none of them is known."""
    numbers = Counter(asn for one in prefixes if (asn := origin_of(origins, sixteen_bytes(one[0]))) is not None)
    return next((asn for asn, _ in numbers.most_common()), None)


def origin_of(origins: Origins, address: bytes) -> int | None:
    """The AS of the longest prefix that holds an address."""
    high, low = (np.uint64(int.from_bytes(address[at : at + 8], "big")) for at in (0, 8))
    first, last = (Addresses.of_column(origins.table[side]) for side in ("first_address", "last_address"))
    is_after = (first.high < high) | ((first.high == high) & (first.low <= low))
    is_before = (last.high > high) | ((last.high == high) & (last.low >= low))
    holding = np.flatnonzero(is_after & is_before)
    if not len(holding):
        return None
    narrowest = holding[np.lexsort((last.low[holding], last.high[holding]))[0]]
    return int(origins.table["origin_as"][int(narrowest)].as_py())
