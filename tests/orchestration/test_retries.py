"""Runs of schedules and sensors that failed are tried again after a while, three times; those of commands are not."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from orchestration.automation import DAILY, MARTS, OF_CONDITIONS, REPORTS, TRIED_AGAIN
from orchestration.retries import ATTEMPT, due_again, is_tried_again
from orchestration.runs import partition_range

NIGHT = {"dagster/schedule_name": "every_night", **partition_range("2026-01-03", "2026-01-04")}
MINUTE = timedelta(minutes=1)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def failed(instance: dg.DagsterInstance, tags: dict[str, str], job: str = DAILY) -> dg.DagsterRun:
    run = begun(instance, tags, job)
    instance.report_run_failed(run, "the source was out of reach")
    return run


def begun(instance: dg.DagsterInstance, tags: dict[str, str], job: str = DAILY) -> dg.DagsterRun:
    @dg.job(name=job)
    def of_this_name() -> None:
        """No step."""

    return instance.create_run_for_job(of_this_name, tags=tags)


def due(instance: dg.DagsterInstance, after: timedelta) -> list[dg.RunRequest]:
    return list(due_again(instance, TRIED_AGAIN, datetime.now(UTC) + after))


@pytest.mark.parametrize(("tried_before", "minutes"), [(0, 5), (1, 20), (2, 60)])
def test_a_run_that_failed_is_tried_again_after_longer_and_longer_waits(
    instance: dg.DagsterInstance, tried_before: int, minutes: int
) -> None:
    run = failed(instance, NIGHT | ({ATTEMPT: str(tried_before)} if tried_before else {}))
    assert due(instance, (minutes - 1) * MINUTE) == []
    [request] = due(instance, (minutes + 1) * MINUTE)
    assert (request.run_key, request.job_name, request.partition_key) == (run.run_id, DAILY, None)
    assert request.tags == {**partition_range("2026-01-03", "2026-01-04"), ATTEMPT: str(tried_before + 1)}
    assert is_tried_again(run, TRIED_AGAIN)


def test_a_run_of_a_condition_is_tried_again_by_the_job_of_the_marts(instance: dg.DagsterInstance) -> None:
    failed(instance, {"dagster/sensor_name": "between_assets", "dagster/partition": "2026-01-01"}, OF_CONDITIONS)
    [request] = due(instance, 6 * MINUTE)
    assert (request.job_name, request.partition_key, request.tags) == (MARTS, "2026-01-01", {ATTEMPT: "1"})


@pytest.mark.parametrize(
    ("tags", "job"),
    [
        (NIGHT | {ATTEMPT: "3"}, DAILY),
        (partition_range("2026-01-03", "2026-01-04"), DAILY),
        (NIGHT, REPORTS),
    ],
)
def test_what_was_tried_often_enough_or_was_begun_by_a_person_is_told_at_once(
    instance: dg.DagsterInstance, tags: dict[str, str], job: str
) -> None:
    run = failed(instance, tags, job)
    assert not is_tried_again(run, TRIED_AGAIN)
    assert due(instance, 61 * MINUTE) == []


def test_what_was_begun_again_since_is_left_alone(instance: dg.DagsterInstance) -> None:
    failed(instance, NIGHT)
    begun(instance, partition_range("2026-01-03", "2026-01-04"))
    failed(instance, NIGHT | partition_range("2026-01-04", "2026-01-04"))
    [request] = due(instance, 6 * MINUTE)
    assert request.tags["dagster/asset_partition_range_start"] == "2026-01-04"
