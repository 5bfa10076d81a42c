"""How routers export flows: one module a format, found by name; their records all look the same.

Belongs here: what the rest of the platform calls. A new format is a new module with VERSIONS and a gatherer
(datagrams), or with `begins` and `records` (files of other collectors).
Does not belong here: Dagster, the lake, or anything of registries and charts.
"""

from assets.exports.formats._compression import open_file
from assets.exports.formats._containers import NotAnExport, reason_unreadable
from assets.exports.formats._datagram_hashes import DATAGRAM_HASHES, EarlierDay, sent_on_days_of
from assets.exports.formats._datagrams import MAPPED, UNKNOWN_EXPORTER, distinct_addresses, rows_by
from assets.exports.formats._decoding import decode_files, decode_pass, decode_passes, reason_not_an_export
from assets.exports.formats._discovery import ExportFile
from assets.exports.formats._export_health import EXPORT_HEALTH
from assets.exports.formats._flow_record import FLOW_RECORD, HARDLY_REPEATED, STATISTICS
from assets.exports.formats._losses import LOSSES
from assets.exports.formats._missed import told_of_missed
from assets.exports.formats._naming import is_of_rows, names_its_exporter
from assets.exports.formats._state import DecoderState, DecodeSummary, FileOutcome
from assets.exports.formats._state_bytes import of_this_layout, without_flows

__all__ = [
    "DATAGRAM_HASHES",
    "EXPORT_HEALTH",
    "FLOW_RECORD",
    "HARDLY_REPEATED",
    "LOSSES",
    "MAPPED",
    "STATISTICS",
    "UNKNOWN_EXPORTER",
    "DecodeSummary",
    "DecoderState",
    "EarlierDay",
    "ExportFile",
    "FileOutcome",
    "NotAnExport",
    "decode_files",
    "decode_pass",
    "decode_passes",
    "distinct_addresses",
    "is_of_rows",
    "names_its_exporter",
    "of_this_layout",
    "open_file",
    "reason_not_an_export",
    "reason_unreadable",
    "rows_by",
    "sent_on_days_of",
    "told_of_missed",
    "without_flows",
]
