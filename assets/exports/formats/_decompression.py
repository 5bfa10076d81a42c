"""Decompressors of gzip, bzip2, xz and zstd: what a file holds by the piece, up to where it is cut or damaged.

Belongs here: one layer of compression, and what stands before a fault in it. Does not belong here: opening files,
layers within layers (_compression).
"""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol

import pyarrow as pa

PLAIN_BYTES = 1 << 18
# So little is decompressed at a time that what one piece can hold (bzip2: 20,000 times as much) fits into memory.
PIECE_BYTES = 1 << 12
ZSTD = b"\x28\xb5\x2f\xfd"
# What zstd says of bytes behind a frame that begin none.
NO_FRAME = "Unknown frame descriptor"


class Fault(NamedTuple):
    """Why reading a file ended before its end, by a reason of LOSSES and in words."""

    reason: str
    problem: str


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


class Raw(Protocol):
    """What is compressed: a file, or what another layer holds."""

    def __enter__(self) -> "Raw": ...

    def __exit__(self, *raised: Any) -> None: ...

    def read(self, size: int, /) -> bytes: ...

    def close(self) -> None: ...


Opener = Callable[[], Raw]
"""Opens it at its beginning."""


def is_compressed(beginning: bytes) -> bool:
    """Whether a file that begins so is compressed in a way that is read."""
    return beginning.startswith((*MACHINES, ZSTD))


def unpacked(raw: Raw, beginning: bytes, again: Opener) -> Iterator[bytes | Fault]:
    """What a compressed file holds, by the piece."""
    if beginning.startswith(ZSTD):
        return _zstd_frames(raw, again)
    begin = next(one for one in MACHINES if beginning.startswith(one))
    return _members(raw, again, begin, MACHINES[begin])


def _members(raw: Raw, again: Opener, begin: bytes, new_machine: Callable[[], _Machine]) -> Iterator[bytes | Fault]:
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
                yield _before_the_fault(again, began_at, at, new_machine())
                yield _damage(error)
                return
            behind = machine.unused_data if machine.eof else b""
            at += len(rest) - len(behind)
            machine, rest = (None if machine.eof else machine), behind
    if machine is not None:
        yield _damage("it ends in the middle")


def _before_the_fault(again: Opener, began_at: int, at: int, machine: _Machine) -> bytes:
    """What the piece at `at` holds before its fault: its member is read again, and the piece byte by byte."""
    found = bytearray()
    with again() as raw:
        _pass_over(raw, began_at)
        while began_at < at:
            piece = raw.read(min(PIECE_BYTES, at - began_at))
            machine.decompress(piece)
            began_at += len(piece)
        try:
            for byte in raw.read(PIECE_BYTES):
                found += machine.decompress(bytes([byte]))
        except DAMAGED:
            return bytes(found)
    return bytes(found)


def _pass_over(raw: Raw, size: int) -> None:
    while size:
        size -= len(raw.read(min(size, PLAIN_BYTES)))


def _zstd_frames(raw: Raw, again: Opener) -> Iterator[bytes | Fault]:
    """The frames of a file; where the library breaks off, what it had already is read again byte by byte."""
    given = 0
    try:
        with pa.input_stream(raw, compression="zstd") as stream:
            while piece := stream.read(PLAIN_BYTES):
                given += len(piece)
                yield piece
        return
    except (OSError, pa.ArrowException) as error:
        fault = error
    yield _zstd_before_the_fault(again, given)
    if NO_FRAME in str(fault):
        yield Fault("trailing_bytes", "has other bytes behind its compressed content")
    else:
        yield _damage(fault)


def _zstd_before_the_fault(again: Opener, given: int) -> bytes:
    found = bytearray()
    with again() as raw, pa.input_stream(raw, compression="zstd") as stream:
        _pass_over(stream, given)
        try:
            while byte := stream.read(1):
                found += byte
        except (OSError, pa.ArrowException):
            return bytes(found)
    return bytes(found)


def _damage(error: object) -> Fault:
    said = " ".join(str(error).split()) or type(error).__name__
    return Fault(
        "damaged_compression", f"damage in the compressed file ({said}); what stands behind it is lost, fetch it again"
    )
