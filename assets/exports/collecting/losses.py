"""What a collector lost, as small files beside its captures: they travel with these, and become losses of their day.

Belongs here: what waits to be told, and the file. Does not belong here: noticing a loss, or reading the file
(assets.exports.formats.collector_losses).
"""

import json
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from assets.exports.collecting.counts import Counts
from assets.ground.lake import replacing

COLLECTOR = "collector"
"""The folder of what is of no exporter that is known: a socket's drops, and what a killed collector did not tell."""
DROPPED, UNWRITTEN = "dropped_by_kernel", "unwritten_by_collector"
TAKEN_UP = timedelta(days=1)
BEGINS, VERSION = "netstats_collect_losses", 1


@dataclass
class Losses:
    """Datagrams by day (UTC), folder and reason of which no file tells yet, beside the counts of all that were lost."""

    folder: Path
    process: int
    counts: Counts
    waiting: dict[tuple[date, str, str], int] = field(default_factory=dict)

    def drop(self, day: date, datagrams: int) -> None:
        """The kernel dropped so many before the collector saw who sent them."""
        self.counts.of(day).dropped += datagrams
        self._wait(day, COLLECTOR, DROPPED, datagrams)

    def leave_unwritten(self, day: date, name: str, datagrams: int) -> None:
        """So many of the folder of an exporter could not be written."""
        self.counts.of(day).unwritten += datagrams
        self._wait(day, name, UNWRITTEN, datagrams)

    def take_up(self, today: date) -> None:
        """What is counted and was not told, since the collector was killed or the disk was full when it ended.

        Of today and yesterday: a new file of an older day would have that day pulled again, whose captures may be gone.
        """
        recent = [(day, one) for day, one in self.counts.days.items() if day >= today - TAKEN_UP]
        for day, one in recent:
            self._wait(day, COLLECTOR, DROPPED, one.dropped - one.dropped_told)
            self._wait(day, COLLECTOR, UNWRITTEN, one.unwritten - one.unwritten_told)

    def write(self, now: datetime) -> bool:
        """Write what waits, a file for each day and folder; whether any did. After an OSError the rest waits on."""
        files = sorted({(day, name) for day, name, _ in self.waiting})
        for day, name in files:
            lost = {reason: self.waiting.get((day, name, reason), 0) for reason in (DROPPED, UNWRITTEN)}
            self._write(self.folder / name / day.isoformat(), lost, now)
            self.counts.of(day).dropped_told += lost[DROPPED]
            self.counts.of(day).unwritten_told += lost[UNWRITTEN]
            for reason in lost:
                self.waiting.pop((day, name, reason), None)
        return bool(files)

    def _wait(self, day: date, name: str, reason: str, datagrams: int) -> None:
        if datagrams > 0:
            self.waiting[day, name, reason] = self.waiting.get((day, name, reason), 0) + datagrams

    def _write(self, folder: Path, lost: dict[str, int], now: datetime) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        # Process and moment tell two files of the same losses apart: the same content counts once.
        told = {BEGINS: VERSION, "process": self.process, "written_at": now.isoformat(timespec="microseconds")}
        counts = {reason: datagrams for reason, datagrams in lost.items() if datagrams}
        with replacing(folder / f"{now:%Y%m%dT%H%M%S.%fZ}-{self.process}.losses.json") as temporary:
            temporary.write_text(json.dumps(told | counts) + "\n", encoding="utf-8")
