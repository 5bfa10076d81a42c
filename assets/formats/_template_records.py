"""Records laid out by a template, viewed all at once: from raw bytes to the columns of the flow record.

Belongs here: what NetFlow v9 and IPFIX share, from templates to columns (RFC 3954 section 8, RFC 7011 section 6).
Does not belong here: headers, sets and sequence numbers (one module a protocol).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from assets.formats import _elements
from assets.formats._counters import counters_of, is_of_nprobe
from assets.formats._datagrams import MAPPED, Bytes, Numbers
from assets.formats._elements import ELEMENTS
from assets.formats._gathering import (
    BATCH_RECORDS,
    Column,
    absolute_ms,
    address_array,
    batches,
    bitmap,
    constant_text,
    exporter_array,
    mapped_addresses,
    name_array,
    number_array,
    where,
    within_calendar,
)
from assets.formats._headers import HeaderColumns
from assets.formats._options import interval_of_probability
from assets.formats._packet_headers import ETHERNET, IPV4, packet_headers
from assets.formats._sampling import ABSENT, SampledRecords, Sampling
from assets.formats._state import DecoderState
from assets.formats._templates import Template

NTP_EPOCH_SECONDS = 2_208_988_800
LOW_WORD = np.uint64(0xFFFFFFFF)
UNKNOWN_BOOT = -1
REVERSE, POST = "reverse", "post"
SAMPLING_SOURCES, OF_RECORD = ("options", "options told later", "record"), 2
DECIDES_SAMPLING = ("sampler_id", "in_if", "out_if", "metering_direction", "line_card")
NEVER_EXCEEDED = (1 << 64) - 1
SWAPPED = {
    "src_addr": "dst_addr", "dst_addr": "src_addr", "src_port": "dst_port", "dst_port": "src_port",
    "src_as": "dst_as", "dst_as": "src_as", "src_mask": "dst_mask", "dst_mask": "src_mask",
    "in_if": "out_if", "out_if": "in_if",
}  # fmt: skip
OF_ONE_DIRECTION = {"bytes", "packets", "tcp_flags", "next_hop", "metering_direction"}
WHOLE_SIZES = {1: ">u1", 2: ">u2", 4: ">u4", 8: ">u8"}
ADDRESS_COLUMNS = ("src_addr", "dst_addr", "next_hop")
UNSIGNED_COLUMNS = (
    "src_port", "dst_port", "protocol", "tcp_flags", "tos", "bytes", "packets", "sampler_id", "in_if", "out_if",
    "src_as", "dst_as", "src_mask", "dst_mask", "vlan", "metering_direction",
)  # fmt: skip
Flags = npt.NDArray[np.bool_]
LARGEST = {
    "src_port": 0xFFFF, "dst_port": 0xFFFF, "protocol": 0xFF, "tcp_flags": 0xFFFF, "tos": 0xFF, "vlan": 0xFFFF,
    "src_mask": 0xFF, "dst_mask": 0xFF, "metering_direction": 0xFF, "sampler_id": 0xFFFFFFFF, "in_if": 0xFFFFFFFF,
    "out_if": 0xFFFFFFFF, "src_as": 0xFFFFFFFF, "dst_as": 0xFFFFFFFF, "line_card": 0xFFFFFFFF,
}  # fmt: skip


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
        fields, of_records = _Fields(rows[some], layout), headers.of_records(which[some])
        shared = _shared_columns(fields, of_records, state)
        if template.section is None:
            yield from _flows(fields, template, layout, of_records, shared, state)
        else:
            yield from _sampled_packets(fields, template, group.sections[some], shared, of_records)


def _shared_columns(fields: "_Fields", told: HeaderColumns, state: DecoderState) -> dict[str, Column]:
    """What a record's datagram says of it, and its sampling."""
    numbers = np.array([domain.observation_domain for domain in told.domains], np.int64)
    return {
        "exporter": exporter_array([domain.exporter for domain in told.domains], told.domain),
        "observation_domain": numbers[told.domain],
        "flow_protocol": constant_text(told.flow_protocol, len(told.domain)),
        "datagram_sequence": told.sequence,
        "received_at": told.exported_ms,
        **_sampling(fields, told, state.sampling),
    }


