"""Decoding files: each datagram to the format that its version names, its records gathered and given out in batches.

Belongs here: the walk over files and what is common to all formats (duplicates, malformed datagrams, flushing).
Does not belong here: any one format.
"""

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from assets.exports.formats._containers import (
    BEGINS,
    REMEDY,
    NotAnExport,
    beginning_of,
    datagrams,
    reason_no_datagrams,
    reason_unreadable,
)
from assets.exports.formats._datagrams import UNKNOWN_EXPORTER, Datagrams, Numbers, distinct_addresses
from assets.exports.formats._discovery import ExportFile, FileFormat, Gatherer, datagram_formats, file_format_of
from assets.exports.formats._foreign import what_else
from assets.exports.formats._gathering import constant_text
from assets.exports.formats._intake import Intake
from assets.exports.formats._memory import keep_freed_blocks
from assets.exports.formats._state import DecoderState, FileOutcome, tell_counts


def decode_files(
    files: Sequence[ExportFile | Path], state: DecoderState, exporter: bytes | None = None
) -> Iterator[pa.RecordBatch]:
    """The flow records of files, with one state; what became of each file is in state.outcomes.

    Templates and options count from when they were sent, in whatever order files and datagrams lie; where they came too
    late for what was read before, the files are read once more. `exporter` (16 bytes) is who sent datagrams whose
    sender no file tells. Batches are kept until all files are read: decode_passes gives them out as they come. Raises
    NotAnExport at a file that is none.
    """
    found = list[pa.RecordBatch]()
    for one in decode_passes(files, state, exporter):
        found = list(one)
    yield from found


def decode_passes(
    files: Sequence[ExportFile | Path], state: DecoderState, exporter: bytes | None = None
) -> Iterator[Iterator[pa.RecordBatch]]:
    """The passes of decode_files, each to be read to its end before the next; what the last one gives out counts."""
    state.passes = 1
    before = deepcopy(state)
    yield decode_pass(files, state, exporter)
    while state.was_told_too_late:
        vars(state).update(vars(deepcopy(before).knowing(state)))
        yield decode_pass(files, state, exporter)


def decode_pass(
    files: Sequence[ExportFile | Path],
    state: DecoderState,
    exporter: bytes | None = None,
    refused: Callable[[str], None] | None = None,
) -> Iterator[pa.RecordBatch]:
    """One pass of decode_files: what it gives out counts unless `state.was_told_too_late` when it has ended.

    Then the files are to be read again with the state as it was before this pass, `knowing` what it has learned.
    Of a file that is not an export, `refused` is told why, where it is given, and the others are read.
    """
    keep_freed_blocks()
    unsettled: FileOutcome | None = None
    for file in files:
        one = file if isinstance(file, ExportFile) else ExportFile(file)
        one = replace(one, exporter=one.exporter or exporter)
        try:
            yield from _decode_file(one, state)
        except NotAnExport as error:
            if refused is None:
                raise
            refused(str(error).replace(str(one.path), one.source_file))
        unsettled = unsettled or (state.outcomes[-1] if state.is_contradicted else None)
        state.totals.waiting.extend(_named_batch(batch, one) for batch in state.totals.unnamed)
        state.totals.unnamed.clear()
        if state.totals.is_full:
            yield from _counted(state.totals.rest(), state)
    yield from _counted(state.totals.rest(), state)
    state.parted.tell()
    _tell_forgotten(state)
    if unsettled is not None and not state.was_told_too_late:
        unsettled.lose(
            "told_too_late", f"its templates or options contradict each other even when it is read {state.passes} times"
        )
        state.knowing(state)


def _tell_forgotten(state: DecoderState) -> None:
    """Say in the files' outcomes how many records of running totals could not be differenced."""
    for outcome in state.outcomes:
        count = state.totals.forgotten.pop(outcome.source_file, 0)
        if count:
            outcome.lose(
                "forgotten_totals", f"{count} records of running totals are of flows that are not known any more", count
            )


def _decode_file(file: ExportFile, state: DecoderState) -> Iterator[pa.RecordBatch]:
    outcome = FileOutcome(file.source_file)
    state.outcomes.append(outcome)
    unreadable = reason_unreadable(file.path)
    if unreadable is not None:
        outcome.lose("unreadable_file", unreadable)
        return
    try:
        yield from _counted(_named(_decoded(file, state, outcome), file), state)
    except NotAnExport:
        outcome.losses["refused_file"] = 1
        raise
    finally:
        outcome.tell_out_counters()
        tell_counts(outcome)


def _decoded(file: ExportFile, state: DecoderState, outcome: FileOutcome) -> Iterator[pa.RecordBatch]:
    whole = _whole_format(file)
    if whole is None:
        yield from _decode_datagrams(file, state, outcome)
        return
    from assets.exports.formats._whole_files import decode_whole

    yield from decode_whole(whole, file, state, outcome)


