"""What the marts tell of a quarter: the values that an edition keeps, and what explains a later difference.

Belongs here: reading the published marts. Does not belong here: comparing two editions (restating).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import duckdb

Cell = tuple[str, str, str]
"""Metric, dimension and member, as in the mart quarter_over_quarter."""
Value = int | float | None

TYPES = """
select network_type, bits, share_of_bits, unique_ips, magnitude
from marts.network_type_quarterly
where quarter = ?
order by network_type
"""
GROUPS = """
select share_group, bits, share_of_bits
from marts.share_group_quarterly
where quarter = ? and direction = 'both'
order by share_group
"""
# A network has several rows where decisions give its prefixes types of their own.
NETWORKS = """
select network_key, network_type, bits
from marts.network_quarterly
where quarter = ? and network_key <> 'withheld'
order by network_key, network_type
"""
MEMBERS = """
select share_group, network_type
from marts.share_groups
where coalesce(valid_from, date '0001-01-01') <= $ended_on and coalesce(valid_to, date '9999-12-31') >= $ended_on
order by share_group, network_type
"""
DIVIDED = """
select network_type, bool_and(bits is not null)
from (
    select network_type, bits from marts.network_type_monthly where quarter = $quarter
    union all
    select network_type, bits from marts.region_network_type_quarterly where quarter = $quarter
)
group by network_type
"""
EXPORTS = """
select days_present as days, files_pulled as files, records_received as "flow records"
from marts.coverage_quarterly
where quarter = ?
"""
COVERAGE = "select bins_present, quarter_ended_on from marts.coverage_quarterly where quarter = ?"


@dataclass(frozen=True)
class Figures:
    """A quarter's headline values; None is withheld.

    `networks` has the bits of each network by type (None where it is withheld), `groups` the types of each share group.
    `divided` are the types of which all months and regions are told; it is known of today's marts alone.
    """

    values: Mapping[Cell, Value]
    networks: Mapping[str, Mapping[str, int | None]] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    covered_bins: int = 0
    divided: frozenset[str] = field(default=frozenset(), compare=False)

    @property
    def withheld(self) -> frozenset[Cell]:
        """The cells that are not told."""
        return frozenset(cell for cell, value in self.values.items() if value is None)

    def untold_bits(self, network_type: str) -> int | None:
        """Bits of a type that are of no network which is told; None where the type itself is withheld."""
        bits = self.bits("network_type", network_type)
        named = sum(of.get(network_type) or 0 for of in self.networks.values())
        return None if bits is None else bits - named

    def bits(self, dimension: str, member: str) -> int | None:
        """Bits of a member; 0 where it carried nothing, None where it is withheld."""
        value = self.values.get(("bits", dimension, member), 0)
        return None if value is None else int(value)


def read_figures(published: duckdb.DuckDBPyConnection, quarter: str) -> Figures | None:
    """The figures of a quarter as the published marts tell them; None where they hold nothing of it."""
    coverage = published.execute(COVERAGE, [quarter]).fetchone()
    types = published.execute(TYPES, [quarter]).fetchall()
    if coverage is None or not types:
        return None
    values: dict[Cell, Value] = {("bits", "total", "all"): _total([bits for _, bits, *_ in types])}
    for kind, bits, share, addresses, magnitude in types:
        told = {"bits": bits, "share_of_bits": share, "unique_ips": addresses, "magnitude": magnitude}
        values |= {(metric, "network_type", kind): _plain(value) for metric, value in told.items()}
    for group, bits, share in published.execute(GROUPS, [quarter]).fetchall():
        values["bits", "share_group", group] = _plain(bits)
        values["share_of_bits", "share_group", group] = _plain(share)
    bins, ended_on = coverage
    groups: dict[str, tuple[str, ...]] = {}
    for group, kind in published.execute(MEMBERS, {"ended_on": ended_on}).fetchall():
        groups[group] = (*groups.get(group, ()), kind)
    parts = published.execute(DIVIDED, {"quarter": quarter}).fetchall()
    divided = frozenset(kind for kind, is_told in parts if is_told)
    return Figures(values, _networks(published, quarter), groups, int(bins or 0), divided)


def read_exports(published: duckdb.DuckDBPyConnection, quarter: str) -> dict[str, int]:
    """How many days, files and flow records came for a quarter, by what is counted."""
    found = published.execute(EXPORTS, [quarter])
    names = [name for name, *_ in found.description or []]
    (counts, *_) = found.fetchall() or [tuple(0 for _ in names)]
    return {name: int(count or 0) for name, count in zip(names, counts, strict=True)}


def _networks(published: duckdb.DuckDBPyConnection, quarter: str) -> dict[str, dict[str, int | None]]:
    found: dict[str, dict[str, int | None]] = {}
    for key, kind, bits in published.execute(NETWORKS, [quarter]).fetchall():
        found.setdefault(key, {})[kind] = None if bits is None else int(bits)
    return found


def _total(bits: list[Decimal | None]) -> int | None:
    """The bits of all types: what is withheld of several is told together."""
    told = [int(value) for value in bits if value is not None]
    return sum(told) if told else None


def _plain(value: Decimal | float | None) -> Value:
    return int(value) if isinstance(value, Decimal) else value
