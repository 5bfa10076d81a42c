"""registry/networks and registry/network_evidence: what all sources say of each AS, put together.

Belongs here: which source's name stands, and counting addresses. Does not belong here: what type a network is (dbt).
"""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.registry.address_columns import Addresses
from assets.registry.source import NETWORK_EVIDENCE, NETWORKS

NAMES = ("name", "organisation")
FIRST = ("name", "organisation", "country", "source")


def merge_networks(as_of: date, networks: Sequence[pa.Table], address_ranges: pa.Table) -> pa.Table:
    """NETWORKS with one row per AS, by number.

    Name, organisation and country each come from the first of the tables that tells it, `source` is the one of the
    name; `ipv4_addresses` are those that the address plan gives to the AS.
    """
    together = _without_empty_names(pa.concat_tables([NETWORKS.empty_table(), *networks]))
    first_told = together.group_by("asn", use_threads=False).aggregate([(column, "first") for column in FIRST])
    merged = first_told.join(_ipv4_addresses(address_ranges), keys="asn", right_keys="origin_as").sort_by("asn")
    count = merged.num_rows
    return pa.table(
        [
            pa.repeat(pa.scalar(as_of, pa.date32()), count),
            merged["asn"],
            pc.coalesce(merged["name_first"], pa.scalar("")),
            merged["organisation_first"],
            merged["country_first"],
            merged["source_first"],
            pc.coalesce(merged["addresses_sum"], pa.scalar(0, pa.uint64())),
        ],
        schema=NETWORKS,
    )


def _without_empty_names(networks: pa.Table) -> pa.Table:
    """An empty name or organisation tells nothing, and leaves the word to the next source."""
    for kind in NAMES:
        told = pc.if_else(pc.equal(networks[kind], ""), pa.scalar(None, pa.string()), networks[kind].cast(pa.string()))
        networks = networks.set_column(networks.column_names.index(kind), kind, told)
    return networks


def names_told(networks: Sequence[pa.Table]) -> pa.Table:
    """NETWORK_EVIDENCE of kinds `name` and `organisation`: what each source calls an AS, also where another one counts.

    A later source's handle or company often says what the first one's name does not (CDN77, of Datacamp Limited).
    """
    told = [NETWORK_EVIDENCE.empty_table()]
    for table in networks:
        for kind in NAMES:
            said = table.filter(pc.not_equal(pc.coalesce(table[kind], pa.scalar("")), ""))
            count = said.num_rows
            columns = [said["as_of"], said["source"], said["asn"], pa.repeat(pa.scalar(kind), count), said[kind]]
            told.append(pa.table([*columns, pa.nulls(count, pa.float64())], schema=NETWORK_EVIDENCE))
    return pa.concat_tables(told)


def merge_evidence(as_of: date, evidence: Sequence[pa.Table]) -> pa.Table:
    """NETWORK_EVIDENCE of all sources, in a fixed order; rows keep the date of their own snapshot in `as_of`.

    `as_of` is the day it is put together for; a row of a later snapshot is an error.
    """
    together = pa.concat_tables([NETWORK_EVIDENCE.empty_table(), *evidence])
    if together.num_rows and pc.max(together["as_of"]).as_py() > as_of:
        raise ValueError(f"there is evidence of a later day than {as_of}; put it together for that day")
    return together.sort_by([(column, "ascending") for column in ("asn", "source", "kind", "value", "number")])


def _ipv4_addresses(address_ranges: pa.Table) -> pa.Table:
    """How many IPv4 addresses each AS originates by the plan."""
    of_v4 = address_ranges.filter(pc.equal(address_ranges["ip_version"], 4))
    of_v4 = of_v4.filter(pc.is_valid(of_v4["origin_as"]))
    first, last = (Addresses.of_column(of_v4[column]) for column in ("first_address", "last_address"))
    counted = pa.table({"origin_as": of_v4["origin_as"], "addresses": last.low - first.low + np.uint64(1)})
    return counted.group_by("origin_as", use_threads=False).aggregate([("addresses", "sum")])
