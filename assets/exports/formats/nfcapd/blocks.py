"""The outside of nfcapd files: file header, blocks, and the compression of each block.

Belongs here: layout 2 of nfdump's files (nfdump 1.7, src/libnffile/nffileV2.h): what stands around the records.
Does not belong here: the records in the blocks.
"""

import bz2
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import pyarrow as pa
from lzallright import LZOCompressor, LZOError

from assets.exports.formats._compression import Content, open_file
from assets.exports.formats._containers import NotAnExport
from assets.exports.formats._decompression import DAMAGED
from assets.exports.formats._discovery import ExportFile
from assets.exports.formats._state import FileOutcome

MAGIC = b"\x0c\xa5"
OTHER_BYTE_ORDER = b"\xa5\x0c"
LAYOUT = 2
FILE_HEADER = struct.Struct("<HHIQBBHIQII")
BLOCK_HEADER = struct.Struct("<IIHH")
RECORD_BLOCK, ARRAY_BLOCK = 3, 4
RECORD_HEADER = struct.Struct("<HH")
STATISTICS = 0x8002
FLAG_UNCOMPRESSED = 1
# nfdump's own buffers for a block are of 5 MiB (BUFFSIZE, 1.7.x); a block that says more is none.
LARGEST_BLOCK = 5 << 20
LZO_RATIO = 4
# An LZ4 frame of independent blocks of at most 4 MiB, without checksums (LZ4 frame format 1.6.1).
LZ4_FRAME, LZ4_END = b"\x04\x22\x4d\x18\x60\x70\x73", bytes(4)


class FileHeader(NamedTuple):
    """What the file says of itself: how its blocks are compressed, how many there are (0: none, or not closed yet).

    `appendix_at` is where its collector ended it with what it counted, 0 where it did not.
    """

    compression: int
    blocks: int
    appendix_at: int

    def has_more(self, number: int) -> bool:
        """Whether more blocks of records may follow behind so many."""
        is_empty = self.appendix_at == FILE_HEADER.size
        return number < self.blocks if self.blocks or is_empty else True


@dataclass
class FileFacts:
    """What a file tells beside its blocks: when it was opened, whether it was closed, and its collector's sums."""

    created_ms: int = 0
    is_closed: bool = False
    statistics: bytes = b""


class Block(NamedTuple):
    """A block of records, decompressed: its number from 1 on, how many records it tells, and if it is all there."""

    number: int
    records: int
    content: bytes
    is_whole: bool


def blocks_of(file: ExportFile, outcome: FileOutcome, facts: FileFacts) -> Iterator[Block]:
    """The blocks of records of a file, one at a time; faults are counted as malformed and told.

    `told` is filled on the way, and is complete behind the last block.

    Raises NotAnExport at a file header that is cut short or of another layout, compression or encryption.
    """
    with open_file(file.path) as stream:
        header, facts.created_ms = _file_header(stream, file)
        number = 0
        while (head := stream.read(BLOCK_HEADER.size)) and header.has_more(number):
            number += 1
            block = _block(stream, head, number, header, outcome)
            if block is not None and block.content:
                yield block
            if block is None:
                stream.tell(outcome)
                return
        if number < header.blocks and not {"cut_file", "impossible_length"} & outcome.losses.keys():
            outcome.lose_malformed("cut_file", f"it tells {header.blocks} blocks and ends behind block {number}")
        facts.is_closed = header.appendix_at > 0
        facts.statistics = _statistics(stream, head, number + 1, header) if facts.is_closed else b""
        stream.tell(outcome)


