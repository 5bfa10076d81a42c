"""Records laid out by a template as batches of flow records: one direction, or two, or a sampled packet.

Belongs here: what NetFlow v9 and IPFIX share once sets are gathered. Does not belong here: a record's own fields
(_record_fields), what options say of it (_record_options), headers and sets (one module a protocol).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from assets.exports.formats import _elements
from assets.exports.formats._counters import counters_of, is_of_nprobe
from assets.exports.formats._datagrams import Bytes, Numbers
from assets.exports.formats._gathering import (
    BATCH_RECORDS,
    Column,
    batches,
    bitmap,
    constant_text,
    exporter_array,
    number_array,
)
from assets.exports.formats._headers import HeaderColumns
from assets.exports.formats._packet_headers import ETHERNET, IPV4, packet_headers
from assets.exports.formats._record_fields import Clock, RecordFields, own_columns
from assets.exports.formats._record_options import clock_of, sampling_columns
from assets.exports.formats._state import DecoderState
from assets.exports.formats._templates import Template

REVERSE, POST = "reverse", "post"
SWAPPED = {
    "src_addr": "dst_addr", "dst_addr": "src_addr", "src_port": "dst_port", "dst_port": "src_port",
    "src_as": "dst_as", "dst_as": "src_as", "src_mask": "dst_mask", "dst_mask": "src_mask",
    "in_if": "out_if", "out_if": "in_if",
}  # fmt: skip
OF_ONE_DIRECTION = {"bytes", "packets", "tcp_flags", "next_hop", "metering_direction"}
Flags = npt.NDArray[np.bool_]


@dataclass
class Group:
    """Raw records of one template: pieces, how many records each set has, and the place of each set's headers."""

    raw: list[Bytes] = field(default_factory=list)
    counts: list[Numbers] = field(default_factory=list)
    headers: list[Numbers] = field(default_factory=list)
    # The packet section of each record, where that is of variable length.
    sections: list[bytes] = field(default_factory=list)

    def add(self, raw: Bytes, counts: Numbers, headers: Numbers) -> None:
        """Take the records of sets, one number a set."""
        self.raw.append(raw)
        self.counts.append(counts)
        self.headers.append(headers)


def record_batches(
    group: Group, template: Template, headers: HeaderColumns, state: DecoderState
) -> Iterator[pa.RecordBatch]:
    """The flow records of a group of one template."""
    layout = template.without_variable_fields if template.has_variable_length else template
    which = np.repeat(np.concatenate(group.headers), np.concatenate(group.counts))
    rows = np.concatenate(group.raw).reshape(len(which), layout.record_bytes)
    for at in range(0, len(rows), BATCH_RECORDS):
        some = slice(at, at + BATCH_RECORDS)
        fields, of_records = RecordFields(rows[some], layout), headers.of_records(which[some])
        shared = _shared_columns(fields, of_records, state)
        if template.section is None:
            yield from _flows(fields, template, layout, of_records, shared, state)
        else:
            yield from _sampled_packets(fields, template, group.sections[some], shared, of_records)


def _shared_columns(fields: RecordFields, header_columns: HeaderColumns, state: DecoderState) -> dict[str, Column]:
    """What a record's datagram says of it, and its sampling."""
    numbers = np.array([domain.observation_domain for domain in header_columns.domains], np.int64)
    return {
        "exporter": exporter_array([domain.exporter for domain in header_columns.domains], header_columns.domain),
        "observation_domain": numbers[header_columns.domain],
        "flow_protocol": constant_text(header_columns.flow_protocol, len(header_columns.domain)),
        "datagram_sequence": header_columns.sequence,
        "received_at": header_columns.exported_ms,
        **sampling_columns(fields, header_columns, state.sampling),
    }


