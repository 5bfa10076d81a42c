"""exports/flow_records, export_health, export_losses: a day decoded and resolved, what came of it and what was lost.

Belongs here: the assets. Does not belong here: which days are made (assets.exports.decoded_days), decoding
one (assets.exports.decoded_day).
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import dagster as dg
import pyarrow.compute as pc
import pyarrow.parquet as pq

from assets.exports import flow_exports
from assets.exports.day_inputs import ADDRESS_RANGES, DAY, HEALTH, LOSSES, RECORDS, days_that_count_other_files
from assets.exports.days import Counting
from assets.exports.decoded_day import DayMade
from assets.exports.decoded_days import code_of_formats, make_days
from assets.ground.lake import Lake, Partition, TableKey
from assets.ground.made_along import made_along
from assets.ground.progress import Progress
from assets.ground.versions import VERSION_OF_PARTITION, version_of_step
from assets.ground.workspace import Workspace
from assets.operator import load_operator

PROBLEMS_SHOWN = 20
DECODED = {
    RECORDS: "One row per flow record as exported, both addresses resolved to a range of the day's plan.",
    HEALTH: "One row per exporter, observation domain, protocol and 5-minute bin: what came and was lost.",
    LOSSES: "One row per export file and reason: what of the file could not be read or did not count.",
}
"""The tables that are made of a day together, by key, each with its grain."""
COUNTED_IN_HEALTH = ("malformed", "duplicates", "undecoded_sets", "records_expected", "records_lost")


def define(workspace: Workspace) -> list[dg.AssetsDefinition]:
    """The tables of DECODED, by day; a range of days is one run."""

    @dg.multi_asset(
        name="decoded_exports",
        specs=[
            dg.AssetSpec(
                dg.AssetKey(key),
                deps=[dg.AssetKey(flow_exports.KEY), dg.AssetKey(ADDRESS_RANGES)],
                group_name="exports",
                kinds={"parquet"},
                skippable=True,
                code_version=code_of_formats(),
                description=description,
            )
            for key, description in DECODED.items()
        ],
        partitions_def=workspace.calendar.days,
        backfill_policy=dg.BackfillPolicy.single_run(),
        can_subset=True,
    )
    def decoded_exports(
        context: dg.AssetExecutionContext, progress: dg.ResourceParam[Progress]
    ) -> Iterator[dg.MaterializeResult[None]]:
        lake, operator = workspace.lake, load_operator(workspace.operator_folder)
        asked = sorted({*map(date.fromisoformat, context.partition_keys), *days_that_count_other_files(lake)})
        days, kept_back = make_days(lake, operator, asked, progress)
        made = {day.export_on.isoformat(): day for day in days}
        for line in (*kept_back, *(problem for day in made.values() for problem in day.problems[:PROBLEMS_SHOWN])):
            context.log.warning(line)
        told = _Told(lake, made)
        for key in DECODED:
            if dg.AssetKey(key) in context.selected_asset_keys:
                yield _result(context, told, key)
            else:
                _tell_of_days_made_along(context, told, key)

    return [decoded_exports]


class _Told:
    """What is said of days: the same of all tables that were made of a day together, and of each its rows."""

    def __init__(self, lake: Lake, made: Mapping[str, DayMade]) -> None:
        self.lake, self.made = lake, made
        self._counting = Counting.of(lake)
        self._of_days: dict[str, dict[str, Any]] = {}

    def version(self, key: TableKey, day: str) -> str:
        """The fingerprint of what a table holds of a day."""
        return self.lake.fingerprint(key, _partition(day)) or "not made"

    def metadata(self, key: TableKey, day: str) -> dict[str, Any]:
        """The counts of one day, and of what this run made the first problems in words."""
        if self.lake.fingerprint(RECORDS, _partition(day)) is None:
            return {"is_made": False}
        if day not in self._of_days:
            self._of_days[day] = self._of_day(day)
        if self.lake.fingerprint(key, _partition(day)) is None:
            return self._of_days[day]
        rows = pq.read_metadata(self.lake.path(key, _partition(day))).num_rows
        return {"dagster/partition_row_count": rows, **self._of_days[day]}

    def _of_day(self, day: str) -> dict[str, Any]:
        health, made = self.lake.read(HEALTH, _partition(day)), self.made.get(day)
        metadata: dict[str, Any] = {
            "files": len(self._counting.files(date.fromisoformat(day))),
            **{name: pc.sum(health[name]).as_py() or 0 for name in COUNTED_IN_HEALTH},
            "is_made_in_this_run": made is not None,
        }
        if made is None:
            return metadata
        return {
            **metadata,
            "seconds": made.seconds,
            "files_incomplete": made.files_incomplete,
            "problems": "\n".join(made.problems[:PROBLEMS_SHOWN]) or "none",
            "losses": "\n".join(made.losses[:PROBLEMS_SHOWN]) or "none",
        }


def _partition(day: str) -> Partition:
    return Partition(DAY, date.fromisoformat(day))


def _result(context: dg.AssetExecutionContext, told: _Told, key: TableKey) -> dg.MaterializeResult[Any]:
    """What a table is now: each day with its own counts, whether this run made it or found it current."""
    versions = {day: told.version(key, day) for day in context.partition_keys}
    for day, version in versions.items():
        about = {**told.metadata(key, day), VERSION_OF_PARTITION: version}
        context.add_asset_metadata(about, asset_key=dg.AssetKey(key), partition_key=day)
    return dg.MaterializeResult(asset_key=dg.AssetKey(key), data_version=version_of_step([*versions.values()]))


def _tell_of_days_made_along(context: dg.AssetExecutionContext, told: _Told, key: TableKey) -> None:
    """Of the table that was not chosen the days that the run made."""
    for day in set(context.partition_keys) & told.made.keys():
        version = dg.DataVersion(told.version(key, day))
        context.log_event(made_along(dg.AssetKey(key), told.metadata(key, day), version, day))
