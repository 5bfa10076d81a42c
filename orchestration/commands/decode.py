"""`netstats decode`: the records of export files as JSON lines, Parquet or a table.

Belongs here: what is printed and exit statuses. Does not belong here: decoding.
"""

import argparse
import io
import ipaddress
import json
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, cast

import pyarrow as pa

from assets.exports.formats import (
    FLOW_RECORD,
    HARDLY_REPEATED,
    MAPPED,
    STATISTICS,
    DecoderState,
    ExportFile,
    NotAnExport,
    decode_passes,
    reason_unreadable,
)

ADDRESSES = ("exporter", "src_addr", "dst_addr", "next_hop")
FLOW_KEYS = (
    "exporter", "observation_domain", "flow_protocol", "src_addr", "dst_addr", "src_port", "dst_port", "protocol",
    "tcp_flags", "tos", "bytes", "packets", "start_ms", "end_ms", "in_if", "out_if", "src_as", "dst_as", "src_mask",
    "dst_mask", "next_hop", "vlan", "sampling_interval", "sampling_source",
)  # fmt: skip
SUMMARY_KEYS = (
    "datagrams", "malformed_datagrams", "data_records", "option_records", "flow_samples", "counter_samples", "flows",
    "undecoded_sets", "templates",
)  # fmt: skip
TABLE_KEYS = (
    "start_ms", "src_addr", "src_port", "dst_addr", "dst_port", "protocol", "bytes", "packets", "in_if", "out_if",
    "sampling_interval",
)  # fmt: skip
TABLE_ROWS = 50
LARGE_FILE_BYTES = 32 << 20
KEPT_IN_MEMORY = 64 << 20
ROW_GROUP_ROWS = 524_288
EXIT_NO_EXPORT = 2


class CannotBeAsked(ValueError):  # noqa: N818
    """An option that means nothing here; the text says what to write instead."""


def decode_command(files: list[Path], exporter: str | None, output_format: str | None, out: Path | None) -> int:
    """Decode files in the order given and print them; returns the exit status.

    0 also where datagrams are malformed (they are counted); 2, with one line on standard error, for a file that is no
    flow export or does not exist.
    """
    chosen = output_format or ("table" if out is None and sys.stdout.isatty() else "ndjson")
    try:
        sender = _sixteen_bytes(exporter) if exporter else None
        state = DecoderState()
        exports = [ExportFile(file) for file in _present(files)]
        with _opened(out, chosen) as stream:
            for found in decode_passes(exports, state, sender):
                stream.seek(0)
                stream.truncate()
                WRITERS[chosen](_counting(_shown(found, files, state), state), state, stream)
    except BrokenPipeError:
        return 0
    except (NotAnExport, OSError, CannotBeAsked) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return EXIT_NO_EXPORT
    return 0


def _sixteen_bytes(text: str) -> bytes:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        raise CannotBeAsked(f"--exporter {text}: is not an IP address; write one such as 192.0.2.1") from None
    return MAPPED + address.packed if address.version == 4 else address.packed


def _present(files: list[Path]) -> list[Path]:
    missing = [file for file in files if not file.is_file()]
    if missing:
        raise FileNotFoundError(f"{missing[0]}: no such file; name flow export files")
    for file in files:
        unreadable = reason_unreadable(file)
        if unreadable is not None:
            raise CannotBeAsked(f"{file}: {unreadable}")
    return files


def _shown(found: Iterator[pa.RecordBatch], files: list[Path], state: DecoderState) -> Iterator[pa.RecordBatch]:
    """The batches, with progress on standard error where the files are large and a person looks."""
    if not sys.stderr.isatty() or sum(file.stat().st_size for file in files) < LARGE_FILE_BYTES:
        yield from found
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[flows]:,} flows"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Decoding", total=len(files), flows=0)
        for batch in found:
            done = len(state.outcomes) - 1
            progress.update(task, description=f"Decoding {files[done].name}", completed=done, flows=state.counts.flows)
            yield batch


@contextmanager
def _opened(out: Path | None, output_format: str) -> Iterator[IO[bytes]]:
    """Where records are written; they are printed when all is read, since a later file may tell of an earlier one."""
    if out is None:
        if output_format == "parquet" and sys.stdout.isatty():
            raise CannotBeAsked("Parquet is not for a terminal; name a file with -o")
        with SpooledTemporaryFile(KEPT_IN_MEMORY) as stream:
            yield stream
            stream.seek(0)
            shutil.copyfileobj(stream, sys.stdout.buffer)
            sys.stdout.flush()
        return
    temporary = out.with_name(f".{out.name}.writing")
    try:
        with temporary.open("wb") as stream:
            yield stream
        temporary.replace(out)
    finally:
        temporary.unlink(missing_ok=True)


