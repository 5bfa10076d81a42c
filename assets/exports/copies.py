"""Recognising what is in an export file, and keeping the lake's own copy of it.

Belongs here: hashes of content, copies that are whole or not there. Does not belong here: which files count.
"""

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from assets.exports import formats
from assets.exports.formats import open_file
from assets.exports.sources import MEND_ACCESS, OfferedFile
from assets.ground.lake import FOR_OWNER, replacing, sha256_of_file

FICLONE = 0x40049409
"""The request of Linux to let a file share another one's blocks until either is written to."""
BLOCK_BYTES = 1 << 20
SENT_BY = "@"
# Of so much of a content the hash is kept: what begins otherwise has not grown from it.
BEGINNING_BYTES = 4096
NO_EXPORT = "remove it from the source, or have the collector write one of the formats that docs/operate.md lists"
STILL_WRITTEN = "pull the day again once the collector has closed it"


@dataclass(frozen=True)
class Version:
    """What tells a file from a later version of itself without reading it."""

    device: int
    inode: int
    size: int
    modified_ns: int

    @classmethod
    def of(cls, path: Path) -> "Version":
        found = path.stat()
        return cls(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


@dataclass(frozen=True)
class Examined:
    """An offered file and what was found in it; `content` is the hash of what it holds once decompressed.

    Where the file names no exporter, the one that its address names is part of it: `<hash>@<exporter>`.
    """

    offered: OfferedFile
    state: str
    reason: str | None = None
    remedy: str | None = None
    version: Version | None = None
    sha256: str | None = None
    content: str | None = None
    is_complete: bool = False
    content_bytes: int | None = None
    beginning_sha256: str | None = None


class Contained(NamedTuple):
    """What a file holds once decompressed, by its hash; how long that is, and how it begins, if that is known.

    `is_complete`: its compression is sound.
    """

    content: str
    is_complete: bool
    content_bytes: int | None
    beginning_sha256: str | None


class NotKept(Exception):  # noqa: N818
    """A file of which no copy could be made; `state` says what it then is."""

    def __init__(self, state: str, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.state, self.reason, self.remedy = state, reason, remedy


def examine(offered: OfferedFile, known: Mapping[tuple[str, str | None], Contained]) -> Examined:
    """What a file is; `known` is what files hold that were pulled before, by the hash of their bytes and exporter."""
    if offered.fault is not None:
        return Examined(offered, offered.state, offered.fault, offered.remedy)
    try:
        version, sha256 = Version.of(offered.path), sha256_of_file(offered.path)
        reason = formats.reason_not_an_export(offered.path, offered.place.source.format)
        if reason is not None:
            return Examined(offered, "quarantined", reason, NO_EXPORT, version, sha256)
        found = known.get((sha256, offered.place.exporter)) or _content_and_sender(offered, sha256)
    except OSError as error:
        return Examined(offered, "unreadable", f"can't be read ({error.strerror or error})", MEND_ACCESS)
    return Examined(offered, "pulled", None, None, version, sha256, *found)


def content_of(offered: OfferedFile) -> str:
    """What is the same of files that count once; OSError if the file can't be read."""
    return _content_and_sender(offered, sha256_of_file(offered.path)).content


def _content_and_sender(offered: OfferedFile, sha256: str) -> Contained:
    found, sender = contained(offered.path, sha256), offered.place.exporter
    if sender is None or formats.names_its_exporter(offered.path, offered.place.source.format):
        return found
    return found._replace(content=f"{found.content}{SENT_BY}{sender}")


def bytes_of(content: str) -> str:
    """The hash of what is held, whoever sent it."""
    return content.partition(SENT_BY)[0]


def contained(path: Path, sha256: str) -> Contained:
    """What a file of these bytes holds.

    What is damaged is recognised by its own bytes alone: another file may go on differently behind the damage.
    """
    with open_file(path) as content:
        beginning = content.read(BEGINNING_BYTES)
        begun = hashlib.sha256(beginning)
        if content.is_plain:
            return Contained(sha256, True, path.stat().st_size, begun.hexdigest())
        digest, size = begun.copy(), len(beginning)
        while block := content.read(BLOCK_BYTES):
            digest.update(block)
            size += len(block)
        if content.is_damaged:
            return Contained(hashlib.sha256(b"damaged " + sha256.encode()).hexdigest(), False, None, None)
    return Contained(digest.hexdigest(), True, size, begun.hexdigest())


def keep(examined: Examined, kept: Path) -> None:
    """Copy a file as it was examined; NotKept if it changed since or can't be read any more."""
    path = examined.offered.path
    with replacing(kept) as temporary:
        if examined.offered.place.source.landing is not None:
            # What landed is never written to again: both names may have the same bytes.
            temporary.hardlink_to(path)
        else:
            _copy(path, temporary)
            temporary.chmod(FOR_OWNER)
        if _version_now(path) != examined.version:
            raise NotKept("unstable", "changed while it was being pulled", STILL_WRITTEN)


def _version_now(path: Path) -> Version | None:
    try:
        return Version.of(path)
    except OSError:
        return None


def _copy(path: Path, copied: Path) -> None:
    """Copy a file, or share its blocks where the file system can; never link it, since the operator's may change."""
    try:
        source = path.open("rb")
    except OSError as error:
        raise _lost(error) from error
    with source, copied.open("wb") as copy:
        if not _cloned(source, copy):
            while block := _block(source):
                copy.write(block)


def _cloned(source: BinaryIO, copy: BinaryIO) -> bool:
    with contextlib.suppress(OSError):
        fcntl.ioctl(copy.fileno(), FICLONE, source.fileno())
        return os.fstat(copy.fileno()).st_size == os.fstat(source.fileno()).st_size
    return False


def _block(source: BinaryIO) -> bytes:
    """The next bytes of the source; faults of the lake's own disk are not the source's and end the run."""
    try:
        return source.read(BLOCK_BYTES)
    except OSError as error:
        raise _lost(error) from error


def _lost(error: OSError) -> NotKept:
    return NotKept("unreadable", f"can't be read ({error.strerror or error})", MEND_ACCESS)


def set_aside(examined: Examined, aside: Path) -> None:
    """Keep a file that is not a flow export, its reason beside it; one that changes meanwhile is told by its row."""
    name = examined.offered.source_file
    with contextlib.suppress(NotKept):
        keep(examined, aside)
    with replacing(aside.with_name(aside.name + ".reason.txt")) as temporary:
        temporary.write_text(f"{name}: {examined.reason}; {examined.remedy}\n", encoding="utf-8")
