"""Which file a datagram goes to: one for each exporter, day and stretch of time, and how many there may be.

Belongs here: choosing, rotating, and letting go what can't be written. Does not belong here: writing one file
(assets.exports.collecting.capture_file), sockets.
"""

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from queue import SimpleQueue

from assets.exports.collecting.capture_file import CaptureFile
from assets.exports.collecting.counts import Counts
from assets.exports.collecting.losses import Losses

OTHERS = "others"
"""The folder of what comes from more exporters than have files of their own: a flood of made-up ones, most likely."""
NEVER = datetime.min.replace(tzinfo=UTC)
WRITE_AT_BYTES = 1 << 18
Say = Callable[[str], None]
Address = IPv4Address | IPv6Address


@dataclass(frozen=True)
class Limits:
    """How long and how large a capture gets, and how many exporters beside the known ones have files on a day."""

    stretch: timedelta = timedelta(minutes=15)
    largest_bytes: int = 256 << 20
    most_exporters: int = 500


class Finisher:
    """Gives captures their names beside the receiving, since waiting for the disk would fill the sockets' buffers."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._waiting: SimpleQueue[CaptureFile | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="finisher", daemon=True)
        self._thread.start()

    def take(self, file: CaptureFile) -> None:
        self._waiting.put(file)

    def end(self) -> None:
        """Wait until all that was given is named."""
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (file := self._waiting.get()) is not None:
            try:
                file.finish()
            except OSError as error:
                self._say(f"{file.hidden} can't be named ({error.strerror}); it is completed at the next start")


@dataclass
class Filing:
    """The open files of one process, by exporter; all of them are of the same stretch of time and day."""

    folder: Path
    process: int
    limits: Limits
    counts: Counts
    known: Collection[Address]
    say: Say
    finisher: Finisher
    began_at: datetime = NEVER
    ends_at: datetime = NEVER
    files: dict[str, CaptureFile] = field(default_factory=dict)
    admitted: set[Address] = field(default_factory=set)
    failing: set[str] = field(default_factory=set)
    unwritten: int = 0
    losses: Losses = field(init=False)

    def __post_init__(self) -> None:
        self.losses = Losses(self.folder, self.process, self.counts)

    def begin_at(self, now: datetime) -> bool:
        """Begin a new stretch if the one before has ended, or the clock was set back; whether it did."""
        if self.began_at <= now < self.ends_at:
            return False
        self.name_all()
        if now.date() != self.began_at.date():
            self.admitted.clear()
        midnight = datetime(now.year, now.month, now.day, tzinfo=UTC)
        stretches = (now - midnight) // self.limits.stretch
        self.began_at = midnight + stretches * self.limits.stretch
        self.ends_at = min(self.began_at + self.limits.stretch, midnight + timedelta(days=1))
        return True

    def name_of(self, sender: Address) -> str:
        """The folder of an exporter: its own, or that of the others."""
        return str(sender) if self._has_its_own(sender) else OTHERS

    def file_of(self, name: str, now: datetime) -> CaptureFile:
        """The open file of a folder."""
        if name not in self.files:
            self.files[name] = CaptureFile(self.folder / name / f"{now:%Y-%m-%d}", now, self.process)
        return self.files[name]

    def _has_its_own(self, sender: Address) -> bool:
        if sender in self.admitted:
            return True
        if sender not in self.known and len(self.admitted) >= self.limits.most_exporters:
            return False
        self.admitted.add(sender)
        return True

    def write(self, *, at_least: int = 0) -> None:
        """Write what waits of the files that have so many bytes waiting."""
        for name in [name for name, file in self.files.items() if file.waiting_bytes > at_least]:
            self._write(name)

    def _write(self, name: str) -> None:
        file = self.files[name]
        waiting = file.waiting_datagrams
        try:
            file.write()
        except OSError as error:
            self._tell_unwritten(name, waiting, f"{file.folder} can't be written ({error.strerror})")
            return
        self._tell_written(name)
        if file.size >= self.limits.largest_bytes:
            self.finisher.take(self.files.pop(name))

    def _tell_unwritten(self, name: str, datagrams: int, fault: str) -> None:
        """Count what is lost, and say so once until all can be written again."""
        self.losses.leave_unwritten(self.began_at.date(), name, datagrams)
        self.unwritten += datagrams
        if not self.failing:
            self.say(f"{fault}: datagrams are lost until it can; make room, or mend the folder")
        self.failing.add(name)

    def _tell_written(self, name: str) -> None:
        if name in self.failing:
            self.failing.remove(name)
            if not self.failing:
                self.say(f"{self.folder} is written again; {self.unwritten} datagrams were lost")
                self.unwritten = 0

    def name_all(self) -> None:
        """Write what waits, and name all files."""
        self.write()
        for file in self.files.values():
            self.finisher.take(file)
        self.files.clear()
        # Who failed may not come again.
        self.failing.clear()
