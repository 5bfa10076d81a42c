"""Files that another collector wrote: their records and windows count as export health of their exporters.

Belongs here: what all such formats share. Does not belong here: any one of them, or datagrams (_decoding).
"""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from assets.exports.formats._datagrams import UNKNOWN_EXPORTER
from assets.exports.formats._discovery import ExportFile, FileFormat
from assets.exports.formats._export_health import ExportHealth
from assets.exports.formats._state import DecoderState, FileOutcome
from assets.exports.formats._streams import BIN_MS, Stream

KEYS = ["exporter", "observation_domain", "flow_protocol"]
# An end this far behind its receipt is not told by an exporter that works: active timeouts are of an hour at most, and
# clocks may differ by 300 s (docs/method.md). Such a record covers the time in which it came.
LATEST_MS, CLOCKS_DIFFER_MS = 3_600_000, 300_000


def decode_whole(
    whole: FileFormat, file: ExportFile, state: DecoderState, outcome: FileOutcome
) -> Iterator[pa.RecordBatch]:
    """The records of a file that another collector wrote; each is health of its exporter, as a datagram is.

    What could not be read counts as malformed in the bin of the last record.
    """
    outcome.out_counters = state.out_counters
    stream, last_ms = (file.exporter or UNKNOWN_EXPORTER, 0, "unknown"), 0
    for batch in whole.records(file, outcome):
        rows_told = _rows_told(batch)
        for row in _counted(rows_told, "ended").to_pylist():
            stream, last_ms = _stream(row), row["ended_max"]
            one = state.health.bin_of(stream, row["ended_min"])
            one.see(last_ms)
            one.data_records += row["ended_count"]
            one.is_covered = True
        _cover_receipts(rows_told, state.health)
        state.counts.data_records += batch.num_rows
        yield batch
    outcome.windows.tell(state.health)
    if outcome.malformed:
        state.health.bin_of(stream, last_ms).malformed += outcome.malformed
        state.counts.malformed_datagrams += outcome.malformed


def _cover_receipts(rows_told: pa.Table, health: ExportHealth) -> None:
    """The bins in which records came: their exporter was heard then, whenever their flows ended."""
    for row in _counted(rows_told.filter(rows_told["received"].is_valid()), "received").to_pylist():
        health.bin_of(_stream(row), row["received_min"]).is_covered = True


def _stream(row: dict[str, object]) -> Stream:
    exporter, domain, protocol = (row[name] for name in KEYS)
    assert isinstance(exporter, bytes)
    return exporter, domain if isinstance(domain, int) else 0, str(protocol)


def _rows_told(batch: pa.RecordBatch) -> pa.Table:
    """Who exported each record, when it was received, and when it ended, as far as that can be believed."""
    start, end, received = (batch.column(name).cast(pa.int64()) for name in ("start_at", "end_at", "received_at"))
    ended = pc.coalesce(end, start, received, pa.scalar(0, pa.int64()))
    late = pc.subtract(received, ended)
    is_wrong = pc.or_(pc.greater(late, LATEST_MS), pc.less(late, -CLOCKS_DIFFER_MS))
    ended = pc.if_else(pc.fill_null(is_wrong, False), received, ended)
    return pa.table([*(batch.column(name) for name in KEYS), ended, received], names=[*KEYS, "ended", "received"])


def _counted(rows_told: pa.Table, moment: str) -> pa.Table:
    """How many records each exporter, domain and protocol has in each 5-minute bin, with the first and last moment."""
    binned = rows_told.select([*KEYS, moment]).append_column(
        "bin", pc.divide(rows_told[moment], pa.scalar(BIN_MS, pa.int64()))
    )
    counted = binned.group_by([*KEYS, "bin"], use_threads=False)
    return counted.aggregate([(moment, "min"), (moment, "max"), (moment, "count")])
