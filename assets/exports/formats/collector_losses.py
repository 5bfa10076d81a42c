"""What `netstats collect` lost: a line of JSON beside its captures, with the datagrams that it lost by reason.

Belongs here: reading it. Does not belong here: writing it (assets.exports.collecting.losses); which records were in the
datagrams, which gaps in sequence numbers tell by exporter.
"""

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from assets.exports.formats._compression import open_file
from assets.exports.formats._containers import NotAnExport
from assets.exports.formats._discovery import ExportFile
from assets.exports.formats._state import FileOutcome

BEGINNING = b'{"netstats_collect_losses": 1,'
LARGEST_BYTES = 4096
# More datagrams than any socket sees in a day.
LARGEST_COUNT = 1 << 48
REASONS = {
    "dropped_by_kernel": "datagrams came while the buffer of the collector's socket was full",
    "unwritten_by_collector": "datagrams could not be written by the collector",
}


def begins(beginning: bytes) -> bool:
    """Whether a file is one of a collector's losses."""
    return beginning.startswith(BEGINNING)


def records(file: ExportFile, outcome: FileOutcome) -> Iterator[pa.RecordBatch]:
    """None: each reason is a loss of the file's day."""
    with open_file(file.path) as content:
        text = content.read(LARGEST_BYTES)
        content.tell(outcome)
    told = _told(text)
    if told is None:
        raise NotAnExport(f"{file.path}: is not one line of a collector's losses; fetch it again, or take it away")
    for reason, words in REASONS.items():
        count = told.get(reason, 0)
        if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count <= LARGEST_COUNT:
            outcome.lose_malformed("malformed", f"{reason} is not a number of datagrams")
        elif count:
            outcome.lose(reason, f"{count} {words}", count)
    yield from ()


def _told(text: bytes) -> dict[str, Any] | None:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None
