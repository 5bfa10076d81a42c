"""registry/<source>, registry/sources, registry/address_ranges, registry/networks and registry/network_evidence.

Belongs here: what is made of the snapshots in force, and the assets. Does not belong here: pulling (registry_pulls), a
source's format or the rules of the plan (assets.registries).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import dagster as dg
import pyarrow as pa
import pyarrow.compute as pc

from assets.lake import Lake, Partition, fingerprint_of
from assets.operator_folder import Operator, load_operator, operator_tables
from assets.progress import Progress
from assets.registries import sources
from assets.registries._address_plan import AddressPlan
from assets.registries._networks import merge_evidence, merge_networks
from assets.registry_pulls import InForce, Pulling, bring, sources_in_use, tables_of
from assets.workspace import Workspace

ADDRESS_RANGES = ("registry", "address_ranges")
NETWORKS = ("registry", "networks")
NETWORK_EVIDENCE = ("registry", "network_evidence")
SOURCES = ("registry", "sources")
SOURCE_COLUMNS = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("producer", pa.string(), nullable=False),
        pa.field("title", pa.string(), nullable=False),
        pa.field("address", pa.string(), nullable=False),
        pa.field("licence", pa.string(), nullable=False),
        pa.field("citation", pa.string(), nullable=False),
        pa.field("may_be_redistributed", pa.bool_(), nullable=False),
        pa.field("as_of", pa.date32()),
        pa.field("visible_credit", pa.string()),
        pa.field("visible_credit_address", pa.string()),
        pa.field("outcome", pa.string(), nullable=False),
        pa.field("reason", pa.string()),
    ]
)


def write_sources(lake: Lake, held: Sequence[InForce]) -> pa.Table:
    """registry/sources: each source in use, its snapshot in force, and what became of its last pull."""
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
            "outcome": str(one.outcome),
            "reason": one.reason,
        }
        for one in held
    ]
    table = pa.Table.from_pylist(rows, schema=SOURCE_COLUMNS)
    lake.write(SOURCES, table, fingerprint=fingerprint_of(rows))
    return table


def snapshots_in_force(lake: Lake, operator: Operator) -> dict[str, date]:
    """The date of each source's snapshot; an error if no source says which AS originates which prefix."""
    dates = {row["source"]: row["as_of"] for row in lake.read(SOURCES).to_pylist() if row["as_of"] is not None}
    if not any("prefix_origins" in sources()[name].tables for name in dates):
        raise ValueError(
            f"{operator.folder}/operator.yaml, registries: none that has a snapshot tells origins of prefixes; "
            "name ip_to_asn (bundled) beside the others, or see registry/sources for what failed"
        )
    return dates


def make_plan(lake: Lake, operator: Operator, in_force: Mapping[str, date]) -> tuple[date, pa.Table]:
    """The address plan of the snapshots in force and the operator's own prefixes and overrides."""
    plan_as_of = max(in_force.values())
    partition = Partition("plan_as_of", plan_as_of)
    told = fingerprint_of(
        sorted(in_force.items()),
        [source.name for source in sources_in_use(operator)],
        [str(own.prefix) for own in operator.own_prefixes],
        [str(override) for override in operator.overrides],
    )
    if lake.fingerprint(ADDRESS_RANGES, partition) == told:
        return plan_as_of, lake.read(ADDRESS_RANGES, partition)
    used, own = sources_in_use(operator), operator_tables(operator)
    plan = AddressPlan.build(
        plan_as_of,
        prefix_origins=tables_of(lake, in_force, used, "prefix_origins"),
        own_prefixes=own["own_prefixes"],
        overrides=own["overrides"],
        cloud_ranges=_together(tables_of(lake, in_force, used, "cloud_ranges")),
        special_ranges=_together(tables_of(lake, in_force, used, "special_ranges")),
        delegations=_together(tables_of(lake, in_force, used, "delegations")),
    )
    lake.write(ADDRESS_RANGES, plan.table, fingerprint=told, partition=partition)
    return plan_as_of, plan.table


def _together(tables: list[pa.Table]) -> pa.Table | None:
    return pa.concat_tables(tables) if tables else None


def make_networks(lake: Lake, operator: Operator, in_force: Mapping[str, date], plan: pa.Table) -> pa.Table:
    """registry/networks: one row an AS, what is told of it from the first source that tells it."""
    as_of, used = max(in_force.values()), sources_in_use(operator)
    told = fingerprint_of(sorted(in_force.items()), [source.name for source in used])
    networks = merge_networks(as_of, tables_of(lake, in_force, used, "networks"), plan)
    lake.write(NETWORKS, networks, fingerprint=told, partition=Partition("as_of", as_of))
    return networks


