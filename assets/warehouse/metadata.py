"""What Dagster is told of the warehouse's tables: of each day and quarter its rows, and the version of its data.

Belongs here: results and their metadata. Does not belong here: building (assets.warehouse.core_and_marts).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from graphlib import TopologicalSorter
from typing import Any

import dagster as dg

from assets.ground.lake import fingerprint_of
from assets.ground.made_along import made_along
from assets.ground.markdown import markdown_table
from assets.ground.quarters import Quarter
from assets.ground.versions import VERSION_OF_PARTITION, version_of_step
from assets.ground.workspace import Workspace
from assets.warehouse.asked_parts import partitions_of
from assets.warehouse.calls import Call
from assets.warehouse.database import reading
from assets.warehouse.inputs import without_days
from assets.warehouse.ledger import Built
from assets.warehouse.manifest import Grain, Model

MARTS_LAYER = "marts"
PERIODS = {Grain.DAY: "export_on", Grain.QUARTER: "quarter"}
"""The column by which tables of a grain are divided; those that only gain rows, such as core/links, have none."""
# Rows of a preview.
SHOWN = 5


def parts_made(
    context: dg.AssetExecutionContext, workspace: Workspace, call: Call, seconds: Mapping[str, float]
) -> Iterator[Any]:
    """A result for each selected asset, in the order of their dependencies, each partition with what is said of it."""
    partitions = partitions_of(context)
    rows = _rows(workspace, _counted(context, call))
    previews = _previews(workspace, call)
    for key in TopologicalSorter(context.assets_def.asset_deps).static_order():
        if key not in context.selected_asset_keys:
            continue
        model = call.project.models[(key.path[0], key.path[1])]
        about: dict[str, Any] = {"is_built": model in call.models}
        if model in call.models and not model.is_partitioned:
            about["seconds"] = seconds.get(model.layer, 0.0)
        if model in previews:
            about["preview"] = dg.MetadataValue.md(previews[model])
        asked = partitions if model.is_partitioned else []
        for partition in asked:
            context.add_asset_metadata(
                _of_part(call, model, partition, rows, seconds), asset_key=key, partition_key=partition
            )
        if model.is_partitioned:
            _tell_parts_not_asked_for(context, call, model, asked, rows, seconds)
        yield dg.MaterializeResult(asset_key=key, metadata=about, data_version=_version(call.built, model, asked))


def _of_part(
    call: Call,
    model: Model,
    partition: str,
    rows: Mapping[str, Mapping[str, int]],
    seconds: Mapping[str, float],
) -> dict[str, Any]:
    """Of one day or quarter; the seconds of several that were built by one statement are told as theirs together."""
    if model.grain is Grain.SCRATCH:
        return {}
    member = member_of(model, partition)
    builds = call.builds.get(model.layer, {})
    about = {"is_built": member in builds, VERSION_OF_PARTITION: _of_member(call.built, model, partition)}
    if member in builds:
        about["seconds" if len(builds) == 1 else "seconds_together"] = seconds.get(model.layer, 0.0)
    if model.layer in rows:
        about["dagster/partition_row_count"] = rows[model.layer].get(member, 0)
    return about


def member_of(model: Model, partition: str) -> str:
    """A partition's name in the ledger: an export day, or a quarter's label."""
    return partition if model.grain is Grain.DAY else str(Quarter.parse(partition))


def _tell_parts_not_asked_for(
    context: dg.AssetExecutionContext,
    call: Call,
    model: Model,
    asked: Collection[str],
    rows: Mapping[str, Mapping[str, int]],
    seconds: Mapping[str, float],
) -> None:
    """Days and quarters that were built along, since what they are made from had changed."""
    for member in sorted(call.builds.get(model.layer, {})):
        partition = member if model.grain is Grain.DAY else Quarter.parse(member).began_on.isoformat()
        if partition not in asked:
            context.log_event(
                made_along(
                    dg.AssetKey(model.key),
                    _of_part(call, model, partition, rows, seconds),
                    _version(call.built, model, [partition]),
                    partition,
                )
            )


def _version(built: Built, model: Model, partitions: Collection[str]) -> dg.DataVersion:
    """What the ledger says of the last of the partitions; of a whole, a hash of what it says of all of it.

    Of a table that is made from all days it leaves these out: a quarter that ended does not follow later days.
    """
    about = built.get(model.layer, {})
    if model.grain is Grain.WHOLE and model.key[0] != MARTS_LAYER:
        return dg.DataVersion(fingerprint_of({one: without_days(of_all) for one, of_all in about.items()}))
    if not model.is_partitioned:
        return dg.DataVersion(fingerprint_of(about))
    if model.grain is Grain.SCRATCH:
        return dg.DataVersion(model.code)
    return version_of_step([_of_member(built, model, partition) for partition in partitions])


def _of_member(built: Built, model: Model, partition: str) -> str:
    return built.get(model.layer, {}).get(member_of(model, partition), "not built")


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


def _counted(context: dg.AssetExecutionContext, call: Call) -> list[Model]:
    """The tables by day or quarter that a run chose or built: what was current already has rows, too."""
    chosen = {(key.path[0], key.path[1]) for key in context.selected_asset_keys}
    return [one for one in call.project.of(*PERIODS) if one.key in chosen or one in call.models]


def _rows(workspace: Workspace, counted: Sequence[Model]) -> dict[str, dict[str, int]]:
    """Of each table that is there and divided by a column, how many rows its days or quarters have now."""
    if not counted or not workspace.warehouse.exists():
        return {}
    with reading(workspace.warehouse) as database:
        there = set(database.execute(_COLUMNS).fetchall())
        found: dict[str, dict[str, int]] = {
            one.layer: {} for one in counted if (*one.relation, PERIODS[one.grain]) in there
        }
        statements = [
            f"select '{one.layer}', {PERIODS[one.grain]}::varchar, count(*) from {'.'.join(one.relation)} group by all"
            for one in counted
            if one.layer in found
        ]
        for layer, member, rows in database.execute(" union all ".join(statements)).fetchall() if statements else ():
            found[layer][member] = rows
    return found


_COLUMNS = "select schema_name, table_name, column_name from duckdb_columns() where not internal"
