"""What a decision on a network's type reaches: which networks or addresses, and how many bits of which quarters.

Belongs here: reading registries and core for one decision. Does not belong here: writing it
(orchestration.commands.decide).
"""

import csv
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from assets.ground.addresses import IPNetwork, bounds, parse_prefix
from assets.ground.workspace import Workspace
from assets.operator import Override
from assets.registry.address_plan import AddressPlan
from assets.registry.keys import ADDRESS_RANGES, NETWORKS
from assets.warehouse.database import OneRun, reading
from orchestration.commands import classification
from orchestration.commands.terminal import Lines

LAST_OF_ALL_DAYS = date.max
LONGEST_NUMBER = 10
"""Digits of the largest AS number."""
MAPS = """
    select distinct quarter, map_on from core.network_types_by_quarter where map_on between ? and ?
"""
OF_NETWORKS = """
    select quarter, network_type, sum(bits) as bits from core.typed_traffic_bins
    where network_key in (select 'as:' || unnest(?::bigint[])) and "override" is null group by all
"""
OF_ADDRESSES = """
    select quarter, network_type, sum(bits) as bits from core.typed_peer_address_days
    where peer_address between ? and ? and network_key not like 'link:%' group by all
"""
MOVED = """
    with maps as ({maps}),
    volumes as ({volumes}),
    wholes as (select quarter, sum(bits) as bits from core.typed_traffic_bins group by quarter)
    select volumes.quarter, volumes.network_type, volumes.bits::hugeint, volumes.bits::double / wholes.bits::double
    from volumes inner join maps using (quarter) inner join wholes using (quarter)
    where volumes.network_type != ? order by all
"""


@dataclass(frozen=True)
class Moved:
    """Bits of a quarter that leave a type, and their part of all boundary bits."""

    quarter: str
    network_type: str
    bits: int
    share: float


def parse_target(text: str) -> dict[str, Any]:
    """What a decision is on: `13335` or `AS13335`, a prefix, else the name of an organisation."""
    target: dict[str, Any] = {"prefix": None, "asn": None, "organisation": None}
    digits = text.upper().removeprefix("AS")
    if digits.isdecimal():
        if len(digits) > LONGEST_NUMBER:
            raise Lines(f"{digits[:LONGEST_NUMBER]}...: is longer than any AS number; write 13335 or AS13335")
        return {**target, "asn": int(digits)}
    try:
        return {**target, "prefix": parse_prefix(text)}
    except ValueError as error:
        if "/" in text and text.split("/")[-1].isdecimal():
            raise Lines(f"{text}: {error}; write a prefix such as 192.0.2.0/24") from error
    return {**target, "organisation": text.strip()}


def matched(workspace: Workspace, decision: Override) -> str:
    """What the newest registries hold of it, in words; Lines if they hold nothing, so that nothing would change."""
    if decision.prefix is not None:
        return _ranges_in(workspace, decision.prefix)
    networks = workspace.lake.read(NETWORKS, classification.newest(workspace, NETWORKS))
    if decision.asn is not None:
        found = networks.filter(pc.equal(networks["asn"], decision.asn))
        if not found.num_rows and not _has_traffic(workspace, decision.asn):
            raise Lines(f"AS{decision.asn}: is in no registry and carried no traffic; correct it, or name its prefixes")
    else:
        found = networks.filter(pc.equal(networks["organisation"], decision.organisation))
        if not found.num_rows:
            raise Lines(_unknown_organisation(networks, decision.organisation or ""))
    shown = [f"AS{row['asn']} {row['organisation'] or row['name']}" for row in found.slice(0, 5).to_pylist()]
    more = f" and {found.num_rows - 5} more" if found.num_rows > 5 else ""
    return (", ".join(shown) or f"AS{decision.asn}, which no registry names") + more


