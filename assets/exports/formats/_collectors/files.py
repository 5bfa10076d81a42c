"""Files of other collectors: a table of their fields, and the flow records that follow from it.

Belongs here: what a format says of itself, recognising its files, and putting records together.
Does not belong here: any one collector's fields (one module each), blocks of lines, values.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.exports.formats._collectors import values
from assets.exports.formats._collectors.blocks import Tally, Wanted, normalised
from assets.exports.formats._collectors.tables import names_in, tables
from assets.exports.formats._collectors.windows import RowWindow, tell_windows
from assets.exports.formats._discovery import ExportFile
from assets.exports.formats._flow_record import ADDRESS, FLOW_RECORD, MOMENT
from assets.exports.formats._gathering import batches, constant_text
from assets.exports.formats._state import FileOutcome

NO_TIME = "rows tell no time and can't be placed; have the collector write when flows start, end or were received"
UNKNOWN_EXPORTER = bytes(16)
WINDOW_START, WINDOW_END, DURATION = "window_start", "window_end", "duration_ms"


class Field(NamedTuple):
    """The column that a field fills, how its values are read, and its JSON type where no line tells it.

    Besides columns of the flow record: WINDOW_START and WINDOW_END stand in where a row tells neither start nor end,
    DURATION where it tells no end.
    """

    column: str
    read: values.Reader
    json_type: pa.DataType = pa.int64()


@dataclass(frozen=True)
class CollectorFile:
    """What files a collector writes: its fields (of several that fill a column the first one told counts).

    `signatures`: names of which a file's first line has all of one set; `prepare` may change or leave out rows of a
    block, whose columns are named as in `fields`, and tells why; `window`: what rows, also those that are left out, say
    of when the collector listened; `is_scaled`: the tool multiplied by the interval;
    `sampling_interval`: the one that the format's own documentation tells.
    """

    name: str
    title: str
    fields: Mapping[str, Field]
    signatures: tuple[frozenset[str], ...]
    remedy: str
    prepare: Callable[[pa.Table, Tally], pa.Table] | None = None
    window: RowWindow | None = None
    extra_fields: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    null_texts: tuple[str, ...] = ("",)
    ends_at: tuple[bytes, ...] = ()
    is_scaled: bool | None = None
    sampling_interval: float | None = None

    def begins(self, beginning: bytes) -> bool:
        """Whether the first line or object names the fields of one signature."""
        names = names_in(beginning)
        return any(signature <= names for signature in self.signatures)

    def records(self, file: ExportFile, outcome: FileOutcome) -> Iterator[pa.RecordBatch]:
        """The flow records of a file; raises NotAnExport where it names no field with the bytes of a flow."""
        tally = Tally()
        try:
            for found in tables(file.path, self._wanted(file), tally):
                table = self._named(found)
                if self.window:
                    self._tell_windows(self.window, table, file, outcome)
                table = self.prepare(table, tally) if self.prepare else table
                yield from self._batches(table, file, tally)
        finally:
            tally.tell(outcome)

    def _tell_windows(self, window: RowWindow, table: pa.Table, file: ExportFile, outcome: FileOutcome) -> None:
        needed = {window.began, window.ended, "exporter", "observation_domain"}
        names = [name for name in table.column_names if name in self.fields and self.fields[name].column in needed]
        columns = self._columns(table.select(names), Tally())
        columns |= self._completed(columns, table.num_rows, file)
        not_logged = window.not_logged(table) if window.not_logged else None
        tell_windows(columns, not_logged, window, outcome.windows)

    def _wanted(self, file: ExportFile) -> Wanted:
        json_types = {name: field.json_type for name, field in self.fields.items()}
        needed = [name for name, field in self.fields.items() if field.column == "bytes"]
        return Wanted(
            json_types | dict.fromkeys(self.extra_fields, pa.string()),
            frozenset(normalised(name) for name in needed + list(self.extra_fields)),
            f"{file.path}: names no field with the bytes of a flow as {self.title} does; {self.remedy}",
            self.header,
            self.null_texts,
            self.ends_at,
        )

    def _named(self, found: pa.Table) -> pa.Table:
        """A block whose columns have the names of `fields`, whatever their case and hyphens."""
        by_name = {normalised(name): name for name in (*self.fields, *self.extra_fields)}
        return found.rename_columns([by_name[normalised(name)] for name in found.column_names])

    def _batches(self, table: pa.Table, file: ExportFile, tally: Tally) -> Iterator[pa.RecordBatch]:
        columns = _with_times(self._columns(table, tally))
        count = table.num_rows
        has_time = _has_time(columns, count)
        absent = count - (pc.sum(has_time).as_py() or 0)
        if absent:
            tally.amiss(NO_TIME, absent)
            columns = {name: column.filter(has_time) for name, column in columns.items()}
            count -= absent
        if count:
            yield from batches(count, self._completed(columns, count, file))

    def _columns(self, table: pa.Table, tally: Tally) -> dict[str, pa.Array]:
        columns: dict[str, pa.Array] = {}
        for name, field in self.fields.items():
            if name not in table.column_names:
                continue
            column, bad = _read(field, _plain(table[name]))
            tally.amiss(f"values of {name} could not be read", bad)
            known = columns.get(field.column)
            columns[field.column] = column if known is None else pc.coalesce(known, column)
        return columns

    def _completed(self, columns: dict[str, pa.Array], count: int, file: ExportFile) -> dict[str, pa.Array]:
        """The columns with what follows from others, or from the file and its format."""
        filled = {name: column for name, column in columns.items() if name in FLOW_RECORD.names}
        sender = pa.scalar(file.exporter or UNKNOWN_EXPORTER, ADDRESS)
        filled["exporter"] = (
            pc.fill_null(filled["exporter"], sender) if "exporter" in filled else pa.repeat(sender, count)
        )
        filled["flow_protocol"] = _protocols(filled.get("flow_protocol"), self.name, count)
        versions = [values.ip_version(filled[end]) for end in ("src_addr", "dst_addr") if end in filled]
        if versions:
            filled["ip_version"] = pc.coalesce(*versions)
        if self.sampling_interval is not None:
            filled["sampling_interval"] = pa.repeat(pa.scalar(self.sampling_interval), count)
        if "sampling_interval" in filled:
            filled["sampling_source"] = _where(filled["sampling_interval"].is_valid(), "record")
        if self.is_scaled is not None and "is_scaled" not in filled:
            filled["is_scaled"] = pa.repeat(pa.scalar(self.is_scaled), count)
        return filled


def _plain(column: pa.ChunkedArray) -> pa.Array:
    """A column in one piece, without dictionary; an empty text says nothing."""
    whole = column.combine_chunks()
    whole = whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
    if pa.types.is_dictionary(whole.type):
        whole = whole.dictionary_decode()
    if pa.types.is_binary(whole.type) or pa.types.is_large_string(whole.type):
        whole = whole.cast(pa.string())
    if pa.types.is_string(whole.type):
        return pc.if_else(pc.equal(whole, ""), None, whole)
    return whole


def _read(field: Field, column: pa.Array) -> values.Read:
    """A column's values; all are null where they are of a kind that such a field never has (lists, say)."""
    try:
        return field.read(column)
    except pa.ArrowException:
        known = FLOW_RECORD.field(field.column).type if field.column in FLOW_RECORD.names else MOMENT
        plain = known.value_type if pa.types.is_dictionary(known) else known
        return pa.nulls(len(column), plain), len(column) - column.null_count


