"""Gathering: columns of many records at once, turned into batches of the flow record.

Belongs here: what all formats need to fill columns: times, addresses, constants, batches.
Does not belong here: walking datagrams (one module a format), the layout of templates.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from assets.exports.formats._datagrams import MAPPED, Numbers
from assets.exports.formats._flow_record import ADDRESS, FLOW_RECORD, NAME

Column: TypeAlias = npt.NDArray[Any] | pa.Array
BATCH_RECORDS = 65_536
WRAP_MS = 1 << 32
# No active timeout is longer than half a day, and no exporter reads its clock a minute before it stamps the header.
LONGEST_AGE_MS = 12 * 3_600_000
LONGEST_LEAD_MS = 60_000
EARLIEST_MS, LATEST_MS = -62_135_596_800_000, 253_402_300_799_999
MAPPED_WORDS = np.frombuffer(MAPPED, np.uint32)


def absolute_ms(exported_ms: Numbers, header_uptime_ms: Numbers, switched_ms: Numbers) -> Numbers:
    """The time of an uptime in a header: header clock - (sysUptime - switched), across the 2^32 ms wrap.

    The counter wraps every 49.7 days: a switched time ahead of the header's uptime is from before the wrap if that
    makes it at most LONGEST_AGE_MS old; else the exporter's clocks are at odds, and the record will be judged by them.
    """
    age = header_uptime_ms - switched_ms
    if not len(age) or (age.min() >= 0 and age.max() < WRAP_MS - LONGEST_LEAD_MS):
        return exported_ms - age
    age = np.where((age < 0) & (age + WRAP_MS <= LONGEST_AGE_MS), age + WRAP_MS, age)
    age = np.where(age >= WRAP_MS - LONGEST_LEAD_MS, age - WRAP_MS, age)
    return exported_ms - age


def mapped_addresses(ipv4: npt.NDArray[np.generic]) -> npt.NDArray[np.uint8]:
    """IPv4 addresses, each 4 bytes in memory, as (n, 16) bytes."""
    words = np.empty((len(ipv4), 4), np.uint32)
    for place, word in enumerate(MAPPED_WORDS):
        words[:, place] = word
    words[:, 3] = np.ascontiguousarray(ipv4).view(np.uint32).ravel()
    return words.view(np.uint8)


# Arrow's own `pa.array` and `pa.scalar` load pandas to look at what it is given; columns are made of buffers instead.
def bitmap(flags: npt.NDArray[np.bool_]) -> pa.Buffer:
    """Flags as Arrow keeps them: a bit each."""
    return pa.py_buffer(np.packbits(flags, bitorder="little"))


def _validity(valid: npt.NDArray[np.bool_] | None) -> pa.Buffer | None:
    return None if valid is None or valid.all() else bitmap(valid)


def address_array(addresses: npt.NDArray[np.uint8], valid: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    """(n, 16) bytes as an Arrow column of 16-byte addresses."""
    packed = np.ascontiguousarray(addresses)
    return pa.Array.from_buffers(ADDRESS, len(packed), [_validity(valid), pa.py_buffer(packed)])


def number_array(values: npt.NDArray[Any], wanted: pa.DataType, valid: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    """Numbers as an Arrow column of a type, null where they are not valid; they keep their memory where they fit."""
    is_moment = pa.types.is_timestamp(wanted)
    kind = np.dtype(np.int64) if is_moment else np.dtype(wanted.to_pandas_dtype())
    values = within_calendar(values) if is_moment else values
    packed = np.ascontiguousarray(values.astype(kind, copy=False))
    return pa.Array.from_buffers(wanted, len(packed), [_validity(valid), pa.py_buffer(packed)])


def within_calendar(moments: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Times in milliseconds, those before year 1 or behind year 9999 as the first or last there is: never plausible."""
    if not len(moments) or (moments.min() >= EARLIEST_MS and moments.max() <= LATEST_MS):
        return moments
    clipped: npt.NDArray[Any] = np.clip(moments, EARLIEST_MS, LATEST_MS)
    return clipped


def name_array(names: Sequence[str], which: npt.NDArray[Any], valid: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    """Names by their number in a short list, as a dictionary column."""
    return pa.DictionaryArray.from_arrays(number_array(which, pa.int32(), valid), _texts(names))


def _texts(names: Sequence[str]) -> pa.Array:
    written = [name.encode() for name in names]
    offsets = np.cumsum([0, *map(len, written)], dtype=np.int32)
    return pa.StringArray.from_buffers(len(names), pa.py_buffer(offsets), pa.py_buffer(b"".join(written)))


def constant_text(value: str | None, count: int) -> pa.Array:
    """One text for all rows, as a dictionary column."""
    if value is None:
        return pa.nulls(count, NAME)
    # All are the first of one name: Arrow need not look whether they are within it.
    return pa.DictionaryArray.from_arrays(
        number_array(np.zeros(count, np.int32), pa.int32()), _texts([value]), safe=False
    )


def where(values: npt.NDArray[Any], valid: npt.NDArray[np.bool_]) -> "Column":
    """Numbers, null where they are not valid."""
    return values if valid.all() else number_array(values, pa.from_numpy_dtype(values.dtype), valid)


def batches(count: int, columns: Mapping[str, Column]) -> Iterator[pa.RecordBatch]:
    """The flow records of columns by name (absent ones are null), in batches of at most BATCH_RECORDS rows."""
    arrays = [_array(columns.get(one.name), one.type, count) for one in FLOW_RECORD]
    whole = pa.RecordBatch.from_arrays(arrays, schema=FLOW_RECORD)
    for at in range(0, count, BATCH_RECORDS):
        yield whole.slice(at, BATCH_RECORDS)


def _array(values: Column | None, wanted: pa.DataType, count: int) -> pa.Array:
    if values is None:
        return _nothing(wanted).slice(0, count) if count <= BATCH_RECORDS else pa.nulls(count, wanted)
    if isinstance(values, pa.Array):
        return values if values.type == wanted else values.cast(wanted)
    return number_array(values, wanted)


def exporter_array(exporters: list[bytes], which: Numbers) -> pa.Array:
    """The exporter of each record, by its number in `exporters`."""
    packed = np.frombuffer(b"".join(exporters), "V16")
    return address_array(packed[which].view(np.uint8).reshape(-1, 16))


@cache
def _nothing(wanted: pa.DataType) -> pa.Array:
    """A column of nulls, made once: most columns that a format never fills are slices of it."""
    return pa.nulls(BATCH_RECORDS, wanted)
