"""NetFlow v5, and its kin v1 and v7: fixed records behind a short header.

Belongs here: their headers and records (Cisco NetFlow Collection Engine User Guide, appendix B).
Does not belong here: protocols with templates.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from assets.exports.formats._datagrams import Numbers
from assets.exports.formats._gathering import (
    Column,
    absolute_ms,
    address_array,
    batches,
    constant_text,
    exporter_array,
    mapped_addresses,
    name_array,
    where,
)
from assets.exports.formats._intake import Headers, Intake, streams_of
from assets.exports.formats._sequences import Steps
from assets.exports.formats._state import DecoderState

VERSIONS = (1, 5, 7)
INTERVAL_BITS = 0x3FFF
COMMON = [
    ("src_addr", "u4"),
    ("dst_addr", "u4"),
    ("next_hop", "u4"),
    ("in_if", ">u2"),
    ("out_if", ">u2"),
    ("packets", ">u4"),
    ("bytes", ">u4"),
    ("first", ">u4"),
    ("last", ">u4"),
    ("src_port", ">u2"),
    ("dst_port", ">u2"),
]
V5_TAIL = [
    ("pad", "u1"),
    ("tcp_flags", "u1"),
    ("protocol", "u1"),
    ("tos", "u1"),
    ("src_as", ">u2"),
    ("dst_as", ">u2"),
    ("src_mask", "u1"),
    ("dst_mask", "u1"),
    ("pad2", ">u2"),
]
V1_TAIL = [("pad", ">u2"), ("protocol", "u1"), ("tos", "u1"), ("tcp_flags", "u1"), ("rest", "7u1")]


HEADER = np.dtype(
    [
        ("version", ">u2"),
        ("count", ">u2"),
        ("uptime_ms", ">u4"),
        ("seconds", ">u4"),
        ("nanoseconds", ">u4"),
        ("sequence", ">u4"),
        ("engine", ">u2"),
        ("sampling", ">u2"),
    ]
)
PLAIN = (
    "bytes", "packets", "src_port", "dst_port", "protocol", "tcp_flags", "tos", "in_if", "out_if", "src_as", "dst_as",
    "src_mask", "dst_mask",
)  # fmt: skip


class Layout(NamedTuple):
    """A version's header length, its record, and whether its header has a sequence of flows, engine and sampling."""

    header_bytes: int
    record: np.dtype[np.void]
    has_sequence: bool


LAYOUTS = {
    1: Layout(16, np.dtype([*COMMON, *V1_TAIL]), has_sequence=False),
    5: Layout(24, np.dtype([*COMMON, *V5_TAIL]), has_sequence=True),
    7: Layout(24, np.dtype([*COMMON, *V5_TAIL, ("router", "u4")]), has_sequence=False),
}


class FixedRecords:
    """Decodes v1, v5 and v7 datagrams; nothing in them waits for another."""

    def take(self, intake: Intake) -> Iterator[pa.RecordBatch]:
        version = int(intake.datagrams.versions()[0])
        layout, protocol = LAYOUTS[version], f"netflow_v{version}"
        intake = intake.with_header(layout.header_bytes, f"NetFlow v{version}")
        if not len(intake):
            return
        heads = intake.datagrams.heads(HEADER.itemsize).view(HEADER).ravel()
        headers = _headers(heads, layout)
        fits = (intake.datagrams.lengths - layout.header_bytes) // layout.record.itemsize
        announced = heads["count"].astype(np.int64)
        records = np.minimum(announced, fits)
        fresh = ~intake.repeated(headers.exported_ms)
        _book(intake, headers, protocol, announced, records, fresh, layout)
        records = np.where(fresh, records, 0)
        intervals = (heads["sampling"] & INTERVAL_BITS).astype(np.int64) if layout.has_sequence else None
        yield from _batches(intake, headers, records, layout, protocol, intervals)

    def rest(self, state: DecoderState) -> Iterator[pa.RecordBatch]:
        yield from ()


