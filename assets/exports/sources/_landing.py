"""Files of other machines, brought to this one: what is new in a day's listing lands whole, or not at all.

A source of another machine has a folder in the state, in which its files lie as they do there; what it holds is read
like any folder. Belongs here: which files are brought, and what is told of those that are not. Does not belong here:
protocols (a module each), what counts (assets.exports.pull).
"""

import hashlib
import io
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast

from assets.exports.names import printable, source_key
from assets.exports.sources._listing import listed, patterns
from assets.exports.sources._notes import FILES, DayNoted, Fault, FileNoted, landing_of, read_note, write_note
from assets.exports.sources._places import OfferedFile, Place, names_of_folders
from assets.exports.sources._remote import ATTEMPTS, ChangedError, Entry, NothingThere, Remote, RemoteError, opened
from assets.ground.lake import replacing
from assets.operator import FlowSource, Operator, addresses

LANDED = "landed"
"""The folder of a state into which files of other machines come, a folder for each source."""
STILL_S = 300
"""A file that may still be written is taken when it has been as it is for so long, or was so when it was looked at."""
FIRST_WAIT_S = 2.0
DAYS_BACK = 10
MOST_BYTES = 1 << 40
"""Of a file whose size its machine does not tell."""
LATER = "nothing needs to be done: a later run takes it once it stays as it is"
TAKE_OUT = "take it out of the source, or rename it"
Answer = TypeVar("Answer")


def with_landings(sources: Iterable[FlowSource], state: Path) -> tuple[FlowSource, ...]:
    """The sources, those on other machines with the folder of a state into which their files come."""
    return tuple(
        replace(one, landing=state / LANDED / source_key(one.address) / FILES)
        if addresses.is_remote(one.address)
        else one
        for one in sources
    )


def faults_told(place: Place, export_on: date) -> Iterator[OfferedFile]:
    """What of a place on another machine could not be brought for a day, with the reason."""
    if place.source.landing is None:
        return
    noted = read_note(place.source, export_on)
    if noted.unread is not None:
        yield _refused(place, place.path, noted.unread)
    for path, fault in sorted(noted.faults.items()):
        here = place.source.landing / path
        if here.is_relative_to(place.path):
            yield _refused(place, here, fault)


def _refused(place: Place, path: Path, fault: Fault) -> OfferedFile:
    below = printable(path.relative_to(place.path).as_posix()) if path != place.path else ""
    name = f"{place.name}/{below}" if below else place.name
    return OfferedFile(place, path, name, fault.reason, fault.remedy, fault.state)


@dataclass
class Landing:
    """Brings the files of remote sources; `exporters_on` are the names that may stand for `{exporter}` on a day.

    How machines are opened, what time it is and how to wait are given by tests.
    """

    sources: Sequence[FlowSource]
    exporters_on: Callable[[date], Iterable[str]]
    open: Callable[[str], Remote] = opened
    now: Callable[[], float] = time.time
    wait: Callable[[float], None] = time.sleep

    @classmethod
    def of(cls, operator: Operator) -> "Landing":
        """For the sources and exporters of an operator."""
        return cls(operator.flow_sources, lambda day: names_of_folders(operator, day))

    def land(self, days: Sequence[date]) -> list[str]:
        """Bring what is new for some days; a line for each source and day that could not be listed."""
        return [line for source in self._remote for line in self._land_source(source, days)]

    def land_newest(self, today: date) -> list[str]:
        """Bring of each source the newest day that has files, of the last few; a line for each that can't be listed."""
        told = list[str]()
        for source in self._remote:
            for back in range(-1, DAYS_BACK):
                day = today - timedelta(days=back)
                told += self._land_source(source, [day])
                noted = read_note(source, day)
                if noted.unread or any(file.is_landed for file in noted.files.values()):
                    break
        return told

    @property
    def _remote(self) -> list[FlowSource]:
        return [one for one in self.sources if one.landing is not None]

    def _land_source(self, source: FlowSource, days: Sequence[date]) -> Iterator[str]:
        try:
            remote = self._asked(lambda: self.open(addresses.split_remote(source.address)[0]))
        except RemoteError as error:
            yield from (_not_listed(source, day, error) for day in days)
            return
        with closing(remote):
            for day in days:
                try:
                    self._land_day(remote, source, day)
                except RemoteError as error:
                    yield _not_listed(source, day, error)

    def _land_day(self, remote: Remote, source: FlowSource, day: date) -> None:
        """Bring a day's files, and remove those that are no longer there; RemoteError if it can't be listed."""
        before, noted = read_note(source, day), DayNoted()
        for pattern in patterns(source, day, self.exporters_on(day)):
            for path, entry in self._asked(lambda meant=pattern: list(listed(remote, meant))):  # type: ignore[misc]
                fault = self._taken(remote, source, noted, before.files.get(path), path, entry)
                if fault is not None:
                    noted.faults[path] = fault
        for path in before.files.keys() - noted.files.keys():
            (landing_of(source) / path).unlink(missing_ok=True)
        write_note(source, day, noted)

    def _taken(
        self, remote: Remote, source: FlowSource, noted: DayNoted, known: FileNoted | None, path: str, entry: Entry
    ) -> Fault | None:
        """Note a file and bring it, unless it is here as it is there; why it can't be brought."""
        if entry.fault is not None:
            return Fault(entry.fault, TAKE_OUT, "unreadable")
        try:
            seen = entry if entry.version is not None else self._asked(lambda: remote.entry(path))
            file = noted.files[path] = _noted(seen, known, self.now())
            if file.is_landed and (landing_of(source) / path).is_file():
                return None
            if not remote.is_written_whole and not self._is_still(seen, file):
                return Fault("is still written to", LATER, "unstable")
            file.landed_size = self._asked(lambda: _fetched(remote, landing_of(source), path, seen))
            file.landed_version = seen.version
        except (NothingThere, ChangedError):
            return Fault("changed while it was being fetched", LATER, "unstable")
        except RemoteError as error:
            return Fault(str(error), error.remedy, "unreadable")
        return None

    def _is_still(self, seen: Entry, file: FileNoted) -> bool:
        """Whether a file has been as it is for a while, by its own time or since it was first seen so."""
        since = [file.seen_at, *([seen.modified.timestamp()] if seen.modified is not None else [])]
        return self.now() - min(since) >= STILL_S

    def _asked(self, ask: Callable[[], Answer]) -> Answer:
        """What a machine answers; where it may be over soon, it is asked again."""
        for attempt in range(1, ATTEMPTS):
            try:
                return ask()
            except RemoteError as error:
                if not error.is_passing:
                    raise
                self.wait(FIRST_WAIT_S * 2**attempt)
        return ask()