def _counting(found: Iterator[pa.RecordBatch], state: DecoderState) -> Iterator[pa.RecordBatch]:
    """The batches of a pass up to where it turns out that it does not count; it is read on, to learn from it."""
    for batch in found:
        if not state.was_told_too_late:
            yield batch


def _write_ndjson(found: Iterator[pa.RecordBatch], state: DecoderState, stream: IO[bytes]) -> None:
    for batch in found:
        lines = (json.dumps({"type": "flow", **flow}) for flow in _flows(batch, FLOW_KEYS))
        stream.write("".join(f"{line}\n" for line in lines).encode())
    stream.write((json.dumps({"type": "summary", **_summary(state)}) + "\n").encode())


def _summary(state: DecoderState) -> dict[str, int]:
    """The counts that machines rely on, and no others."""
    counts = asdict(state.summary())
    return {name: counts[name] for name in SUMMARY_KEYS}


def _write_parquet(found: Iterator[pa.RecordBatch], state: DecoderState, stream: IO[bytes]) -> None:
    import pyarrow.parquet as pq

    settings = {
        "compression": "zstd", "compression_level": 1, "write_statistics": list(STATISTICS),
        "use_dictionary": [name for name in FLOW_RECORD.names if name not in HARDLY_REPEATED],
    }  # fmt: skip
    with pq.ParquetWriter(stream, FLOW_RECORD, **settings) as writer:
        waiting = list[pa.RecordBatch]()
        for batch in found:
            waiting.append(batch)
            if sum(one.num_rows for one in waiting) >= ROW_GROUP_ROWS:
                writer.write_table(pa.Table.from_batches(waiting).unify_dictionaries(), ROW_GROUP_ROWS)
                waiting.clear()
        writer.write_table(pa.Table.from_batches(waiting, FLOW_RECORD).unify_dictionaries(), ROW_GROUP_ROWS)


def _write_table(found: Iterator[pa.RecordBatch], state: DecoderState, stream: IO[bytes]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(*("start (UTC)" if key == "start_ms" else key for key in TABLE_KEYS))
    for batch in found:
        for flow in _flows(batch.slice(0, max(0, TABLE_ROWS - table.row_count)), TABLE_KEYS):
            table.add_row(*("" if flow[key] is None else _cell(key, flow[key]) for key in TABLE_KEYS))
    text = io.StringIO()
    console = Console(file=text, force_terminal=sys.stdout.isatty(), width=Console().width, highlight=False)
    console.print(table)
    summary = state.summary()
    if summary.flows > table.row_count:
        console.print(f"{summary.flows - table.row_count} more flows; --format ndjson prints all")
    console.print(", ".join(f"{name} {count}" for name, count in asdict(summary).items()))
    stream.write(text.getvalue().encode())


def _cell(key: str, value: object) -> str:
    """A value as people read it."""
    if key == "start_ms":
        moment = datetime(1970, 1, 1) + timedelta(milliseconds=cast("int", value))
        return moment.isoformat(sep=" ", timespec="milliseconds")
    return str(value)


WRITERS: Mapping[str, Callable[[Iterator[pa.RecordBatch], DecoderState, IO[bytes]], None]] = {
    "ndjson": _write_ndjson,
    "parquet": _write_parquet,
    "table": _write_table,
}


def _flows(batch: pa.RecordBatch, keys: tuple[str, ...]) -> Iterator[dict[str, object]]:
    """Records as printed: addresses as canonical text, times in milliseconds."""
    columns = {key: _printed(batch, key) for key in keys}
    for values in zip(*columns.values(), strict=True):
        yield dict(zip(keys, values, strict=True))


def _printed(batch: pa.RecordBatch, key: str) -> list[object]:
    if key in ADDRESSES:
        return [None if value is None else _text(value) for value in batch.column(key).to_pylist()]
    if key in {"start_ms", "end_ms"}:
        return batch.column(f"{key[:-3]}_at").cast(pa.int64()).to_pylist()  # type: ignore[no-any-return]
    if key == "sampling_interval":
        return [
            int(value) if value is not None and value == int(value) else value
            for value in batch.column(key).to_pylist()
        ]
    return batch.column(key).to_pylist()  # type: ignore[no-any-return]


def _text(address: bytes) -> str:
    return str(ipaddress.ip_address(address[12:] if address[:12] == MAPPED else address))


def main() -> int:
    """Entry point of `python -m orchestration.commands.decode`."""
    parser = argparse.ArgumentParser(description=decode_command.__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--exporter")
    parser.add_argument("--format", choices=sorted(WRITERS))
    parser.add_argument("-o", "--out", type=Path)
    options = parser.parse_args()
    return decode_command(options.files, options.exporter, options.format, options.out)


if __name__ == "__main__":
    sys.exit(main())
