"""Reading the bytes of one file for what was lost of it: its flows' source addresses, and its outcome."""

import ipaddress
from pathlib import Path

from assets.exports.formats import DecoderState, FileOutcome, decode_files


def sources_and_outcome(folder: Path, content: bytes, name: str = "exports") -> tuple[list[str], FileOutcome]:
    path = folder / name
    path.write_bytes(content)
    return read(path)


def read(path: Path) -> tuple[list[str], FileOutcome]:
    state = DecoderState()
    found = [address for batch in decode_files([path], state) for address in batch.column("src_addr").to_pylist()]
    return [str(ipaddress.ip_address(one[12:])) for one in found], state.outcomes[0]
