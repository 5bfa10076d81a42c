"""The formats there are: modules of this package found by name, and what each must offer.

Belongs here: the two shapes of a format and finding them. Does not belong here: any one format, or walking files.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Protocol, cast

import pyarrow as pa

from assets.exports.formats._containers import beginning_of
from assets.exports.formats._intake import Intake
from assets.exports.formats._state import DecoderState, FileOutcome


@dataclass(frozen=True)
class ExportFile:
    """A file to decode; `exporter` is who sent it where the file does not tell, `is_scaled`: a tool multiplied.

    `format` names the module that reads it where its beginning does not tell.
    """

    path: Path
    name: str | None = None
    exporter: bytes | None = None
    is_scaled: bool = False
    format: str = "auto"

    @property
    def source_file(self) -> str:
        return self.name or self.path.name


class Gatherer(Protocol):
    """Takes the datagrams of one format and gives their records as batches without a source file."""

    def take(self, intake: Intake) -> Iterator[pa.RecordBatch]:
        """Decode datagrams of the format's versions; gives out what need not wait for more of the file."""
        ...

    def rest(self, state: DecoderState) -> Iterator[pa.RecordBatch]:
        """Give out and forget what was gathered, at the end of a file."""
        ...


class DatagramFormat(Protocol):
    """A module that reads datagrams: which versions they begin with, and its gatherer."""

    VERSIONS: tuple[int, ...]

    @staticmethod
    def gatherer() -> Gatherer: ...


class FileFormat(Protocol):
    """A module that reads whole files, as another collector wrote them."""

    @staticmethod
    def begins(beginning: bytes) -> bool:
        """Whether a file that begins so, once decompressed, is of this format; the beginning is of up to 4096 bytes."""
        ...

    @staticmethod
    def records(file: ExportFile, outcome: FileOutcome) -> Iterator[pa.RecordBatch]:
        """The flow records of a file, by block, without source file; lines that hold none are counted as malformed."""
        ...


@cache
def _modules() -> dict[str, ModuleType]:
    import assets.exports.formats as package

    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__) if not module.name.startswith("_"))
    return {name: importlib.import_module(f"{package.__name__}.{name}") for name in names}


@cache
def datagram_formats() -> dict[int, DatagramFormat]:
    """The format of each version number that a datagram can begin with."""
    found = [cast("DatagramFormat", module) for module in _modules().values() if hasattr(module, "VERSIONS")]
    return {version: one for one in found for version in one.VERSIONS}


@cache
def file_formats() -> dict[str, FileFormat]:
    """The formats of whole files, by name."""
    return {name: cast("FileFormat", module) for name, module in _modules().items() if hasattr(module, "records")}


def file_format_of(path: Path, name: str = "auto") -> FileFormat | None:
    """The format of a file that is named so or begins so; None if it holds datagrams, or nothing that is known."""
    if name in file_formats():
        return file_formats()[name]
    beginning = beginning_of(path)
    return next((one for one in file_formats().values() if one.begins(beginning)), None)
