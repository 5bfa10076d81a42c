"""Tables on the terminal.

Belongs here: drawing rows whose text comes from anywhere, such as registries. Does not belong here: choosing rows.
"""

import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

WIDTH_IN_A_FILE = 240
BEGINS_A_FORMULA = ("=", "+", "-", "@")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows below their columns; what is not a terminal gets long lines rather than folded cells."""
    table = Table(*columns)
    for row in rows:
        table.add_row(*(cell(value) for value in row))
    Console(width=None if sys.stdout.isatty() else WIDTH_IN_A_FILE).print(table)


def cell(value: object) -> Text:
    """A value as text in which markup is letters, and a character that moves the cursor or the reading is escaped."""
    return Text(printable("" if value is None else str(value)))


def csv_cell(value: object) -> object:
    """A value for a CSV file: text as `printable`, behind an apostrophe if a spreadsheet would read it as a formula."""
    if not isinstance(value, str):
        return value
    written = printable(value)
    return f"'{written}" if written.startswith(BEGINS_A_FORMULA) else written


def printable(text: str) -> str:
    """A text with each character escaped that moves the cursor or the reading."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)
