"""What a file tells of itself: whether it names who sent what it holds, and whether it holds rows or datagrams.

Belongs here: asking that of a file before it is decoded. Does not belong here: who sent it where it does not tell.
"""

from pathlib import Path

from assets.exports.formats._captures import is_capture
from assets.exports.formats._containers import SFLOW, NotAnExport, beginning_of
from assets.exports.formats._datagrams import UNKNOWN_EXPORTER
from assets.exports.formats._discovery import ExportFile, FileFormat, file_format_of
from assets.exports.formats._state import FileOutcome


def names_its_exporter(path: Path, format_name: str = "auto") -> bool:
    """Whether a file names an exporter: captures and sFlow do, bare datagrams don't, other collectors' files may.

    Of those the first records tell, or the windows of a file without any. Raises OSError where it can't be read.
    """
    beginning = beginning_of(path)
    if format_name == "auto" and is_capture(beginning):
        return True
    whole = file_format_of(path, format_name)
    return beginning.startswith(SFLOW) if whole is None else _names(whole, ExportFile(path, format=format_name))


def is_of_rows(path: Path, format_name: str = "auto") -> bool:
    """Whether another collector wrote the file, row by row. Raises OSError where it can't be read."""
    return not is_capture(beginning_of(path)) and file_format_of(path, format_name) is not None


def _names(whole: FileFormat, file: ExportFile) -> bool:
    outcome, unknown = FileOutcome(file.source_file), {UNKNOWN_EXPORTER}
    try:
        for batch in whole.records(file, outcome):
            return not unknown.issuperset(batch.column("exporter").unique().to_pylist())
    except NotAnExport:
        return False
    streams = {stream for stream, _, _ in outcome.windows.spans} | {stream for stream, _ in outcome.windows.lost}
    return not unknown.issuperset(exporter for exporter, _, _ in streams)
