"""The assets registry/*: the sources, and what is made of them: address_ranges, networks and network_evidence.

Belongs here: what is made of the snapshots in force, and the assets. Does not belong here: pulling (registry_pulls), a
source's format or the rules of the plan (assets.registry.sources).
"""

import csv
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pyarrow.compute as pc

from assets.ground.lake import Lake, Partition, fingerprint_of, telling_content
from assets.ground.made_along import chosen
from assets.ground.progress import Progress
from assets.ground.workspace import Workspace
from assets.operator import Operator, load_operator, operator_tables
from assets.registry.address_plan import AddressPlan
from assets.registry.in_force import PULLS, SOURCES, snapshots_in_force, write_pulls, write_sources
from assets.registry.keys import ADDRESS_RANGES, NETWORK_EVIDENCE, NETWORKS
from assets.registry.networks import merge_evidence, merge_networks, names_told
from assets.registry.pulls import (
    InForce,
    Pulling,
    accepted_shrunken,
    bring,
    code_of_registries,
    in_use,
    made_from,
    sources_in_use,
    tables_of,
)
from assets.registry.sources import sources

CLOUDS_SEED = Path(__file__).parents[2] / "dbt_project" / "seeds" / "clouds.csv"


class Accepting(dg.Config):
    """Sources whose next snapshot is taken even if it has lost more than a fifth."""

    accept_shrunken: list[str] | None = None


def plan_date(lake: Lake, in_force: Mapping[str, date]) -> date:
    """The newest snapshot's date, or the newest plan's: without the newest source the plan is made anew, not older."""
    plans = (partition.on for partition in lake.partitions(ADDRESS_RANGES, "plan_as_of"))
    return max([*in_force.values(), *plans])


def make_plan(lake: Lake, operator: Operator, in_force: Mapping[str, date]) -> tuple[date, pa.Table]:
    """The newest address plan, of the snapshots in force and the operator's own prefixes and overrides.

    Plans of days before keep what their own registries said, and take the same own prefixes and overrides, so that a
    decision on a prefix reaches every day.
    """
    plan_as_of, used = plan_date(lake, in_force), sources_in_use(operator)
    partition = Partition("plan_as_of", plan_as_of)
    own, decided = operator_tables(operator), _decided(operator)
    _redecide_plans(lake, plan_as_of, own, decided)
    of_table = f"{fingerprint_of(made_from(lake, in_force, used))} {decided}"
    if lake.fingerprint(ADDRESS_RANGES, partition) == of_table:
        return plan_as_of, lake.read(ADDRESS_RANGES, partition)
    cloud_ranges = _together(tables_of(lake, in_force, used, "cloud_ranges"))
    refuse_clouds_without_type(cloud_ranges)
    plan = AddressPlan.build(
        plan_as_of,
        prefix_origins=tables_of(lake, in_force, used, "prefix_origins"),
        own_prefixes=own["own_prefixes"],
        overrides=own["overrides"],
        cloud_ranges=cloud_ranges,
        special_ranges=_together(tables_of(lake, in_force, used, "special_ranges")),
        delegations=_together(tables_of(lake, in_force, used, "delegations")),
    )
    lake.write(ADDRESS_RANGES, telling_content(plan.table), fingerprint=of_table, partition=partition)
    return plan_as_of, plan.table


def refuse_clouds_without_type(cloud_ranges: pa.Table | None) -> None:
    """ValueError names a cloud without a network type: its prefixes would lose the type that their AS has."""
    with CLOUDS_SEED.open(encoding="utf-8", newline="") as seed:
        typed = {row["cloud"] for row in csv.DictReader(seed)}
    published = set(cloud_ranges["cloud"].unique().to_pylist()) if cloud_ranges is not None else set()
    if without_type := sorted(published - typed):
        raise ValueError(
            f"{CLOUDS_SEED.name} of dbt_project/seeds has no network type for the cloud {', '.join(without_type)}; "
            "add a row with its type and the reason, or do not name the source in operator.yaml"
        )


