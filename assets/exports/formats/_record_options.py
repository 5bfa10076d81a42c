"""What options say of records: which interval they were sampled at, and when their exporter was booted.

Belongs here: asking for the records of a batch, domain by domain. Does not belong here: what options told when
(_sampling), other fields (_record_fields).
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from assets.exports.formats import _elements
from assets.exports.formats._datagrams import Numbers
from assets.exports.formats._gathering import Column, name_array, where
from assets.exports.formats._headers import HeaderColumns
from assets.exports.formats._options import interval_of_probability
from assets.exports.formats._record_fields import UNKNOWN_BOOT, Clock, RecordFields
from assets.exports.formats._sampling import ABSENT, SampledRecords, Sampling
from assets.exports.formats._state import DecoderState

SAMPLING_SOURCES, OF_RECORD = ("options", "options told later", "record"), 2
DECIDES_SAMPLING = ("sampler_id", "in_if", "out_if", "metering_direction", "line_card")


def clock_of(fields: RecordFields, header_columns: HeaderColumns, state: DecoderState) -> Clock:
    """IPFIX headers have no uptime: the boot time stands in the record, or options told it (RFC 5102 section 5.9)."""
    if fields.has("booted_at"):
        return Clock(
            header_columns.exported_ms, header_columns.uptime_ms, fields.unsigned("booted_at").astype(np.int64)
        )
    if not any(fields.elements(name)[:1] in ([21], [22]) for name in ("start_at", "end_at")):
        return Clock(header_columns.exported_ms, header_columns.uptime_ms, None)
    if all(domain.version == 9 for domain in header_columns.domains):
        return Clock(header_columns.exported_ms, header_columns.uptime_ms, None)
    booted = np.full(len(header_columns.domain), UNKNOWN_BOOT, np.int64)
    for number, rows in by_domain(header_columns):
        booted[rows] = state.sampling.boots_of(header_columns.domains[number], header_columns.sent[rows])
    return Clock(header_columns.exported_ms, header_columns.uptime_ms, booted)


def by_domain(header_columns: HeaderColumns) -> Iterator[tuple[int, Any]]:
    """The domains that records are of, and the rows of each."""
    present = np.flatnonzero(np.bincount(header_columns.domain)).tolist()
    if len(present) == 1:
        yield present[0], slice(None)
        return
    for number in present:
        yield number, np.flatnonzero(header_columns.domain == number)


def sampling_columns(fields: RecordFields, header_columns: HeaderColumns, sampling: Sampling) -> dict[str, Column]:
    """The record's own interval, else what options told of its sampler, scope or domain (docs/method.md)."""
    count = len(header_columns.domain)
    interval, source = np.empty(count, np.float64), np.empty(count, np.int64)
    columns = [_told_or_absent(fields, name, count) for name in DECIDES_SAMPLING]
    for number, rows in by_domain(header_columns):
        records = SampledRecords(header_columns.sent[rows], *(column[rows] for column in columns))
        interval[rows], source[rows] = sampling.of_records(header_columns.domains[number], records)
    for own in _own_intervals(fields):
        interval, source = np.where(own > 0, own, interval), np.where(own > 0, OF_RECORD, source)
    return {
        "sampling_interval": where(interval, ~np.isnan(interval)),
        "sampling_source": name_array(SAMPLING_SOURCES, np.maximum(source, 0).astype(np.int32), source >= 0),
    }


def _told_or_absent(fields: RecordFields, name: str, count: int) -> Numbers:
    if fields.has(name):
        return fields.unsigned(name).astype(np.int64)
    return np.broadcast_to(np.int64(ABSENT), (count,))


def _own_intervals(fields: RecordFields) -> Iterator[npt.NDArray[np.float64]]:
    """What records say themselves, the most telling last; 0 says nothing."""
    if fields.has("sampling_probability"):
        at, length = fields.places["sampling_probability"][_elements.SAMPLING_PROBABILITY]
        raw, which = np.unique(fields.rows[:, at : at + length], axis=0, return_inverse=True)
        known = [interval_of_probability(one.tobytes()) or 0.0 for one in raw]
        yield np.array(known, np.float64)[which.ravel()]
    if fields.has("sampling_interval"):
        yield fields.unsigned("sampling_interval").astype(np.float64)
