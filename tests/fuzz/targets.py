"""What is fuzzed: each binary decoder on many datagrams an input, each container as a file, and what must hold.

Belongs here: one function a target, which raises on what must not be. Does not belong here: the fuzzer (fuzz_decoders).
"""

import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from assets.exports.formats import (
    DecoderState,
    ExportFile,
    NotAnExport,
    _containers,
    _window,
    decode_files,
    told_of_missed,
)
from assets.exports.formats._datagrams import Datagrams, in_a_row
from assets.exports.formats._decoding import _decode_block, _Gatherers
from assets.exports.formats._flow_record import FLOW_RECORD
from assets.exports.formats._state import FileOutcome
from tests.formats import encoder
from tests.fuzz import seeds

DAY = date(2025, 8, 5)
SMALL_BLOCK_BYTES = 300
# One input of so many is decoded datagram by datagram as well, which takes its time.
COMPARED = 4
FILES = 3
# Two days settle what the second tells of the first within so many rounds.
MOST_ROUNDS = 6
# Where v9 and IPFIX headers hold clock, number and domain.
HEADER_KEYS = {b"\0\x09": slice(8, 20), b"\0\x0a": slice(4, 16)}
Seen = Callable[[str, int], None]


class Target(NamedTuple):
    """What runs an input, the inputs to begin with, and the bytes that each datagram must begin with."""

    run: Callable[[bytes, Seen], None]
    seeds: Callable[[], list[bytes]]
    versions: tuple[bytes, ...] = ()


def _datagrams(versions: tuple[bytes, ...], written: Callable[[], list[list[bytes]]]) -> Target:
    def run(data: bytes, seen: Seen) -> None:
        payloads = [one for one in seeds.unframed(data) if one.startswith(versions)]
        payloads = [one for one in payloads if one[:2] == payloads[0][:2]]
        if not payloads:
            return
        ends = [sum(map(len, payloads[: number + 1])) for number in range(len(payloads))]
        whole = in_a_row(b"".join(payloads), ends, 1)
        at_once, state = _decoded([whole])
        if zlib.crc32(data) % COMPARED == 0:
            one_by_one, _ = _decoded([whole.chosen(np.array([row])) for row in range(len(payloads))])
            assert _rows(at_once) == _rows(one_by_one), "blocks of one datagram give other flows"
        _look(at_once, state, seen)

    return Target(run, lambda: [seeds.framed(one) for one in written()], versions)


def _decoded(blocks: list[Datagrams]) -> tuple[pa.Table, DecoderState]:
    """The flows of blocks, read again as files are for what was told too late."""
    found, state = _pass(blocks, DecoderState())
    while state.was_told_too_late:
        found, state = _pass(blocks, DecoderState().knowing(state))
    return found, state


def _pass(blocks: list[Datagrams], state: DecoderState) -> tuple[pa.Table, DecoderState]:
    outcome, gatherers, file = FileOutcome("fuzz"), _Gatherers(), ExportFile(Path("fuzz"))
    state.outcomes.append(outcome)
    found = [batch for block in blocks for batch in _decode_block(block, gatherers, file, state, outcome)]
    found += [batch for gatherer in gatherers.in_use() for batch in gatherer.rest(state)]
    return pa.Table.from_batches(found, FLOW_RECORD), state


def _look(flows: pa.Table, state: DecoderState, seen: Seen) -> None:
    """Check that flows, state and health are sound, and tell the fuzzer what numpy did: counts by column and event."""
    flows.validate(full=True)
    written = state.to_bytes()
    assert DecoderState.from_bytes(written).to_bytes() == written, "the state does not come back"
    health = state.health_table(DAY)
    assert sum(health["malformed"].to_pylist()) <= state.counts.malformed_datagrams
    for name in FLOW_RECORD.names:
        seen(name, len(flows) - flows[name].null_count)
    for name, count in asdict(state.summary()).items():
        seen(name, count)
    for name in ("duplicates", "records_lost", "samples", "drops"):
        seen(name, min(255, sum(health[name].to_pylist())))


@contextmanager
def _blocks_of(size: int) -> Iterator[None]:
    usual = _window.BLOCK_BYTES
    _window.BLOCK_BYTES = size
    try:
        yield
    finally:
        _window.BLOCK_BYTES = usual