def make_evidence(lake: Lake, operator: Operator, in_force: Mapping[str, date]) -> pa.Table:
    """registry/network_evidence: what the sources say of the type of each AS; empty without a source that does."""
    as_of, used = max(in_force.values()), sources_in_use(operator)
    told = fingerprint_of(sorted(in_force.items()), [source.name for source in used])
    evidence = merge_evidence(as_of, tables_of(lake, in_force, used, "network_evidence"))
    lake.write(NETWORK_EVIDENCE, evidence, fingerprint=told, partition=Partition("as_of", as_of))
    return evidence


def define(workspace: Workspace) -> list[dg.AssetsDefinition]:
    """One asset a source found, then what is made of them."""
    return [_registry_snapshots(workspace), _registry_tables(workspace)]


def _registry_snapshots(workspace: Workspace) -> dg.AssetsDefinition:
    names = sorted(sources())

    @dg.multi_asset(
        name="registry_snapshots",
        specs=[
            *(
                dg.AssetSpec(
                    dg.AssetKey(["registry", name]),
                    group_name="registry",
                    kinds={"parquet"},
                    skippable=True,
                    description=f"{sources()[name].origin.title} ({sources()[name].origin.producer}), by snapshot.",
                )
                for name in names
            ),
            dg.AssetSpec(
                dg.AssetKey(SOURCES),
                group_name="registry",
                kinds={"parquet"},
                description="One row per source in use: its snapshot in force, and what became of its last pull.",
            ),
        ],
    )
    def registry_snapshots(
        context: dg.AssetExecutionContext, progress: dg.ResourceParam[Progress], pulling: dg.ResourceParam[Pulling]
    ) -> Iterator[dg.MaterializeResult]:
        operator = load_operator(workspace.operator_folder)
        held = []
        for source in progress.track(sources_in_use(operator), "Pulling registries"):
            one = bring(workspace, operator, source, pulling)
            held.append(one)
            if one.is_at_fault:
                context.log.warning(f"registry {source.name}: {one.outcome}; {one.reason}")
            told = {"snapshot": str(one.as_of or "none"), "outcome": str(one.outcome), "reason": one.reason or ""}
            yield dg.MaterializeResult(asset_key=dg.AssetKey(["registry", source.name]), metadata=told)
        table = write_sources(workspace.lake, held)
        at_fault = [one.source.name for one in held if one.is_at_fault]
        yield dg.MaterializeResult(
            asset_key=dg.AssetKey(SOURCES),
            metadata={"dagster/row_count": table.num_rows, "at_fault": ", ".join(at_fault) or "none"},
        )

    return registry_snapshots


def _registry_tables(workspace: Workspace) -> dg.AssetsDefinition:
    lake = workspace.lake

    @dg.multi_asset(
        name="registry_tables",
        specs=[
            dg.AssetSpec(
                dg.AssetKey(key),
                deps=[
                    dg.AssetKey(SOURCES),
                    dg.AssetKey(["operator", "own_prefixes"]),
                    dg.AssetKey(["operator", "overrides"]),
                ],
                group_name="registry",
                kinds={"parquet"},
                description=description,
            )
            for key, description in (
                (ADDRESS_RANGES, "The address plan: one row per range of addresses, disjoint and sorted, with its AS."),
                (NETWORKS, "One row per AS: its name, organisation, country and addresses."),
                (NETWORK_EVIDENCE, "One row per AS, source and thing said of what the network is."),
            )
        ],
    )
    def registry_tables() -> Iterator[dg.MaterializeResult]:
        operator = load_operator(workspace.operator_folder)
        in_force = snapshots_in_force(lake, operator)
        plan_as_of, plan = make_plan(lake, operator, in_force)
        origins = pc.count_distinct(plan["origin_as"]).as_py()
        yield dg.MaterializeResult(
            asset_key=dg.AssetKey(ADDRESS_RANGES),
            metadata={
                "dagster/row_count": plan.num_rows,
                "plan_as_of": str(plan_as_of),
                "origin_as_numbers": origins,
            },
        )
        made = {
            NETWORKS: make_networks(lake, operator, in_force, plan),
            NETWORK_EVIDENCE: make_evidence(lake, operator, in_force),
        }
        for key, table in made.items():
            yield dg.MaterializeResult(asset_key=dg.AssetKey(key), metadata={"dagster/row_count": table.num_rows})

    return registry_tables
