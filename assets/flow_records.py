"""exports/flow_records and exports/export_health: a day's exports decoded and resolved, and what came and was lost.

Belongs here: the assets. Does not belong here: what a day is made from (assets.day_inputs), decoding one
(assets.decoded_day).
"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg

from assets import flow_exports, formats
from assets.day_inputs import (
    ADDRESS_RANGES,
    HEALTH,
    RECORDS,
    days_that_count_other_files,
    inputs_of_day,
    is_current,
    is_made,
)
from assets.decoded_day import DayMade, make_day
from assets.export_days import copies_gone
from assets.export_rows import Row
from assets.lake import Partition, fingerprint_of_files
from assets.operator_folder import load_operator
from assets.progress import Progress
from assets.registries._address_plan import AddressPlan
from assets.workspace import Workspace

PROBLEMS_SHOWN = 20
FORMATS = Path(formats.__file__).parent


def _told_gone(gone: list[Row]) -> str:
    names = ", ".join(row["source_file"] for row in gone[:3])
    return (
        f"{len(gone)} of its files are no longer in the lake ({names}), though they should be decoded again; "
        f"offer them again at their source to have it made anew"
    )


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
        code, plans = fingerprint_of_files(FORMATS.glob("*.py")), dict[date, AddressPlan]()
        days, kept_back = list[DayMade](), list[str]()
        asked = sorted({*map(date.fromisoformat, context.partition_keys), *days_that_count_other_files(lake)})
        waiting = asked
        while waiting:
            made = list[date]()
            for export_on in progress.track(waiting, "Decoding export days"):
                inputs = inputs_of_day(lake, operator, export_on, code)
                if is_current(lake, inputs):
                    continue
                if is_made(lake, inputs) and (gone := copies_gone(lake, inputs.files)):
                    kept_back.append(f"{export_on} stays as it was made: {_told_gone(gone)}")
                    continue
                if inputs.plan_as_of not in plans:
                    plan = lake.read(ADDRESS_RANGES, Partition("plan_as_of", inputs.plan_as_of))
                    plans[inputs.plan_as_of] = AddressPlan.from_table(plan)
                days.append(make_day(lake, inputs, plans[inputs.plan_as_of]))
                made.append(export_on)
            waiting = [one for one in days_before(made) if lake.fingerprint(RECORDS, Partition("export_on", one))]
        metadata = _metadata(days, len(asked))
        for line in (*kept_back, *str(metadata["problems"]).splitlines()):
            context.log.warning(line)
        for asset_key in (RECORDS, HEALTH):
            yield dg.MaterializeResult(asset_key=dg.AssetKey(asset_key), metadata=metadata)

    return [decoded_exports]


def days_before(made: list[date]) -> list[date]:
    """The days before those that were made: what these tell first may be what the days before them missed."""
    return sorted({one - timedelta(days=1) for one in made} - set(made))


def _metadata(days: list[DayMade], asked: int) -> dict[str, Any]:
    """The counts of all days that were made, and the first problems in words."""
    counts = (
        "records", "files", "files_incomplete", "malformed_datagrams", "duplicate_datagrams", "undecoded_sets",
        "records_lost",
    )  # fmt: skip
    problems = [problem for day in days for problem in day.problems]
    return {
        "days_made": len(days),
        "days_current": asked - len(days),
        **{name: sum(getattr(day, name) for day in days) for name in counts},
        "problems": "\n".join(problems[:PROBLEMS_SHOWN]),
    }
