"""nfcapd files of nfdump 1.7 (file layout 2): what an nfcapd, sfcapd or nfpcapd collector has received and kept.

Belongs here: from the extensions of their flow records to the columns of the flow record.
Does not belong here: blocks and compression, walking records, exporters and samplers (one module each).
"""

from collections.abc import Iterator

import pyarrow as pa

from assets.exports.formats._discovery import ExportFile
from assets.exports.formats._gathering import batches
from assets.exports.formats._state import FileOutcome
from assets.exports.formats.nfcapd.block_records import COUNTERS, FLOW, GENERIC, FlowRecords, flow_records, walk
from assets.exports.formats.nfcapd.blocks import MAGIC, OTHER_BYTE_ORDER, Block, FileFacts, blocks_of
from assets.exports.formats.nfcapd.columns import (
    bytes_counted,
    counted_twice,
    forward_columns,
    is_behind,
    names_ends,
    reverse_columns,
    shared_columns,
)
from assets.exports.formats.nfcapd.exporters import Exporters
from assets.exports.formats.nfcapd.window import Receipts, tell_window

UNKNOWN_EXPORTER = bytes(16)
LARGEST_LAYOUT = 99


def begins(beginning: bytes) -> bool:
    """Whether a file that begins so is one of nfdump's, of whatever layout and byte order."""
    if beginning.startswith(MAGIC):
        return int.from_bytes(beginning[2:4], "little") <= LARGEST_LAYOUT
    return beginning.startswith(OTHER_BYTE_ORDER) and int.from_bytes(beginning[2:4], "big") <= LARGEST_LAYOUT


def records(file: ExportFile, outcome: FileOutcome) -> Iterator[pa.RecordBatch]:
    """The flow records of an nfcapd file, block by block; biflows give two.

    nfcapd multiplies bytes and packets wherever it knows a sampling interval, and flags the record: such are is_scaled.
    A sampler counts for its own block and those behind it, as nfcapd writes it before the flows that it multiplies.
    Raises NotAnExport at a header that can't be read; nfdump 1.7, src/libnffile/nffileV2.h, nfxV3.h and exporter.h.
    """
    exporters, header_facts, receipts, without_ends = Exporters(), FileFacts(), Receipts(), 0
    for block in blocks_of(file, outcome, header_facts):
        found = walk(block.content)
        exporters.take(block.content, found, outcome)
        flows, malformed = flow_records(block.content, found.starts[found.heads & 0xFFFF == FLOW])
        _tell_faults(block, len(found.starts), found.end, malformed, outcome)
        if len(flows):
            receipts.take(flows)
            named = _with_ends(flows)
            without_ends += len(flows) - len(named)
            yield from _batches(named, exporters, file.exporter or UNKNOWN_EXPORTER, outcome)
    if without_ends:
        outcome.note(f"{without_ends} records name no addresses: they are not IP flows and do not count")
    tell_window(header_facts, receipts, exporters, file, outcome)


def _tell_faults(block: Block, records: int, end: int, malformed: int, outcome: FileOutcome) -> None:
    """Count what a block tells and does not hold; a block that is cut short has been counted."""
    if malformed:
        outcome.malformed += malformed
        outcome.note(f"block {block.number} has {malformed} flow records whose extensions do not fit; passed over")
    if block.is_whole and (end < len(block.content) or records < block.records):
        header_facts = f"block {block.number} tells {block.records} records, {records} whole ones are there"
        outcome.lose_malformed("damaged_block", header_facts)


def _with_ends(flows: FlowRecords) -> FlowRecords:
    named = names_ends(flows)
    return flows if named.all() else flows.those(named)


def _batches(
    flows: FlowRecords, exporters: Exporters, unknown: bytes, outcome: FileOutcome
) -> Iterator[pa.RecordBatch]:
    """The flow records of a block, and behind them those of the other direction."""
    if not len(flows):
        return
    shared = shared_columns(flows, exporters, unknown)
    yield from batches(len(flows), shared | forward_columns(flows))
    both = counted_twice(flows)
    behind = both & is_behind(flows, exporters, shared["exporter"], outcome.out_counters)
    if behind.any():
        left_out = flows.those(behind)
        outcome.out_counters_left_out(bytes_counted(left_out, GENERIC), bytes_counted(left_out, COUNTERS))
    back = flows.those(both & ~behind)
    if len(back):
        reverse = reverse_columns(back, forward_columns(back))
        yield from batches(len(back), shared_columns(back, exporters, unknown) | reverse)
