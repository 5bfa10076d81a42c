"""exports/flow_records and exports/export_health: a day's exports decoded and resolved, and what came and was lost.

Belongs here: the assets. Does not belong here: which days are made (assets.decoded_days), decoding
one (assets.decoded_day).
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import dagster as dg

from assets import flow_exports
from assets.day_inputs import ADDRESS_RANGES, HEALTH, RECORDS, days_that_count_other_files
from assets.decoded_day import DayMade
from assets.decoded_days import make_days
from assets.operator_folder import load_operator
from assets.progress import Progress
from assets.workspace import Workspace

PROBLEMS_SHOWN = 20


def define(workspace: Workspace) -> list[dg.AssetsDefinition]:
    """exports/flow_records and exports/export_health, by day; a range of days is one run."""

    @dg.multi_asset(
        name="decoded_exports",
        specs=[
            dg.AssetSpec(
                dg.AssetKey(key),
                deps=[dg.AssetKey(flow_exports.KEY), dg.AssetKey(ADDRESS_RANGES)],
                group_name="exports",
                kinds={"parquet"},
                description=description,
            )
            for key, description in (
                (RECORDS, "One row per flow record as exported, both addresses resolved to a range of the day's plan."),
                (
                    HEALTH,
                    "One row per exporter, observation domain, protocol and 5-minute bin: what came and was lost.",
                ),
            )
        ],
        partitions_def=workspace.calendar.days,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def decoded_exports(
        context: dg.AssetExecutionContext, progress: dg.ResourceParam[Progress]
    ) -> Iterator[dg.MaterializeResult]:
        lake, operator = workspace.lake, load_operator(workspace.operator_folder)
        asked = sorted({*map(date.fromisoformat, context.partition_keys), *days_that_count_other_files(lake)})
        days, kept_back = make_days(lake, operator, asked, progress)
        metadata = _metadata(days, len(asked))
        for line in (*kept_back, *str(metadata["problems"]).splitlines()):
            context.log.warning(line)
        for asset_key in (RECORDS, HEALTH):
            yield dg.MaterializeResult(asset_key=dg.AssetKey(asset_key), metadata=metadata)

    return [decoded_exports]


def _metadata(days: list[DayMade], asked: int) -> dict[str, Any]:
    """The counts of all days that were made, and the first problems in words."""
    counts = (
        "records", "files", "files_incomplete", "malformed_datagrams", "duplicate_datagrams", "undecoded_sets",
        "records_lost",
    )  # fmt: skip
    problems = [problem for day in days for problem in day.problems]
    losses = [loss for day in days for loss in day.losses]
    return {
        "days_made": len(days),
        "days_current": asked - len(days),
        **{name: sum(getattr(day, name) for day in days) for name in counts},
        "problems": "\n".join(problems[:PROBLEMS_SHOWN]),
        "losses": "\n".join(losses[:PROBLEMS_SHOWN]) or "none",
    }
