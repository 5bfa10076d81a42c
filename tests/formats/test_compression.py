"""Compression around files: every kind is read alike, and of what is cut or damaged all that can be had is read."""

import bz2
import gzip
import lzma
import struct
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from assets.exports.formats import _compression, reason_not_an_export
from assets.exports.formats._compression import open_file
from tests.formats import nfcapd_encoder as nfcapd
from tests.formats import test_goflow2
from tests.formats.collector_files import read as read_collector
from tests.formats.encoder import pcap, v5, v5_record
from tests.formats.losing import sources_and_outcome

Compress = Callable[[bytes], bytes]
KINDS: dict[str, Compress] = {
    "gzip": lambda content: gzip.compress(content, mtime=0),
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": lambda content: pa.compress(content, "zstd", asbytes=True),
}
HOSTS = [f"198.51.100.{number}" for number in range(1, 201)]
CAPTURE = pcap(*(v5(v5_record(src=host), sequence=number) for number, host in enumerate(HOSTS)))
PACKET = len(pcap(v5(v5_record()))) - 24
all_kinds = pytest.mark.parametrize("compress", KINDS.values(), ids=list(KINDS))


@all_kinds
def test_every_kind_is_read_everywhere(tmp_path: Path, compress: Compress) -> None:
    assert sources_and_outcome(tmp_path, compress(CAPTURE))[0] == HOSTS
    assert read_collector(tmp_path, compress(test_goflow2.line().encode()))[0] == [test_goflow2.READ]
    flows = nfcapd.nfcapd_file(nfcapd.block(nfcapd.flow(nfcapd.generic(), nfcapd.ipv4())))
    assert sources_and_outcome(tmp_path, compress(flows))[0] == ["198.51.100.7"]
    assert reason_not_an_export(tmp_path / "exports") is None


@all_kinds
def test_members_one_behind_another_are_one_file(tmp_path: Path, compress: Compress) -> None:
    content = compress(CAPTURE[:1000]) + compress(CAPTURE[1000:])
    found, outcome = sources_and_outcome(tmp_path, content)
    assert (found, outcome.losses) == (HOSTS, {})


@all_kinds
def test_trailing_bytes_are_told_and_cost_no_datagram(tmp_path: Path, compress: Compress) -> None:
    found, outcome = sources_and_outcome(tmp_path, compress(CAPTURE) + b"other bytes")
    assert (found, outcome.losses, outcome.is_complete) == (HOSTS, {"trailing_bytes": 1}, True)


@pytest.mark.parametrize("size", [1, 5000])
def test_zeros_behind_gzip_are_normal(tmp_path: Path, size: int) -> None:
    found, outcome = sources_and_outcome(tmp_path, gzip.compress(CAPTURE) + bytes(size))
    assert (found, outcome.losses) == (HOSTS, {})


def test_a_gzip_that_is_cut_gives_every_datagram_that_is_in_it(tmp_path: Path) -> None:
    """Without compression (level 0) the first 5,000 bytes hold what the capture's own first ones do."""
    found, outcome = sources_and_outcome(tmp_path, gzip.compress(CAPTURE, 0)[:5000])
    whole = (5000 - 10 - 5 - 24) // PACKET
    assert (found, outcome.losses, outcome.is_complete) == (HOSTS[:whole], {"damaged_compression": 1}, False)
    assert outcome.problems == [
        "exports: damage in the compressed file (it ends in the middle); what stands behind it is lost, fetch it again"
    ]


@all_kinds
def test_a_cut_tail_is_told(tmp_path: Path, compress: Compress) -> None:
    """Of zstd a block of 128 KB is all or nothing; all others are there."""
    capture = CAPTURE + CAPTURE[24:] * 9
    _, outcome = sources_and_outcome(tmp_path, compress(capture)[:-1])
    assert (outcome.datagrams >= 1000, outcome.losses) == (True, {"damaged_compression": 1})


def test_a_wrong_checksum_is_told_and_costs_no_datagram(tmp_path: Path) -> None:
    packed = gzip.compress(CAPTURE)
    found, outcome = sources_and_outcome(tmp_path, packed[:-8] + struct.pack("<I", 7) + packed[-4:])
    assert (found, outcome.losses) == (HOSTS, {"damaged_compression": 1})


