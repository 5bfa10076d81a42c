"""GoFlow2's JSON rows: part of the tests' own reader, which shares no code with the demo or the decoders.

Belongs here: a row as a record. Does not belong here: what the demo should have written.
"""

import gzip
import json
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from tests.demo.records import BYTES, DST_AS, IN_IF, OUT_IF, PACKETS, SRC_AS, Record

MILLISECOND = 1_000_000


def rows(file: Path) -> list[dict[str, Any]]:
    """The rows of a file, which is compressed if its name says so."""
    content = file.read_bytes()
    text = gzip.decompress(content) if file.suffix == ".gz" else content
    return [json.loads(line) for line in text.splitlines()]


def read(file: Path) -> list[Record]:
    return [_record(row) for row in rows(file)]


def _record(row: dict[str, Any]) -> Record:
    """Times are whole milliseconds, as NetFlow v9 tells them."""
    began, ended = row["time_flow_start_ns"], row["time_flow_end_ns"]
    assert (began % MILLISECOND, ended % MILLISECOND) == (0, 0)
    named = {BYTES: "bytes", PACKETS: "packets", IN_IF: "in_if", OUT_IF: "out_if", SRC_AS: "src_as", DST_AS: "dst_as"}
    return Record(
        ip_address(row["src_addr"]),
        ip_address(row["dst_addr"]),
        began // MILLISECOND,
        ended // MILLISECOND,
        row["sampling_rate"],
        {element: row[name] for element, name in named.items()},
    )
