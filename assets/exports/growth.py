"""Which contents that were pulled before are the beginning of a file that its source offers now under another name.

Belongs here: comparing beginnings. Does not belong here: what becomes of an older version (assets.exports.leaving).
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from assets.exports import formats
from assets.exports.copies import BEGINNING_BYTES, BLOCK_BYTES, bytes_of
from assets.exports.formats import open_file
from assets.exports.rows import Row, kept_path
from assets.ground.lake import Lake


class Readable(Protocol):
    """What can be read from its beginning on."""

    def read(self, size: int, /) -> bytes: ...


def grown(lake: Lake, new: Iterable[Row], gone: Iterable[Row]) -> dict[str, str]:
    """By the content of rows that are not offered any more, the name of the new file of rows that goes on from it.

    Datagrams are left out: each counts once, whatever file it is in. A file is read for it only where it begins as one
    of the rows does, or where one of them broke off within its compression.
    """
    found, by_source = dict[str, str](), defaultdict[str, list[Row]](list)
    for row in gone:
        by_source[row["source"]].append(row)
    for row in new:
        found |= dict.fromkeys(_beginnings(lake, row, by_source.get(row["source"], [])), str(row["offered_as"]))
    return found


def _beginnings(lake: Lake, row: Row, older: Iterable[Row]) -> Iterator[str]:
    """The contents that the one of a row begins with and goes on from."""
    as_held = {one["content_sha256"]: one for one in older if _may_begin(one, row)}
    broken_off = [one for one in older if not one["is_complete"] and one["file_bytes"] < row["file_bytes"]]
    path = kept_path(lake, row)
    if not (as_held or broken_off) or not formats.is_of_rows(path, row["format"]):
        return
    with open_file(path) as content:
        yield from _begun(content, {name: (one["content_bytes"], bytes_of(name)) for name, one in as_held.items()})
    with path.open("rb") as file:
        yield from _begun(file, {one["content_sha256"]: (one["file_bytes"], one["sha256"]) for one in broken_off})


def _may_begin(older: Row, row: Row) -> bool:
    """Whether a content may be the beginning of a row's, as far as can be known without reading that."""
    if not older["content_bytes"] or not row["content_bytes"] or older["content_bytes"] >= row["content_bytes"]:
        return False
    return older["content_bytes"] < BEGINNING_BYTES or bool(older["beginning_sha256"] == row["beginning_sha256"])


def _begun(stream: Readable, wanted: Mapping[str, tuple[int, str]]) -> Iterator[str]:
    """Which of these contents, each with its length and hash, a stream begins with."""
    digest, at = hashlib.sha256(), 0
    for content, (length, sha256) in sorted(wanted.items(), key=lambda one: one[1]):
        while at < length and (block := stream.read(min(BLOCK_BYTES, length - at))):
            digest.update(block)
            at += len(block)
        if at == length and digest.hexdigest() == sha256:
            yield content