def _flows(
    fields: "_Fields", template: Template, layout: Template, told: HeaderColumns, shared: Mapping[str, Column],
    state: DecoderState,
) -> Iterator[pa.RecordBatch]:  # fmt: skip
    """Records that name both ends of a flow, and the other direction of those that have one.

    Records of running totals wait until all are there: what each adds is known only in the order of sending.
    """
    count, clock = len(fields.rows), _clock(fields, told, state)
    counters = counters_of(fields, count, _out_is_reverse(template, told, state))
    state.outcomes[-1].out_counters_left_out(counters.bytes_beside, counters.bytes_left_out)
    forward = _flow_columns(fields, clock) | counters.forward
    for batch in batches(count, {**shared, **forward}):
        yield from state.totals.wait(batch) if fields.tell_totals else [batch]
    if counters.reverse:
        yield from _reverse_batches(shared, forward, counters.reverse, counters.is_reverse)
    reverse = _Fields(fields.rows, layout, _elements.REVERSE_ENTERPRISE)
    if reverse.has("bytes") or reverse.has("packets"):
        own = _flow_columns(reverse, clock)
        came_back = np.zeros(count, bool)
        for name in {"bytes", "packets"} & own.keys():
            came_back |= np.asarray(own[name]) > 0
        for batch in _reverse_batches(shared, forward, own, came_back):
            yield from state.totals.wait(batch) if reverse.tell_totals else [batch]


def _out_is_reverse(template: Template, told: HeaderColumns, state: DecoderState) -> Flags:
    """Whose OUT counters beside IN ones are the other direction: the exporter's row says so, else nProbe's are."""
    default = REVERSE if is_of_nprobe(template) else POST
    of_domain = [state.out_counters.get(domain.exporter, default) == REVERSE for domain in told.domains]
    return np.array(of_domain, bool)[told.domain]


def _sampled_packets(
    fields: "_Fields", template: Template, variable: list[bytes], shared: Mapping[str, Column], told: HeaderColumns
) -> Iterator[pa.RecordBatch]:
    """Records that hold the beginning of a packet (RFC 5477 section 8.5): flows of one packet, as sFlow has them."""
    count = len(fields.rows)
    sections = variable or fields.sections(template)
    filled = [one + b"\0" if len(one) % 2 else one for one in sections]
    begins = np.cumsum([0, *map(len, filled)], dtype=np.int64)[:-1]
    ends = begins + np.array([len(one) for one in sections], np.int64)
    is_frame = template.section is not None and template.section.element in _elements.FRAME_SECTIONS
    headers = packet_headers(b"".join(filled), begins, ends, np.full(count, ETHERNET if is_frame else IPV4))
    own = _flow_columns(fields, _Clock(told.exported_ms, told.uptime_ms, None))
    moment = own.get("start_at", own.get("end_at", told.exported_ms))
    columns: dict[str, Column] = {
        "bytes": fields.unsigned("frame_bytes") if fields.has("frame_bytes") else headers.layer3_bytes,
        "packets": np.ones(count, np.int64),
        "start_at": moment,
        "end_at": moment,
    }
    for batch in batches(count, {**shared, **columns, **own, **headers.columns()}):
        yield batch.filter(pa.Array.from_buffers(pa.bool_(), count, [None, bitmap(headers.is_ip)]))


def _flow_columns(told: "_Fields", clock: "_Clock") -> dict[str, Column]:
    """The columns that a record's own fields fill."""
    columns: dict[str, Column] = {name: told.unsigned(name) for name in UNSIGNED_COLUMNS if told.has(name)}
    columns |= _addresses(told)
    for name in ("start_at", "end_at"):
        moments = told.moment(name, clock) if told.has(name) else None
        if moments is not None:
            columns[name] = moments
    return columns


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


