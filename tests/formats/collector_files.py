"""Reading the text of a collector's file, as tests want it: rows without what is null, and what became of the file."""

import ipaddress
from pathlib import Path
from typing import Any

from assets.exports.formats import DecoderState, ExportFile, FileOutcome, decode_files

MAPPED = bytes(10) + b"\xff\xff"


def read(
    folder: Path, content: str | bytes, name: str = "flows.txt", **given: Any
) -> tuple[list[dict[str, Any]], FileOutcome]:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_path(path, **given)


def read_path(path: Path, **given: Any) -> tuple[list[dict[str, Any]], FileOutcome]:
    state = DecoderState()
    rows = [row for batch in decode_files([ExportFile(path, **given)], state) for row in batch.to_pylist()]
    return [{name: _shown(value) for name, value in row.items() if value is not None} for row in rows], state.outcomes[
        0
    ]


def _shown(value: object) -> object:
    """Addresses as canonical text, times as ISO 8601 in UTC."""
    if isinstance(value, bytes):
        return str(ipaddress.ip_address(value[12:] if value[:12] == MAPPED else value))
    return value.isoformat(timespec="milliseconds") if hasattr(value, "isoformat") else value
