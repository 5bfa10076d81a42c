"""What Dagster is told of the warehouse's tables: of each day and quarter its rows, and the version of its data.

Belongs here: results and their metadata. Does not belong here: building (assets.warehouse.core_and_marts).
"""

from collections.abc import Collection, Iterator, Mapping
from graphlib import TopologicalSorter
from typing import Any

import dagster as dg

from assets.ground.lake import fingerprint_of
from assets.ground.made_along import made_along
from assets.ground.markdown import markdown_table
from assets.ground.quarters import Quarter
from assets.ground.workspace import Workspace
from assets.warehouse.asked_parts import partitions_of
from assets.warehouse.calls import Call
from assets.warehouse.database import reading
from assets.warehouse.ledger import Built
from assets.warehouse.manifest import Grain, Model

MARTS_LAYER = "marts"
# Rows of a preview.
SHOWN = 5


def parts_made(
    context: dg.AssetExecutionContext, workspace: Workspace, call: Call, seconds: Mapping[str, float]
) -> Iterator[Any]:
    """A result for each selected asset, in the order of their dependencies, each partition with what is said of it."""
    rows, partitions = _rows(workspace, call), partitions_of(context)
    previews = _previews(workspace, call)
    for key in TopologicalSorter(context.assets_def.asset_deps).static_order():
        if key not in context.selected_asset_keys:
            continue
        model = call.project.models[(key.path[0], key.path[1])]
        about: dict[str, Any] = {"is_built": model in call.models}
        if model in call.models:
            about["seconds"] = seconds.get(model.layer, 0.0)
        if model in previews:
            about["preview"] = dg.MetadataValue.md(previews[model])
        asked = partitions if model.is_partitioned else []
        for partition in asked:
            context.add_asset_metadata(_of_part(call, model, partition, rows), asset_key=key, partition_key=partition)
        if model.is_partitioned:
            _tell_parts_not_asked_for(context, call, model, asked, rows)
        yield dg.MaterializeResult(asset_key=key, metadata=about, data_version=_version(call.built, model, asked))


def _of_part(call: Call, model: Model, partition: str, rows: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    if model.grain is Grain.SCRATCH:
        return {}
    member = member_of(model, partition)
    count = rows.get(model.layer, {}).get(member, 0)
    return {"is_built": member in call.builds.get(model.layer, {}), "dagster/partition_row_count": count}


def member_of(model: Model, partition: str) -> str:
    """A partition's name in the ledger: an export day, or a quarter's label."""
    return partition if model.grain is Grain.DAY else str(Quarter.parse(partition))


def _tell_parts_not_asked_for(
    context: dg.AssetExecutionContext,
    call: Call,
    model: Model,
    asked: Collection[str],
    rows: Mapping[str, Mapping[str, int]],
) -> None:
    """Days and quarters that were built along, since what they are made from had changed."""
    for member in sorted(call.builds.get(model.layer, {})):
        partition = member if model.grain is Grain.DAY else Quarter.parse(member).began_on.isoformat()
        if partition not in asked:
            context.log_event(
                made_along(
                    dg.AssetKey(model.key),
                    _of_part(call, model, partition, rows),
                    _version(call.built, model, [partition]),
                    partition,
                )
            )


def _version(built: Built, model: Model, partitions: Collection[str]) -> dg.DataVersion:
    """What the ledger says of one partition; of several, and of a whole, a hash of what it says of all of them."""
    about = built.get(model.layer, {})
    if not model.is_partitioned:
        return dg.DataVersion(fingerprint_of(about))
    if model.grain is Grain.SCRATCH:
        return dg.DataVersion(model.code)
    parts = [about.get(member_of(model, partition), "not built") for partition in partitions]
    return dg.DataVersion(parts[0] if len(parts) == 1 else fingerprint_of(parts))


def _previews(workspace: Workspace, call: Call) -> dict[Model, str]:
    """The first rows of each mart that the call built; other tables may hold addresses."""
    marts = [model for model in call.models if model.key[0] == MARTS_LAYER and model.grain is not Grain.DEFINITION]
    if not marts:
        return {}
    found = {}
    with reading(workspace.warehouse) as database:
        for model in marts:
            newest = "order by quarter desc" if model.is_partitioned else ""
            result = database.execute(f"from {'.'.join(model.relation)} {newest} limit {SHOWN}")
            columns = [column for column, *_ in result.description or ()]
            found[model] = markdown_table(columns, result.fetchall())
    return found


def _rows(workspace: Workspace, call: Call) -> dict[str, dict[str, int]]:
    """Of each table that the call built, how many rows its days or quarters have now."""
    periods = {Grain.DAY: "export_on::varchar", Grain.QUARTER: "quarter"}
    counted = [model for model in call.models if model.is_partitioned and model.grain in periods]
    if not counted:
        return {}
    statements = [
        f"select '{model.layer}', {periods[model.grain]}, count(*) from {'.'.join(model.key)} group by all"
        for model in counted
    ]
    found: dict[str, dict[str, int]] = {}
    with reading(workspace.warehouse) as database:
        for layer, member, rows in database.execute(" union all ".join(statements)).fetchall():
            found.setdefault(layer, {})[member] = rows
    return found
