"""Records whose counters are running totals, turned into what each adds once all that were sent before are there.

Belongs here: keeping such records, their order of sending, from columns to flow keys and back. Does not belong here:
what is remembered of a flow (_totals).
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from assets.exports.formats._totals import Flow, Total, Totals

KEY = (
    "exporter", "observation_domain", "src_addr", "dst_addr", "src_port", "dst_port", "protocol", "in_if", "out_if",
    "vlan", "metering_direction",
)  # fmt: skip
IN_ORDER_OF_SENDING = (
    "received_at", "datagram_sequence", "end_at", "packets", "bytes", "exporter", "observation_domain",
)  # fmt: skip
SENT_IN_ORDER = [(name, "ascending") for name in IN_ORDER_OF_SENDING]
# Records that wait; beyond it those that are there are taken as all that were sent.
MOST_WAITING = 1_000_000


@dataclass
class RunningTotals:
    """Totals by flow, and the records that wait to be taken in the order in which they were sent."""

    totals: Totals = field(default_factory=Totals)
    unnamed: list[pa.RecordBatch] = field(default_factory=list)
    waiting: list[pa.RecordBatch] = field(default_factory=list)
    # Records, by file, of flows that are not known any more.
    forgotten: Counter[str] = field(default_factory=Counter)

    def wait(self, batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        """Keep records of the file being read; gives out nothing yet."""
        self.unnamed.append(batch)
        yield from ()

    def rest(self) -> Iterator[pa.RecordBatch]:
        """What the records that wait added, in the order of sending."""
        if not self.waiting:
            return
        table = pa.Table.from_batches(self.waiting).unify_dictionaries().sort_by(SENT_IN_ORDER)
        self.waiting.clear()
        for batch in table.combine_chunks().to_batches():
            yield self._since_last(batch)

    @property
    def is_full(self) -> bool:
        return sum(int(one.num_rows) for one in self.waiting) > MOST_WAITING

    def _since_last(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch with bytes and packets since each flow was told of last, and its start where that ended."""
        keys = zip(*(batch.column(name).to_pylist() for name in KEY), strict=True)
        times = {
            name: batch.column(name).cast(pa.int64()).to_pylist() for name in ("start_at", "end_at", "received_at")
        }
        counters = {name: [one or 0 for one in batch.column(name).to_pylist()] for name in ("bytes", "packets")}
        totals_told = list(
            map(Total, times["start_at"], times["end_at"], counters["bytes"], counters["packets"], times["received_at"])
        )
        flows = (Flow.of(exporter, repr(key).encode()) for exporter, *key in keys)
        parts = [self.totals.since(flow, one) for flow, one in zip(flows, totals_told, strict=True)]
        for name, part in zip(batch.column("source_file").to_pylist(), parts, strict=True):
            self.forgotten[name] += part is None
        starts = [one.start_ms if part is None else part.start_ms for one, part in zip(totals_told, parts, strict=True)]
        found = {
            "start_at": pa.array(starts, pa.int64()).cast(batch.schema.field("start_at").type),
            "bytes": pa.array([None if one is None else one.bytes for one in parts], pa.uint64()),
            "packets": pa.array([None if one is None else one.packets for one in parts], pa.uint64()),
        }
        for name, values in found.items():
            # What a record does not tell stays untold.
            values = pc.if_else(batch.column(name).is_valid(), values, pa.scalar(None, values.type))
            batch = batch.set_column(batch.schema.get_field_index(name), batch.schema.field(name), values)
        return batch