def _file(name: str, written: Callable[[], list[bytes]], *, by_any_block: bool = True) -> Target:
    @cache
    def place() -> Path:
        return Path(tempfile.mkdtemp(prefix="fuzz-")) / name

    def run(data: bytes, seen: Seen) -> None:
        path = place()
        path.write_bytes(data)
        with _blocks_of(SMALL_BLOCK_BYTES):
            in_small_blocks, losses = _payloads(path)
        assert not by_any_block or (in_small_blocks, losses) == _payloads(path), "small blocks hold other datagrams"
        state = DecoderState()
        try:
            found = list(decode_files([path], state))
        except NotAnExport as error:
            assert "\n" not in str(error), "the reason is not one line"
            return
        seen("payloads", len(in_small_blocks))
        for reason, count in losses.items():
            seen(reason, count)
        _look(pa.Table.from_batches(found, FLOW_RECORD), state, seen)

    return Target(run, written)


def _payloads(path: Path) -> tuple[list[tuple[memoryview, int]], dict[str, int]]:
    """The datagrams of a file with their times of capture, and what is lost of it."""
    outcome = FileOutcome("fuzz")
    if _containers.reason_no_datagrams(path) is not None:
        return [], outcome.losses
    found = list[tuple[memoryview, int]]()
    for block in _containers.datagrams(path, outcome):
        found += zip(block.payloads(), block.captured_ms.tolist(), strict=True)
    return found, outcome.losses


def _files(versions: tuple[bytes, ...], written: Callable[[], list[list[bytes]]]) -> Target:
    """Several files read with one state, in either order, and as two days that tell each other what they missed."""

    @cache
    def folder() -> Path:
        return Path(tempfile.mkdtemp(prefix="fuzz-"))

    def run(data: bytes, seen: Seen) -> None:
        payloads = list(dict.fromkeys(one for one in seeds.unframed(data) if one.startswith(versions)))
        if not payloads:
            return
        paths = [folder() / f"{number}.pcap" for number in range(FILES)]
        for number, path in enumerate(paths):
            path.write_bytes(encoder.pcap(*payloads[number::FILES]))
        found, state = _read(paths, DecoderState())
        _look(found, state, seen)
        if _are_ordered(payloads) and not _is_unsettled(state):
            turned, after = _read(paths[::-1], DecoderState())
            is_refused = {len(state.outcomes), len(after.outcomes)} != {FILES}
            assert is_refused or _rows(found) == _rows(turned), "files in another order give other flows"
        _two_days(paths)

    return Target(run, lambda: [seeds.framed(one) for one in written()], versions)


def _read(paths: list[Path], state: DecoderState) -> tuple[pa.Table, DecoderState]:
    try:
        return pa.Table.from_batches(list(decode_files(paths, state)), FLOW_RECORD), state
    except NotAnExport:
        return FLOW_RECORD.empty_table(), DecoderState()


def _rows(flows: pa.Table) -> list[str]:
    return sorted(repr({**row, "source_file": None}) for row in flows.to_pylist())


def _are_ordered(payloads: list[bytes]) -> bool:
    """Whether no two datagrams say the same clock, number and domain: which of these came first, nobody knows."""
    keys = {one[HEADER_KEYS[one[:2]]] for one in payloads}
    return len(keys) == len(payloads) and all(len(one) >= 20 for one in payloads)


def _is_unsettled(state: DecoderState) -> bool:
    return any("told_too_late" in outcome.losses for outcome in state.outcomes)


def _two_days(paths: list[Path]) -> None:
    """What the second day tells of what the first missed is the same in the end, however often the first is made."""
    told = b""
    for _ in range(MOST_ROUNDS):
        first = DecoderState()
        first.borrow(told)
        _, first = _read(paths[:1], first)
        missed, own = first.missed_bytes(), first.to_bytes()
        _, second = _read(paths[1:], DecoderState.from_bytes(own))
        before, told = told, told_of_missed(missed, own, second.to_bytes())
        if told == before:
            return
    raise AssertionError("two days tell each other ever new things")


TARGETS = {
    "v5": _datagrams((b"\0\1", b"\0\5", b"\0\7"), seeds.v5_datagrams),
    "v9": _datagrams((b"\0\x09",), seeds.v9_datagrams),
    "ipfix": _datagrams((b"\0\x0a",), seeds.ipfix_datagrams),
    "sflow": _datagrams((b"\0\0\0\5",), seeds.sflow_datagrams),
    "v9_files": _files((b"\0\x09",), seeds.v9_files),
    "ipfix_files": _files((b"\0\x0a",), seeds.ipfix_files),
    "pcap": _file("exports.pcap", seeds.pcap_files),
    "pcapng": _file("exports.pcapng", seeds.pcapng_files),
    "nfcapd": _file("nfcapd.202508051200", seeds.nfcapd_files, by_any_block=False),
    "messages": _file("exports.ipfix", seeds.message_files, by_any_block=False),
    "lines": _file("flows.txt", seeds.line_files, by_any_block=False),
    "compressed": _file("exports.pcap.gz", seeds.compressed_files, by_any_block=False),
}
