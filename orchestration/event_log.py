"""Dagster's events in SQLite, many of one step at a time in one transaction, over connections that are kept; each
partition's with the version of its own data; and those that somebody looks for later as lines of the log.

Belongs here: storing what Dagster hands over. Does not belong here: which events there are, or their words
(orchestration.run_lines). A range of days is a run
with two events for each asset and day; stored one by one over connections of their own, each costs four connections
and two commits, which is longer than building the days (docs/decisions/0005).
"""

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event

from assets.ground.versions import with_its_own_version
from orchestration import run_log
from orchestration.run_lines import line_of

# The web server reads shards of many runs, a file each.
MOST_ENGINES = 8


class BatchingEventLogStorage(SqliteEventLogStorage):
    """The SQLite storage, with one commit for a batch of events, and connections that are kept."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None, log: str | None = None) -> None:
        self._batch = threading.local()
        self._log = Path(log) if log else None
        self._tags: tuple[str, Mapping[str, str]] = ("", {})
        self._engines: dict[str, Engine] = {}
        self._tables_there: set[str] = set()
        super().__init__(base_dir, inst_data)

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """Where the events of runs lie, and the log, if there is to be one."""
        return {"base_dir": dg.StringSource, "log": dg.Field(dg.StringSource, is_required=False)}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "BatchingEventLogStorage":
        """As Dagster makes it from dagster.yaml."""
        return cls(inst_data=inst_data, **config_value)

    def store_event_batch(self, events: Sequence[dg.EventLogEntry]) -> None:
        """All of the events, or none of them: Dagster then stores them one by one."""
        with ExitStack() as ends:
            self._batch.ends, self._batch.shards, self._batch.newest = ends, {}, {}
            try:
                super().store_event_batch(events)
                newest, self._batch.newest = self._batch.newest, None
                for event_id, stored in sorted(newest.values(), key=_by_id):
                    with self.index_transaction() as connection:
                        super()._store_asset_event(connection, stored, event_id)
            finally:
                self._batch.shards = self._batch.newest = None
        self._tell(events)

    def store_event(self, event: dg.EventLogEntry) -> None:
        """One event; those of a batch are told together, once all are stored."""
        event = with_its_own_version(event)
        super().store_event(event)
        if getattr(self._batch, "shards", None) is None:
            self._tell([event])

    def _tell(self, events: Sequence[dg.EventLogEntry]) -> None:
        """Write what somebody looks for later to the log; where that can't be written, the run goes on."""
        if self._log is None:
            return
        lines = [line for event in events if (line := line_of(event, self._tags_of(event.run_id))) is not None]
        run_log.note(self._log, lines)

    def _tags_of(self, run_id: str) -> Mapping[str, str]:
        """The tags of a run, which are asked for once."""
        if self._tags[0] != run_id:
            run = self._instance.get_run_by_id(run_id) if run_id else None
            self._tags = run_id, run.tags if run else {}
        return self._tags[1]

    def wipe(self) -> None:
        """Remove what is stored; the files of runs that come after are others."""
        super().wipe()
        self._let_go()

    def dispose(self) -> None:
        """Let all files go."""
        super().dispose()
        self._let_go()

    def has_table(self, table_name: str) -> bool:
        """Whether the table of all runs is there; Dagster asks at each event, and none goes but by `wipe`."""
        if table_name not in self._tables_there and super().has_table(table_name):
            self._tables_there.add(table_name)
        return table_name in self._tables_there

    def _store_asset_event(self, conn: Connection, event: dg.EventLogEntry, event_id: int) -> None:
        """An asset's row holds the newest of its events of each type: of a batch, the others need not be written."""
        newest: dict[tuple[str, str], tuple[int, dg.EventLogEntry]] | None = getattr(self._batch, "newest", None)
        told = event.dagster_event
        if newest is None or told is None or told.asset_key is None:
            super()._store_asset_event(conn, event, event_id)
            return
        newest[told.asset_key.to_string(), told.event_type_value] = event_id, event

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        shards: dict[str, Connection] | None = getattr(self._batch, "shards", None)
        if shards is not None and shard in shards:
            yield shards[shard]
            return
        engine = self._engine(shard)
        if shards is None:
            with self._db_lock, engine.begin() as connection:
                yield connection
            return
        shards[shard] = self._batch.ends.enter_context(engine.begin())
        yield shards[shard]

    def _engine(self, shard: str) -> Engine:
        """What keeps the connections to a shard: that of all runs, or of one; those of the last few are kept."""
        if shard not in self._initialized_dbs:
            with super()._connect(shard):
                pass
        with self._db_lock:
            self._engines[shard] = engine = self._engines.pop(shard, None) or self._opened(shard)
            while len(self._engines) > MOST_ENGINES:
                self._engines.pop(next(iter(self._engines))).dispose()
        return engine

    def _let_go(self) -> None:
        self._tables_there.clear()
        with self._db_lock:
            while self._engines:
                self._engines.popitem()[1].dispose()

    def _opened(self, shard: str) -> Engine:
        timeout = {"timeout": SQLITE_BUSY_TIMEOUT_SECONDS}
        engine = create_engine(self.conn_string_for_shard(shard), connect_args=timeout)
        event.listen(engine, "connect", _need_no_disk)
        return engine


def _by_id(stored: tuple[int, dg.EventLogEntry]) -> int:
    return stored[0]


def _need_no_disk(connection: sqlite3.Connection, _: object) -> None:
    """A commit need not wait for the disk: a loss of power may cost the last events, but no file (sqlite.org/wal)."""
    connection.execute("pragma synchronous = normal")