def _decided(operator: Operator) -> str:
    """What the operator's own prefixes and overrides make of a plan: which prefixes, whatever their type and dates."""
    overrides = {str(override.prefix) for override in operator.overrides if override.prefix is not None}
    return fingerprint_of(sorted(str(own.prefix) for own in operator.own_prefixes), sorted(overrides))


def _redecide_plans(lake: Lake, newest: date, own: Mapping[str, pa.Table], decided: str) -> None:
    """Make the plans of days before the newest anew, if they have other own prefixes or overrides than these."""
    for partition in lake.partitions(ADDRESS_RANGES, "plan_as_of"):
        made_from_registries, _, decided_then = (lake.fingerprint(ADDRESS_RANGES, partition) or "").partition(" ")
        if partition.on == newest or decided_then == decided:
            continue
        before = AddressPlan.from_table(lake.read(ADDRESS_RANGES, partition))
        plan = before.redecided(own["own_prefixes"], own["overrides"])
        of_table = f"{made_from_registries} {decided}"
        lake.write(ADDRESS_RANGES, telling_content(plan.table), fingerprint=of_table, partition=partition)


def _together(tables: list[pa.Table]) -> pa.Table | None:
    return pa.concat_tables(tables) if tables else None


def make_networks(lake: Lake, operator: Operator, in_force: Mapping[str, date], plan_as_of: date) -> pa.Table:
    """registry/networks: one row an AS, what is told of it from the first source that tells it."""
    used, of_plan, partition = (
        sources_in_use(operator),
        Partition("plan_as_of", plan_as_of),
        Partition("as_of", plan_as_of),
    )
    of_table = fingerprint_of(made_from(lake, in_force, used), lake.fingerprint(ADDRESS_RANGES, of_plan))
    if lake.fingerprint(NETWORKS, partition) == of_table:
        return lake.read(NETWORKS, partition)
    tables = tables_of(lake, in_force, used, "networks")
    networks = merge_networks(plan_as_of, tables, lake.read(ADDRESS_RANGES, of_plan))
    lake.write(NETWORKS, networks, fingerprint=of_table, partition=partition)
    return networks


def make_evidence(lake: Lake, operator: Operator, in_force: Mapping[str, date], plan_as_of: date) -> pa.Table:
    """registry/network_evidence: what the sources say of the type of each AS; empty without a source that does."""
    used, partition = sources_in_use(operator), Partition("as_of", plan_as_of)
    of_table = fingerprint_of(made_from(lake, in_force, used))
    if lake.fingerprint(NETWORK_EVIDENCE, partition) == of_table:
        return lake.read(NETWORK_EVIDENCE, partition)
    said = tables_of(lake, in_force, used, "network_evidence")
    names = names_told(tables_of(lake, in_force, used, "networks"))
    evidence = merge_evidence(plan_as_of, [*said, names])
    lake.write(NETWORK_EVIDENCE, evidence, fingerprint=of_table, partition=partition)
    return evidence


def define(workspace: Workspace) -> list[dg.AssetsDefinition]:
    """One asset a source found, then what is made of them."""
    return [_registry_snapshots(workspace), _registry_tables(workspace)]


def _registry_snapshots(workspace: Workspace) -> dg.AssetsDefinition:
    names, code = sorted(sources()), code_of_registries()

    @dg.multi_asset(
        name="registry_snapshots",
        specs=[
            *(
                dg.AssetSpec(
                    dg.AssetKey(["registry", name]),
                    group_name="registry",
                    kinds={"parquet"},
                    skippable=True,
                    code_version=code,
                    description=f"{sources()[name].origin.title} ({sources()[name].origin.producer}), by snapshot.",
                )
                for name in names
            ),
            *(
                dg.AssetSpec(
                    dg.AssetKey(key), group_name="registry", kinds={"parquet"}, skippable=True, description=description
                )
                for key, description in (
                    (SOURCES, "One row per source whose snapshot is in force, with its date and licence."),
                    (PULLS, "One row per source in use: what became of its last pull, and what is in force."),
                )
            ),
        ],
        can_subset=True,
    )
    def registry_snapshots(
        context: dg.AssetExecutionContext,
        config: Accepting,
        progress: dg.ResourceParam[Progress],
        pulling: dg.ResourceParam[Pulling],
    ) -> Iterator[dg.MaterializeResult[None]]:
        yield from chosen(context, _snapshots(context, workspace, config, progress, pulling))

    return registry_snapshots


