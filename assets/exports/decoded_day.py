"""A day decoded and resolved: its records, and what came and was lost, written as tables of the lake.

Belongs here: decoding a day's files with what the days around it tell, and writing what follows. Does not belong here:
what a day is made from (assets.exports.day_inputs), how exports are decoded (assets.exports.formats).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyarrow as pa

from assets.exports import formats
from assets.exports.day_inputs import (
    COMPARED,
    COUNTED,
    HASHES,
    HEALTH,
    LOSSES,
    RECORDS,
    RESOLVED_WITH,
    SENT_ON,
    STATE,
    TOLD_LATER,
    Inputs,
    compared,
    earlier_days,
)
from assets.exports.days import hash_of_contents
from assets.exports.formats import FLOW_RECORD
from assets.exports.rows import kept_path
from assets.ground.addresses import parse_address, sixteen_bytes
from assets.ground.lake import Lake, telling_content
from assets.registry.address_plan import AddressPlan

EXPORT_LOSSES = pa.schema(
    [
        pa.field("export_on", pa.date32(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("source_file", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("count", pa.uint64(), nullable=False),
        pa.field("leaves_file_incomplete", pa.bool_(), nullable=False),
        pa.field("remedy", pa.string(), nullable=False),
    ]
)
"""One row per file of a day and reason: what of it did not become flow records (assets/exports/formats/_losses.py)."""
DECODER_STATE = pa.schema(
    [
        pa.field(name, pa.large_binary(), nullable=False, metadata={"holds": "decoder_state"})
        for name in ("state", "missed")
    ]
)
"""One row: what the day leaves to the next, and what it asked for in vain."""


@dataclass
class DayMade:
    """What was decoded of a day, for the asset's metadata."""

    export_on: date
    records: int = 0
    files: int = 0
    files_incomplete: int = 0
    malformed_datagrams: int = 0
    duplicate_datagrams: int = 0
    undecoded_sets: int = 0
    records_lost: int = 0
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)


class _ToldTooLate(Exception):  # noqa: N818
    """A pass in which something was told later than it was needed: what it wrote does not count."""


def make_day(lake: Lake, inputs: Inputs, plan: AddressPlan) -> DayMade:
    """Decode and resolve a day, and write its tables; the records last, since they say that all is there."""
    state = _state_before(lake, inputs)
    while True:
        try:
            return _pass(lake, inputs, plan, state)
        except _ToldTooLate:
            state = _state_before(lake, inputs).knowing(state)


def _state_before(lake: Lake, inputs: Inputs) -> formats.DecoderState:
    """What is known when the day begins."""
    state = formats.DecoderState.from_bytes(inputs.state_before) if inputs.state_before else formats.DecoderState()
    state.borrow(inputs.told_later)
    state.out_counters = inputs.out_counters
    state.hashes.earlier = earlier_days(lake, inputs.export_on)
    return state


def _pass(lake: Lake, inputs: Inputs, plan: AddressPlan, state: formats.DecoderState) -> DayMade:
    """One pass over the day's files; raises _ToldTooLate, having learned from all of them."""
    made = DayMade(inputs.export_on, files=len(inputs.files))
    notes = {
        RESOLVED_WITH: inputs.resolved_with.encode(),
        COUNTED: hash_of_contents(inputs.contents).encode(),
        TOLD_LATER: inputs.told_later_hash.encode(),
    }
    schema = FLOW_RECORD.with_metadata(notes)
    with lake.writer(RECORDS, schema, fingerprint=inputs.fingerprint, partition=inputs.partition) as write:
        for batch in formats.decode_pass(list(_files(lake, inputs)), state, refused=made.problems.append):
            if not state.was_told_too_late:
                write(resolved(batch, inputs, plan))
        if state.was_told_too_late:
            raise _ToldTooLate
        made.records = write.rows
        health = state.health_table(inputs.export_on)
        made.problems += state.end_day(inputs.export_on)
        for key, table in (
            (HEALTH, health),
            (LOSSES, _losses(inputs, state)),
            (HASHES, _hashes(lake, inputs, state)),
            (STATE, _state_after(state)),
        ):
            lake.write(key, table, fingerprint=inputs.fingerprint, partition=inputs.partition)
    _count(made, inputs.export_on, state, health)
    return made