class _Clock(NamedTuple):
    """What times of records are relative to: the export time and, in milliseconds, the header's uptime or the boot."""

    exported_ms: Numbers
    uptime_ms: Numbers
    booted_ms: Numbers | None


def _clock(fields: "_Fields", told: HeaderColumns, state: DecoderState) -> _Clock:
    """IPFIX headers have no uptime: the boot time stands in the record, or options told it (RFC 5102 section 5.9)."""
    if fields.has("booted_at"):
        return _Clock(told.exported_ms, told.uptime_ms, fields.unsigned("booted_at").astype(np.int64))
    if not any(fields.elements(name)[:1] in ([21], [22]) for name in ("start_at", "end_at")):
        return _Clock(told.exported_ms, told.uptime_ms, None)
    if all(domain.version == 9 for domain in told.domains):
        return _Clock(told.exported_ms, told.uptime_ms, None)
    booted = np.full(len(told.domain), UNKNOWN_BOOT, np.int64)
    for number, rows in _by_domain(told):
        booted[rows] = state.sampling.boots_of(told.domains[number], told.sent[rows])
    return _Clock(told.exported_ms, told.uptime_ms, booted)


def _by_domain(told: HeaderColumns) -> Iterator[tuple[int, Any]]:
    """The domains that records are of, and the rows of each."""
    present = np.flatnonzero(np.bincount(told.domain)).tolist()
    if len(present) == 1:
        yield present[0], slice(None)
        return
    for number in present:
        yield number, np.flatnonzero(told.domain == number)


class _Fields:
    """The fields of a group's records by column."""

    def __init__(self, rows: Bytes, template: Template, enterprise: int = 0) -> None:
        self.rows = rows
        self.places: dict[str, dict[int, tuple[int, int]]] = {}
        at = 0
        for one in template.fields:
            if one.enterprise == enterprise and one.element in ELEMENTS and one.length:
                self.places.setdefault(ELEMENTS[one.element].column, {}).setdefault(one.element, (at, one.length))
            at += one.length

    def has(self, column: str) -> bool:
        return column in self.places

    @property
    def tell_totals(self) -> bool:
        """Whether a counter is a running total, since there is no delta beside it."""
        return any(self.elements(name)[:1] == [element] for name, element in _elements.TOTAL_COUNTERS.items())

    def elements(self, column: str) -> list[int]:
        """The elements that fill a column, the preferred one first."""
        return [element for element in ELEMENTS if element in self.places.get(column, {})]

    def number(self, column: str, element: int) -> npt.NDArray[np.unsignedinteger]:
        """An unsigned field of any length; of more than 8 bytes the last 8 count."""
        at, length = self.places[column][element]
        if length in WHOLE_SIZES:
            return self.rows[:, at : at + length].view(WHOLE_SIZES[length]).ravel()
        padded = np.zeros((len(self.rows), 8), np.uint8)
        kept = min(length, 8)
        padded[:, 8 - kept :] = self.rows[:, at + length - kept : at + length]
        return padded.view(">u8").ravel()

    def unsigned(self, column: str) -> npt.NDArray[np.unsignedinteger]:
        """The preferred field of a column; what is larger than the column holds is told as the largest."""
        values = self.number(column, self.elements(column)[0])
        largest = LARGEST.get(column, NEVER_EXCEEDED)
        return values if np.iinfo(values.dtype).max <= largest else np.minimum(values, values.dtype.type(largest))

    def sections(self, template: Template) -> list[bytes]:
        """The packet section of each record, where that is of a fixed length."""
        section = template.section
        if section is None:
            return []
        at = sum(one.length for one in template.fields[: template.fields.index(section)])
        return [row.tobytes() for row in self.rows[:, at : at + section.length]]

    def address(self, column: str, element: int) -> Bytes:
        at, length = self.places[column][element]
        packed = self.rows[:, at : at + length]
        return mapped_addresses(packed) if ELEMENTS[element].kind == "ipv4" else packed[:, :16]

    def moment(self, column: str, clock: _Clock) -> Numbers | pa.Array:
        """A time in milliseconds since 1970; null where it counts from a boot that nobody told."""
        element = self.elements(column)[0]
        kind, values = ELEMENTS[element].kind, self.number(column, element)
        if kind == "uptime":
            if clock.booted_ms is None:
                return absolute_ms(clock.exported_ms, clock.uptime_ms, values.astype(np.int64))
            told = within_calendar(clock.booted_ms + values.astype(np.int64))
            return where(told, clock.booted_ms != UNKNOWN_BOOT)
        if kind == "seconds":
            return values.astype(np.int64) * 1000
        if kind == "milliseconds":
            return values.astype(np.int64)
        if kind == "microseconds before":
            return clock.exported_ms - values.astype(np.int64) // 1000
        values = values.astype(np.uint64)
        seconds, fraction = (values >> np.uint64(32)).astype(np.int64), (values & LOW_WORD).astype(np.int64)
        return (seconds - NTP_EPOCH_SECONDS) * 1000 + (fraction * 1000 >> 32)