def _has_traffic(workspace: Workspace, asn: int) -> bool:
    if not workspace.warehouse.exists():
        return False
    rows = _core(workspace, "select 1 from core.network_keys where network_key = ?", [f"as:{asn}"])
    return bool(rows)


def _unknown_organisation(networks: pa.Table, organisation: str) -> str:
    known = sorted({name for name in networks["organisation"].to_pylist() if name})
    folded = {name.casefold(): name for name in known}
    close = [folded[name] for name in get_close_matches(organisation.casefold(), list(folded), n=3, cutoff=0.6)]
    within = [name for name in known if organisation.casefold() in name.casefold()]
    near = ", ".join(dict.fromkeys([*within[:3], *close]))
    remedy = f"write it as registries do: {near}" if near else "name an AS number or a prefix"
    return f"{organisation}: no network of the registries is of this organisation; {remedy}"


def _ranges_in(workspace: Workspace, prefix: IPNetwork) -> str:
    """Whose addresses lie in a prefix."""
    first, last = bounds(prefix)
    plan = workspace.lake.read(ADDRESS_RANGES, classification.newest(workspace, ADDRESS_RANGES, "plan_as_of"))
    table = AddressPlan.from_table(plan).table
    within = pc.and_(pc.less_equal(table["first_address"], last), pc.greater_equal(table["last_address"], first))
    rows = table.filter(within).to_pylist()
    if any(row["is_own"] for row in rows):
        raise Lines(f"{prefix}: holds own addresses (own_prefixes.csv), which are nobody's network; narrow the prefix")
    if special := sorted({row["special"] for row in rows if row["special"]}):
        raise Lines(f"{prefix}: holds addresses that are not public ({', '.join(special)}); narrow the prefix")
    holders = sorted({f"AS{row['origin_as']}" for row in rows if row["origin_as"] is not None})
    if not holders and not any(row["cloud"] for row in rows):
        return f"{prefix}, which no registry knows to be routed"
    clouds = sorted({row["cloud"] for row in rows if row["cloud"]})
    return f"{prefix} within {', '.join([*holders[:5], *clouds])}"


def moved(workspace: Workspace, decision: Override) -> list[Moved] | None:
    """The bits that the decision moves, by quarter and the type that they leave; None if no traffic is built."""
    if not workspace.warehouse.exists():
        return None
    of: list[Any]
    days = [decision.decided_on, decision.expires_on or LAST_OF_ALL_DAYS]
    if decision.prefix is not None:
        volumes, of = OF_ADDRESSES, [*bounds(decision.prefix)]
    else:
        volumes, of = OF_NETWORKS, [_as_numbers(workspace, decision)]
    statement = MOVED.format(maps=MAPS, volumes=volumes)
    rows = _core(workspace, statement, [*days, *of, _published_as(workspace, decision.network_type)])
    return [Moved(quarter, kind, int(bits), share) for quarter, kind, bits, share in rows]


def _as_numbers(workspace: Workspace, decision: Override) -> list[int]:
    if decision.asn is not None:
        return [decision.asn]
    networks = workspace.lake.read(NETWORKS, classification.newest(workspace, NETWORKS))
    numbers: list[int] = networks.filter(pc.equal(networks["organisation"], decision.organisation))["asn"].to_pylist()
    return numbers


def _published_as(workspace: Workspace, network_type: str) -> str:
    with (workspace.dbt_project / "seeds" / "network_types.csv").open(encoding="utf-8", newline="") as content:
        return next(row["published_as"] for row in csv.DictReader(content) if row["network_type"] == network_type)


def _core(workspace: Workspace, statement: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    """Rows of the warehouse, once no run makes it; Lines if it was built before this was asked of it."""
    try:
        with OneRun(workspace.warehouse).held("`netstats decide`"), reading(workspace.warehouse) as database:
            return database.execute(statement, parameters).fetchall()
    except duckdb.CatalogException as error:
        raise Lines(f"{workspace.warehouse} holds no core; run `netstats build` once more ({error})") from error