def test_a_damaged_second_member_does_not_cost_the_first(tmp_path: Path) -> None:
    second = bytearray(bz2.compress(CAPTURE[1000:]))
    second[4] ^= 0xFF
    content = bz2.compress(CAPTURE[:1000]) + bytes(second)
    found, outcome = sources_and_outcome(tmp_path, content)
    assert (found, outcome.losses) == (HOSTS[: (1000 - 24) // PACKET], {"damaged_compression": 1})


@pytest.mark.parametrize("size", [1, 7, 1000, 1 << 20])
@all_kinds
def test_reading_by_any_size_gives_the_same(tmp_path: Path, compress: Compress, size: int) -> None:
    path = tmp_path / "packed"
    path.write_bytes(compress(CAPTURE))
    with open_file(path) as content:
        assert b"".join(iter(lambda: content.read(size), b"")) == CAPTURE


def test_a_file_made_to_fill_the_memory_is_not_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_compression, "ALLOWED_BYTES", 10_000)
    monkeypatch.setattr(_compression, "LARGEST_RATIO", 1)
    _, outcome = sources_and_outcome(tmp_path, gzip.compress(pcap(*[v5(v5_record())] * 1000)))
    assert (outcome.datagrams, outcome.losses) == ((10_000 - 24) // PACKET, {"damaged_compression": 1})
    assert "is compressed over" in outcome.problems[0]


@all_kinds
@pytest.mark.parametrize("again", KINDS.values(), ids=[f"in {kind}" for kind in KINDS])
def test_what_was_compressed_twice_is_read(tmp_path: Path, compress: Compress, again: Compress) -> None:
    """As logrotate leaves what a collector wrote compressed."""
    found, outcome = sources_and_outcome(tmp_path, again(compress(CAPTURE)))
    assert (found, outcome.losses, reason_not_an_export(tmp_path / "exports")) == (HOSTS, {}, None)
    assert read_collector(tmp_path, again(compress(test_goflow2.line().encode())))[0] == [test_goflow2.READ]


def test_of_a_cut_file_that_was_compressed_twice_all_that_can_be_had_is_read(tmp_path: Path) -> None:
    """Without compression (level 0) the first 5,000 bytes of each layer hold what the capture's own first ones do."""
    twice = gzip.compress(gzip.compress(CAPTURE, 0), 0)[:5000]
    found, outcome = sources_and_outcome(tmp_path, twice)
    whole = (5000 - 2 * (10 + 5) - 24) // PACKET
    assert (found, outcome.losses) == (HOSTS[:whole], {"damaged_compression": 1})


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_what_was_cut_before_it_was_compressed_again_gives_what_is_in_it(tmp_path: Path, kind: str) -> None:
    found, outcome = sources_and_outcome(tmp_path, KINDS[kind](gzip.compress(CAPTURE, 0)[:5000]))
    assert (len(found), outcome.losses) == ((5000 - 10 - 5 - 24) // PACKET, {"damaged_compression": 1})


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_damage_inside_the_inner_layer_costs_what_stands_behind_it(tmp_path: Path, kind: str) -> None:
    """The second member of the inner layer has a wrong header."""
    second = bytearray(bz2.compress(CAPTURE[1000:]))
    second[4] ^= 0xFF
    found, outcome = sources_and_outcome(tmp_path, KINDS[kind](bz2.compress(CAPTURE[:1000]) + bytes(second)))
    assert (found, outcome.losses) == (HOSTS[: (1000 - 24) // PACKET], {"damaged_compression": 1})


def test_trailing_bytes_of_each_layer_are_told(tmp_path: Path) -> None:
    inner = gzip.compress(CAPTURE) + b"other"
    found, outcome = sources_and_outcome(tmp_path, gzip.compress(inner) + b"bytes")
    assert (found, outcome.losses) == (HOSTS, {"trailing_bytes": 2})


def test_a_bomb_within_a_layer_is_not_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_compression, "ALLOWED_BYTES", 10_000)
    monkeypatch.setattr(_compression, "LARGEST_RATIO", 1)
    _, outcome = sources_and_outcome(tmp_path, bz2.compress(gzip.compress(pcap(*[v5(v5_record())] * 1000))))
    assert (outcome.datagrams, outcome.losses) == ((10_000 - 24) // PACKET, {"damaged_compression": 1})


def test_what_was_compressed_thrice_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "exports"
    path.write_bytes(gzip.compress(gzip.compress(gzip.compress(CAPTURE))))
    assert reason_not_an_export(path) == (
        "is compressed more than twice; unpack it first (gzip -d, bzip2 -d, xz -d, zstd -d)"
    )
