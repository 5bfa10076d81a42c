"""A folder as one file, with the hash of everything in it, and back again.

Belongs here: writing, checking and unpacking the file. Does not belong here: which folder it is, or when it may be read
(orchestration.commands.backup).
"""

import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from assets.ground.lake import replacing, sha256_of_file
from assets.ground.unfinished import replacing_folder

CONTENTS = "CONTENTS.json"
LAYOUT = 1
SQLITE = b"SQLite format 3\0"
FOR_OWNER = 0o600


class ArchiveError(Exception):
    """A file can't be unpacked; the text names it and what is wrong, with the remedy."""


@dataclass(frozen=True)
class Packed:
    """What an archive holds."""

    files: int
    bytes: int


def pack(folder: Path, archive: Path, leaves_out: Callable[[Path], bool]) -> Packed:
    """Write the regular files and links of a folder to one file, which is for its owner alone; whole or not at all.

    `leaves_out` is asked with paths below the folder. SQLite's files are copied as they are between two writes. Two
    names of the same file are kept once. ArchiveError names what is no file.
    """
    hashes, seen, size = dict[str, str](), dict[tuple[int, int], str](), 0
    with replacing(archive) as temporary, _opened_for_owner(temporary) as written:
        with tarfile.open(fileobj=written, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for path in _files(folder, leaves_out):
                name = path.relative_to(folder).as_posix()
                found = path.stat()
                first = seen.setdefault((found.st_dev, found.st_ino), name)
                if first != name:
                    tar.addfile(_member(name, tarfile.LNKTYPE, link=first))
                    continue
                hashes[name], taken = _add(tar, name, path)
                size += taken
            contents = json.dumps({"layout": LAYOUT, "sha256": hashes}, indent=0).encode()
            tar.addfile(_member(CONTENTS, size=len(contents)), io.BytesIO(contents))
        written.flush()
        os.fsync(written.fileno())
    return Packed(len(hashes), size)


def unpack(archive: Path, folder: Path) -> Packed:
    """Make a folder of an archive, once all of it is there and as its hashes say; ArchiveError, and no folder, if not.

    FileExistsError if the folder is there: nothing is written over.
    """
    if folder.exists():
        raise FileExistsError(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with replacing_folder(folder) as writing:
        writing.mkdir(mode=0o700)
        try:
            with tarfile.open(archive, mode="r:") as tar:
                tar.extractall(writing, filter="data")
            return _checked(archive, writing)
        except (tarfile.TarError, EOFError, OSError) as error:
            shutil.rmtree(writing)
            raise ArchiveError(f"{archive}: can't be unpacked ({error}); take another backup") from error
        except ArchiveError:
            shutil.rmtree(writing)
            raise


def _checked(archive: Path, folder: Path) -> Packed:
    """ArchiveError if something is missing, changed or there beside what was packed."""
    told = folder / CONTENTS
    if not told.is_file():
        raise ArchiveError(f"{archive}: is cut off, or no backup of netstats; take another one")
    contents = json.loads(told.read_text(encoding="utf-8"))
    told.unlink()
    if contents["layout"] != LAYOUT:
        raise ArchiveError(f"{archive}: was written by another version; restore it with that one")
    size = 0
    for name, sha256 in contents["sha256"].items():
        path = folder / name
        if not path.is_file() or sha256_of_file(path) != sha256:
            raise ArchiveError(f"{archive}: {name} is not as it was packed; take another backup")
        size += path.stat().st_size
    return Packed(len(contents["sha256"]), size)


def _files(folder: Path, leaves_out: Callable[[Path], bool]) -> Iterator[Path]:
    for path in sorted(folder.rglob("*"), key=os.fsencode):
        if (path.is_dir() and not path.is_symlink()) or leaves_out(path.relative_to(folder)):
            continue
        if path.is_symlink() or not path.is_file():
            raise ArchiveError(f"{path}: is a link or no file, and can't be packed; take it out of the folder")
        yield path


def _add(tar: tarfile.TarFile, name: str, path: Path) -> tuple[str, int]:
    """Add a file; the hash of its bytes and how many they are."""
    with path.open("rb") as content:
        if content.read(len(SQLITE)) != SQLITE:
            content.seek(0)
            return _add_content(tar, name, content, path.stat().st_size)
    with tempfile.TemporaryDirectory() as beside:
        copy = Path(beside) / "copy.db"
        with sqlite3.connect(path) as database, sqlite3.connect(copy) as copied:
            database.backup(copied)
        database.close()
        copied.close()
        with copy.open("rb") as content:
            return _add_content(tar, name, content, copy.stat().st_size)


def _add_content(tar: tarfile.TarFile, name: str, content: BinaryIO, size: int) -> tuple[str, int]:
    hashing = _Hashing(content)
    tar.addfile(_member(name, size=size), hashing)  # type: ignore[arg-type]
    return hashing.digest.hexdigest(), size


def _member(name: str, kind: bytes = tarfile.REGTYPE, *, size: int = 0, link: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.size, member.linkname, member.mode = kind, size, link, FOR_OWNER
    return member


class _Hashing:
    """Reads a file and hashes what is read."""

    def __init__(self, content: BinaryIO) -> None:
        self.content, self.digest = content, hashlib.sha256()

    def read(self, size: int) -> bytes:
        block = self.content.read(size)
        self.digest.update(block)
        return block


def _opened_for_owner(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FOR_OWNER), "wb")
