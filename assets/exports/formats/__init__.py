"""How routers export flows: one module a format, found by name; their records all look the same.

Belongs here: what the rest of the platform calls. A new format is a new module with VERSIONS and a gatherer
(datagrams), or with `begins` and `records` (files of other collectors).
Does not belong here: Dagster, the lake, or anything of registries and charts.
"""

from assets.exports.formats._containers import NotAnExport
from assets.exports.formats._datagram_hashes import EarlierDay, sent_on_days_of
from assets.exports.formats._decoding import decode_files, decode_pass, reason_not_an_export
from assets.exports.formats._discovery import ExportFile
from assets.exports.formats._losses import LOSSES
from assets.exports.formats._missed import told_of_missed
from assets.exports.formats._naming import is_of_rows, names_its_exporter
from assets.exports.formats._state import DecoderState, DecodeSummary, FileOutcome
from assets.exports.formats._state_bytes import of_this_layout, without_flows

__all__ = [
    "LOSSES",
    "DecodeSummary",
    "DecoderState",
    "EarlierDay",
    "ExportFile",
    "FileOutcome",
    "NotAnExport",
    "decode_files",
    "decode_pass",
    "is_of_rows",
    "names_its_exporter",
    "of_this_layout",
    "reason_not_an_export",
    "sent_on_days_of",
    "told_of_missed",
    "without_flows",
]