def _flows(
    fields: RecordFields, template: Template, layout: Template, header_columns: HeaderColumns,
    shared: Mapping[str, Column], state: DecoderState,
) -> Iterator[pa.RecordBatch]:  # fmt: skip
    """Records that name both ends of a flow, and the other direction of those that have one.

    Records of running totals wait until all are there: what each adds is known only in the order of sending.
    """
    count, clock = len(fields.rows), clock_of(fields, header_columns, state)
    counters = counters_of(fields, count, _out_is_reverse(template, header_columns, state))
    state.outcomes[-1].out_counters_left_out(counters.bytes_beside, counters.bytes_left_out)
    forward = own_columns(fields, clock) | counters.forward
    for batch in batches(count, {**shared, **forward}):
        yield from state.totals.wait(batch) if fields.tell_totals else [batch]
    if counters.reverse:
        yield from _reverse_batches(shared, forward, counters.reverse, counters.is_reverse)
    reverse = RecordFields(fields.rows, layout, _elements.REVERSE_ENTERPRISE)
    if reverse.has("bytes") or reverse.has("packets"):
        own = own_columns(reverse, clock)
        came_back = np.zeros(count, bool)
        for name in {"bytes", "packets"} & own.keys():
            came_back |= np.asarray(own[name]) > 0
        for batch in _reverse_batches(shared, forward, own, came_back):
            yield from state.totals.wait(batch) if reverse.tell_totals else [batch]


def _out_is_reverse(template: Template, header_columns: HeaderColumns, state: DecoderState) -> Flags:
    """Whose OUT counters beside IN ones are the other direction: the exporter's row says so, else nProbe's are."""
    default = REVERSE if is_of_nprobe(template) else POST
    of_domain = [state.out_counters.get(domain.exporter, default) == REVERSE for domain in header_columns.domains]
    return np.array(of_domain, bool)[header_columns.domain]


def _sampled_packets(
    fields: RecordFields,
    template: Template,
    variable: list[bytes],
    shared: Mapping[str, Column],
    header_columns: HeaderColumns,
) -> Iterator[pa.RecordBatch]:
    """Records that hold the beginning of a packet (RFC 5477 section 8.5): flows of one packet, as sFlow has them."""
    count = len(fields.rows)
    sections = variable or fields.sections(template)
    filled = [one + b"\0" if len(one) % 2 else one for one in sections]
    begins = np.cumsum([0, *map(len, filled)], dtype=np.int64)[:-1]
    ends = begins + np.array([len(one) for one in sections], np.int64)
    is_frame = template.section is not None and template.section.element in _elements.FRAME_SECTIONS
    headers = packet_headers(b"".join(filled), begins, ends, np.full(count, ETHERNET if is_frame else IPV4))
    own = own_columns(fields, Clock(header_columns.exported_ms, header_columns.uptime_ms, None))
    moment = own.get("start_at", own.get("end_at", header_columns.exported_ms))
    columns: dict[str, Column] = {
        "bytes": fields.unsigned("frame_bytes") if fields.has("frame_bytes") else headers.layer3_bytes,
        "packets": np.ones(count, np.int64),
        "start_at": moment,
        "end_at": moment,
    }
    for batch in batches(count, {**shared, **columns, **own, **headers.columns()}):
        yield batch.filter(pa.Array.from_buffers(pa.bool_(), count, [None, bitmap(headers.is_ip)]))


def _reverse_batches(
    shared: Mapping[str, Column], forward: Mapping[str, Column], own: Mapping[str, Column], came_back: Flags
) -> Iterator[pa.RecordBatch]:
    """The flows the other way of bidirectional records (RFC 5103): ends swapped, counters of their own.

    A record whose reverse counters are 0 saw nothing come back, and gives no second flow.
    """
    swapped = {SWAPPED.get(name, name): values for name, values in forward.items() if name not in OF_ONE_DIRECTION}
    moved = number_array(np.flatnonzero(came_back), pa.int64())
    for batch in batches(len(came_back), {**shared, **swapped, **own}):
        taken = batch.take(moved)
        if taken.num_rows:
            yield taken
