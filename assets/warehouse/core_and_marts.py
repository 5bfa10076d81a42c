"""The dbt project as assets: core by export day, then the marts by quarter; two ops, so that checks can stand between.

Belongs here: the assets, and calling dbt. Does not belong here: SQL (dbt_project/), what a call builds
(assets.warehouse.calls), what makes a day or quarter stale (assets.warehouse.inputs), the published copy
(assets.warehouse.published_marts).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtProject, dbt_assets

from assets.exports.day_inputs import days_of_replaced_plans
from assets.exports.retired_days import retired_days
from assets.ground.lake import TableKey, fingerprint_of, fingerprint_of_files
from assets.ground.progress import Progress
from assets.ground.quarters import Quarter
from assets.ground.workspace import Workspace
from assets.warehouse import inputs as warehouse_inputs
from assets.warehouse.address_retention import retired_quarters
from assets.warehouse.asked_parts import asked_again
from assets.warehouse.calls import Call, core_call, in_portions, is_small, marts_call
from assets.warehouse.column_lineage import column_lineage, with_origins
from assets.warehouse.database import OneRun
from assets.warehouse.dbt_process import Dbt, telling_kills
from assets.warehouse.gates import refuse_behind_shut_gates
from assets.warehouse.gone_tables import forget_gone
from assets.warehouse.ledger import CORE, built_in
from assets.warehouse.manifest import Project, layer_of
from assets.warehouse.metadata import parts_made

CORE_SELECTION = "resource_type:seed network_stats.staging network_stats.intermediate network_stats.core"
# What the marts of the quarters being built share is made with them.
BY_QUARTER = "network_stats.core.by_quarter"
MARTS_SELECTION = f"{BY_QUARTER} network_stats.marts"
# Unit tests guard the code, not the data: `make test` runs them, a build does not.
BUILD = ["build", "--exclude-resource-type", "unit_test"]
TWO_MODELS = ["--threads", "2"]
# Where more days follow, what is made of all of them is not there yet.
TESTS_OF_WHAT_IS_BUILT = ["--indirect-selection", "cautious"]
EXPORTS = "exports"
"""The folder of the lake, and the prefix of keys, of tables that are divided by export day."""
PREPARING = {"staging", "intermediate"}
COLUMN_SCHEMA = "dagster/column_schema"
Made = Iterator[Any]


class Translator(DagsterDbtTranslator):
    """Models by their schema and name; sources by the key of the lake's table; each with its partitions and code."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(settings=DagsterDbtTranslatorSettings(enable_asset_checks=True))
        self.workspace = workspace
        self.macros = fingerprint_of_files((workspace.dbt_project / "macros").glob("*.sql"))

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None = None
    ) -> dg.AssetSpec:
        """Tables of a day follow the day's exports, too: the views between them are of all days, and tell of none."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        if spec.partitions_def != self.workspace.calendar.days:
            return spec
        sources = {self.get_asset_key(manifest["sources"][one]) for one in _sources_behind(manifest, unique_id)}
        return spec.merge_attributes(deps=sorted(key for key in sources if key.path[0] == EXPORTS))

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        if dbt_resource_props["resource_type"] == "source":
            return dg.AssetKey([dbt_resource_props["source_name"], dbt_resource_props["name"]])
        return dg.AssetKey([layer_of(dbt_resource_props), dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        return "by_quarter" if "by_quarter" in dbt_resource_props["fqn"] else layer_of(dbt_resource_props)

    def get_metadata(self, dbt_resource_props: Mapping[str, Any]) -> Mapping[str, Any]:
        path = self.workspace.dbt_project / dbt_resource_props.get("original_file_path", "")
        reference = dg.LocalFileCodeReference(file_path=str(path), label=path.name)
        code = {"dagster/code_references": dg.CodeReferencesMetadataValue(code_references=[reference])}
        about = {**super().get_metadata(dbt_resource_props), **code}
        schema = about.get(COLUMN_SCHEMA)
        if dbt_resource_props["resource_type"] == "model" and isinstance(schema, dg.TableSchema):
            asset = "/".join(self.get_asset_key(dbt_resource_props).path)
            origins = column_lineage(self.workspace.dbt_project).get(asset, {})
            about[COLUMN_SCHEMA] = with_origins(schema, origins)
        return about

    def get_code_version(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        if "checksum" not in dbt_resource_props:
            return None
        return fingerprint_of(dbt_resource_props["checksum"]["checksum"], self.macros)

    def get_partitions_def(self, dbt_resource_props: Mapping[str, Any]) -> dg.PartitionsDefinition | None:
        folders = dbt_resource_props["fqn"]
        if dbt_resource_props["resource_type"] == "source":
            return None
        if "by_export_day" in folders or "by_day" in dbt_resource_props["config"].get("tags", ()):
            return self.workspace.calendar.days
        if "by_quarter" in folders or (
            layer_of(dbt_resource_props) == "marts" and dbt_resource_props["config"]["materialized"] == "incremental"
        ):
            return self.workspace.calendar.quarters
        return None


def _sources_behind(manifest: Mapping[str, Any], unique_id: str) -> set[str]:
    """The sources that a model reads, itself or through those that prepare a call's rows."""
    found, waiting = set[str](), [unique_id]
    while waiting:
        for parent in manifest["nodes"][waiting.pop()]["depends_on"].get("nodes", ()):
            if parent in manifest["sources"]:
                found.add(parent)
            elif layer_of(manifest["nodes"][parent]) in PREPARING:
                waiting.append(parent)
    return found


