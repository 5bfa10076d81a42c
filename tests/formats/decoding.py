"""Decoding the bytes of one file, as tests want it: rows, and the state that they left."""

from datetime import date
from pathlib import Path
from typing import Any

from assets.exports.formats import DecoderState, decode_files


def decode(
    folder: Path, content: bytes, state: DecoderState | None = None
) -> tuple[list[dict[str, Any]], DecoderState]:
    path = folder / "exports.pcap"
    path.write_bytes(content)
    used = state or DecoderState()
    return [row for batch in decode_files([path], used) for row in batch.to_pylist()], used


def health(state: DecoderState) -> dict[str, Any]:
    """The counts of all bins together."""
    rows = state.health_table(date(2025, 8, 5)).to_pylist()
    return {
        name: any(row[name] for row in rows) if name == "is_estimate" else sum(row[name] for row in rows)
        for name in ("datagrams", "malformed", "duplicates", "data_records", "option_records", "undecoded_sets",
                     "records_expected", "records_lost", "is_estimate", "samples", "drops")
    }  # fmt: skip
