"""nfcapd files of nfdump 1.7 (file layout 2): what an nfcapd, sfcapd or nfpcapd collector has received and kept.

Belongs here: from the extensions of their flow records to the columns of the flow record.
Does not belong here: blocks and compression, walking records, exporters and samplers (one module each).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from assets.formats._discovery import ExportFile
from assets.formats._gathering import batches
from assets.formats._nfcapd_blocks import MAGIC, OTHER_BYTE_ORDER, Block, FileTold, blocks_of
from assets.formats._nfcapd_columns import (
    bytes_counted,
    counted_twice,
    forward_columns,
    is_behind,
    names_ends,
    reverse_columns,
    shared_columns,
)
from assets.formats._nfcapd_exporters import Exporters
from assets.formats._nfcapd_records import COUNTERS, FLOW, GENERIC, FlowRecords, flow_records, walk
from assets.formats._nfcapd_window import Receipts, tell_window
from assets.formats._state import FileOutcome

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
    exporters, told, receipts, left_out = Exporters(), FileTold(), Receipts(), LeftOut()
    for block in blocks_of(file, outcome, told):
        found = walk(block.content)
        exporters.take(block.content, found, outcome)
        flows, malformed = flow_records(block.content, found.starts[found.heads & 0xFFFF == FLOW])
        _tell_faults(block, len(found.starts), found.end, malformed, outcome)
        if len(flows):
            receipts.take(flows)
            yield from _batches(left_out.rest(flows), exporters, file.exporter or UNKNOWN_EXPORTER, left_out)
    left_out.tell(outcome)
    tell_window(told, receipts, exporters, file, outcome)


def _tell_faults(block: Block, records: int, end: int, malformed: int, outcome: FileOutcome) -> None:
    """Count what a block tells and does not hold; a block that is cut short has been counted."""
    if malformed:
        outcome.malformed += malformed
        outcome.note(f"block {block.number} has {malformed} flow records whose extensions do not fit; passed over")
    if block.is_whole and (end < len(block.content) or records < block.records):
        told = f"block {block.number} tells {block.records} records, {records} whole ones are there"
        outcome.lose_malformed("damaged_block", told)


@dataclass
class LeftOut:
    """What of a file is no flow to count: records without addresses, and what was counted behind the exporter."""

    without_ends: int = 0
    behind: int = 0
    bytes_behind: int = 0
    bytes_counted: int = 0

    def rest(self, flows: FlowRecords) -> FlowRecords:
        """The records that name both ends."""
        named = names_ends(flows)
        self.without_ends += int((~named).sum())
        self.bytes_counted += bytes_counted(flows, GENERIC)
        return flows if named.all() else flows.those(named)

    def take_behind(self, flows: FlowRecords) -> None:
        self.behind += len(flows)
        self.bytes_behind += bytes_counted(flows, COUNTERS)

    def tell(self, outcome: FileOutcome) -> None:
        if self.without_ends:
            outcome.note(f"{self.without_ends} records name no addresses: they are no IP flows and do not count")
        if self.behind:
            share = 100 * self.bytes_behind / max(self.bytes_counted, 1)
            outcome.note(
                f"{self.behind} records of NetFlow v9 tell {self.bytes_behind} bytes behind their exporter (OUT_BYTES, "
                f"{share:.1f}% of those counted), which are not counted beside the others"
            )


def _batches(flows: FlowRecords, exporters: Exporters, unknown: bytes, left_out: LeftOut) -> Iterator[pa.RecordBatch]:
    """The flow records of a block, and behind them those of the other direction."""
    if not len(flows):
        return
    yield from batches(len(flows), shared_columns(flows, exporters, unknown) | forward_columns(flows))
    both = counted_twice(flows)
    behind = both & is_behind(flows, exporters)
    if behind.any():
        left_out.take_behind(flows.those(behind))
    back = flows.those(both & ~behind)
    if len(back):
        reverse = reverse_columns(back, forward_columns(back))
        yield from batches(len(back), shared_columns(back, exporters, unknown) | reverse)