def _files(lake: Lake, inputs: Inputs) -> Iterator[formats.ExportFile]:
    """The day's files as the decoder takes them."""
    for row in inputs.files:
        yield formats.ExportFile(
            path=kept_path(lake, row),
            name=row["source_file"],
            exporter=sixteen_bytes(parse_address(row["exporter_hint"])) if row["exporter_hint"] else None,
            is_scaled=row["is_scaled"],
            format=row["format"],
        )


def resolved(batch: pa.RecordBatch, inputs: Inputs, plan: AddressPlan) -> pa.RecordBatch:
    """A batch with its export day, and with both addresses resolved to a range of the day's plan."""
    filled = {
        "export_on": pa.repeat(pa.scalar(inputs.export_on, pa.date32()), batch.num_rows),
        "src_range": _ranges(plan, batch.column("src_addr")),
        "dst_range": _ranges(plan, batch.column("dst_addr")),
        "plan_as_of": pa.repeat(pa.scalar(inputs.plan_as_of, pa.date32()), batch.num_rows),
    }
    columns = [filled.get(name, batch.column(name)) for name in batch.schema.names]
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _ranges(plan: AddressPlan, addresses: pa.Array) -> pa.Array:
    found = plan.lookup(addresses)
    return pa.array(found, pa.int32(), mask=found < 0)


def _losses(inputs: Inputs, state: formats.DecoderState) -> pa.Table:
    """EXPORT_LOSSES of the day's files."""
    sources = {row["source_file"]: row["source"] for row in inputs.files}
    rows = [
        {
            "export_on": inputs.export_on,
            "source": sources[outcome.source_file],
            "source_file": outcome.source_file,
            "reason": reason,
            "count": count,
            "leaves_file_incomplete": formats.LOSSES[reason].leaves_file_incomplete,
            "remedy": formats.LOSSES[reason].remedy,
        }
        for outcome in state.outcomes
        for reason, count in sorted(outcome.losses.items())
    ]
    return pa.Table.from_pylist(rows, schema=EXPORT_LOSSES)


def _hashes(lake: Lake, inputs: Inputs, state: formats.DecoderState) -> pa.Table:
    """The hashes of the day's datagrams, with the days of their clocks and the earlier days they were compared with."""
    table = state.hashes.table()
    sent_on = formats.sent_on_days_of(table) | state.hashes.days_asked
    notes = {SENT_ON: json.dumps(sorted(sent_on)).encode()}
    notes[COMPARED] = compared(lake, inputs.export_on, sent_on).encode()
    return telling_content(table.replace_schema_metadata(notes))


def _state_after(state: formats.DecoderState) -> pa.Table:
    row: dict[str, Any] = {"state": state.to_bytes(), "missed": state.missed_bytes()}
    return pa.Table.from_pylist([row], schema=DECODER_STATE)


def _count(made: DayMade, export_on: date, state: formats.DecoderState, health: pa.Table) -> None:
    made.losses = [
        f"{export_on} {outcome.source_file}: {reason} {count} (one count: {formats.LOSSES[reason].counts})"
        for outcome in state.outcomes
        for reason, count in sorted(outcome.losses.items())
    ]
    made.files_incomplete = sum(not outcome.is_complete for outcome in state.outcomes)
    made.malformed_datagrams = sum(outcome.malformed for outcome in state.outcomes)
    made.duplicate_datagrams = sum(outcome.duplicates for outcome in state.outcomes)
    made.undecoded_sets = state.summary().undecoded_sets
    made.records_lost = sum(health["records_lost"].to_pylist())
    made.problems += [problem for outcome in state.outcomes for problem in outcome.problems]