def _not_listed(source: FlowSource, day: date, error: RemoteError) -> str:
    """A line on a day that could not be listed; what landed of it before stays, and still counts."""
    noted = replace(read_note(source, day), unread=Fault(str(error), error.remedy, "unreadable"))
    write_note(source, day, noted)
    return f"{day}: {error}; what came of it before still counts; {error.remedy}"


def _noted(seen: Entry, known: FileNoted | None, now: float) -> FileNoted:
    if known is None:
        return FileNoted(seen.size, seen.version, now)
    if (known.size, known.version) == (seen.size, seen.version):
        return known
    return replace(known, size=seen.size, version=seen.version, seen_at=now)


def _fetched(remote: Remote, landing: Path, path: str, seen: Entry) -> int:
    """Bring a file to its place once all of it is here and it did not change meanwhile; its size in bytes."""
    arriving = landing.with_name("arriving") / hashlib.sha256(os.fsencode(path)).hexdigest()[:32]
    with replacing(arriving) as temporary:
        with temporary.open("wb") as written:
            temporary.chmod(0o600)
            remote.fetch(path, cast(BinaryIO, _Bounded(written, seen.size)))
        size, after = temporary.stat().st_size, remote.entry(path)
        if (after.size, after.version) != (seen.size, seen.version):
            raise ChangedError("changed while it was being fetched", LATER)
        if seen.size is not None and size != seen.size:
            raise RemoteError(f"{size:,} of {seen.size:,} bytes came", is_passing=True)
    landed = landing / path
    _make_room(landing, landed)
    arriving.replace(landed)
    return size


class NoRoomError(Exception):
    """The state's own disk does not take what comes: that is no fault of a source, and ends the run."""


class _Bounded(io.RawIOBase):
    """A file that takes no more bytes than it is to have."""

    def __init__(self, written: BinaryIO, size: int | None) -> None:
        self.out, self.most, self.taken = written, MOST_BYTES if size is None else size, 0

    def write(self, block: Any) -> int:
        self.taken += len(block)
        if self.taken > self.most:
            raise ChangedError(f"sends more than its {self.most:,} bytes", LATER)
        try:
            return self.out.write(block)
        except OSError as error:
            raise NoRoomError(f"{self.out.name}: can't be written ({error.strerror})") from error


def _make_room(landing: Path, landed: Path) -> None:
    """Remove a file that stands where a folder of the new one is now, or a folder where it is itself."""
    for folder in reversed(landed.relative_to(landing).parents):
        if (landing / folder).is_file():
            (landing / folder).unlink()
    if landed.is_dir():
        shutil.rmtree(landed)
    landed.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
