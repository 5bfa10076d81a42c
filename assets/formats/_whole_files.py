"""Files that another collector wrote: their records count as export health of their exporters.

Belongs here: what all such formats share. Does not belong here: any one of them, or datagrams (_decoding).
"""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from assets.formats._discovery import ExportFile, FileFormat
from assets.formats._export_health import BIN_MS
from assets.formats._state import DecoderState, FileOutcome


def decode_whole(
    whole: FileFormat, file: ExportFile, state: DecoderState, outcome: FileOutcome
) -> Iterator[pa.RecordBatch]:
    """The records of a file that another collector wrote; each record is health of its exporter, as a datagram is."""
    for batch in whole.records(file, outcome):
        told = pa.table(
            {
                **{name: batch.column(name) for name in ("exporter", "observation_domain", "flow_protocol")},
                "at": pc.coalesce(batch.column("received_at"), batch.column("end_at"), batch.column("start_at")),
            }
        )
        moment = pc.coalesce(told["at"].cast(pa.int64()), pa.scalar(0, pa.int64()))
        told = told.set_column(3, "bin", pc.divide(moment, pa.scalar(BIN_MS, pa.int64()))).append_column("at", moment)
        counted = told.group_by(["exporter", "observation_domain", "flow_protocol", "bin"], use_threads=False)
        for row in counted.aggregate([("at", "min"), ("at", "max"), ("at", "count")]).to_pylist():
            stream = row["exporter"], row["observation_domain"] or 0, row["flow_protocol"]
            one = state.health.bin_of(stream, row["at_min"])
            one.see(row["at_max"])
            one.data_records += row["at_count"]
        state.counts.data_records += batch.num_rows
        yield batch
