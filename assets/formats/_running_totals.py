"""Batches whose counters are running totals, turned into what each record adds.

Belongs here: from columns to flow keys and back. Does not belong here: what is remembered of a flow (_totals).
"""

import pyarrow as pa

from assets.formats._totals import Told, Totals

KEY = (
    "exporter", "observation_domain", "src_addr", "dst_addr", "src_port", "dst_port", "protocol", "in_if", "out_if",
    "vlan", "metering_direction",
)  # fmt: skip


def since_last(batch: pa.RecordBatch, totals: Totals) -> pa.RecordBatch:
    """The batch with bytes and packets since each flow was told of last, and its start where that ended."""
    keys = zip(*(batch.column(name).to_pylist() for name in KEY), strict=True)
    times = {name: batch.column(name).cast(pa.int64()).to_pylist() for name in ("start_at", "end_at", "received_at")}
    counters = {name: [one or 0 for one in batch.column(name).to_pylist()] for name in ("bytes", "packets")}
    told = map(Told, times["start_at"], times["end_at"], counters["bytes"], counters["packets"], times["received_at"])
    parts = [totals.since(repr(key).encode(), one) for key, one in zip(keys, told, strict=True)]
    found = {
        "start_at": pa.array([one.start_ms for one in parts], pa.int64()).cast(batch.schema.field("start_at").type),
        "bytes": pa.array([one.bytes for one in parts], pa.uint64()),
        "packets": pa.array([one.packets for one in parts], pa.uint64()),
    }
    for name, values in found.items():
        if batch.column(name).null_count < batch.num_rows:
            batch = batch.set_column(batch.schema.get_field_index(name), batch.schema.field(name), values)
    return batch
