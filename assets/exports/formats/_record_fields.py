"""The fields of the records of one template by column, viewed all at once: numbers, times and addresses.

Belongs here: from raw bytes to the columns that a record's own fields fill (RFC 3954 section 8, RFC 7011 section 6).
Does not belong here: counters (_counters), what options say of records (_record_options), batches (_template_records).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from assets.exports.formats import _elements
from assets.exports.formats._datagrams import MAPPED, Bytes, Numbers
from assets.exports.formats._elements import ELEMENTS
from assets.exports.formats._gathering import (
    Column,
    absolute_ms,
    address_array,
    mapped_addresses,
    where,
    within_calendar,
)
from assets.exports.formats._templates import Template

PREFERRED = {element: place for place, element in enumerate(ELEMENTS)}
"""The place of each element in the order in which those of one column are preferred."""
NTP_EPOCH_SECONDS = 2_208_988_800
LOW_WORD = np.uint64(0xFFFFFFFF)
UNKNOWN_BOOT = -1
NEVER_EXCEEDED = (1 << 64) - 1
WHOLE_SIZES = {1: ">u1", 2: ">u2", 4: ">u4", 8: ">u8"}
ADDRESS_COLUMNS = ("src_addr", "dst_addr", "next_hop")
UNSIGNED_COLUMNS = (
    "src_port", "dst_port", "protocol", "tcp_flags", "tos", "bytes", "packets", "sampler_id", "in_if", "out_if",
    "src_as", "dst_as", "src_mask", "dst_mask", "vlan", "metering_direction",
)  # fmt: skip
LARGEST = {
    "src_port": 0xFFFF, "dst_port": 0xFFFF, "protocol": 0xFF, "tcp_flags": 0xFFFF, "tos": 0xFF, "vlan": 0xFFFF,
    "src_mask": 0xFF, "dst_mask": 0xFF, "metering_direction": 0xFF, "sampler_id": 0xFFFFFFFF, "in_if": 0xFFFFFFFF,
    "out_if": 0xFFFFFFFF, "src_as": 0xFFFFFFFF, "dst_as": 0xFFFFFFFF, "line_card": 0xFFFFFFFF,
}  # fmt: skip


class Clock(NamedTuple):
    """What times of records are relative to: the export time and, in milliseconds, the header's uptime or the boot."""

    exported_ms: Numbers
    uptime_ms: Numbers
    booted_ms: Numbers | None


class RecordFields:
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
        preferred = ((self.elements(name)[:1], totals) for name, totals in _elements.TOTAL_COUNTERS.items())
        return any(element in totals for elements, totals in preferred for element in elements)

    def elements(self, column: str) -> list[int]:
        """The elements that fill a column, the preferred one first."""
        return sorted(self.places.get(column, {}), key=PREFERRED.__getitem__)

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

    def moment(self, column: str, clock: Clock) -> Numbers | pa.Array:
        """A time in milliseconds since 1970; null where it counts from a boot that nobody told."""
        element = self.elements(column)[0]
        kind, values = ELEMENTS[element].kind, self.number(column, element)
        if kind == "uptime":
            if clock.booted_ms is None:
                return absolute_ms(clock.exported_ms, clock.uptime_ms, values.astype(np.int64))
            moments = within_calendar(clock.booted_ms + values.astype(np.int64))
            return where(moments, clock.booted_ms != UNKNOWN_BOOT)
        if kind == "seconds":
            return values.astype(np.int64) * 1000
        if kind == "milliseconds":
            return values.astype(np.int64)
        if kind == "microseconds before":
            return clock.exported_ms - values.astype(np.int64) // 1000
        values = values.astype(np.uint64)
        seconds, fraction = (values >> np.uint64(32)).astype(np.int64), (values & LOW_WORD).astype(np.int64)
        return (seconds - NTP_EPOCH_SECONDS) * 1000 + (fraction * 1000 >> 32)


def _addresses(fields: RecordFields) -> dict[str, Column]:
    """Both ends and the next hop; where a record carries both families, the one that is specified counts."""
    columns: dict[str, Column] = {}
    for name in ADDRESS_COLUMNS:
        found = [
            fields.address(name, element)
            for element in fields.elements(name)
            if fields.places[name][element][1] == (4 if ELEMENTS[element].kind == "ipv4" else 16)
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
            columns["ip_version"] = _ip_versions(fields, found, address)
    return columns


def _ip_versions(fields: RecordFields, found: list[Bytes], address: Bytes) -> Numbers:
    """4 for addresses of IPv4, also where they are mapped into IPv6."""
    if len(found) == 1 and ELEMENTS[fields.elements("src_addr")[0]].kind == "ipv4":
        return np.full(len(address), 4, np.int64)
    return np.where((address[:, :12] == np.frombuffer(MAPPED, np.uint8)).all(axis=1), 4, 6)


def own_columns(fields: RecordFields, clock: Clock) -> dict[str, Column]:
    """The columns that a record's own fields fill."""
    columns: dict[str, Column] = {name: fields.unsigned(name) for name in UNSIGNED_COLUMNS if fields.has(name)}
    columns |= _addresses(fields)
    for name in ("start_at", "end_at"):
        moments = fields.moment(name, clock) if fields.has(name) else None
        if moments is not None:
            columns[name] = moments
    return columns
