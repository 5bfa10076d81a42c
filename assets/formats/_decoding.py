"""Decoding files: each datagram to the format that its version names, its records gathered and given out in batches.

Belongs here: the walk over files and what is common to all formats (duplicates, malformed datagrams, flushing).
Does not belong here: any one format.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from assets.formats._containers import REMEDY, Datagram, NotAnExport, beginning_of, datagrams, reason_no_datagrams
from assets.formats._discovery import ExportFile, FileFormat, Gatherer, datagram_formats, file_format_of
from assets.formats._export_health import BIN_MS
from assets.formats._gathering import constant_text
from assets.formats._state import DecoderState, FileOutcome
from assets.formats._templates import Domain

# Records wait for the end of their file, so that sampling told later in it still counts; at most this many bytes.
GATHERED_BYTES = 48 << 20
DATAGRAMS_BETWEEN_LOOKS = 512
UNKNOWN_EXPORTER = bytes(16)


class Malformed(ValueError):  # noqa: N818
    """A datagram that is not what its format says; the text says what is wrong."""


@dataclass
class _Run:
    """The gatherers of one call, one a format."""

    gatherers: dict[int, Gatherer] = field(default_factory=dict)

    def gatherer(self, version: int) -> Gatherer | None:
        if version not in self.gatherers:
            one = datagram_formats().get(version)
            if one is None:
                return None
            made = one.gatherer()
            self.gatherers.update(dict.fromkeys(one.VERSIONS, made))
        return self.gatherers[version]

    @property
    def gathered_bytes(self) -> int:
        return sum(one.gathered_bytes for one in self._distinct())

    def flush(self, state: DecoderState) -> Iterator[pa.RecordBatch]:
        for one in self._distinct():
            yield from one.batches(state)

    def _distinct(self) -> list[Gatherer]:
        return list({id(one): one for one in self.gatherers.values()}.values())


def decode_files(
    files: Sequence[ExportFile | Path], state: DecoderState, exporter: bytes | None = None
) -> Iterator[pa.RecordBatch]:
    """The flow records of files, in their order and with one state; what became of each file is in state.outcomes.

    `exporter` (16 bytes) is who sent datagrams whose sender no file tells. Raises NotAnExport at a file that is none.
    """
    for file in files:
        one = file if isinstance(file, ExportFile) else ExportFile(file)
        yield from _decode_file(replace(one, exporter=one.exporter or exporter), state)


def _decode_file(file: ExportFile, state: DecoderState) -> Iterator[pa.RecordBatch]:
    outcome = FileOutcome(file.source_file)
    state.outcomes.append(outcome)
    reason = reason_not_an_export(file.path, file.format)
    if reason is not None:
        raise NotAnExport(f"{file.path}: {reason}; {REMEDY}")
    whole = file_format_of(beginning_of(file.path), file.format)
    found = _decode_datagrams(file, state, outcome) if whole is None else _decode_whole(whole, file, state, outcome)
    yield from _named(found, file, state)


def reason_not_an_export(path: Path, format_name: str = "auto") -> str | None:
    """Why a file is no flow export, by its beginning; None if it may be one."""
    reason = reason_no_datagrams(path)
    if reason is None or not reason.startswith("begins"):
        return reason
    return reason if file_format_of(beginning_of(path), format_name) is None else None


def _decode_whole(
    whole: FileFormat, file: ExportFile, state: DecoderState, outcome: FileOutcome
) -> Iterator[pa.RecordBatch]:
    """The records of a file that another collector wrote; each record is health of its exporter, as a datagram is."""
    for batch in whole.records(file, outcome):
        told = pa.table(
            {
                **{name: batch.column(name) for name in ("exporter", "observation_domain", "flow_protocol")},
                "at": pc.coalesce(batch.column("received_at"), batch.column("end_at"), batch.column("start_at")),
            }
        )
        moment = pc.coalesce(told["at"].cast(pa.int64()), pa.scalar(0, pa.int64()))
        told = told.set_column(3, "bin", pc.divide(moment, pa.scalar(BIN_MS, pa.int64()))).append_column("at", moment)
        counted = told.group_by(["exporter", "observation_domain", "flow_protocol", "bin"], use_threads=False)
        for row in counted.aggregate([("at", "min"), ("at", "max"), ("at", "count")]).to_pylist():
            stream = row["exporter"], row["observation_domain"] or 0, row["flow_protocol"]
            one = state.health.bin_of(stream, row["at_min"])
            one.see(row["at_max"])
            one.data_records += row["at_count"]
        state.counts.data_records += batch.num_rows
        yield batch


def _decode_datagrams(file: ExportFile, state: DecoderState, outcome: FileOutcome) -> Iterator[pa.RecordBatch]:
    run = _Run()
    for number, datagram in enumerate(datagrams(file.path), 1):
        _take(run, datagram, number, file, state, outcome)
        if number % DATAGRAMS_BETWEEN_LOOKS == 0 and run.gathered_bytes > GATHERED_BYTES:
            yield from run.flush(state)
    if outcome.datagrams and outcome.datagrams == outcome.malformed == number and not state.counts.data_records:
        raise NotAnExport(f"{outcome.problems[0]}; {REMEDY}")
    yield from run.flush(state)


def _take(
    run: _Run, datagram: Datagram, number: int, file: ExportFile, state: DecoderState, outcome: FileOutcome
) -> None:
    """Decode one datagram; one that is malformed is counted and told, and the next one goes on."""
    version = version_of(datagram.payload)
    gatherer = run.gatherer(version)
    if gatherer is None:
        outcome.note(f"datagram {number} is of no known protocol (begins with {datagram.payload[:4]!r}); passed over")
        if datagram.sender is None:
            raise NotAnExport(
                f"{file.path}: begins with {datagram.payload[:4]!r}, which is no known protocol; {REMEDY}"
            )
        return
    outcome.datagrams += 1
    exporter = datagram.sender or file.exporter or UNKNOWN_EXPORTER
    try:
        gatherer.take(datagram, exporter, state, outcome)
    except Malformed as error:
        outcome.malformed += 1
        state.counts.malformed_datagrams += 1
        outcome.note(f"datagram {number} is malformed: {error}; its whole records before the fault count")


def version_of(payload: bytes) -> int:
    """The version number that a datagram begins with: 16 bits, or sFlow's 32 (0x00000005 is told as 0x50000)."""
    if payload[:4] == b"\x00\x00\x00\x05":
        return 0x50000
    return int.from_bytes(payload[:2], "big")


def _named(found: Iterator[pa.RecordBatch], file: ExportFile, state: DecoderState) -> Iterator[pa.RecordBatch]:
    """Batches with the name of their file."""
    for batch in found:
        state.counts.flows += batch.num_rows
        named = batch.set_column(
            batch.schema.get_field_index("source_file"), "source_file", constant_text(file.source_file, batch.num_rows)
        )
        if file.is_scaled:
            scaled = pa.array([True]).take(pa.array([0] * batch.num_rows))
            named = named.set_column(named.schema.get_field_index("is_scaled"), "is_scaled", scaled)
        yield named.cast(batch.schema)


def speaker(exporter: bytes, version: int, observation_domain: int) -> Domain:
    """The domain of a datagram."""
    return Domain(exporter, version, observation_domain)
