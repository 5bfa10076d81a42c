"""The dbt project as assets: core by export day, then the marts by quarter; two ops, so that checks can stand between.

Belongs here: what dbt is asked to build, and calling it. Does not belong here: SQL (dbt_project/), whether a day or
quarter is current (assets.warehouse_inputs), the published copy (assets.published_marts).
"""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from graphlib import TopologicalSorter
from typing import Any

import dagster as dg
import pyarrow as pa
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtCliResource, dbt_assets

from assets import warehouse_inputs
from assets.address_retention import retired_quarters
from assets.day_inputs import days_of_replaced_plans
from assets.lake import fingerprint_of
from assets.partitions import Quarter
from assets.progress import Progress
from assets.retired_days import retired_days
from assets.warehouse_ledger import Ledger
from assets.workspace import Workspace

CORE_SELECTION = "resource_type:seed network_stats.staging network_stats.intermediate network_stats.core"
# What the marts of the quarters being built share is made with them.
BY_QUARTER = "network_stats.core.by_quarter"
MARTS_SELECTION = f"{BY_QUARTER} network_stats.marts"
# Unit tests guard the code, not the data: `make test` runs them, a build does not.
BUILD = ["build", "--exclude-resource-type", "unit_test"]


class Translator(DagsterDbtTranslator):
    """Models by their schema and name; sources by the key of the lake's table."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        if dbt_resource_props["resource_type"] == "source":
            return dg.AssetKey([dbt_resource_props["source_name"], dbt_resource_props["name"]])
        return dg.AssetKey([_layer(dbt_resource_props), dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        return _layer(dbt_resource_props)


def _layer(dbt_resource_props: Mapping[str, Any]) -> str:
    """The folder below models/ that a model lies in, or `seeds`."""
    folder = dbt_resource_props["fqn"][1]
    return "seeds" if dbt_resource_props["resource_type"] == "seed" else folder


class Rebuild(dg.Config):
    """Whether to build again what is current."""

    rebuild_current: bool = False


def define(workspace: Workspace) -> list[dg.AssetsDefinition]:
    """The two ops of the dbt project."""
    manifest = json.loads((workspace.dbt_target / "manifest.json").read_text(encoding="utf-8"))
    translator = Translator(settings=DagsterDbtTranslatorSettings(enable_asset_checks=False))

    @dbt_assets(
        manifest=manifest,
        select=CORE_SELECTION,
        exclude=BY_QUARTER,
        name="warehouse_core",
        dagster_dbt_translator=translator,
    )
    def core(
        context: dg.AssetExecutionContext,
        config: Rebuild,
        dbt: DbtCliResource,
        progress: dg.ResourceParam[Progress],
    ) -> Iterator[Any]:
        wanted = warehouse_inputs.core_days(workspace)
        for day in days_of_replaced_plans(workspace.lake):
            context.log.warning(f"{day} stays as it is: its plan was made anew; decode it again (`netstats build`)")
            wanted.pop(day.isoformat(), None)
        for day in warehouse_inputs.days_without_losses(workspace):
            context.log.warning(
                f"{day} stays as it is: its files' losses are not kept; decode it again (`netstats build`)"
            )
            wanted.pop(day.isoformat(), None)
        retired = {day.isoformat() for day in retired_days(workspace.lake)}
        for gone in sorted(retired - wanted.keys()):
            context.log.warning(f"{gone} is not in core, and its exports were let go; restore {workspace.warehouse}")
        ledger = Ledger(workspace.warehouse, "core")
        days = sorted(wanted.keys() - retired) if config.rebuild_current else ledger.stale(wanted)
        types = warehouse_inputs.classification(workspace)
        typed = Ledger(workspace.warehouse, "classification")
        if not days and not typed.stale(types):
            yield from _nothing_to_do(context, "every export day and every network's type is current")
            return
        _select(
            workspace,
            "export_days",
            [{"export_on": date.fromisoformat(day)} for day in days],
            fields=[("export_on", pa.date32())],
        )
        ledger.forget(days)
        typed.forget(list(types))
        yield from _run(workspace, dbt, context, progress, f"Core of {len(days)} export days")
        ledger.remember({day: wanted[day] for day in days})
        typed.remember(types)

    @dbt_assets(manifest=manifest, select=MARTS_SELECTION, name="warehouse_marts", dagster_dbt_translator=translator)
    def marts(
        context: dg.AssetExecutionContext,
        config: Rebuild,
        dbt: DbtCliResource,
        progress: dg.ResourceParam[Progress],
    ) -> Iterator[Any]:
        wanted = warehouse_inputs.mart_quarters(workspace)
        ledger = Ledger(workspace.warehouse, "marts")
        retired = retired_quarters(workspace.warehouse)
        asked = sorted(wanted) if config.rebuild_current else ledger.stale(wanted)
        quarters = [quarter for quarter in asked if quarter not in retired]
        if not quarters:
            yield from _nothing_to_do(context, "every quarter is current, or its addresses are retired")
            return
        _select(
            workspace,
            "quarters",
            [_quarter_row(Quarter.parse(quarter)) for quarter in quarters],
            fields=[
                ("quarter", pa.string()),
                ("quarter_began_on", pa.date32()),
                ("quarter_ended_on", pa.date32()),
            ],
        )
        ledger.forget(quarters)
        yield from _run(workspace, dbt, context, progress, f"Marts of {', '.join(quarters)}")
        ledger.remember({quarter: wanted[quarter] for quarter in quarters})

    return [core, marts]


def _quarter_row(quarter: Quarter) -> dict[str, object]:
    return {
        "quarter": str(quarter),
        "quarter_began_on": quarter.began_on,
        "quarter_ended_on": quarter.ended_on,
    }


def _select(
    workspace: Workspace, table: str, rows: list[dict[str, Any]], *, fields: list[tuple[str, pa.DataType]]
) -> None:
    """Tell dbt what to build, through the table of the lake that its macros read."""
    schema = pa.schema([pa.field(name, kind, nullable=False) for name, kind in fields])
    workspace.lake.write(("run", table), pa.Table.from_pylist(rows, schema=schema), fingerprint=fingerprint_of(rows))


def _run(
    workspace: Workspace,
    dbt: DbtCliResource,
    context: dg.AssetExecutionContext,
    progress: Progress,
    description: str,
) -> Iterator[Any]:
    invocation = dbt.cli(BUILD, context=context, target_path=workspace.dbt_target)
    yield from progress.track(invocation.stream(), description, total=len(context.selected_asset_keys))


def _nothing_to_do(context: dg.AssetExecutionContext, why: str) -> Iterator[dg.MaterializeResult]:
    """Every asset as made, in the order of their dependencies."""
    context.log.info(f"nothing to build: {why}")
    for key in TopologicalSorter(context.assets_def.asset_deps).static_order():
        if key in context.selected_asset_keys:
            yield dg.MaterializeResult(asset_key=key, metadata={"built": why})
