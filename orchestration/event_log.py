"""Dagster's events in SQLite, many of one step at a time in one transaction.

Belongs here: storing what Dagster hands over as one batch. Does not belong here: which events there are. A range of
days is a run with two events for each asset and day; stored one by one, each costs four connections and two commits,
which is longer than building the days (docs/decisions/0005).
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import dagster as dg
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool


class BatchingEventLogStorage(SqliteEventLogStorage):
    """The SQLite storage, with one connection and one commit for a batch of events."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._batch = threading.local()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "BatchingEventLogStorage":
        """As Dagster makes it from dagster.yaml."""
        return cls(inst_data=inst_data, **config_value)

    def store_event_batch(self, events: Sequence[dg.EventLogEntry]) -> None:
        """All of the events, or none of them: Dagster then stores them one by one."""
        with ExitStack() as ends:
            self._batch.ends, self._batch.shards = ends, {}
            try:
                super().store_event_batch(events)
            finally:
                self._batch.shards = None

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        shards: dict[str, Connection] | None = getattr(self._batch, "shards", None)
        if shards is not None and shard in shards:
            yield shards[shard]
            return
        with super()._connect(shard) as connection:
            if shards is None:
                yield connection
                return
        shards[shard] = self._batch.ends.enter_context(self._transaction(shard))
        yield shards[shard]

    @contextmanager
    def _transaction(self, shard: str) -> Iterator[Connection]:
        timeout = {"timeout": SQLITE_BUSY_TIMEOUT_SECONDS}
        engine = create_engine(self.conn_string_for_shard(shard), poolclass=NullPool, connect_args=timeout)
        with engine.connect() as connection, connection.begin():
            yield connection
        engine.dispose()
