"""The rows that editions were made from, each table kept once: `editions/made_from/<hash>.rows`.

Belongs here: the files, which are for the owner of the state alone. Does not belong here: what they say (rows, causes).
"""

import json
import os
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from assets.ground.lake import replacing
from assets.warehouse.editions.rows import Row


def write_privately(path: Path, text: str) -> None:
    """Write a file that its owner alone may read: what it tells may be withheld today."""
    with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def keep_rows(folder: Path, rows: Sequence[Row]) -> str:
    """Keep the rows of a table, if they are not kept yet, and return the name that they are kept by."""
    text = json.dumps(rows, indent=0)
    name = sha256(text.encode()).hexdigest()[:32]
    if not _path(folder, name).exists():
        with replacing(_path(folder, name)) as temporary:
            write_privately(temporary, text)
    return name


def kept_rows(folder: Path, name: str) -> list[Row] | None:
    """The rows of this name; None where they are not kept."""
    path = _path(folder, name)
    if not path.exists():
        return None
    rows: list[Row] = json.loads(path.read_text(encoding="utf-8"))
    return rows


def _path(folder: Path, name: str) -> Path:
    return folder / "made_from" / f"{name}.rows"
