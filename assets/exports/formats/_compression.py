"""Files as they were before they were compressed with gzip, bzip2, xz or zstd, up to where they are cut or damaged.

Belongs here: compression around a whole file, layers of it, and what is amiss with it. Does not belong here: the
decompressors (_decompression), what files hold (_containers), blocks inside nfcapd files (nfcapd.blocks).
"""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from assets.exports.formats._decompression import PLAIN_BYTES, Fault, Raw, is_compressed, unpacked

# Exports pack to a tenth or a hundredth; a file of more than both is made to fill the memory or the disk.
LARGEST_RATIO, ALLOWED_BYTES = 1000, 1 << 30
# A collector compresses its files, and what rotates them may do so once more.
MOST_LAYERS = 2
BEGINNING_BYTES = 6
# What is not compressed is read by as much as containers ask for at a time: smaller pieces would be joined anew.
READ_BYTES = 4 << 20
TOO_LARGE = Fault(
    "damaged_compression",
    f"is compressed over {LARGEST_RATIO} times, as no export is; the rest is passed over, unpack it yourself",
)


class Teller(Protocol):
    """Whoever counts losses: the outcome of a file, or a tally that becomes part of it."""

    def lose(self, reason: str, problem: str, count: int = 1) -> None: ...


class Content:
    """What a file holds, decompressed. Reading ends where nothing more can be had, and `faults` say why if too soon."""

    def __init__(self, raw: Raw, pieces: Iterator[bytes | Fault], most_bytes: int, *, is_plain: bool = False) -> None:
        self.faults: list[Fault] = []
        self.is_plain = is_plain
        self._raw, self._pieces, self._left = raw, pieces, most_bytes
        self._piece, self._at = b"", 0

    def __enter__(self) -> "Content":
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def close(self) -> None:
        self._raw.close()

    def read(self, size: int, behind: bytes = b"") -> bytes:
        """The next bytes, put behind others; fewer than `size` only where there are no more."""
        if self._at + size <= len(self._piece):
            self._at += size
            return behind + self._piece[self._at - size : self._at]
        found = [behind, self._piece[self._at :]]
        missing = size - len(found[1])
        while missing > 0 and (piece := self._next_piece()):
            found.append(piece)
            missing -= len(piece)
        self._piece, self._at = found[-1], len(found[-1]) + min(0, missing)
        if missing < 0:
            found[-1] = found[-1][:missing]
        return b"".join(found)

    def peek(self, size: int) -> bytes:
        """The next bytes, which are still to be read."""
        self._piece, self._at = self.read(size) + self._piece[self._at :], 0
        return self._piece[:size]

    @property
    def is_damaged(self) -> bool:
        """Whether what was read may end anywhere, for a reason that is known."""
        return any(fault.reason != "trailing_bytes" for fault in self.faults)

    def tell(self, teller: Teller) -> None:
        """Read what nobody asked for, and tell the faults."""
        while self.read(PLAIN_BYTES):
            pass
        for fault in self.faults:
            teller.lose(fault.reason, fault.problem)

    def _next_piece(self) -> bytes:
        for piece in self._pieces:
            if isinstance(piece, Fault):
                self.faults.append(piece)
            elif len(piece) > self._left:
                self.faults.append(TOO_LARGE)
                self._pieces = iter(())
                return piece[: self._left]
            elif piece:
                self._left -= len(piece)
                return piece
        return b""


class _Layer(io.RawIOBase):
    """What a compressed file holds, as a file that is compressed itself."""

    def __init__(self, content: Content) -> None:
        super().__init__()
        self.content = content

    def __enter__(self) -> "_Layer":
        return self

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self.content.read(size)

    def close(self) -> None:
        self.content.close()
        super().close()


def open_file(path: Path) -> Content:
    """Open a file for reading, through gzip, bzip2, xz or zstd if its first bytes say so, twice at most."""
    raw = path.open("rb")
    most = max(ALLOWED_BYTES, LARGEST_RATIO * path.stat().st_size)
    beginning = raw.read(BEGINNING_BYTES)
    raw.seek(0)
    if not is_compressed(beginning):
        return Content(raw, _plain(raw), path.stat().st_size + most, is_plain=True)

    def outer() -> Content:
        opened = path.open("rb")
        return Content(opened, unpacked(opened, beginning, lambda: path.open("rb")), most)

    raw.close()
    return _through_layers(outer, most, MOST_LAYERS - 1)


def _through_layers(outer: Callable[[], Content], most: int, layers: int) -> Content:
    """What a layer holds, through further ones in it."""
    found = outer()
    beginning = found.peek(BEGINNING_BYTES)
    if not layers or not is_compressed(beginning):
        return found

    def inner() -> Content:
        layer = _Layer(outer())
        pieces = unpacked(layer, beginning, lambda: _Layer(outer()))
        return Content(layer, _with_faults_of(layer.content, pieces), most)

    found.close()
    return _through_layers(inner, most, layers - 1)


def _with_faults_of(outer: Content, pieces: Iterator[bytes | Fault]) -> Iterator[bytes | Fault]:
    """The pieces of an inner layer, and what is amiss around it: where that breaks off, the inner one does, too."""
    for piece in pieces:
        if not (isinstance(piece, Fault) and outer.is_damaged):
            yield piece
    while outer.read(PLAIN_BYTES):
        pass
    yield from outer.faults


def _plain(raw: Raw) -> Iterator[bytes | Fault]:
    try:
        while piece := raw.read(READ_BYTES):
            yield piece
    except OSError as error:
        yield Fault("unreadable_file", f"can't be read further ({error.strerror}); what came before it counts")
