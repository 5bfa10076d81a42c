"""Containers: every way in which a datagram may be wrapped, and files that hold none."""

import gzip
import lzma
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pytest

from assets.exports.formats import (
    DecoderState,
    FileOutcome,
    NotAnExport,
    _containers,
    decode_files,
    reason_not_an_export,
)
from tests.formats.encoder import CLOCK, ethernet, pcap, udp, v5, v5_record

PAYLOAD = v5(v5_record())


class Found(NamedTuple):
    """A datagram as tests look at it."""

    payload: memoryview
    sender: bytes | None
    captured_ms: int


def datagrams(path: Path) -> Iterator[Found]:
    for block in _containers.datagrams(path, FileOutcome("exports")):
        senders = [None] * len(block) if block.senders is None else [one.tobytes() for one in block.senders]
        yield from map(Found, block.payloads(), senders, block.captured_ms.tolist())


def written(folder: Path, content: bytes) -> Path:
    path = folder / "exports"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        pcap(PAYLOAD),
        pcap(PAYLOAD, order=">"),
        pcap(PAYLOAD, nano=True),
        pcap(PAYLOAD, tags=1),
        pcap(PAYLOAD, tags=2),
    ],
    ids=["little-endian", "big-endian", "nanoseconds", "VLAN", "QinQ"],
)
def test_pcap(tmp_path: Path, content: bytes) -> None:
    (datagram,) = datagrams(written(tmp_path, content))
    assert datagram.payload == PAYLOAD
    assert datagram.sender == b"\0" * 10 + b"\xff\xff" + bytes([192, 0, 2, 1])
    assert datagram.captured_ms == CLOCK * 1000


def test_datagrams_over_ipv6(tmp_path: Path) -> None:
    (datagram,) = datagrams(written(tmp_path, pcap(PAYLOAD, sender="2001:db8::1")))
    assert datagram.payload == PAYLOAD
    assert datagram.sender is not None
    assert datagram.sender.hex() == "20010db8000000000000000000000001"


def test_pcapng(tmp_path: Path) -> None:
    frame = ethernet(udp(PAYLOAD, "192.0.2.1"))
    padded = frame + bytes(-len(frame) % 4)
    ticks = CLOCK * 1_000_000

    def block(kind: int, body: bytes) -> bytes:
        return struct.pack("<II", kind, 12 + len(body)) + body + struct.pack("<I", 12 + len(body))

    section = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    interface = block(1, struct.pack("<HHI", 1, 0, 65535))
    packet = block(6, struct.pack("<IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame)) + padded)
    (datagram,) = datagrams(written(tmp_path, section + interface + packet))
    assert (datagram.payload, datagram.captured_ms) == (PAYLOAD, CLOCK * 1000)


def test_a_raw_datagram_has_no_sender(tmp_path: Path) -> None:
    (datagram,) = datagrams(written(tmp_path, PAYLOAD))
    assert (datagram.payload, datagram.sender, datagram.captured_ms) == (PAYLOAD, None, -1)


@pytest.mark.parametrize(
    "packed",
    [gzip.compress(pcap(PAYLOAD)), lzma.compress(pcap(PAYLOAD)), pa.compress(pcap(PAYLOAD), "zstd", asbytes=True)],
    ids=["gzip", "xz", "zstd"],
)
def test_compression_around_a_container(tmp_path: Path, packed: bytes) -> None:
    assert [datagram.payload for datagram in datagrams(written(tmp_path, packed))] == [PAYLOAD]


def test_fragments_and_other_protocols_are_passed_over(tmp_path: Path) -> None:
    whole = pcap(PAYLOAD)
    fragment = bytearray(whole)
    fragment[24 + 16 + 14 + 6] = 0x20
    other = bytearray(whole)
    other[24 + 16 + 14 + 9] = 6
    for content in (fragment, other):
        assert list(datagrams(written(tmp_path, bytes(content)))) == []


def test_a_capture_that_was_cut_gives_its_whole_packets(tmp_path: Path) -> None:
    content = pcap(PAYLOAD, PAYLOAD)
    assert len(list(datagrams(written(tmp_path, content[:-100])))) >= 1
    assert len(list(datagrams(written(tmp_path, content[: 24 + 10])))) == 0


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "is empty"), (b"MZ\x90\x00exe", "begins with b'MZ"), (b"\x1f\x8b\x08cut", "can't be decompressed")],
    ids=["empty", "program", "cut gzip"],
)
def test_a_file_that_is_no_export_is_told_in_one_line(tmp_path: Path, content: bytes, reason: str) -> None:
    path = written(tmp_path, content)
    told = reason_not_an_export(path)
    assert told is not None
    assert told.startswith(reason)
    with pytest.raises(NotAnExport, match="give it pcap") as raised:
        list(decode_files([path], DecoderState()))
    assert "\n" not in str(raised.value)