def _file_header(stream: Content, file: ExportFile) -> tuple[FileHeader, int]:
    """The header, and the moment in milliseconds at which the file was opened."""
    content = stream.read(FILE_HEADER.size)
    if content.startswith(OTHER_BYTE_ORDER):
        raise NotAnExport(
            f"{file.path}: is an nfcapd file of a big-endian machine; export it there with nfdump -o csv, or send "
            f"datagrams with nfreplay"
        )
    if len(content) < FILE_HEADER.size or not content.startswith(MAGIC):
        raise NotAnExport(
            f"{file.path}: an nfcapd file begins with a header of {FILE_HEADER.size} bytes, {len(content)} are there; "
            f"fetch it again"
        )
    _, layout, _, created, compression, encryption, appendixes, _, appendix_at, _, blocks = FILE_HEADER.unpack(content)
    if layout != LAYOUT:
        raise NotAnExport(
            f"{file.path}: is an nfcapd file of layout {layout}, layout {LAYOUT} is read; rewrite it with nfdump 1.7: "
            f"nfdump -r old -w new"
        )
    if encryption:
        raise NotAnExport(f"{file.path}: is an encrypted nfcapd file; decrypt it with nfdump first")
    if compression not in DECOMPRESSORS:
        raise NotAnExport(
            f"{file.path}: its nfcapd blocks are of compression {compression}, 0 to {max(DECOMPRESSORS)} are known; "
            f"rewrite it with nfdump -J 0"
        )
    return FileHeader(compression, blocks, appendix_at if appendixes else 0), created * 1000


def _statistics(stream: Content, head: bytes, number: int, header: FileHeader) -> bytes:
    """What the collector counted, from the appendix that begins so, or nothing: where it is damaged no flow is lost."""
    block = _block(stream, head, number, header, FileOutcome("")) if head else None
    content, at = block.content if block else b"", 0
    while at + RECORD_HEADER.size <= len(content):
        kind, size = RECORD_HEADER.unpack_from(content, at)
        if kind == STATISTICS:
            return content[at + RECORD_HEADER.size : at + size]
        at += max(size, RECORD_HEADER.size)
    return b""


def _block(stream: Content, head: bytes, number: int, header: FileHeader, outcome: FileOutcome) -> Block | None:
    """The next block, empty if it holds nothing that can be read; None if nothing behind it can be found."""
    if len(head) < BLOCK_HEADER.size:
        outcome.lose_malformed("cut_file", f"block {number} is cut short in its header")
        return None
    records, size, kind, flags = BLOCK_HEADER.unpack(head)
    if size > LARGEST_BLOCK:
        facts = f"block {number} says that it is of {size} bytes, more than any; the rest is passed over"
        outcome.lose_malformed("impossible_length", facts)
        return None
    content = stream.read(size)
    is_whole, is_plain = len(content) == size, not header.compression or bool(flags & FLAG_UNCOMPRESSED)
    if not is_whole:
        facts = f"block {number} is cut short: {len(content)} of {size} bytes; its whole records count"
        outcome.lose_malformed("cut_file", facts)
    if kind != RECORD_BLOCK or not (is_whole or is_plain):
        if kind not in {RECORD_BLOCK, ARRAY_BLOCK}:
            outcome.undecoded_sets += 1
            outcome.note(f"block {number} is of the unknown type {kind}; passed over")
        return Block(number, 0, b"", is_whole)
    if is_plain:
        return Block(number, records, content, is_whole)
    try:
        return Block(number, records, DECOMPRESSORS[header.compression](content), True)
    except (*DAMAGED, LZOError, pa.ArrowException) as error:
        facts = f"block {number} can't be decompressed ({_reason(error)}); passed over"
        outcome.lose_malformed("damaged_block", facts)
    return Block(number, 0, b"", True)


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _plain(content: bytes) -> bytes:
    return content


def _lzo(content: bytes) -> bytes:
    found = LZOCompressor.decompress(content, LZO_RATIO * len(content))
    if len(found) > LARGEST_BLOCK:
        raise ValueError(f"it holds {len(found)} bytes, more than any")
    return found


def _bz2(content: bytes) -> bytes:
    machine = bz2.BZ2Decompressor()
    found = machine.decompress(content, LARGEST_BLOCK)
    if not machine.eof:
        raise ValueError("its bz2 stream has no end")
    return found


def _lz4(content: bytes) -> bytes:
    """A raw LZ4 block does not tell how long it will be; as the only block of an LZ4 frame it need not."""
    return _streamed(LZ4_FRAME + len(content).to_bytes(4, "little") + content + LZ4_END, "lz4")


def _zstd(content: bytes) -> bytes:
    return _streamed(content, "zstd")


def _streamed(content: bytes, compression: str) -> bytes:
    with pa.input_stream(pa.BufferReader(content), compression=compression) as stream:
        return bytes(stream.read(LARGEST_BLOCK))


DECOMPRESSORS: dict[int, Callable[[bytes], bytes]] = {0: _plain, 1: _lzo, 2: _bz2, 3: _lz4, 4: _zstd}
