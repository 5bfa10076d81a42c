"""Decoding files: each datagram to the format that its version names, its records gathered and given out in batches.

Belongs here: the walk over files and what is common to all formats (duplicates, malformed datagrams, flushing).
Does not belong here: any one format.
"""

import importlib
import pkgutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from assets.formats._containers import REMEDY, Datagram, NotAnExport, datagrams
from assets.formats._gathering import constant_text
from assets.formats._state import DecoderState, FileOutcome
from assets.formats._templates import Domain

# Records wait for the end of their file, so that sampling told later in it still counts; at most this many bytes.
GATHERED_BYTES = 48 << 20
DATAGRAMS_BETWEEN_LOOKS = 512
UNKNOWN_EXPORTER = bytes(16)


class Malformed(ValueError):  # noqa: N818
    """A datagram that is not what its format says; the text says what is wrong."""


@dataclass(frozen=True)
class ExportFile:
    """A file to decode; `exporter` is who sent it where the file does not tell, `is_scaled`: a tool multiplied."""

    path: Path
    name: str | None = None
    exporter: bytes | None = None
    is_scaled: bool = False

    @property
    def source_file(self) -> str:
        return self.name or self.path.name


class Gatherer(Protocol):
    """Takes the datagrams of one format and gives their records as batches without a source file."""

    gathered_bytes: int

    def take(self, datagram: Datagram, exporter: bytes, state: DecoderState, outcome: FileOutcome) -> None:
        """Decode one datagram; raises Malformed, having counted what was good before."""
        ...

    def batches(self, state: DecoderState) -> Iterator[pa.RecordBatch]:
        """Give out and forget what was gathered."""
        ...


class Format(Protocol):
    """A module of this package: which versions it reads, and its gatherer."""

    VERSIONS: tuple[int, ...]

    @staticmethod
    def gatherer() -> Gatherer: ...


@cache
def formats() -> dict[int, Format]:
    """The format of each version number that a datagram can begin with; found by name, listed nowhere."""
    import assets.formats as package

    found: dict[int, Format] = {}
    for module in pkgutil.iter_modules(package.__path__):
        if not module.name.startswith("_"):
            one: Format = importlib.import_module(f"{package.__name__}.{module.name}")  # type: ignore[assignment]
            found.update(dict.fromkeys(one.VERSIONS, one))
    return found


@dataclass
class _Run:
    """The gatherers of one call, one a format."""

    gatherers: dict[int, Gatherer] = field(default_factory=dict)

    def gatherer(self, version: int) -> Gatherer | None:
        if version not in self.gatherers:
            one = formats().get(version)
            if one is None:
                return None
            made = one.gatherer()
            self.gatherers.update(dict.fromkeys(one.VERSIONS, made))
        return self.gatherers[version]

    @property
    def gathered_bytes(self) -> int:
        return sum(one.gathered_bytes for one in self._distinct())

    def flush(self, state: DecoderState) -> Iterator[pa.RecordBatch]:
        for one in self._distinct():
            yield from one.batches(state)

    def _distinct(self) -> list[Gatherer]:
        return list({id(one): one for one in self.gatherers.values()}.values())


def decode_files(
    files: Sequence[ExportFile | Path], state: DecoderState, exporter: bytes | None = None
) -> Iterator[pa.RecordBatch]:
    """The flow records of files, in their order and with one state; what became of each file is in state.outcomes.

    `exporter` (16 bytes) is who sent datagrams whose sender no file tells. Raises NotAnExport at a file that is none.
    """
    for file in files:
        one = file if isinstance(file, ExportFile) else ExportFile(file)
        yield from _decode_file(replace(one, exporter=one.exporter or exporter), state)


def _decode_file(file: ExportFile, state: DecoderState) -> Iterator[pa.RecordBatch]:
    outcome = FileOutcome(file.source_file)
    state.outcomes.append(outcome)
    run = _Run()
    for number, datagram in enumerate(datagrams(file.path), 1):
        _take(run, datagram, number, file, state, outcome)
        if number % DATAGRAMS_BETWEEN_LOOKS == 0 and run.gathered_bytes > GATHERED_BYTES:
            yield from _named(run.flush(state), file, state)
    if outcome.datagrams and outcome.datagrams == outcome.malformed == number and not state.counts.data_records:
        raise NotAnExport(f"{outcome.problems[0]}; {REMEDY}")
    yield from _named(run.flush(state), file, state)


def _take(
    run: _Run, datagram: Datagram, number: int, file: ExportFile, state: DecoderState, outcome: FileOutcome
) -> None:
    """Decode one datagram; one that is malformed is counted and told, and the next one goes on."""
    version = version_of(datagram.payload)
    gatherer = run.gatherer(version)
    if gatherer is None:
        outcome.note(f"datagram {number} is of no known protocol (begins with {datagram.payload[:4]!r}); passed over")
        if datagram.sender is None:
            raise NotAnExport(
                f"{file.path}: begins with {datagram.payload[:4]!r}, which is no known protocol; {REMEDY}"
            )
        return
    outcome.datagrams += 1
    exporter = datagram.sender or file.exporter or UNKNOWN_EXPORTER
    try:
        gatherer.take(datagram, exporter, state, outcome)
    except Malformed as error:
        outcome.malformed += 1
        state.counts.malformed_datagrams += 1
        outcome.note(f"datagram {number} is malformed: {error}; its whole records before the fault count")


def version_of(payload: bytes) -> int:
    """The version number that a datagram begins with: 16 bits, or sFlow's 32 (0x00000005 is told as 0x50000)."""
    if payload[:4] == b"\x00\x00\x00\x05":
        return 0x50000
    return int.from_bytes(payload[:2], "big")


def _named(found: Iterator[pa.RecordBatch], file: ExportFile, state: DecoderState) -> Iterator[pa.RecordBatch]:
    """Batches with the name of their file."""
    for batch in found:
        state.counts.flows += batch.num_rows
        named = batch.set_column(
            batch.schema.get_field_index("source_file"), "source_file", constant_text(file.source_file, batch.num_rows)
        )
        if file.is_scaled:
            scaled = pa.array([True]).take(pa.array([0] * batch.num_rows))
            named = named.set_column(named.schema.get_field_index("is_scaled"), "is_scaled", scaled)
        yield named.cast(batch.schema)


def speaker(exporter: bytes, version: int, observation_domain: int) -> Domain:
    """The domain of a datagram."""
    return Domain(exporter, version, observation_domain)
