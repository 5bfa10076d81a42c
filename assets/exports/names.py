"""How a source and its files are called in tables and in the lake, whatever bytes their names are of.

Belongs here: names. Does not belong here: finding files (assets.exports.sources) or keeping them
(assets.exports.copies).
"""

import hashlib
import os
import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath

LONGEST_PART_BYTES = 180
"""A part of a kept name leaves room for what stands around it while it is written; file systems take 255 bytes."""
LONGEST_KEPT_BYTES = 1000
COMPRESSIONS = {".gz", ".bz2", ".xz", ".zst", ".zstd"}
SUFFIXES = re.compile(r"(\.[A-Za-z0-9]{1,10}){1,2}$")


def source_key(address: str) -> str:
    """A source's folder in the lake: what its address says, and a short hash where that alone may mean another one.

    It follows from the address alone, so that no other source changes it.
    """
    said = address.removesuffix("/").removesuffix("/{date}")
    readable = re.sub(r"[^A-Za-z0-9_]+", "-", said).strip("-")[:60]
    is_all_said = readable == said and address.endswith("/{date}")
    return readable if is_all_said else f"{readable or 'source'}-{_hash_of(address)[:8]}"


def printable(name: str) -> str:
    r"""A file's name as text that can be stored and shown: what is not UTF-8 or can't be printed as `\x..`."""
    return "".join(one if one.isprintable() and one != "\\" else _escaped(one) for one in name)


def _escaped(one: str) -> str:
    if "\udc80" <= one <= "\udcff":
        return f"\\x{ord(one) - 0xDC00:02x}"
    return one.encode("unicode_escape").decode("ascii")


def kept_name(name: str) -> str:
    """The name under which a file is kept: its own, or the hash of a name that is too long or can't be printed."""
    parts = PurePosixPath(name).parts
    is_usual = printable(name) == name and all(len(os.fsencode(part)) <= LONGEST_PART_BYTES for part in parts)
    if is_usual and len(os.fsencode(name)) <= LONGEST_KEPT_BYTES:
        return name
    suffixes = SUFFIXES.search(name)
    return _hash_of(name)[:32] + (suffixes.group() if suffixes else "")


@dataclass
class TakenPaths:
    """Names of copies that are in use, and the folders that they make; letters' case may not tell files apart."""

    files: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)

    def add(self, path: str) -> None:
        self.files.add(path.casefold())
        self.folders.update(str(folder).casefold() for folder in PurePosixPath(path).parents)

    def is_free(self, path: str) -> bool:
        """Whether a file can lie there: nothing else does, no folder is called so, and no file stands in its way."""
        folders = (str(folder).casefold() for folder in PurePosixPath(path).parents)
        name = path.casefold()
        return name not in self.files and name not in self.folders and self.files.isdisjoint(folders)


def without_compression(name: str) -> str:
    """A file's name as it was before a collector compressed it."""
    path = PurePosixPath(name)
    return str(path.with_suffix("")) if path.suffix.lower() in COMPRESSIONS else name


def _hash_of(text: str) -> str:
    return hashlib.sha256(os.fsencode(text)).hexdigest()
