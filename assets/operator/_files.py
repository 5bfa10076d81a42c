"""Reading a CSV file of an operator folder.

Belongs here: how a file becomes rows.
Does not belong here: which columns it has (_columns), rules across rows (_rules).
"""

import contextlib
import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Generic

from assets.operator.columns import NOTE, Column, CsvFile, Row
from assets.operator.problems import Problems

MOST_BYTES = 64 << 20


@dataclass(frozen=True)
class Numbered(Generic[Row]):
    """A row with its number as a spreadsheet shows it (the header is row 1)."""

    number: int
    value: Row


def read_rows(file: CsvFile[Row], problems: Problems) -> list[Numbered[Row]]:
    """The rows of a file that are valid by themselves; whatever is wrong with the others is told."""
    path = problems.folder / file.name
    if not path.exists():
        if not file.is_optional:
            problems.of_file(file.name, f"is missing; write one with the header {','.join(file.header)}")
        return []
    lines = _lines(path, file.name, problems)
    if not lines:
        return []
    header, *rows = lines
    if not _header_holds(file, header, problems):
        return []
    found = []
    for number, row in enumerate(rows, start=2):
        if not any(row):
            continue
        value = _value(file, number, header, row, problems)
        if value is not None:
            found.append(Numbered(number, value))
    return found


def fault_of_file(path: Path) -> str | None:
    """Why what is there can't be a file that a person wrote: a pipe would be waited for without end."""
    if not path.is_file():
        return "is not a file; put a file in its place"
    if (size := path.stat().st_size) > MOST_BYTES:
        return f"has {size:,} bytes, more than any such file needs ({MOST_BYTES:,}); see what is in it"
    return None


def _lines(path: Path, name: str, problems: Problems) -> list[list[str]]:
    if fault := fault_of_file(path):
        problems.of_file(name, fault)
        return []
    try:
        with path.open(encoding="utf-8-sig", newline="") as content:
            lines = [[cell.strip() for cell in line] for line in csv.reader(content, strict=True)]
    except UnicodeDecodeError as error:
        problems.of_file(name, f"byte {error.start} is not UTF-8; save the file as UTF-8")
        return []
    except csv.Error as error:
        problems.of_file(name, f"is not CSV ({error}); quote cells that hold commas or quotation marks")
        return []
    if not lines:
        problems.of_file(name, "the file is empty; its first line must name the columns")
    return lines


def _header_holds(file: CsvFile[Row], header: list[str], problems: Problems) -> bool:
    wanted = ",".join(file.header)
    before = len(problems.lines)
    for name in header:
        if name not in file.header and name != NOTE:
            problems.of_cell(file.name, 1, name or "(no name)", f"is unknown; the columns are {wanted}")
    for column in file.columns:
        if header.count(column.name) > 1:
            problems.of_cell(file.name, 1, column.name, "stands twice; keep one")
        if column.name not in header and not column.may_be_absent:
            problems.of_cell(file.name, 1, column.name, f"is missing; the columns are {wanted}")
    return len(problems.lines) == before


def _value(file: CsvFile[Row], number: int, header: list[str], row: list[str], problems: Problems) -> Row | None:
    if len(row) != len(header):
        what = f"has {len(row)} cells where {len(header)} are wanted; {_width_remedy(len(row), len(header))}"
        problems.of_row(file.name, number, what)
        return None
    before = len(problems.lines)
    cells = dict(zip(header, row, strict=True))
    values = {column.name: _cell(file, number, column, cells.get(column.name, ""), problems) for column in file.columns}
    return file.make(**values) if len(problems.lines) == before else None


def _width_remedy(width: int, wanted: int) -> str:
    if width > wanted:
        return "quote cells that hold a comma"
    return "put a comma for each empty cell"


def _cell(file: CsvFile[Row], number: int, column: Column, cell: str, problems: Problems) -> object:
    if not cell:
        if not column.is_optional:
            problems.of_cell(file.name, number, column.name, "is empty; it is needed")
        return None
    try:
        return column.parse(cell)
    except ValueError as error:
        problems.of_cell(file.name, number, column.name, f"{cell!r} {error}")
        return None


def cells_of(file: CsvFile[object], column: str, folder: Path) -> set[object]:
    """The values of a column, also of rows that are refused, so that one mistake is told once."""
    unheard = Problems(folder)
    path = folder / file.name
    lines = _lines(path, file.name, unheard) if path.exists() else []
    if not lines or column not in lines[0]:
        return set()
    index = lines[0].index(column)
    parse = next(known.parse for known in file.columns if known.name == column)
    found: set[object] = set()
    for line in lines[1:]:
        if len(line) > index and line[index]:
            with contextlib.suppress(ValueError):
                found.add(parse(line[index]))
    return found
