"""Files of lines as blocks of whole lines, what is wanted of them, and what was amiss in them.

Belongs here: reading through compression and damage. Does not belong here: what a line is made of.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from lzma import LZMAError
from pathlib import Path
from typing import IO

import pyarrow as pa

from assets.formats._containers import NotAnExport, open_file
from assets.formats._state import FileOutcome

BLOCK_BYTES = 8 << 20
LARGEST_LINE_BYTES = 8 << 20
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass
class Tally:
    """What was amiss in one file: how often, by reason; told when the file is read."""

    malformed: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    first_seen: dict[str, str] = field(default_factory=dict)

    def amiss(self, reason: str, count: int = 1, example: str = "") -> None:
        """Lines or values that could not be read, and the beginning of one of them."""
        if count:
            self.malformed[reason] = self.malformed.get(reason, 0) + count
            self.first_seen.setdefault(reason, f" (the first: {example!r})" if example else "")

    def leave_out(self, reason: str, count: int | None) -> None:
        """Rows that were read and are no flows to count."""
        if count:
            self.left_out[reason] = self.left_out.get(reason, 0) + count

    def tell(self, outcome: FileOutcome) -> None:
        outcome.malformed += sum(self.malformed.values())
        for reason, count in (*self.malformed.items(), *self.left_out.items()):
            outcome.note(f"{count} {reason}{self.first_seen.get(reason, '')}")


@dataclass(frozen=True)
class Wanted:
    """The fields asked for: for each name its JSON type where no line tells it; and how the lines are.

    A file that names none of `needed` (normalised) is refused with the text `refusal`; `header` stands for the missing
    one of a file whose first line has as many fields.
    """

    json_types: Mapping[str, pa.DataType]
    needed: frozenset[str]
    refusal: str
    header: tuple[str, ...] = ()
    null_texts: tuple[str, ...] = ("",)
    ends_at: tuple[bytes, ...] = ()

    def known(self, names: Iterable[str]) -> dict[str, pa.DataType]:
        """The types of those names that are wanted; raises NotAnExport where none is there that is needed.

        Of names that differ in case or hyphens alone the first one is read.
        """
        usual = {normalised(name): json_type for name, json_type in self.json_types.items()}
        spelled: dict[str, str] = {}
        for name in names:
            spelled.setdefault(normalised(name), name)
        if not self.needed & spelled.keys():
            raise NotAnExport(self.refusal)
        return {name: usual[plain] for plain, name in spelled.items() if plain in usual}


def normalised(name: str) -> str:
    """A field's name without case, "_" and "-", in which the versions of a collector differ."""
    return name.strip().strip('"').replace("_", "").replace("-", "").lower()


def blocks(path: Path, tally: Tally) -> Iterator[bytes]:
    """Blocks of whole lines."""
    rest = BYTE_ORDER_MARK
    with open_file(path) as stream:
        while chunk := _read(stream, tally):
            head, newline, tail = chunk.rpartition(b"\n")
            if newline:
                yield (rest + head + newline).removeprefix(BYTE_ORDER_MARK)
                rest = tail
            else:
                rest += chunk
            if len(rest) > LARGEST_LINE_BYTES:
                raise NotAnExport(f"{path}: has a line of over {LARGEST_LINE_BYTES} bytes; give it one flow a line")
    rest = rest.removeprefix(BYTE_ORDER_MARK)
    if rest:
        yield rest + b"\n"


def _read(stream: IO[bytes], tally: Tally) -> bytes:
    """The next bytes; where a compressed file is cut off or damaged, what came before it counts."""
    try:
        return stream.read(BLOCK_BYTES)
    except (OSError, EOFError, zlib.error, LZMAError, pa.ArrowException) as error:
        if isinstance(error, OSError) and error.errno:
            raise
        tally.amiss(f"damage in the compressed file ({error}); what stands behind it is lost, fetch the file again")
        return b""


def until_the_end(found_blocks: Iterable[bytes], ends_at: Sequence[bytes]) -> Iterator[bytes]:
    """Blocks up to the line with which the writer ends its flows."""
    for block in found_blocks:
        found = [at for end in ends_at if (at := (b"\n" + block).find(b"\n" + end)) >= 0]
        if found:
            yield block[: min(found)]
            return
        yield block
