"""exports/flow_exports: which export files were pulled for a day, from where, and what became of each.

Belongs here: the asset. Does not belong here: pulling a day (assets.exports.pull), the table (assets.exports.rows).
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import dagster as dg

from assets.exports.days import tell_other_days
from assets.exports.operator_here import operator_of
from assets.exports.pull import pull_day
from assets.exports.retired_days import is_retired
from assets.exports.rows import FLOW_EXPORTS, KEY, STATES, Row, read_rows
from assets.exports.sources import Landing
from assets.exports.unused import lines_of_unused
from assets.ground.lake import CONTENT, Partition
from assets.ground.versions import VERSION_OF_PARTITION, version_of_step
from assets.ground.workspace import Workspace

__all__ = ["FLOW_EXPORTS", "KEY", "LANDED_TAG", "define"]
SHOWN = 20
LANDED_TAG = "netstats/landed"
"""The tag of a run before which what other machines offer was brought already: they need not be asked twice."""


def define(workspace: Workspace) -> list[dg.AssetsDefinition]:
    """The asset exports/flow_exports, by day; a range of days is one run."""

    @dg.asset(
        key=dg.AssetKey(KEY),
        partitions_def=workspace.calendar.days,
        backfill_policy=dg.BackfillPolicy.single_run(),
        group_name="exports",
        kinds={"parquet"},
        description="One row per export file of a day: where it came from, what it holds by hash, what became of it.",
    )
    def flow_exports(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        operator, lake = operator_of(workspace), workspace.lake
        days = [date.fromisoformat(key) for key in context.partition_keys]
        warnings = []
        if LANDED_TAG not in context.run.tags:
            warnings += Landing.of(operator).land([day for day in days if not is_retired(lake, day)])
        warnings += [line for day in days for line in pull_day(workspace, operator, day)]
        tell_other_days(lake)
        versions = []
        for day in days:
            partition = Partition("export_on", day)
            rows = read_rows(lake, partition)
            for line in lines_of_unused(rows):
                context.log.warning(line)
            versions.append(str(lake.note_of(KEY, CONTENT, partition)))
            about = {**_metadata(rows), VERSION_OF_PARTITION: versions[-1]}
            context.add_asset_metadata(about, partition_key=day.isoformat())
        for line in warnings:
            context.log.warning(line)
        yield dg.MaterializeResult(
            metadata={"warnings": "\n".join(warnings[:SHOWN]) or "none"},
            data_version=version_of_step(versions),
        )

    return [flow_exports]


def _metadata(rows: list[Row]) -> dict[str, Any]:
    """What is said of one day."""
    return {
        "files": len(rows),
        "file_bytes": sum(row["file_bytes"] or 0 for row in rows),
        **{f"files_{state}": sum(row["state"] == state for row in rows) for state in STATES},
        "set_aside": "\n".join([*lines_of_unused(rows)][:SHOWN]) or "none",
    }
