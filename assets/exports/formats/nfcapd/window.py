"""The window that an nfcapd file spans, and what its collector missed in it, as health of the exporters that it names.

Belongs here: what header, statistics and records say of the time in which the collector listened (nfdump 1.7,
src/nfcapd/nfcapd.c). Does not belong here: reading any of these.
"""

import struct
from dataclasses import dataclass

from assets.exports.formats._discovery import ExportFile
from assets.exports.formats._state import FileOutcome
from assets.exports.formats._streams import Stream
from assets.exports.formats.nfcapd.block_records import GENERIC, FlowRecords
from assets.exports.formats.nfcapd.blocks import FileFacts
from assets.exports.formats.nfcapd.exporters import Exporters

STATISTICS_OF_FILE = struct.Struct("<18Q")
FLOWS, FIRST_SEEN, LAST_SEEN = 0, 15, 16


@dataclass
class Receipts:
    """The receipt of the last record of a file, in milliseconds."""

    last_ms: int = 0

    def take(self, flows: FlowRecords) -> None:
        if flows.has(GENERIC):
            generic, is_there = flows.extension(GENERIC)
            self.last_ms = max(self.last_ms, int(generic["received_at"][is_there].astype("i8").max()))


def tell_window(
    facts: FileFacts, receipts: Receipts, exporters: Exporters, file: ExportFile, outcome: FileOutcome
) -> None:
    """Say for whom the file's window holds, and of whom records are missing.

    A file that was not read as it was closed has no window: nobody knows what the rest of it held.
    """
    began_ms, ended_ms = _window(facts, receipts)
    if facts.is_closed and outcome.is_complete and not outcome.malformed:
        for stream in [exporters.stream(number) for number in exporters.exporters] or _hinted(file):
            outcome.windows.span(stream, began_ms, ended_ms)
    for number, records in exporters.missed():
        outcome.windows.lose(exporters.stream(number), max(ended_ms - 1, receipts.last_ms) or facts.created_ms, records)


def _hinted(file: ExportFile) -> list[Stream]:
    """Who sends to the collector of a file that names nobody, if the operator says so."""
    return [(file.exporter, 0, "nfcapd")] if file.exporter else []


def _window(facts: FileFacts, receipts: Receipts) -> tuple[int, int]:
    """From when the file was opened until its last record came; (0, 0) where that can't be (a file written anew).

    nfcapd says of a file without flows in which time slot it was open, and of others nothing of the time behind the
    last record: that is left out, since the collector may have been stopped.
    """
    if receipts.last_ms:
        return (facts.created_ms, receipts.last_ms + 1) if facts.created_ms <= receipts.last_ms else (0, 0)
    if len(facts.statistics) < STATISTICS_OF_FILE.size:
        return 0, 0
    statistics = STATISTICS_OF_FILE.unpack_from(facts.statistics)
    first_ms, last_ms = statistics[FIRST_SEEN], statistics[LAST_SEEN]
    is_slot = not statistics[FLOWS] and first_ms <= facts.created_ms < last_ms
    return (facts.created_ms, last_ms) if is_slot else (0, 0)
