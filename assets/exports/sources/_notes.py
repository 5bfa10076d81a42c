"""What is known of a day of a source of another machine: what was seen there, what landed, and what did not.

Belongs here: keeping and reading it. Does not belong here: bringing files (_landing).
"""

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

from assets.ground.lake import replacing
from assets.operator import FlowSource, addresses

UNDATED = "all_days"
FILES = "files"


@dataclass
class FileNoted:
    """A file of another machine as it was last seen, since when, and as it landed; sizes in bytes, moments in s."""

    size: int | None
    version: str | None
    seen_at: float
    landed_size: int | None = None
    landed_version: str | None = None

    @property
    def is_landed(self) -> bool:
        """Whether what landed is what was last seen."""
        size = self.landed_size if self.size is None else self.size
        return size is not None and (size, self.version) == (self.landed_size, self.landed_version)


@dataclass
class Fault:
    """Why a file could not be taken, and what it therefore is."""

    reason: str
    remedy: str
    state: str


@dataclass
class DayNoted:
    """The files of a day by their paths, and the faults of those that can't be taken; `unread`: the day's own."""

    files: dict[str, FileNoted] = field(default_factory=dict)
    faults: dict[str, Fault] = field(default_factory=dict)
    unread: Fault | None = None


def landed_of_days(landings: Path, days: Collection[date], copies: Collection[Path]) -> set[Path]:
    """What landed of some days, in the landings of all sources, those that are no longer named among them.

    Of sources whose address tells no day, what is the same file as one of the lake's `copies`.
    """
    found, inodes = set[Path](), {(path.stat().st_dev, path.stat().st_ino) for path in copies if path.exists()}
    for note in landings.glob("*/notes/*.json"):
        is_of_days = note.stem in {day.isoformat() for day in days}
        for name in json.loads(note.read_text(encoding="utf-8"))["files"]:
            path = note.parents[1] / FILES / name
            if path.exists() and (is_of_days or (path.stat().st_dev, path.stat().st_ino) in inodes):
                found.add(path)
    return found


def landing_of(source: FlowSource) -> Path:
    """The folder in which a remote source's files land."""
    if source.landing is None:
        raise ValueError(f"{source.address} is of this machine")
    return source.landing


def read_note(source: FlowSource, day: date) -> DayNoted:
    """What is known of a day; nothing if it was never looked at."""
    path = _path(source, day)
    if not path.exists():
        return DayNoted()
    kept = json.loads(path.read_text(encoding="utf-8"))
    return DayNoted(
        files={name: FileNoted(**one) for name, one in kept["files"].items()},
        faults={name: Fault(**one) for name, one in kept["faults"].items()},
        unread=Fault(**kept["unread"]) if kept["unread"] else None,
    )


def was_looked_at(source: FlowSource, day: date) -> bool:
    """Whether a remote source was ever asked for a day."""
    return _path(source, day).exists()


def write_note(source: FlowSource, day: date, noted: DayNoted) -> None:
    """Keep what is known of a day."""
    with replacing(_path(source, day)) as temporary:
        temporary.write_text(json.dumps(asdict(noted)), encoding="utf-8")


def _path(source: FlowSource, day: date) -> Path:
    name = day.isoformat() if addresses.is_dated(source.address) else UNDATED
    return landing_of(source).with_name("notes") / f"{name}.json"
