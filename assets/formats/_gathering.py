"""Gathering: raw records of one layout from many datagrams, turned into columns all at once.

Belongs here: the context that records take from their datagram, and batches of the flow record.
Does not belong here: walking datagrams (one module a format), the layout of templates.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from assets.formats._flow_record import FLOW_RECORD
from assets.formats._templates import Domain

Numbers = npt.NDArray[np.int64]
Column: TypeAlias = npt.NDArray[Any] | pa.Array
BATCH_RECORDS = 65_536
WRAP_MS = 1 << 32
# No active timeout is longer than half a day, and no exporter reads its clock a minute before it stamps the header.
LONGEST_AGE_MS = 12 * 3_600_000
LONGEST_LEAD_MS = 60_000
MAPPED = np.frombuffer(b"\0" * 10 + b"\xff\xff", np.uint8)


@dataclass
class Group:
    """Raw records of one layout and protocol, with what their datagrams say of all of their records.

    Per datagram: how many records, exported when (ms), booted when (ms; header clock - uptime) and the header's uptime,
    sequence number, and the number of its domain in `domains`.
    """

    flow_protocol: str
    record_bytes: int
    raw: list[bytes] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    exported_ms: list[int] = field(default_factory=list)
    uptime_ms: list[int] = field(default_factory=list)
    sequence: list[int] = field(default_factory=list)
    domain: list[int] = field(default_factory=list)
    header_interval: list[int] = field(default_factory=list)

    def add(
        self, raw: bytes, *, exported_ms: int, uptime_ms: int, sequence: int, domain: int, header_interval: int = 0
    ) -> int:
        """Take the records of a datagram (whole ones; a rest is padding) and return how many they are."""
        count = len(raw) // self.record_bytes
        if not count:
            return 0
        self.raw.append(raw[: count * self.record_bytes])
        self.counts.append(count)
        self.exported_ms.append(exported_ms)
        self.uptime_ms.append(uptime_ms)
        self.sequence.append(sequence)
        self.domain.append(domain)
        self.header_interval.append(header_interval)
        return count

    @property
    def records(self) -> int:
        return sum(self.counts)

    def per_record(self, values: list[int]) -> Numbers:
        """A value of each datagram, repeated for each of its records."""
        return np.repeat(np.array(values, np.int64), self.counts)


def absolute_ms(exported_ms: Numbers, header_uptime_ms: Numbers, switched_ms: Numbers) -> Numbers:
    """The time of an uptime in a header: header clock - (sysUptime - switched), across the 2^32 ms wrap.

    The counter wraps every 49.7 days: a switched time ahead of the header's uptime is from before the wrap if that
    makes it at most LONGEST_AGE_MS old; else the exporter's clocks are at odds, and the record will be judged by them.
    """
    age = header_uptime_ms - switched_ms
    age = np.where((age < 0) & (age + WRAP_MS <= LONGEST_AGE_MS), age + WRAP_MS, age)
    age = np.where(age >= WRAP_MS - LONGEST_LEAD_MS, age - WRAP_MS, age)
    return exported_ms - age


def mapped_addresses(ipv4: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """IPv4 addresses, (n, 4) bytes, as (n, 16) bytes."""
    addresses = np.empty((len(ipv4), 16), np.uint8)
    addresses[:, :12] = MAPPED
    addresses[:, 12:] = ipv4
    return addresses


def address_array(addresses: npt.NDArray[np.uint8], valid: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    """(n, 16) bytes as an Arrow column of 16-byte addresses."""
    packed = np.ascontiguousarray(addresses)
    mask = None if valid is None or valid.all() else pa.py_buffer(np.packbits(valid, bitorder="little"))
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(packed), [mask, pa.py_buffer(packed)])


def constant_text(value: str | None, count: int) -> pa.Array:
    """One text for all rows, as a dictionary column."""
    if value is None:
        return pa.nulls(count, pa.dictionary(pa.int32(), pa.string()))
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)), pa.array([value], pa.string()))


def batches(count: int, columns: Mapping[str, Column]) -> Iterator[pa.RecordBatch]:
    """The flow records of columns by name (absent ones are null), in batches of at most BATCH_RECORDS rows."""
    arrays = [_array(columns.get(one.name), one.type, count) for one in FLOW_RECORD]
    whole = pa.RecordBatch.from_arrays(arrays, schema=FLOW_RECORD)
    for at in range(0, count, BATCH_RECORDS):
        yield whole.slice(at, BATCH_RECORDS)


def _array(values: Column | None, wanted: pa.DataType, count: int) -> pa.Array:
    if values is None:
        return pa.nulls(count, wanted)
    if isinstance(values, pa.Array):
        return values if values.type == wanted else values.cast(wanted)
    if pa.types.is_timestamp(wanted):
        return pa.array(values.astype(np.int64, copy=False)).cast(wanted)
    return pa.array(values.astype(_numpy_type(wanted), copy=False))


def _numpy_type(wanted: pa.DataType) -> np.dtype[Any]:
    kind: np.dtype[Any] = np.dtype(wanted.to_pandas_dtype())
    return kind


def domain_exporters(domains: list[Domain], numbers: Numbers) -> npt.NDArray[np.uint8]:
    """The exporter of each record, (n, 16) bytes, by the number of its domain."""
    packed = np.frombuffer(b"".join(domain.exporter for domain in domains), np.uint8).reshape(-1, 16)
    return packed[numbers]