class Rebuild(dg.Config):
    """Whether to build again what is current; what is chosen in the UI is built again in any case."""

    rebuild_current: bool = False


def define(workspace: Workspace) -> list[dg.AssetsDefinition]:
    """The two ops of the dbt project."""
    manifest = workspace.dbt_target / "manifest.json"
    translator = Translator(workspace)
    settings: dict[str, Any] = {
        "manifest": manifest,
        "dagster_dbt_translator": translator,
        "backfill_policy": dg.BackfillPolicy.single_run(),
    }

    @dbt_assets(select=CORE_SELECTION, exclude=BY_QUARTER, name="warehouse_core", **settings)
    def core(
        context: dg.AssetExecutionContext,
        config: Rebuild,
        dbt: dg.ResourceParam[Dbt],
        progress: dg.ResourceParam[Progress],
    ) -> Made:
        with _alone(context, workspace):
            call = _call_of_core(context, workspace, config)
            calling = Calling(context, dbt, progress, translator, manifest)
            for portion in in_portions(workspace, call):
                _select_days(workspace, portion)
                yield from calling.build(workspace, portion, f"Core of {_described(portion.members)}")
            yield from parts_made(context, workspace, call, calling.seconds)

    @dbt_assets(select=MARTS_SELECTION, name="warehouse_marts", **settings)
    def marts(
        context: dg.AssetExecutionContext,
        config: Rebuild,
        dbt: dg.ResourceParam[Dbt],
        progress: dg.ResourceParam[Progress],
    ) -> Made:
        with _alone(context, workspace):
            call = _call_of_marts(context, workspace, config)
            calling = Calling(context, dbt, progress, translator, manifest)
            for portion in in_portions(workspace, call):
                _select_quarters(workspace, portion)
                yield from calling.build(workspace, portion, f"Marts of {', '.join(portion.members) or 'no quarter'}")
            yield from parts_made(context, workspace, call, calling.seconds)

    return [core, marts]


@contextmanager
def _alone(context: dg.AssetExecutionContext, workspace: Workspace) -> Iterator[None]:
    """The one run of the state, from choosing to the end: what is chosen is a table that dbt reads for each model."""
    with OneRun(workspace.warehouse).held(f"run {context.run.run_id}", context.log.warning):
        yield


