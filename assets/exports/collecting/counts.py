"""What a collector counted, by day: `.collector-<process>.json` in the folder that it writes to.

Belongs here: the counts, and their file, which a restart goes on with. Does not belong here: counting. What the kernel
dropped is of a socket, not of a router: which records it cost, gaps in sequence numbers tell once they are decoded.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from assets.ground.lake import replacing

KEPT_DAYS = 400


@dataclass
class DayCounts:
    """What came on a day (UTC).

    `dropped` came while the socket's buffer was full, `unwritten` could not be written, `apart` came from more
    exporters than have files of their own and lie in the folder of the others. `dropped_told` and `unwritten_told` of
    them are told by files beside the captures (assets.exports.collecting.losses).
    """

    datagrams: int = 0
    bytes: int = 0
    dropped: int = 0
    unwritten: int = 0
    apart: int = 0
    dropped_told: int = 0
    unwritten_told: int = 0

    @property
    def lost(self) -> int:
        return self.dropped + self.unwritten


@dataclass
class Counts:
    """What one process of a collector counted, and when it last said so; of one that was killed it goes on running."""

    process: int
    told_at: datetime | None = None
    is_running: bool = False
    days: dict[date, DayCounts] = field(default_factory=dict)

    def of(self, day: date) -> DayCounts:
        """The counts of a day, to be added to."""
        return self.days.setdefault(day, DayCounts())


def counts_path(folder: Path, process: int) -> Path:
    """Hidden, so that it is not taken for an export."""
    return folder / f".collector-{process}.json"


def write_counts(folder: Path, counts: Counts, now: datetime) -> None:
    """Write the counts of the last days; OSError if there is no room for them."""
    counts.told_at = now
    oldest = now.date() - timedelta(days=KEPT_DAYS)
    counts.days = {day: one for day, one in sorted(counts.days.items()) if day >= oldest}
    told = {
        "process": counts.process,
        "told_at": now.isoformat(timespec="seconds"),
        "is_running": counts.is_running,
        "days": {day.isoformat(): asdict(one) for day, one in counts.days.items()},
    }
    with replacing(counts_path(folder, counts.process)) as temporary:
        temporary.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def read_counts(folder: Path, process: int) -> Counts:
    """What a process counted before; nothing if it is not told or the file is damaged."""
    try:
        told = json.loads(counts_path(folder, process).read_text(encoding="utf-8"))
        days = {date.fromisoformat(day): DayCounts(**one) for day, one in told["days"].items()}
        return Counts(process, datetime.fromisoformat(told["told_at"]), bool(told["is_running"]), days)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return Counts(process)


def counts_in(folder: Path) -> Iterator[Counts]:
    """The counts of all processes that write to a folder."""
    for path in sorted(folder.glob(".collector-*.json")):
        number = path.stem.rpartition("-")[2]
        if number.isdecimal():
            yield read_counts(folder, int(number))
