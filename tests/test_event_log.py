"""Dagster's events of a step are stored together, and read as if they had been stored one by one."""

import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from assets.ground.versions import VERSION_OF_PARTITION, version_of_step
from orchestration.event_log import MOST_ENGINES, BatchingEventLogStorage

DAYS = dg.DailyPartitionsDefinition("2025-08-01", end_date="2025-08-31")
SETTINGS = """
telemetry: {{enabled: false}}
event_log_storage:
  module: orchestration.event_log
  class: BatchingEventLogStorage
  config: {{base_dir: "{home}/history/runs"}}
"""


@pytest.mark.filterwarnings("ignore:.*backfill_policy.*")
def test_a_range_of_days_is_stored_in_few_transactions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    @dg.asset(partitions_def=DAYS, backfill_policy=dg.BackfillPolicy.single_run())
    def by_day() -> dg.MaterializeResult[None]:
        return dg.MaterializeResult(data_version=dg.DataVersion("a"))

    (tmp_path / "dagster.yaml").write_text(SETTINGS.format(home=tmp_path))
    commits: list[object] = []
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        assert isinstance(instance.event_log_storage, BatchingEventLogStorage)
        monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "1000")

        def count(connection: object) -> None:
            commits.append(connection)

        event.listen(Engine, "commit", count)
        ends = {"dagster/asset_partition_range_start": "2025-08-01", "dagster/asset_partition_range_end": "2025-08-30"}
        job = dg.Definitions([by_day], jobs=[dg.define_asset_job("days")]).resolve_job_def("days")
        assert job.execute_in_process(instance=instance, tags=ends).success
        event.remove(Engine, "commit", count)
        records = instance.fetch_materializations(by_day.key, limit=100).records
    assert sorted(str(one.partition_key) for one in records) == DAYS.get_partition_keys()
    # Sixty events of days cost two commits each when stored one by one.
    assert len(commits) < 100


