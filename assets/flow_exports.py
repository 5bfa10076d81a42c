"""exports/flow_exports: which export files were pulled for a day, from where, and what became of each.

Belongs here: the asset. Does not belong here: pulling a day (assets.export_pull), the table (assets.export_rows).
"""

from collections.abc import Iterator
from datetime import date

import dagster as dg

from assets.export_days import tell_other_days
from assets.export_pull import pull_day
from assets.export_rows import FLOW_EXPORTS, KEY, STATES, Row, read_rows
from assets.lake import Partition
from assets.operator_folder import load_operator
from assets.workspace import Workspace

__all__ = ["FLOW_EXPORTS", "KEY", "define"]
SHOWN = 20
UNUSED = {"quarantined", "unreadable", "unstable"}


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
    def flow_exports(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        operator, lake = load_operator(workspace.operator_folder), workspace.lake
        days = [date.fromisoformat(key) for key in context.partition_keys]
        warnings = [line for day in days for line in pull_day(workspace, operator, day)]
        tell_other_days(lake)
        rows = [row for day in days for row in read_rows(lake, Partition("export_on", day))]
        not_used = list(lines_of_unused(rows))
        for line in (*not_used, *warnings):
            context.log.warning(line)
        yield dg.MaterializeResult(
            metadata={
                "files": len(rows),
                "file_bytes": sum(row["file_bytes"] or 0 for row in rows),
                **{f"files_{state}": sum(row["state"] == state for row in rows) for state in STATES},
                "set_aside": "\n".join(not_used[:SHOWN]) or "none",
                "warnings": "\n".join(warnings[:SHOWN]) or "none",
            }
        )

    return [flow_exports]


def lines_of_unused(rows: list[Row]) -> Iterator[str]:
    """A line for each file that does not count though it may hold traffic: day, name, reason and remedy."""
    for row in rows:
        if row["state"] in UNUSED:
            yield f"{row['export_on']}/{row['source_file']}: {row['reason']}; {row['remedy']}"
