"""Files of lines as blocks of whole lines, what is wanted of them, and what was amiss in them.

Belongs here: reading through compression and damage. Does not belong here: what a line is made of.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from assets.exports.formats._compression import Content, open_file
from assets.exports.formats._containers import BYTE_ORDER_MARK, NotAnExport
from assets.exports.formats._state import FileOutcome

BLOCK_BYTES = 8 << 20
LARGEST_LINE_BYTES = 8 << 20


@dataclass
class Tally:
    """What was amiss in one file: how often, by reason; told when the file is read."""

    malformed: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    lost: list[tuple[str, str, int]] = field(default_factory=list)
    first_seen: dict[str, str] = field(default_factory=dict)

    def amiss(self, reason: str, count: int = 1, example: str = "") -> None:
        """Lines or values that could not be read, and the beginning of one of them."""
        if count:
            self.malformed[reason] = self.malformed.get(reason, 0) + count
            self.first_seen.setdefault(reason, f" (the first: {example!r})" if example else "")

    def leave_out(self, reason: str, count: int | None) -> None:
        """Rows that were read and are not flows to count."""
        if count:
            self.left_out[reason] = self.left_out.get(reason, 0) + count

    def lose(self, reason: str, problem: str, count: int = 1) -> None:
        """What went missing by a reason of LOSSES."""
        if count:
            self.lost.append((reason, problem, count))

    def tell(self, outcome: FileOutcome) -> None:
        for one in self.lost:
            outcome.lose(*one)
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
    """Blocks of whole lines; what compression or damage keeps from being read is told."""
    with open_file(path) as content:
        try:
            yield from _whole_lines(content, path, tally)
        finally:
            content.tell(tally)


def _whole_lines(content: Content, path: Path, tally: Tally) -> Iterator[bytes]:
    """Blocks of whole lines. A line longer than any of a flow is passed over; as the first one it is refused."""
    rest, is_first, is_too_long = b"", True, False
    while chunk := content.read(BLOCK_BYTES):
        if is_too_long:
            _, newline, chunk = chunk.partition(b"\n")
            is_too_long = not newline
        head, newline, tail = chunk.rpartition(b"\n")
        if newline:
            yield _unmarked(rest + head + newline)
            rest, is_first = tail, False
        else:
            rest += chunk
        if len(rest) > LARGEST_LINE_BYTES:
            if is_first:
                raise NotAnExport(f"{path}: has a line of over {LARGEST_LINE_BYTES} bytes; give it one flow a line")
            tally.amiss(f"lines are of over {LARGEST_LINE_BYTES} bytes", 1, _beginning(rest))
            rest, is_too_long = b"", True
    if rest := _unmarked(rest):
        yield rest + b"\n"


def _unmarked(lines: bytes) -> bytes:
    """Lines without the byte order marks that files begin with, also those that were joined to another one."""
    if BYTE_ORDER_MARK not in lines:
        return lines
    return lines.replace(b"\n" + BYTE_ORDER_MARK, b"\n").removeprefix(BYTE_ORDER_MARK)


def _beginning(line: bytes) -> str:
    return line[:40].decode("utf-8", "replace")


def until_the_end(found_blocks: Iterable[bytes], ends_at: Sequence[bytes]) -> Iterator[bytes]:
    """Blocks up to the line with which the writer ends its flows."""
    for block in found_blocks:
        found = [at for end in ends_at if (at := (b"\n" + block).find(b"\n" + end)) >= 0]
        if found:
            yield block[: min(found)]
            return
        yield block
