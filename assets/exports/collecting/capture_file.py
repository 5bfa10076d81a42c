"""One capture being written: hidden until it is whole, and never with half a packet at its end.

Belongs here: one file, and those that a killed collector left. Does not belong here: which file a datagram goes to.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from assets.exports.collecting.packets import FILE_HEADER, PACKET_HEADER

PART = ".part"
LEFT = re.compile(r"\.(?P<name>.+-(?P<process>\d+)\.pcap)\.part")


@dataclass
class CaptureFile:
    """A file below `folder`, named by when it began and by the process; what is not written yet waits in `waiting`."""

    folder: Path
    began_at: datetime
    process: int
    waiting: list[bytes] = field(default_factory=list)
    waiting_bytes: int = 0
    waiting_datagrams: int = 0
    size: int = 0
    descriptor: int = -1

    @property
    def path(self) -> Path:
        """The name that it takes when it is whole."""
        return self.folder / f"{self.began_at:%Y%m%dT%H%M%S.%fZ}-{self.process}.pcap"

    @property
    def hidden(self) -> Path:
        return self.path.with_name(f".{self.path.name}{PART}")

    def take(self, head: bytes, payload: bytes) -> None:
        """One datagram, to be written with those that come after it."""
        self.waiting += (head, payload)
        self.waiting_bytes += len(head) + len(payload)
        self.waiting_datagrams += 1

    def write(self) -> None:
        """Write what waits, or nothing of it: OSError leaves the file as it was, and what waited is let go."""
        content, self.waiting, self.waiting_bytes, self.waiting_datagrams = b"".join(self.waiting), [], 0, 0
        if not content:
            return
        try:
            if self.descriptor < 0:
                self._open()
            if not self.size:
                content = FILE_HEADER + content
            _write_all(self.descriptor, content)
        except OSError:
            if self.descriptor >= 0:
                os.ftruncate(self.descriptor, self.size)
                os.lseek(self.descriptor, self.size, os.SEEK_SET)
            raise
        self.size += len(content)

    def _open(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.descriptor = os.open(self.hidden, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)

    def finish(self) -> None:
        """Give it its name, once it is on the disk for good; a file without a datagram goes. OSError if it can't be."""
        if self.descriptor < 0:
            return
        try:
            if self.size:
                os.fsync(self.descriptor)
        finally:
            os.close(self.descriptor)
            self.descriptor = -1
        if self.size:
            self.hidden.rename(self.path)
        else:
            self.hidden.unlink()


def _write_all(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def left_below(folder: Path) -> Iterator[tuple[Path, int]]:
    """The captures that are being written below a collector's folder, with the number of the process of each."""
    for path in sorted(folder.glob(f"*/*/.*{PART}")):
        if (told := LEFT.fullmatch(path.name)) is not None:
            yield path, int(told["process"])


def complete(hidden: Path) -> Path | None:
    """Name a capture that a killed process left, up to its last whole packet; None, and it is gone, without any."""
    end = _whole_bytes(hidden)
    if not end:
        hidden.unlink()
        return None
    with hidden.open("r+b") as file:
        file.truncate(end)
        os.fsync(file.fileno())
    told = LEFT.fullmatch(hidden.name)
    assert told is not None
    return hidden.rename(hidden.with_name(told["name"]))


def _whole_bytes(path: Path) -> int:
    """How many bytes are the header and whole packets; 0 without a packet."""
    at, size = len(FILE_HEADER), path.stat().st_size
    with path.open("rb") as file:
        while at + PACKET_HEADER.size <= size:
            file.seek(at)
            length = PACKET_HEADER.unpack(file.read(PACKET_HEADER.size))[2]
            if at + PACKET_HEADER.size + length > size:
                break
            at += PACKET_HEADER.size + length
    return at if at > len(FILE_HEADER) else 0
