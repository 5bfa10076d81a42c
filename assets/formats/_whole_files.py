"""Files that another collector wrote: their records count as export health of their exporters.

Belongs here: what all such formats share. Does not belong here: any one of them, or datagrams (_decoding).
"""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from assets.formats._datagrams import UNKNOWN_EXPORTER
from assets.formats._discovery import ExportFile, FileFormat
from assets.formats._state import DecoderState, FileOutcome
from assets.formats._streams import BIN_MS


def decode_whole(
    whole: FileFormat, file: ExportFile, state: DecoderState, outcome: FileOutcome
) -> Iterator[pa.RecordBatch]:
    """The records of a file that another collector wrote; each is health of its exporter, as a datagram is.

    What could not be read counts as malformed in the bin of the last record.
    """
    stream, last_ms = (file.exporter or UNKNOWN_EXPORTER, 0, "unknown"), 0
    for batch in whole.records(file, outcome):
        for row in _counted(batch).to_pylist():
            stream = row["exporter"], row["observation_domain"] or 0, row["flow_protocol"]
            last_ms = row["at_max"]
            one = state.health.bin_of(stream, row["at_min"])
            one.see(last_ms)
            one.data_records += row["at_count"]
        state.counts.data_records += batch.num_rows
        yield batch
    if outcome.malformed:
        state.health.bin_of(stream, last_ms).malformed += outcome.malformed
        state.counts.malformed_datagrams += outcome.malformed


def _counted(batch: pa.RecordBatch) -> pa.Table:
    """How many records each exporter, domain and protocol has in each 5-minute bin, with the first and last moment."""
    at = pc.coalesce(batch.column("received_at"), batch.column("end_at"), batch.column("start_at"))
    moment = pc.coalesce(at.cast(pa.int64()), pa.scalar(0, pa.int64()))
    keys = ["exporter", "observation_domain", "flow_protocol"]
    told = pa.table(
        [*(batch.column(name) for name in keys), pc.divide(moment, pa.scalar(BIN_MS, pa.int64())), moment],
        names=[*keys, "bin", "at"],
    )
    counted = told.group_by([*keys, "bin"], use_threads=False)
    return counted.aggregate([("at", "min"), ("at", "max"), ("at", "count")])
