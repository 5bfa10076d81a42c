"""The column `note` of the files of an operator folder, and rows that are still as they were suggested.

Belongs here: what notes say. Does not belong here: what rows mean (load), or writing them (writing).
"""

import csv
from dataclasses import dataclass
from pathlib import Path

from assets.operator.columns import EXPORTERS, INTERFACES, NOTE, OWN_PREFIXES, REGIONS, SITES

SUGGESTED = "suggested"
NOTED_FILES = tuple(file.name for file in (EXPORTERS, INTERFACES, OWN_PREFIXES, SITES, REGIONS))


@dataclass(frozen=True)
class Noted:
    """A row whose note begins with `suggested`; rows are numbered as a spreadsheet shows them."""

    file: str
    row: int
    note: str


def suggested_rows(folder: Path) -> list[Noted]:
    """The rows that are marked as suggested, of the files of a valid operator folder."""
    return [one for name in NOTED_FILES for one in _noted(folder, name) if one.note.startswith(SUGGESTED)]


def _noted(folder: Path, name: str) -> list[Noted]:
    with (folder / name).open(encoding="utf-8-sig", newline="") as content:
        header, *rows = csv.reader(content)
    names = [one.strip() for one in header]
    if NOTE not in names:
        return []
    at = names.index(NOTE)
    return [Noted(name, number, row[at].strip()) for number, row in enumerate(rows, start=2) if len(row) > at]
