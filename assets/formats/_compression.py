"""Files as they were before they were compressed with gzip, bzip2, xz or zstd, up to where they are cut or damaged.

Belongs here: compression around a whole file, and what is amiss with it. Does not belong here: what the files hold
(_containers), compression of the blocks inside nfcapd files (_nfcapd_blocks).
"""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, NamedTuple, Protocol

import pyarrow as pa

PLAIN_BYTES = 1 << 18
# So little is decompressed at a time that what one piece can hold (bzip2: 20,000 times as much) fits into memory.
PIECE_BYTES = 1 << 12
# Exports pack to a tenth or a hundredth; a file of more than both is made to fill the memory or the disk.
LARGEST_RATIO, ALLOWED_BYTES = 1000, 1 << 30
ZSTD = b"\x28\xb5\x2f\xfd"
# What zstd says of bytes behind a frame that begin none.
NO_FRAME = "Unknown frame descriptor"


class Fault(NamedTuple):
    """Why reading a file ended before its end, by a reason of LOSSES and in words."""

    reason: str
    problem: str


TOO_LARGE = Fault(
    "damaged_compression",
    f"is compressed over {LARGEST_RATIO} times, as no export is; the rest is passed over, unpack it yourself",
)


class Teller(Protocol):
    """Whoever counts losses: the outcome of a file, or a tally that becomes part of it."""

    def lose(self, reason: str, problem: str, count: int = 1) -> None: ...


class _Machine(Protocol):
    """A decompressor of one member of a file, as zlib, bz2 and lzma have them."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, /) -> bytes: ...


MACHINES: dict[bytes, Callable[[], _Machine]] = {
    b"\x1f\x8b": lambda: zlib.decompressobj(zlib.MAX_WBITS | 16),
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ\x00": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ),
}
"""What makes a decompressor, by the bytes that a member begins with."""
DAMAGED = (OSError, EOFError, ValueError, lzma.LZMAError, zlib.error)


class Content:
    """What a file holds, decompressed. Reading ends where nothing more can be had, and `faults` say why if too soon."""

    def __init__(
        self, raw: IO[bytes], pieces: Iterator[bytes | Fault], most_bytes: int, *, is_plain: bool = False
    ) -> None:
        self.faults: list[Fault] = []
        self.is_plain = is_plain
        self._raw, self._pieces, self._left = raw, pieces, most_bytes
        self._piece, self._at = b"", 0

    def __enter__(self) -> "Content":
        return self

    def __exit__(self, *raised: type[BaseException] | BaseException | TracebackType | None) -> None:
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


def open_file(path: Path) -> Content:
    """Open a file for reading, through gzip, bzip2, xz or zstd if its first bytes say so."""
    raw = path.open("rb")
    magic = raw.read(6)
    raw.seek(0)
    most = max(ALLOWED_BYTES, LARGEST_RATIO * path.stat().st_size)
    for begin, new_machine in MACHINES.items():
        if magic.startswith(begin):
            return Content(raw, _members(raw, begin, new_machine), most)
    if magic.startswith(ZSTD):
        return Content(raw, _zstd_frames(path), most)
    return Content(raw, _plain(raw), path.stat().st_size + most, is_plain=True)


def _plain(raw: IO[bytes]) -> Iterator[bytes | Fault]:
    try:
        while piece := raw.read(PLAIN_BYTES):
            yield piece
    except OSError as error:
        yield Fault("unreadable_file", f"can't be read further ({error.strerror}); what came before it counts")


def _members(raw: IO[bytes], begin: bytes, new_machine: Callable[[], _Machine]) -> Iterator[bytes | Fault]:
    """The members of a file one behind another; zeros behind one fill a tape or a disk and mean nothing."""
    machine: _Machine | None = None
    began_at = at = 0
    while rest := raw.read(PIECE_BYTES):
        while rest:
            if machine is None:
                at += len(rest) - len(rest.lstrip(b"\0"))
                rest = rest.lstrip(b"\0")
                rest += raw.read(len(begin)) if 0 < len(rest) < len(begin) else b""
                if rest and not rest.startswith(begin):
                    yield Fault("trailing_bytes", f"has other bytes behind its compressed content, from byte {at} on")
                    return
                machine, began_at = (new_machine(), at) if rest else (None, at)
                continue
            try:
                yield machine.decompress(rest)
            except DAMAGED as error:
                yield _before_the_fault(raw, began_at, at, new_machine())
                yield _damage(error)
                return
            behind = machine.unused_data if machine.eof else b""
            at += len(rest) - len(behind)
            machine, rest = (None if machine.eof else machine), behind
    if machine is not None:
        yield _damage("it ends in the middle")


def _before_the_fault(raw: IO[bytes], began_at: int, at: int, machine: _Machine) -> bytes:
    """What the piece at `at` holds before its fault: its member is read again, and the piece byte by byte."""
    raw.seek(began_at)
    while began_at < at:
        piece = raw.read(min(PIECE_BYTES, at - began_at))
        machine.decompress(piece)
        began_at += len(piece)
    found = bytearray()
    try:
        for byte in raw.read(PIECE_BYTES):
            found += machine.decompress(bytes([byte]))
    except DAMAGED:
        return bytes(found)
    return bytes(found)


def _zstd_frames(path: Path) -> Iterator[bytes | Fault]:
    """The frames of a file; where the library breaks off, what it had already is read again byte by byte."""
    given = 0
    try:
        with pa.input_stream(str(path), compression="zstd") as stream:
            while piece := stream.read(PLAIN_BYTES):
                given += len(piece)
                yield piece
        return
    except (OSError, pa.ArrowException) as error:
        fault = error
    yield _zstd_before_the_fault(path, given)
    if NO_FRAME in str(fault):
        yield Fault("trailing_bytes", "has other bytes behind its compressed content")
    else:
        yield _damage(fault)


def _zstd_before_the_fault(path: Path, given: int) -> bytes:
    found = bytearray()
    with pa.input_stream(str(path), compression="zstd") as stream:
        while given:
            given -= len(stream.read(min(given, PLAIN_BYTES)))
        try:
            while byte := stream.read(1):
                found += byte
        except (OSError, pa.ArrowException):
            return bytes(found)
    return bytes(found)


def _damage(error: object) -> Fault:
    told = " ".join(str(error).split()) or type(error).__name__
    return Fault(
        "damaged_compression", f"damage in the compressed file ({told}); what stands behind it is lost, fetch it again"
    )
