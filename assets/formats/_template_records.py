"""Records laid out by a template, viewed all at once: from raw bytes to the columns of the flow record.

Belongs here: what NetFlow v9 and IPFIX share, from templates to columns (RFC 3954 section 8, RFC 7011 section 6).
Does not belong here: headers, sets and sequence numbers (one module a protocol).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from assets.formats import _elements
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
from assets.formats._packet_headers import ETHERNET, IPV4, packet_headers
from assets.formats._running_totals import since_last
from assets.formats._state import DecoderState
from assets.formats._templates import Sampling, Template
from assets.formats._told import HeaderColumns

NTP_EPOCH_SECONDS = 2_208_988_800
LOW_WORD = np.uint64(0xFFFFFFFF)
UNKNOWN_BOOT = -1
NO_SAMPLER, SAMPLER_BITS = -1, (1 << 33) - 1
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
LARGEST = {
    "src_port": 0xFFFF, "dst_port": 0xFFFF, "protocol": 0xFF, "tcp_flags": 0xFFFF, "tos": 0xFF, "vlan": 0xFFFF,
    "src_mask": 0xFF, "dst_mask": 0xFF, "metering_direction": 0xFF, "sampler_id": 0xFFFFFFFF, "in_if": 0xFFFFFFFF,
    "out_if": 0xFFFFFFFF, "src_as": 0xFFFFFFFF, "dst_as": 0xFFFFFFFF,
}  # fmt: skip


@dataclass
class Group:
    """Raw records of one template: pieces, how many records each has, and which datagram told of them."""

    raw: list[bytes] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    told: list[int] = field(default_factory=list)
    # The packet section of each record, where that is of variable length.
    sections: list[bytes] = field(default_factory=list)


def record_batches(
    group: Group, template: Template, told: HeaderColumns, state: DecoderState
) -> Iterator[pa.RecordBatch]:
    """The flow records of a group of one template."""
    layout = template.without_variable_fields if template.has_variable_length else template
    which = np.repeat(np.array(group.told, np.int64), group.counts)
    rows = np.frombuffer(b"".join(group.raw), np.uint8).reshape(len(which), layout.record_bytes)
    for at in range(0, len(rows), BATCH_RECORDS):
        some = slice(at, at + BATCH_RECORDS)
        fields, headers = _Fields(rows[some], layout), told.of_records(which[some])
        shared = _shared_columns(fields, headers, state)
        if template.section is None:
            yield from _flows(fields, layout, headers, shared, state)
        else:
            yield from _sampled_packets(fields, template, group.sections[some], shared, headers)


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
    fields: "_Fields", layout: Template, told: HeaderColumns, shared: Mapping[str, Column], state: DecoderState
) -> Iterator[pa.RecordBatch]:
    """Records that name both ends of a flow, and the other direction of those that have one."""
    count, clock = len(fields.rows), _clock(fields, told, state)
    forward = _flow_columns(fields, clock)
    for batch in batches(count, {**shared, **forward}):
        yield since_last(batch, state.totals) if fields.tell_totals else batch
    reverse = _Fields(fields.rows, layout, _elements.REVERSE_ENTERPRISE)
    if reverse.has("bytes") or reverse.has("packets"):
        for batch in _reverse_batches(shared, forward, _flow_columns(reverse, clock), count):
            yield since_last(batch, state.totals) if reverse.tell_totals else batch


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
    shared: Mapping[str, Column], forward: Mapping[str, Column], own: Mapping[str, Column], count: int
) -> Iterator[pa.RecordBatch]:
    """The flows the other way of bidirectional records (RFC 5103): ends swapped, counters of their own.

    A record whose reverse counters are 0 saw nothing come back, and gives no second flow.
    """
    swapped = {SWAPPED.get(name, name): values for name, values in forward.items() if name not in OF_ONE_DIRECTION}
    counter = own.get("packets", own.get("bytes"))
    moved = number_array(np.flatnonzero(np.asarray(counter) > 0), pa.int64())
    for batch in batches(count, {**shared, **swapped, **own}):
        taken = batch.take(moved) if count <= batch.num_rows else batch
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
    if all(domain.version == 9 for domain in told.domains):
        return _Clock(told.exported_ms, told.uptime_ms, None)
    booted = [state.sampling.booted_ms.get(domain, UNKNOWN_BOOT) for domain in told.domains]
    return _Clock(told.exported_ms, told.uptime_ms, np.array(booted, np.int64)[told.domain])


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
    """The record's own interval, else what options told of its sampler or domain, else unknown (docs/method.md)."""
    samplers = np.full(len(told.domain), NO_SAMPLER, np.int64)
    if fields.has("sampler_id"):
        samplers = fields.unsigned("sampler_id").astype(np.int64)
    keys, places = np.unique(told.domain << 33 | (samplers + 1), return_inverse=True)
    known = [
        sampling.interval(told.domains[key >> 33], (key & SAMPLER_BITS) - 1 if key & SAMPLER_BITS else None)
        for key in keys.tolist()
    ]
    interval = np.array([np.nan if one is None else one for one in known], np.float64)[places]
    source = np.where(np.isnan(interval), -1, 0).astype(np.int32)
    if fields.has("sampling_interval"):
        own = fields.unsigned("sampling_interval")
        interval, source = np.where(own > 0, own, interval), np.where(own > 0, 1, source).astype(np.int32)
    return {
        "sampling_interval": where(interval, ~np.isnan(interval)),
        "sampling_source": name_array(("options", "record"), np.maximum(source, 0), source >= 0),
    }


def options_of(raw: bytes, template: Template) -> Mapping[int, int]:
    """What is learned of an options record, as element -> unsigned value; of more than 8 bytes the last 8 count."""
    return {element: int.from_bytes(raw[max(at, end - 8) : end], "big") for element, at, end in template.options_told}