@pytest.mark.filterwarnings("ignore:.*backfill_policy.*")
def test_each_day_of_a_range_keeps_the_version_of_its_own_data(tmp_path: Path) -> None:
    """A day that a range made has the version that it has alone: what follows it is not stale when it is made again."""
    versions = {"2025-08-01": "a", "2025-08-02": "b"}

    @dg.asset(partitions_def=DAYS, backfill_policy=dg.BackfillPolicy.single_run())
    def by_day(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        for day in context.partition_keys:
            context.add_asset_metadata({VERSION_OF_PARTITION: versions[day]}, partition_key=day)
        return dg.MaterializeResult(data_version=version_of_step([versions[day] for day in context.partition_keys]))

    (tmp_path / "dagster.yaml").write_text(SETTINGS.format(home=tmp_path))
    range_of_both = dict(zip(("start", "end"), versions, strict=True))
    together = {f"dagster/asset_partition_range_{end}": day for end, day in range_of_both.items()}
    alone = {"dagster/partition": "2025-08-02"}
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        job = dg.Definitions([by_day], jobs=[dg.define_asset_job("days")]).resolve_job_def("days")
        for tags in (together, alone):
            assert job.execute_in_process(instance=instance, tags=tags).success
        records = instance.fetch_materializations(by_day.key, limit=100).records
        found = sorted((str(one.partition_key), str(version_in(one))) for one in records)
    assert found == [("2025-08-01", "a"), ("2025-08-02", "b"), ("2025-08-02", "b")]


@pytest.mark.filterwarnings("ignore:.*backfill_policy.*")
def test_a_range_of_which_days_differ_is_made_without_a_warning(home: Path) -> None:
    """Dagster compares what a step told of its first table with the newest event when the second follows from it."""

    @dg.multi_asset(
        specs=[dg.AssetSpec("first"), dg.AssetSpec("second", deps=["first"])],
        partitions_def=DAYS,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def both(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        for name in ("first", "second"):
            for day in context.partition_keys:
                context.add_asset_metadata({VERSION_OF_PARTITION: f"{name} {day}"}, name, partition_key=day)
            told = version_of_step([f"{name} {day}" for day in context.partition_keys])
            yield dg.MaterializeResult(asset_key=name, data_version=told)

    ends = {"dagster/asset_partition_range_start": "2025-08-01", "dagster/asset_partition_range_end": "2025-08-03"}
    with dg.DagsterInstance.from_config(str(home)) as instance:
        job = dg.Definitions([both], jobs=[dg.define_asset_job("days")]).resolve_job_def("days")
        ended = job.execute_in_process(instance=instance, tags=ends)
        assert ended.success
        said = instance.all_logs(ended.run_id)
    assert [one.user_message for one in said if one.level >= logging.WARNING] == []


def version_in(record: dg.EventLogRecord) -> str | None:
    made = record.asset_materialization
    return None if made is None or made.tags is None else made.tags["dagster/data_version"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "dagster.yaml").write_text(SETTINGS.format(home=tmp_path))
    return tmp_path


def test_events_are_seen_by_others_at_once_and_gone_once_wiped(home: Path) -> None:
    """Connections are kept, of each of many runs in turn, and still say what the files say."""
    seen = dg.AssetKey("seen")
    with dg.DagsterInstance.from_config(str(home)) as one, dg.DagsterInstance.from_config(str(home)) as other:
        for number in range(MOST_ENGINES + 2):
            one.report_runless_asset_event(dg.AssetMaterialization(seen, metadata={"number": number}))
            assert len(other.fetch_materializations(seen, limit=100).records) == number + 1
        one.event_log_storage.wipe()
        assert other.fetch_materializations(seen, limit=100).records == []
        one.report_runless_asset_event(dg.AssetMaterialization(seen))
        assert len(other.fetch_materializations(seen, limit=100).records) == 1


def test_a_run_that_is_stored_anew_after_a_wipe_is_in_a_file_of_its_own(home: Path) -> None:
    entry = dg.EventLogEntry(None, "info", "began", run_id="a", timestamp=0.0)
    with dg.DagsterInstance.from_config(str(home)) as instance:
        for _ in range(2):
            instance.event_log_storage.store_event(entry)
            with sqlite3.connect(home / "history" / "runs" / "a.db") as stored:
                assert stored.execute("select count(*) from event_logs").fetchall() == [(1,)]
            assert len(instance.event_log_storage.get_logs_for_run("a")) == 1
            instance.event_log_storage.wipe()


def test_connections_are_kept_and_those_of_few_runs(home: Path) -> None:
    with dg.DagsterInstance.from_config(str(home)) as instance:
        storage = instance.event_log_storage
        assert isinstance(storage, BatchingEventLogStorage)
        for number in range(MOST_ENGINES + 2):
            with storage.run_connection(str(number)):
                pass
        opened: list[object] = []

        def count(connection: object, _: object) -> None:
            opened.append(connection)

        event.listen(Engine, "connect", count)
        for shard in (str(MOST_ENGINES + 1), str(MOST_ENGINES + 1), "0"):
            with storage.run_connection(shard):
                pass
        event.remove(Engine, "connect", count)
    assert len(opened) == 1


@pytest.mark.filterwarnings("ignore:.*backfill_policy.*")
def test_what_an_asset_ended_with_is_what_dagsters_own_storage_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a batch only the newest event of each type is written to an asset's row."""
    days = [f"2025-08-{day:02}" for day in range(1, 31)]

    @dg.multi_asset(
        specs=[dg.AssetSpec(name, partitions_def=DAYS) for name in ("told", "silent", "looked_at")],
        backfill_policy=dg.BackfillPolicy.single_run(),
        can_subset=True,
    )
    def several(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        for day in days:
            context.log_event(dg.AssetObservation("looked_at", partition=day, metadata={"day": day}))
        yield dg.MaterializeResult(asset_key="told", metadata={"rows": 7}, data_version=dg.DataVersion("a"))
        yield dg.MaterializeResult(asset_key="looked_at", data_version=dg.DataVersion("b"))
        yield dg.MaterializeResult(asset_key="silent")

    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "1000")
    ends = {"dagster/asset_partition_range_start": days[0], "dagster/asset_partition_range_end": days[-1]}
    job = dg.Definitions([several], jobs=[dg.define_asset_job("days")]).resolve_job_def("days")

    def ended(home: Path, settings: str) -> dict[dg.AssetKey, object]:
        home.mkdir()
        (home / "dagster.yaml").write_text(settings.format(home=home))
        with dg.DagsterInstance.from_config(str(home)) as instance:
            run = job.execute_in_process(instance=instance, tags=ends)
            rows = [record.asset_entry for record in instance.get_asset_records()]
            return {
                row.asset_key: (
                    row.last_run_id == run.run_id,
                    row.last_materialization and row.last_materialization.message,
                    row.last_materialization and row.last_materialization.get_dagster_event().partition,
                    instance.get_materialized_partitions(row.asset_key),
                )
                for row in rows
            }

    ours, dagsters = ended(tmp_path / "ours", SETTINGS), ended(tmp_path / "dagsters", "telemetry: {{enabled: false}}\n")
    assert ours == dagsters
    assert ours[dg.AssetKey("told")] == (True, "Materialized value told.", days[-1], set(days))
