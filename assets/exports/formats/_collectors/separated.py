"""Text separated by commas, tabs, semicolons or spaces, as tables of the fields wanted.

Belongs here: headers, and reading blocks at once behind lines that have another number of fields.
Does not belong here: what the fields mean.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import pyarrow as pa
import pyarrow.csv as pacsv

from assets.exports.formats._collectors.blocks import Tally, Wanted, normalised

SEPARATORS = b"\t,; "


def separator_of(header: bytes) -> bytes:
    """What separates the names in a header."""
    return next((SEPARATORS[at : at + 1] for at in range(len(SEPARATORS)) if SEPARATORS[at] in header), b",")


def separated_tables(first: bytes, blocks: Iterable[bytes], wanted: Wanted, tally: Tally) -> Iterator[pa.Table]:
    """The lines of a file, its first block, with the header, given apart."""
    header, _, rest = first.partition(b"\n")
    separator = separator_of(header)
    names = [name.strip().strip('"') for name in header.decode("utf-8", "replace").split(separator.decode())]
    known = {normalised(name) for name in wanted.json_types}
    if len(names) == len(wanted.header) and not {normalised(name) for name in names} & known:
        names, rest = list(wanted.header), first
    usual = wanted.known(_unlike(names))
    read = _SeparatedReader(_unlike(names), usual, separator.decode(), b'"' in header, list(wanted.null_texts), tally)
    for block in chain([rest], blocks):
        # Files that were appended to one another repeat the header.
        flows = (b"\n" + block).replace(b"\n" + header + b"\n", b"\n") if rest is not first else block
        if flows.strip():
            yield from read.tables(flows)


def _unlike(names: Sequence[str]) -> list[str]:
    """Names, of which a repeated one gets its place behind it; the first one is read."""
    return [name if names.index(name) == at else f"{name}#{at}" for at, name in enumerate(names)]


@dataclass(frozen=True)
class _SeparatedReader:
    """Reads blocks of separated text: numbers as numbers, unless one of them is none; then all values are text."""

    names: list[str]
    usual: Mapping[str, pa.DataType]
    separator: str
    is_quoted: bool
    null_texts: list[str]
    tally: Tally

    def tables(self, block: bytes) -> Iterator[pa.Table]:
        """The lines of a block; where they can't be read at once, halves of them, down to the line that is at fault."""
        odd: list[int] = []
        text = block if block.isascii() else block.decode("utf-8", "replace").encode()
        try:
            table = self._read(text, self.usual, odd)
        except pa.ArrowException:
            odd.clear()
            try:
                table = self._read(text, dict.fromkeys(self.usual, pa.string()), odd)
            except pa.ArrowException:
                yield from self._halves(text)
                return
        self.tally.amiss(f"lines have not the {len(self.names)} fields that the header names", len(odd))
        yield table

    def _halves(self, text: bytes) -> Iterator[pa.Table]:
        lines = text.splitlines(keepends=True)
        if len(lines) == 1:
            self.tally.amiss("lines can't be read as separated text", 1, text[:40].decode("utf-8", "replace"))
            return
        for half in (lines[: len(lines) // 2], lines[len(lines) // 2 :]):
            yield from self.tables(b"".join(half))

    def _read(self, block: bytes, types: Mapping[str, pa.DataType], odd: list[int]) -> pa.Table:
        def pass_over(row: pacsv.InvalidRow) -> str:
            odd.append(row.actual_columns)
            return "skip"

        return pacsv.read_csv(
            pa.BufferReader(block),
            read_options=pacsv.ReadOptions(column_names=self.names),
            parse_options=pacsv.ParseOptions(
                delimiter=self.separator,
                quote_char='"' if self.is_quoted else False,
                invalid_row_handler=pass_over,
            ),
            convert_options=pacsv.ConvertOptions(
                include_columns=list(types),
                column_types=types,
                null_values=self.null_texts,
                strings_can_be_null=True,
            ),
        )