def _call_of_core(context: dg.AssetExecutionContext, workspace: Workspace, config: Rebuild) -> Call:
    """What of core is to be built for a run; dg.Failure where it can't be."""
    refuse_behind_shut_gates(workspace, "core")
    project = _project_of_what_is_there(context, workspace)
    inputs = _days_that_can_be_built(context, workspace)
    _refuse_without_records(workspace)
    again = _without_retired(context, workspace, asked_again(context, config.rebuild_current))
    if lacking := sorted(set(again or ()) - set(inputs)):
        raise dg.Failure(f"{', '.join(lacking)}: not decoded as it is now; materialise exports/flow_records of it")
    return core_call(workspace, project, inputs, _selected(context), again=again)


def _call_of_marts(context: dg.AssetExecutionContext, workspace: Workspace, config: Rebuild) -> Call:
    """What of the marts is to be built for a run; dg.Failure where core has nothing of a quarter."""
    refuse_behind_shut_gates(workspace, "marts")
    project = _project_of_what_is_there(context, workspace)
    asked = asked_again(context, config.rebuild_current)
    again = None if asked is None else {str(Quarter.parse(key)) for key in asked}
    if lacking := sorted((again or set()) - warehouse_inputs.quarters_with_traffic(workspace)):
        raise dg.Failure(f"core holds no traffic of {', '.join(lacking)}; build its export days first")
    return marts_call(workspace, project, _selected(context), kept=retired_quarters(workspace.warehouse), again=again)


def _selected(context: dg.AssetExecutionContext) -> set[TableKey]:
    return {(key.path[0], key.path[1]) for key in context.selected_asset_keys}


def _project_of_what_is_there(context: dg.AssetExecutionContext, workspace: Workspace) -> Project:
    """The project, once tables that are no longer there are known as not built."""
    project = warehouse_inputs.project_of(workspace)
    if gone := forget_gone(workspace.warehouse, project):
        context.log.warning(f"{', '.join(gone)}: no longer in {workspace.warehouse}, and built again")
    return project


def _days_that_can_be_built(context: dg.AssetExecutionContext, workspace: Workspace) -> dict[str, str]:
    """The days of the lake with the fingerprint of their data, without those that must be decoded again before."""
    inputs = warehouse_inputs.day_inputs(workspace)
    for days, why in (
        (days_of_replaced_plans(workspace.lake), "its plan was made anew"),
        (warehouse_inputs.days_without_losses(workspace), "its files' losses are not kept"),
    ):
        for day in days:
            context.log.warning(f"{day} stays as it is: {why}; decode it again (`netstats build`)")
            inputs.pop(day.isoformat(), None)
    built = built_in(workspace.warehouse, CORE)
    for day in sorted(retired_days(workspace.lake)):
        if day.isoformat() not in built:
            context.log.warning(f"{day} is not in core, and its exports were let go; restore {workspace.warehouse}")
    return inputs


def _without_retired(
    context: dg.AssetExecutionContext, workspace: Workspace, again: list[str] | None
) -> list[str] | None:
    """The days that were asked for again, without those that can't be built again: they stay, which is told."""
    retired = {day.isoformat() for day in retired_days(workspace.lake)}
    for day in sorted(retired & set(again or ())):
        context.log.warning(f"{day} stays as it is: its exports were let go")
    return None if again is None else [day for day in again if day not in retired]


def _refuse_without_records(workspace: Workspace) -> None:
    """dg.Failure where no day has any record, as when the sources are not where the operator says.

    Days whose exports were let go had records.
    """
    lake = workspace.lake
    if retired_days(lake):
        return
    days = lake.partitions(warehouse_inputs.FLOW_RECORDS, "export_on")
    if not any(pq.read_metadata(lake.path(warehouse_inputs.FLOW_RECORDS, day)).num_rows for day in days):
        between = f" from {days[0].on} to {days[-1].on}" if days else ""
        raise dg.Failure(
            f"no export file{between} holds a record: {workspace.operator_folder}/operator.yaml, flow_sources, says "
            "where files are looked for; `netstats doctor` names days without files and files that can't be read"
        )


def _select_days(workspace: Workspace, call: Call) -> None:
    rows = [{"export_on": date.fromisoformat(day)} for day in call.members]
    _select(workspace, "export_days", rows, [("export_on", pa.date32())])