def _with_times(columns: dict[str, pa.Array]) -> dict[str, pa.Array]:
    """Ends from durations, and the window where a row tells neither start nor end."""
    start, end = columns.get("start_at"), columns.get("end_at")
    if start is not None and DURATION in columns:
        reckoned = pc.add(start.cast(pa.int64()), columns[DURATION]).cast(MOMENT)
        end = columns["end_at"] = reckoned if end is None else pc.coalesce(end, reckoned)
    for name, window in (("start_at", WINDOW_START), ("end_at", WINDOW_END)):
        if window not in columns:
            continue
        ends = [one for one in (start, end) if one is not None]
        is_told = pc.coalesce(*ends).is_valid() if ends else None
        own = columns.get(name)
        stand_in = columns[window] if is_told is None else pc.if_else(is_told, None, columns[window])
        columns[name] = stand_in if own is None else pc.coalesce(own, stand_in)
    return columns


def _has_time(columns: Mapping[str, pa.Array], count: int) -> pa.Array:
    times = [columns[name] for name in ("start_at", "end_at", "received_at") if name in columns]
    return pc.coalesce(*times).is_valid() if times else pa.repeat(pa.scalar(False), count)


def _protocols(protocols: pa.Array | None, name: str, count: int) -> pa.Array:
    """What the rows say, or else the format's name."""
    if protocols is None:
        return constant_text(name, count)
    return pc.fill_null(protocols, name).dictionary_encode()


def _where(is_so: pa.Array, text: str) -> pa.Array:
    """A text in the rows where something is so, as a dictionary column."""
    indices = pc.if_else(is_so, pa.scalar(np.int32(0)), pa.scalar(None, pa.int32()))
    return pa.DictionaryArray.from_arrays(indices, pa.array([text], pa.string()))