def _whole_format(file: ExportFile) -> FileFormat | None:
    """The format of a file that another collector wrote, None for one of datagrams; NotAnExport if it is neither."""
    reason = reason_no_datagrams(file.path)
    if reason is None and file.format == "auto":
        return None
    may_be_whole = reason is None or reason.startswith(BEGINS)
    found = file_format_of(file.path, file.format) if may_be_whole else None
    if found is None and reason is not None:
        raise NotAnExport(f"{file.path}: {_told_better(file.path, reason) or f'{reason}; {REMEDY}'}")
    return found


def _told_better(path: Path, reason: str) -> str | None:
    """What a file is that is none of ours, and the way to convert it, if its beginning tells."""
    return what_else(beginning_of(path)) if reason.startswith(BEGINS) else None


def reason_not_an_export(path: Path, format_name: str = "auto") -> str | None:
    """Why a file is not a flow export, by its beginning; None if it may be one."""
    reason = reason_no_datagrams(path)
    if reason is None or not reason.startswith(BEGINS):
        return reason
    return (_told_better(path, reason) or reason) if file_format_of(path, format_name) is None else None


def _decode_datagrams(file: ExportFile, state: DecoderState, outcome: FileOutcome) -> Iterator[pa.RecordBatch]:
    gatherers = _Gatherers()
    for block in datagrams(file.path, outcome, state.parted):
        yield from _decode_block(block, gatherers, file, state, outcome)
    if outcome.datagrams and outcome.datagrams == outcome.malformed and not state.counts.has_records:
        raise NotAnExport(f"{outcome.problems[0]}; {REMEDY}")
    for gatherer in gatherers.in_use():
        yield from gatherer.rest(state)


@dataclass
class _Gatherers:
    """The gatherers of one file, one a format."""

    by_version: dict[int, Gatherer] = field(default_factory=dict)

    def of(self, version: int) -> Gatherer | None:
        if version not in self.by_version and version in datagram_formats():
            one = datagram_formats()[version]
            self.by_version.update(dict.fromkeys(one.VERSIONS, one.gatherer()))
        return self.by_version.get(version)

    def in_use(self) -> list[Gatherer]:
        return list({id(one): one for one in self.by_version.values()}.values())


def _decode_block(
    block: Datagrams, gatherers: _Gatherers, file: ExportFile, state: DecoderState, outcome: FileOutcome
) -> Iterator[pa.RecordBatch]:
    """Give each datagram to the format that its version names; one that names none is told and passed over."""
    versions, known = block.versions(), sorted(datagram_formats())
    is_unknown = ~np.isin(versions, known)
    if is_unknown.any():
        _pass_over(block.chosen(is_unknown), file, outcome)
    for version in known:
        is_of_version = versions == version
        gatherer = gatherers.of(version) if is_of_version.any() else None
        if gatherer is None:
            continue
        chosen = block if is_of_version.all() else block.chosen(is_of_version)
        outcome.datagrams += len(chosen)
        yield from gatherer.take(Intake(chosen, *_exporters(chosen, file), state, outcome))


def _exporters(block: Datagrams, file: ExportFile) -> tuple[list[bytes], Numbers]:
    """Who sent each datagram: the container tells, else the file's exporter did."""
    if block.senders is None:
        return [file.exporter or UNKNOWN_EXPORTER], np.zeros(len(block), np.int64)
    return distinct_addresses(block.senders)


def _pass_over(block: Datagrams, file: ExportFile, outcome: FileOutcome) -> None:
    for number, begin in zip(block.number.tolist(), block.heads(4), strict=True):
        refusal = f"begins with {begin.tobytes()!r}, which is not a known protocol"
        if block.senders is None and number == 1:
            raise NotAnExport(f"{file.path}: {refusal}; {REMEDY}")
        outcome.lose("unknown_protocol", f"datagram {number} {refusal}; passed over")


def _named(found: Iterator[pa.RecordBatch], file: ExportFile) -> Iterator[pa.RecordBatch]:
    """Batches with the name of their file."""
    for batch in found:
        yield _named_batch(batch, file)


def _named_batch(batch: pa.RecordBatch, file: ExportFile) -> pa.RecordBatch:
    said: dict[str, pa.Array] = {"source_file": constant_text(file.source_file, batch.num_rows)}
    if file.is_scaled:
        said["is_scaled"] = pa.repeat(pa.scalar(True), batch.num_rows)
    for name, values in said.items():
        place = batch.schema.get_field_index(name)
        batch = batch.set_column(place, batch.schema.field(place), values)
    return batch


def _counted(found: Iterator[pa.RecordBatch], state: DecoderState) -> Iterator[pa.RecordBatch]:
    for batch in found:
        state.counts.flows += batch.num_rows
        yield batch
