"""Snapshots of registries by date: stored only when changed, never overwritten, the last good one in force.

Belongs here: what is kept, what is refused, which snapshot holds on a day.
Does not belong here: HTTP (fetch), formats (one module a source).
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path

import pyarrow as pa

from assets.registry.dates import date_told
from assets.registry.fetch import REMOTE, Fetched, Fetcher, FetchError, Validators
from assets.registry.source import RegistryFormatError, Source

SHRUNKEN = 0.8
"""A table or file below this part of the last snapshot's is refused: full tables grow or lose a few percent a month,
a cut or broken one loses more (set 2026-11-21)."""
CHECKED = "checked_on"


@dataclass(frozen=True)
class KeptFile:
    """A file of a snapshot, as it came."""

    name: str
    address: str
    size: int
    sha256: str
    etag: str | None
    last_modified: str | None


@dataclass(frozen=True)
class Snapshot:
    """What a source published, as of the day on which it was first seen."""

    source: str
    as_of: date
    folder: Path
    files: tuple[KeptFile, ...]
    rows: Mapping[str, int]

    @property
    def paths(self) -> list[Path]:
        return [self.folder / file.name for file in self.files]


class Outcome(StrEnum):
    """What became of a pull."""

    STORED = "stored"
    UNCHANGED = "unchanged"
    TOO_SOON = "too_soon"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True)
class Pull:
    """What became of a pull, and the snapshot in force after it (None: only what is bundled, if anything)."""

    source: str
    outcome: Outcome
    in_force: Snapshot | None
    reason: str | None = None


def snapshots(root: Path, source: str) -> list[Snapshot]:
    """The stored snapshots of a source, oldest first; of one day, in the order in which they were stored."""
    return [_read(path.parent, source) for path in sorted((root / source).glob("[0-9]*/snapshot.json"))]


def in_force(root: Path, source: str, on: date) -> Snapshot | None:
    """The newest snapshot of a day or before; before the first, the earliest; None if nothing is stored."""
    stored = snapshots(root, source)
    until = [snapshot for snapshot in stored if snapshot.as_of <= on]
    return until[-1] if until else next(iter(stored), None)


def pull(
    source: Source,
    root: Path,
    today: date,
    fetcher: Fetcher,
    addresses: Sequence[str] = (),
    *,
    accept_shrunken: bool = False,
    on: date | None = None,
) -> Pull:
    """Fetch a source and store it as a snapshot, if it changed and is whole.

    `addresses` stand for the source's own; each may be a local file. The snapshot is of the day `on`, else of the one
    that local files tell, else of today. Whatever fails, the last good snapshot stays in force. A snapshot that lost
    more than a fifth is refused unless `accept_shrunken`.
    """
    stored = snapshots(root, source.name)
    last = stored[-1] if stored else None
    wanted = tuple(addresses) or source.addresses
    if not wanted:
        reason = f"registry {source.name} has no fixed address; give one, or a file, in operator.yaml's registries"
        return Pull(source.name, Outcome.FAILED, last, reason)
    is_remote = any(REMOTE.match(address) for address in wanted)
    if last is not None and is_remote and _is_too_soon(source, today - confirmed_on(root, last)):
        return Pull(source.name, Outcome.TOO_SOON, last)
    part = root / source.name / f".{today.isoformat()}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        files = _fetch_all(source, wanted, part, last, fetcher)
        paths = [part / file.name for file in files]
        told_on = on or (None if is_remote else date_told(source, paths, today))
        if (same := _same(stored, files, told_on)) is not None:
            _note_checked(root, same, today)
            return Pull(source.name, Outcome.UNCHANGED, same)
        as_of = told_on or today
        tables = _parsed(source, paths, as_of)
        rows = {name: table.num_rows for name, table in tables.items()}
        if last is not None and not accept_shrunken and (loss := _loss(last, files, rows)):
            return Pull(source.name, Outcome.REFUSED, last, f"registry {source.name}: {loss}")
        snapshot = _store(Snapshot(source.name, as_of, part, tuple(files), rows), root, today)
        return Pull(source.name, Outcome.STORED, snapshot)
    except FetchError as error:
        return Pull(source.name, Outcome.FAILED, last, str(error))
    except RegistryFormatError as error:
        reason = str(error).replace(f"{part}/", "")
        return Pull(source.name, Outcome.REFUSED, last, f"registry {source.name}: {reason}")
    finally:
        shutil.rmtree(part, ignore_errors=True)


def read_snapshot(source: Source, snapshot: Snapshot | None) -> Mapping[str, pa.Table]:
    """The tables of a snapshot, or of the bundled one if there is none; ValueError if there is neither."""
    if snapshot is None:
        return source.read_bundled()
    return source.parse(snapshot.paths, snapshot.as_of)


def _same(stored: Sequence[Snapshot], files: Sequence[KeptFile], told_on: date | None) -> Snapshot | None:
    """The last snapshot if it holds the same files; where a day is told, any one of that day that does."""
    hashes = [file.sha256 for file in files]
    wanted = [one for one in stored if one.as_of == told_on] if told_on else stored[-1:]
    return next((one for one in reversed(wanted) if [file.sha256 for file in one.files] == hashes), None)


def _parsed(source: Source, paths: Sequence[Path], as_of: date) -> Mapping[str, pa.Table]:
    """The tables of files that a server sent; whatever a parser makes of them, the pull goes on."""
    try:
        return source.parse(paths, as_of)
    except RegistryFormatError:
        raise
    except Exception as error:
        names = ", ".join(path.name for path in paths)
        raise RegistryFormatError(
            f"{names}: can't be read ({type(error).__name__}: {error}); fetch it again"
        ) from error


def _fetch_all(
    source: Source, addresses: Sequence[str], folder: Path, last: Snapshot | None, fetcher: Fetcher
) -> list[KeptFile]:
    """Fetch each address; a file that has not changed is taken over from the last snapshot."""
    before = {file.address: file for file in last.files} if last else {}
    files: list[KeptFile] = []
    for number, address in enumerate(addresses):
        name = _file_name(address, source)
        if any(file.name == name for file in files):
            name = f"{number}_{name}"
        known = before.get(address)
        validators = Validators(known.etag, known.last_modified) if known else None
        fetched = fetcher.fetch(address, folder / name, validators, source.checksum_suffix)
        if fetched is not None:
            files.append(_kept(name, address, fetched))
        elif known is not None and last is not None:
            shutil.copyfile(last.folder / known.name, folder / known.name)
            files.append(known)
        else:
            raise FetchError(f"{address}: says not modified, but nothing is stored; pull again later")
    return files


def _file_name(address: str, source: Source) -> str:
    """The last part of an address; formats that are told apart by name need it."""
    path = REMOTE.sub("", address).partition("?")[0].rstrip("/")
    return path.rpartition("/")[2] if "/" in path else source.name


def _kept(name: str, address: str, fetched: Fetched) -> KeptFile:
    validators = fetched.validators
    return KeptFile(name, address, fetched.size, fetched.sha256, validators.etag, validators.last_modified)


def _loss(last: Snapshot, files: Sequence[KeptFile], rows: Mapping[str, int]) -> str | None:
    """What shrank too much since the last snapshot, in words."""
    sizes = sum(file.size for file in last.files), sum(file.size for file in files)
    counts = [("bytes", *sizes), *((f"{name} rows", count, rows.get(name, 0)) for name, count in last.rows.items())]
    for what, old, new in counts:
        if new < SHRUNKEN * old:
            return (
                f"{new} {what}, the snapshot of {last.as_of} had {old}; it stays in force. If the source really "
                f"shrank: `netstats registries --accept-shrunken {last.source}`"
            )
    return None


def _store(snapshot: Snapshot, root: Path, today: date) -> Snapshot:
    """Give the snapshot its place; from then on it is never written again, a mended one of the day stands beside it."""
    described = {
        "source": snapshot.source,
        "as_of": snapshot.as_of.isoformat(),
        "files": [asdict(file) for file in snapshot.files],
        "rows": dict(sorted(snapshot.rows.items())),
    }
    text = json.dumps(described, indent=1, sort_keys=True) + "\n"
    (snapshot.folder / "snapshot.json").write_text(text, encoding="utf-8")
    of_the_day = len(list((root / snapshot.source).glob(f"{snapshot.as_of}*")))
    place = root / snapshot.source / (f"{snapshot.as_of}.{of_the_day:03}" if of_the_day else str(snapshot.as_of))
    snapshot.folder.rename(place)
    stored = _read(place, snapshot.source)
    _note_checked(root, stored, today)
    return stored


def _read(folder: Path, source: str) -> Snapshot:
    described = json.loads((folder / "snapshot.json").read_text(encoding="utf-8"))
    files = tuple(KeptFile(**file) for file in described["files"])
    return Snapshot(source, date.fromisoformat(described["as_of"]), folder, files, described["rows"])


def _is_too_soon(source: Source, since: timedelta) -> bool:
    """Whether so little time passed since a source was asked; a clock that was once ahead keeps nothing back."""
    return timedelta(0) <= since < source.at_most_every


def confirmed_on(root: Path, last: Snapshot) -> date:
    """The last day on which the source was pulled whole; it may have been unchanged since its snapshot."""
    path = root / last.source / CHECKED
    return date.fromisoformat(path.read_text(encoding="utf-8").strip()) if path.exists() else last.as_of


def _note_checked(root: Path, last: Snapshot, today: date) -> None:
    path = root / last.source / CHECKED
    part = path.with_name(f".{CHECKED}.part")
    part.write_text(today.isoformat() + "\n", encoding="utf-8")
    part.replace(path)
