"""Flow records summed by who talked to whom, so that a day of them can be held and judged again and again.

Belongs here: from batches of records to sums. Does not belong here: what the sums mean (the modules beside this one).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

KEYS = (
    "exporter", "flow_protocol", "in_if", "out_if", "metering_direction", "sampling_interval", "sampling_source",
    "is_scaled", "src_addr", "dst_addr", "src_as", "dst_as", "is_implausible_time", "is_implausible_amount",
)  # fmt: skip
SUMS = [("bytes", "sum"), ("records", "sum")]
SUMMED_AGAIN_AT = 1_000_000
DEFAULT_TIMEOUT_S = 1800
LONGEST_TIMEOUT_S = 86_400
CLOCK_TOLERANCE_MS = 300_000
MOST_BYTES_A_PACKET = 65_535
"""Limits of docs/method.md, as dbt_project/macros has them."""

Milliseconds = npt.NDArray[np.int64]
ABSENT = np.iinfo(np.int64).min


@dataclass
class Conversations:
    """Sums of bytes (as exported) and records by KEYS, and how long flows last, by exporter.

    `timeouts_s` are the active timeouts by exporter (16 bytes) that times are judged by, 1800 where there is none.
    """

    timeouts_s: Mapping[bytes, int] = field(default_factory=dict)
    parts: list[pa.Table] = field(default_factory=list)
    durations: list[pa.Table] = field(default_factory=list)
    clocks: list[pa.Table] = field(default_factory=list)
    exporters_by_file: dict[str, set[bytes]] = field(default_factory=dict)
    records: int = 0

    def take(self, batch: pa.RecordBatch) -> None:
        """Add the records of a batch of FLOW_RECORD."""
        if not batch.num_rows:
            return
        table = pa.Table.from_batches([batch])
        received, start, end = (_milliseconds(table[name]) for name in ("received_at", "start_at", "end_at"))
        octets = pc.coalesce(table["layer3_bytes"], table["bytes"], pa.scalar(0, pa.uint64()))
        judged = {
            "bytes": pc.cast(octets, pa.float64()),
            "records": pa.array(np.ones(len(received), np.int64)),
            "is_implausible_time": pa.array(self._implausible_time(table["exporter"], received, start, end)),
            "is_implausible_amount": _implausible_amount(table),
            "flow_protocol": table["flow_protocol"].cast(pa.string()),
            "sampling_source": table["sampling_source"].cast(pa.string()),
        }
        taken = pa.table({name: judged[name] if name in judged else table[name] for name in EMPTY.column_names})
        self.parts.append(summed(taken, KEYS))
        self.records += len(received)
        self._take_times(table["exporter"], judged["bytes"], received, start, end)
        self._take_files(table)
        if sum(part.num_rows for part in self.parts) > SUMMED_AGAIN_AT:
            self.parts = [self.table()]

    def table(self) -> pa.Table:
        """The sums, a row for each combination of KEYS."""
        if not self.parts:
            return EMPTY
        return self.parts[0] if len(self.parts) == 1 else summed(pa.concat_tables(self.parts), KEYS)

    def lasting(self) -> pa.Table:
        """Bytes and records by exporter and duration in whole seconds (`seconds`)."""
        return summed(pa.concat_tables([EMPTY_DURATIONS, *self.durations]), ("exporter", "seconds"))

    def heard(self) -> pa.Table:
        """By exporter the first and last export time, and the least time from a flow's end to its export (all ms)."""
        together = pa.concat_tables([EMPTY_CLOCKS, *self.clocks])
        wanted = [("first_ms", "min"), ("last_ms", "max"), ("least_lag_ms", "min")]
        found = together.group_by("exporter", use_threads=False).aggregate(wanted)
        return found.rename_columns(["exporter", *(name for name, _ in wanted)])

    def _implausible_time(
        self, exporters: pa.ChunkedArray, received: Milliseconds, start: Milliseconds, end: Milliseconds
    ) -> npt.NDArray[np.bool_]:
        encoded = exporters.combine_chunks().dictionary_encode()
        timeouts = [self.timeouts_s.get(one, DEFAULT_TIMEOUT_S) for one in encoded.dictionary.to_pylist()]
        timeout_ms = 1000 * np.array(timeouts, np.int64)[encoded.indices.to_numpy(zero_copy_only=False)]
        is_told = (received != ABSENT) & (start != ABSENT) & (end != ABSENT)
        early = start < received - timeout_ms - CLOCK_TOLERANCE_MS
        wrong: npt.NDArray[np.bool_] = is_told & (early | (end > received + CLOCK_TOLERANCE_MS) | (end < start))
        return wrong

    def _take_times(
        self, exporters: pa.ChunkedArray, octets: pa.ChunkedArray, received: Milliseconds, start: Milliseconds,
        end: Milliseconds,
    ) -> None:  # fmt: skip
        is_told = (received != ABSENT) & (start != ABSENT) & (end != ABSENT)
        known = pa.array(is_told)
        lasted = np.clip((end - start)[is_told] // 1000, 0, LONGEST_TIMEOUT_S)
        columns = {"exporter": exporters.filter(known), "seconds": lasted, "bytes": octets.filter(known)}
        timed = pa.table({**columns, "records": np.ones(len(lasted), np.int64)}, schema=EMPTY_DURATIONS.schema)
        self.durations = [summed(pa.concat_tables([*self.durations, timed]), ("exporter", "seconds"))]
        lag = (received - end)[is_told]
        moments = {"exporter": exporters.filter(known), "first_ms": received[is_told], "last_ms": received[is_told]}
        self.clocks.append(pa.table({**moments, "least_lag_ms": lag}, schema=EMPTY_CLOCKS.schema))
        self.clocks = [self.heard()]

    def _take_files(self, table: pa.Table) -> None:
        named = pa.table({"exporter": table["exporter"], "file": table["source_file"].cast(pa.string())})
        for row in named.group_by(["exporter", "file"], use_threads=False).aggregate([]).to_pylist():
            self.exporters_by_file.setdefault(row["file"], set()).add(row["exporter"])


def summed(table: pa.Table, keys: tuple[str, ...]) -> pa.Table:
    """The bytes and records of a table by keys."""
    found = table.group_by(list(keys), use_threads=False).aggregate(SUMS)
    return found.select([*keys, "bytes_sum", "records_sum"]).rename_columns([*keys, "bytes", "records"])


def _milliseconds(column: pa.ChunkedArray) -> Milliseconds:
    milliseconds: Milliseconds = pc.fill_null(column.cast(pa.int64()), pa.scalar(ABSENT, pa.int64())).to_numpy()
    return milliseconds


def _implausible_amount(table: pa.Table) -> pa.ChunkedArray:
    octets, packets = table["bytes"].cast(pa.float64()), table["packets"].cast(pa.float64())
    return pc.fill_null(pc.greater(octets, pc.multiply(packets, float(MOST_BYTES_A_PACKET))), False)


ADDRESS = pa.binary(16)
EMPTY = pa.schema(
    [
        ("exporter", ADDRESS),
        ("flow_protocol", pa.string()),
        ("in_if", pa.uint32()),
        ("out_if", pa.uint32()),
        ("metering_direction", pa.uint8()),
        ("sampling_interval", pa.float64()),
        ("sampling_source", pa.string()),
        ("is_scaled", pa.bool_()),
        ("src_addr", ADDRESS),
        ("dst_addr", ADDRESS),
        ("src_as", pa.uint32()),
        ("dst_as", pa.uint32()),
        ("is_implausible_time", pa.bool_()),
        ("is_implausible_amount", pa.bool_()),
        ("bytes", pa.float64()),
        ("records", pa.int64()),
    ]
).empty_table()
EMPTY_DURATIONS = pa.schema(
    [("exporter", ADDRESS), ("seconds", pa.int64()), ("bytes", pa.float64()), ("records", pa.int64())]
).empty_table()
EMPTY_CLOCKS = pa.schema(
    [("exporter", ADDRESS), ("first_ms", pa.int64()), ("last_ms", pa.int64()), ("least_lag_ms", pa.int64())]
).empty_table()
