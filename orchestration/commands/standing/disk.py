"""How much room a state takes, and how much is left.

Belongs here: counting bytes on disk. Does not belong here: letting anything go (`netstats retire`).
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Disk:
    """Bytes on disk by folder of the state, and of its file system."""

    of_folders: dict[str, int]
    free: int
    size: int

    @property
    def of_state(self) -> int:
        return sum(self.of_folders.values())

    @property
    def is_nearly_full(self) -> bool:
        return self.free < self.size / 20


def disk_of(state: Path) -> Disk:
    """The bytes of each folder directly below a state (and of its files, as `.`), most first."""
    found: dict[str, int] = {}
    for one in os.scandir(state):
        is_folder = one.is_dir(follow_symlinks=False)
        name = one.name if is_folder else "."
        found[name] = found.get(name, 0) + (_below(one.path) if is_folder else _taken(one))
    usage = shutil.disk_usage(state)
    return Disk(dict(sorted(found.items(), key=lambda part: (-part[1], part[0]))), usage.free, usage.total)


def _below(folder: str) -> int:
    """A run may take away what was just listed."""
    total = 0
    try:
        for one in os.scandir(folder):
            total += _below(one.path) if one.is_dir(follow_symlinks=False) else _taken(one)
    except FileNotFoundError:
        return total
    return total


def _taken(one: "os.DirEntry[str]") -> int:
    try:
        return one.stat(follow_symlinks=False).st_blocks * 512
    except FileNotFoundError:
        return 0


def bytes_text(count: int) -> str:
    """A count of bytes with three digits at most, such as 1.2 GB."""
    amount, units = float(count), ["bytes", "kB", "MB", "GB", "TB", "PB"]
    while amount >= 999.5 and len(units) > 1:
        amount, units = amount / 1000, units[1:]
    return f"{amount:.0f} {units[0]}" if amount >= 99.5 or units[0] == "bytes" else f"{amount:.1f} {units[0]}"