def gatherer() -> FixedRecords:
    """A gatherer for the datagrams of one file."""
    return FixedRecords()


def _headers(heads: npt.NDArray[np.void], layout: Layout) -> Headers:
    zero = np.zeros(len(heads), np.int64)
    return Headers(
        domain=heads["engine"].astype(np.int64) if layout.has_sequence else zero,
        sequence=heads["sequence"].astype(np.int64) if layout.has_sequence else zero,
        exported_ms=heads["seconds"].astype(np.int64) * 1000 + heads["nanoseconds"] // 1_000_000,
        uptime_ms=heads["uptime_ms"].astype(np.int64),
    )


def _book(
    intake: Intake,
    headers: Headers,
    protocol: str,
    announced: Numbers,
    records: Numbers,
    fresh: npt.NDArray[np.bool_],
    layout: Layout,
) -> None:
    """Count what came and was lost; a header that counts more records than there are is malformed."""
    streams, stream = streams_of(intake, headers.domain, protocol)
    is_short = (records < announced) & fresh
    if layout.has_sequence:
        none, one = np.zeros(len(announced), np.int64), np.ones(len(announced), np.int64)
        steps = Steps(headers.exported_ms, headers.sequence, announced, none, headers.uptime_ms, one, none > 0)
        intake.state.health.wait(streams, stream[fresh], steps.chosen(fresh))
    intake.state.health.count(
        streams,
        stream,
        headers.exported_ms,
        datagrams=fresh.astype(np.int64),
        duplicates=(~fresh).astype(np.int64),
        malformed=is_short.astype(np.int64),
        data_records=np.where(fresh, records, 0),
    )
    intake.state.counts.datagrams += int(fresh.sum())
    intake.state.counts.data_records += int(records[fresh].sum())
    for row in np.flatnonzero(is_short).tolist():
        number = int(intake.datagrams.number[row])
        intake.refuse(number, f"its header counts {announced[row]} records, {records[row]} are there")


def _batches(
    intake: Intake, headers: Headers, records: Numbers, layout: Layout, protocol: str, intervals: Numbers | None
) -> Iterator[pa.RecordBatch]:
    ends = (layout.header_bytes + records * layout.record.itemsize).tolist()
    raw = [payload[layout.header_bytes : end] for payload, end in zip(intake.payloads, ends, strict=True)]
    rows = np.frombuffer(b"".join(raw), layout.record)
    exported, uptime = np.repeat(headers.exported_ms, records), np.repeat(headers.uptime_ms, records)
    names = rows.dtype.names or ()
    columns: dict[str, Column] = {name: rows[name] for name in PLAIN if name in names}
    columns |= {
        "exporter": exporter_array(intake.exporters, np.repeat(intake.exporter, records)),
        "observation_domain": np.repeat(headers.domain, records),
        "flow_protocol": constant_text(protocol, len(rows)),
        "received_at": exported,
        "start_at": absolute_ms(exported, uptime, rows["first"].astype(np.int64)),
        "end_at": absolute_ms(exported, uptime, rows["last"].astype(np.int64)),
        "ip_version": np.full(len(rows), 4, np.uint8),
    }
    columns |= {name: address_array(mapped_addresses(rows[name])) for name in ("src_addr", "dst_addr", "next_hop")}
    if intervals is not None:
        columns["datagram_sequence"] = np.repeat(headers.sequence, records)
        columns |= _header_sampling(np.repeat(intervals, records))
    yield from batches(len(rows), columns)


def _header_sampling(interval: npt.NDArray[np.int64]) -> dict[str, Column]:
    """The header's interval; 0 says nothing, so it is unknown, not 1."""
    announced = interval > 0
    return {
        "sampling_interval": where(interval.astype(np.float64), announced),
        "sampling_source": name_array(("header",), np.zeros(len(interval), np.int32), announced),
    }