def _snapshots(
    context: dg.AssetExecutionContext, workspace: Workspace, config: Accepting, progress: Progress, pulling: Pulling
) -> Iterator[dg.MaterializeResult[None]]:
    """Pull every source in use, whichever is asked for: what is in force is told of all of them together."""
    operator = load_operator(workspace.operator_folder)
    accepted, held = accepted_shrunken(operator, config.accept_shrunken or ()), []
    for source in progress.track(sources_in_use(operator), "Pulling registries"):
        one = bring(workspace, operator, source, pulling, accepted)
        held.append(one)
        if one.is_at_fault:
            context.log.warning(f"registry {source.name}: {one.outcome}; {one.reason}; {one.state}")
        yield dg.MaterializeResult(
            asset_key=dg.AssetKey(["registry", source.name]),
            metadata=_told(one),
            data_version=dg.DataVersion(f"{one.as_of}"),
        )
    used = in_use(operator, held)
    left_out = [one.source.name for one in held if one not in used]
    at_fault = [one.source.name for one in held if one.is_at_fault]
    yield dg.MaterializeResult(
        asset_key=dg.AssetKey(SOURCES),
        metadata={
            "dagster/row_count": write_sources(workspace.lake, used).num_rows,
            "left_out": ", ".join(left_out) or "none",
        },
        data_version=dg.DataVersion(str(workspace.lake.fingerprint(SOURCES))),
    )
    yield dg.MaterializeResult(
        asset_key=dg.AssetKey(PULLS),
        metadata={
            "dagster/row_count": write_pulls(workspace.lake, held, used).num_rows,
            "at_fault": ", ".join(at_fault) or "none",
        },
        data_version=dg.DataVersion(str(workspace.lake.fingerprint(PULLS))),
    )


def _told(one: InForce) -> dict[str, str]:
    """What an asset's page shows of its source."""
    return {
        "state": one.state,
        "outcome": str(one.outcome),
        "reason": one.reason or "",
        "confirmed_on": str(one.confirmed_on or "never"),
        "licence": one.source.origin.licence,
    }


def _registry_tables(workspace: Workspace) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name="registry_tables",
        specs=[
            dg.AssetSpec(
                dg.AssetKey(key),
                deps=[
                    dg.AssetKey(SOURCES),
                    dg.AssetKey(PULLS),
                    dg.AssetKey(["operator", "own_prefixes"]),
                    dg.AssetKey(["operator", "overrides"]),
                ],
                group_name="registry",
                kinds={"parquet"},
                skippable=True,
                code_version=code_of_registries(),
                description=description,
            )
            for key, description in (
                (ADDRESS_RANGES, "The address plan: one row per range of addresses, disjoint and sorted, with its AS."),
                (NETWORKS, "One row per AS: its name, organisation, country and addresses."),
                (NETWORK_EVIDENCE, "One row per AS, source and thing said of what the network is."),
            )
        ],
        can_subset=True,
    )
    def registry_tables(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        yield from chosen(context, _tables_of_plan(workspace))

    return registry_tables


def _tables_of_plan(workspace: Workspace) -> Iterator[dg.MaterializeResult[None]]:
    """Make the plan and what is told of its networks, whichever is asked for."""
    lake, operator = workspace.lake, load_operator(workspace.operator_folder)
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
        data_version=dg.DataVersion(str(lake.fingerprint(ADDRESS_RANGES, Partition("plan_as_of", plan_as_of)))),
    )
    made = {
        NETWORKS: make_networks(lake, operator, in_force, plan_as_of),
        NETWORK_EVIDENCE: make_evidence(lake, operator, in_force, plan_as_of),
    }
    for key, table in made.items():
        yield dg.MaterializeResult(
            asset_key=dg.AssetKey(key),
            metadata={"dagster/row_count": table.num_rows},
            data_version=dg.DataVersion(str(lake.fingerprint(key, Partition("as_of", plan_as_of)))),
        )
