"""Paths of files as statements of SQL name them: whoever chose the name of a folder, it is text and nothing else.

Belongs here: quoting. Does not belong here: where files lie (assets.ground.lake, assets.ground.workspace).
"""

import re
from pathlib import Path


def quoted(path: Path | str) -> str:
    """A path as a literal of SQL, with its quotes around it."""
    return f"'{within_quotes(path)}'"


def within_quotes(path: Path | str) -> str:
    """The same without the quotes around it."""
    return str(path).replace("'", "''")


def as_pattern(path: Path | str) -> str:
    """A path for `read_parquet` and the like, which take brackets, asterisks and question marks for more."""
    return re.sub(r"([\[*?])", r"[\1]", str(path))