def _select_quarters(workspace: Workspace, call: Call) -> None:
    fields = [("quarter", pa.string()), ("quarter_began_on", pa.date32()), ("quarter_ended_on", pa.date32())]
    quarters = [Quarter.parse(member) for member in call.members]
    rows = [
        {"quarter": str(one), "quarter_began_on": one.began_on, "quarter_ended_on": one.ended_on} for one in quarters
    ]
    _select(workspace, "quarters", rows, fields)


def _select(
    workspace: Workspace, table: str, rows: list[dict[str, Any]], fields: list[tuple[str, pa.DataType]]
) -> None:
    """Tell dbt what to build, by the table of the lake that its macros read: variables would have it parse anew."""
    schema = pa.schema([pa.field(name, kind, nullable=False) for name, kind in fields])
    workspace.lake.write(("run", table), pa.Table.from_pylist(rows, schema=schema), fingerprint=fingerprint_of(rows))


def _described(days: Sequence[str]) -> str:
    return f"{len(days)} export day{'' if len(days) == 1 else 's'}"


class Calling:
    """The calls of dbt on behalf of a step; `seconds` are what each asset's statements took, by its key."""

    def __init__(
        self,
        context: dg.AssetExecutionContext,
        dbt: Dbt,
        progress: Progress,
        translator: Translator,
        manifest: Path,
    ) -> None:
        self.context, self.dbt, self.progress, self.translator, self.manifest = (
            context,
            dbt,
            progress,
            translator,
            manifest,
        )
        self.seconds: dict[str, float] = {}
        self._told = set[dg.AssetCheckKey]()

    def build(self, workspace: Workspace, call: Call, description: str) -> Iterator[dg.AssetCheckResult]:
        """Build what the call says, if it says anything; a check is told once, by the first call that fails it."""
        if not call.models:
            self.context.log.info("nothing to build: all that was asked for is current")
            return
        call.forget(workspace)
        yield from self._build(call, description, TWO_MODELS if is_small(workspace) else [])
        call.remember(workspace)

    def _build(self, call: Call, description: str, settings: list[str]) -> Iterator[dg.AssetCheckResult]:
        manifest = json.loads(self.manifest.read_text(encoding="utf-8"))
        tests = [] if call.is_last else TESTS_OF_WHAT_IS_BUILT
        arguments = [*BUILD, *settings, *tests, "--select", *call.names]
        invocation = self.dbt.call(arguments, manifest=manifest, translator=self.translator)
        events = self.progress.track(invocation.stream(), description, total=len(call.names))
        built = set[str]()
        with telling_kills(invocation):
            for event in events:
                if isinstance(event, dg.AssetMaterialization):
                    layer = "/".join(event.asset_key.path)
                    built.add(layer)
                    self.seconds[layer] = self.seconds.get(layer, 0.0) + _seconds(event)
                if isinstance(event, dg.AssetCheckEvaluation) and self._is_to_tell(event, is_last=call.is_last):
                    yield dg.AssetCheckResult(
                        asset_key=event.asset_key,
                        check_name=event.check_name,
                        passed=event.passed,
                        severity=event.severity,
                        metadata=event.metadata,
                    )
        not_told = [model.layer for model in call.models if model.layer not in built]
        if not_told:
            raise dg.Failure(
                f"dbt ended without having built {', '.join(not_told)}; what it said is in the log of the run "
                "(dagster/<job>.log), what it ran in dbt/run; run the same again"
            )

    def _is_to_tell(self, event: dg.AssetCheckEvaluation, *, is_last: bool) -> bool:
        key = event.asset_check_key
        if key not in self.context.selected_asset_check_keys or key in self._told or (event.passed and not is_last):
            return False
        self._told.add(key)
        return True


def _seconds(event: dg.AssetMaterialization) -> float:
    value = event.metadata.get("Execution Duration")
    return value.value or 0.0 if isinstance(value, dg.FloatMetadataValue) else 0.0
