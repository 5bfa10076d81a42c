"""registry/sources and registry/pulls: which snapshot of each source is in force, and what became of its last pull.

Belongs here: writing and reading the two. Does not belong here: pulling (registry_pulls), or what is made of the
snapshots (registry_tables).
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

import pyarrow as pa

from assets.ground.lake import Lake, fingerprint_of
from assets.operator import Operator
from assets.registry.pulls import InForce
from assets.registry.sources import sources

SOURCES = ("registry", "sources")
PULLS = ("registry", "pulls")
SOURCE_COLUMNS = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("producer", pa.string(), nullable=False),
        pa.field("title", pa.string(), nullable=False),
        pa.field("address", pa.string(), nullable=False),
        pa.field("licence", pa.string(), nullable=False),
        pa.field("citation", pa.string(), nullable=False),
        pa.field("may_be_redistributed", pa.bool_(), nullable=False),
        pa.field("as_of", pa.date32(), nullable=False),
        pa.field("visible_credit", pa.string()),
        pa.field("visible_credit_address", pa.string()),
    ]
)
PULL_COLUMNS = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("outcome", pa.string(), nullable=False),
        pa.field("reason", pa.string()),
        pa.field("as_of", pa.date32()),
        pa.field("confirmed_on", pa.date32()),
        pa.field("is_at_fault", pa.bool_(), nullable=False),
        pa.field("is_used", pa.bool_(), nullable=False),
    ]
)


def write_sources(lake: Lake, used: Sequence[InForce]) -> pa.Table:
    """registry/sources: each source whose snapshot is in force, for the plan, for footers and credits.

    What became of pulls stays apart (registry/pulls): reports are made again when their sources change, not when a
    server was busy.
    """
    rows = [
        {
            "source": one.source.name,
            "producer": one.source.origin.producer,
            "title": one.source.origin.title,
            "address": one.source.origin.address,
            "licence": one.source.origin.licence,
            "citation": one.source.origin.citation,
            "may_be_redistributed": one.source.origin.may_be_redistributed,
            "as_of": one.as_of,
            "visible_credit": one.source.origin.visible_credit,
            "visible_credit_address": one.source.origin.visible_credit_address,
        }
        for one in used
    ]
    return _write(lake, SOURCES, rows, SOURCE_COLUMNS)


def write_pulls(lake: Lake, held: Sequence[InForce], used: Collection[InForce]) -> pa.Table:
    """registry/pulls: each source that the operator asks for, what became of its last pull, and what is in force.

    `is_used` tells the sources that the plan is made from: not those without a snapshot, nor a stand-in left out.
    """
    rows = [
        {
            "source": one.source.name,
            "outcome": str(one.outcome),
            "reason": one.reason,
            "as_of": one.as_of,
            "confirmed_on": one.confirmed_on,
            "is_at_fault": one.is_at_fault,
            "is_used": one in used,
        }
        for one in held
    ]
    return _write(lake, PULLS, rows, PULL_COLUMNS)


def _write(lake: Lake, key: tuple[str, str], rows: Sequence[Mapping[str, object]], schema: pa.Schema) -> pa.Table:
    table = pa.Table.from_pylist(rows, schema=schema)
    lake.write(key, table, fingerprint=fingerprint_of(rows))
    return table


def snapshots_in_force(lake: Lake, operator: Operator) -> dict[str, date]:
    """The date of each source's snapshot; an error if no source says which AS originates which prefix."""
    dates = {row["source"]: row["as_of"] for row in lake.read(SOURCES).to_pylist()}
    if not any("prefix_origins" in sources()[name].tables for name in dates):
        raise ValueError(
            f"{operator.folder}/operator.yaml, registries: none that has a snapshot tells origins of prefixes; "
            "name ip_to_asn (bundled) beside the others, or see registry/pulls for what failed"
        )
    return dates