def _addresses(told: _Fields) -> dict[str, Column]:
    """Both ends and the next hop; where a record carries both families, the one that is specified counts."""
    columns: dict[str, Column] = {}
    for name in ADDRESS_COLUMNS:
        found = [
            told.address(name, element)
            for element in told.elements(name)
            if told.places[name][element][1] == (4 if ELEMENTS[element].kind == "ipv4" else 16)
        ]
        if not found:
            continue
        address = found[0]
        if len(found) > 1:
            unspecified = address[:, 12:].max(axis=1, keepdims=True) == 0
            specified = found[1].max(axis=1, keepdims=True) > 0
            address = np.where(unspecified & specified, found[1], address)
        columns[name] = address_array(address)
        if name == "src_addr":
            columns["ip_version"] = _ip_versions(told, found, address)
    return columns


def _ip_versions(told: _Fields, found: list[Bytes], address: Bytes) -> Numbers:
    """4 for addresses of IPv4, also where they are mapped into IPv6."""
    if len(found) == 1 and ELEMENTS[told.elements("src_addr")[0]].kind == "ipv4":
        return np.full(len(address), 4, np.int64)
    return np.where((address[:, :12] == np.frombuffer(MAPPED, np.uint8)).all(axis=1), 4, 6)


def _sampling(fields: _Fields, told: HeaderColumns, sampling: Sampling) -> dict[str, Column]:
    """The record's own interval, else what options told of its sampler, scope or domain (docs/method.md)."""
    count = len(told.domain)
    interval, source = np.empty(count, np.float64), np.empty(count, np.int64)
    columns = [_told_or_absent(fields, name, count) for name in DECIDES_SAMPLING]
    for number, rows in _by_domain(told):
        records = SampledRecords(told.sent[rows], *(column[rows] for column in columns))
        interval[rows], source[rows] = sampling.of_records(told.domains[number], records)
    for own in _own_intervals(fields):
        interval, source = np.where(own > 0, own, interval), np.where(own > 0, OF_RECORD, source)
    return {
        "sampling_interval": where(interval, ~np.isnan(interval)),
        "sampling_source": name_array(SAMPLING_SOURCES, np.maximum(source, 0).astype(np.int32), source >= 0),
    }


def _told_or_absent(fields: _Fields, name: str, count: int) -> Numbers:
    if fields.has(name):
        return fields.unsigned(name).astype(np.int64)
    return np.broadcast_to(np.int64(ABSENT), (count,))


def _own_intervals(fields: _Fields) -> Iterator[npt.NDArray[np.float64]]:
    """What records say themselves, the most telling last; 0 says nothing."""
    if fields.has("sampling_probability"):
        at, length = fields.places["sampling_probability"][_elements.SAMPLING_PROBABILITY]
        raw, which = np.unique(fields.rows[:, at : at + length], axis=0, return_inverse=True)
        known = [interval_of_probability(one.tobytes()) or 0.0 for one in raw]
        yield np.array(known, np.float64)[which.ravel()]
    if fields.has("sampling_interval"):
        yield fields.unsigned("sampling_interval").astype(np.float64)
