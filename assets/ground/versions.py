"""The version of the data of one partition: of a run over several, Dagster would keep one for all of them.

Belongs here: what a partition's metadata say of it, and the event that holds it as Dagster reads it. Does not belong
here: what a version is made of (the rooms' own modules), or storing events (orchestration.event_log).
"""

from collections.abc import Sequence

import dagster as dg
from dagster._core.definitions.data_version import DATA_VERSION_TAG

VERSION_OF_PARTITION = "data_version"
"""The metadata of a partition that its event takes its version from."""


def version_of_step(versions: Sequence[str]) -> dg.DataVersion:
    """What a step over some partitions, in their order, tells of all of them: the version of the last.

    That one's event is the last that is stored, and Dagster warns of whatever a step tells otherwise.
    """
    return dg.DataVersion(versions[-1])


def with_its_own_version(entry: dg.EventLogEntry) -> dg.EventLogEntry:
    """The event of a partition with the version that its metadata tell; any other as it is."""
    told = entry.dagster_event
    if told is None or not told.is_step_materialization or told.partition is None:
        return entry
    data = told.step_materialization_data
    version = data.materialization.metadata.get(VERSION_OF_PARTITION)
    if version is None:
        return entry
    tags = {**(data.materialization.tags or {}), DATA_VERSION_TAG: str(version.value)}
    made = data._replace(materialization=data.materialization._replace(tags=tags))
    return entry._replace(dagster_event=told._replace(event_specific_data=made))
