"""Datagrams that IP sent in fragments: put together in whatever order they came, or counted."""

import ipaddress
import struct
from pathlib import Path

import pytest

from assets.formats import _fragments, _window
from tests.formats.encoder import CLOCK, ethernet, pcap, v5, v5_record
from tests.formats.losing import sources_and_outcome

HOSTS = [f"198.51.100.{number}" for number in range(1, 31)]
# 24 bytes of header and 30 records of 48.
LARGE = v5(*[v5_record(src=host) for host in HOSTS])
UDP = struct.pack(">HHHH", 50000, 2055, 8 + len(LARGE), 0) + LARGE
SMALL = v5(v5_record(src="198.51.100.99"), sequence=30)


def parts(number: int, *, version: int = 4, size: int = 512) -> list[bytes]:
    """The frames of the large datagram in fragments of `size` bytes."""
    ends = range(0, len(UDP), size)
    return [_frame(number, at, UDP[at : at + size], at + size < len(UDP), version) for at in ends]


def _frame(number: int, at: int, content: bytes, more: bool, version: int) -> bytes:
    if version == 6:
        ends = ipaddress.ip_address("2001:db8::1").packed + bytes(16)
        extension = struct.pack(">BBHI", 17, 0, at | more, number)
        return ethernet(struct.pack(">IHBB", 6 << 28, 8 + len(content), 44, 64) + ends + extension + content, 0, 6)
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(content), number, more << 13 | at >> 3, 64, 17, 0)
    packet = head + ipaddress.ip_address("192.0.2.1").packed + bytes(4) + content
    # Ethernet fills short frames up.
    return ethernet(packet).ljust(60, b"\0")


def captured(*frames: bytes, seconds: int = 0) -> bytes:
    """Packets of a pcap, all captured at once."""
    heads = [struct.pack("<IIII", CLOCK + seconds, 0, len(frame), len(frame)) for frame in frames]
    return b"".join(head + frame for head, frame in zip(heads, frames, strict=True))


def whole(payload: bytes) -> bytes:
    return pcap(payload)[24:]


@pytest.mark.parametrize("block_bytes", [200, 4 << 20])
@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1], [1, 1, 2, 0]], ids=["in order", "shuffled", "one twice"])
def test_fragments_make_a_datagram(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, order: list[int], version: int, block_bytes: int
) -> None:
    monkeypatch.setattr(_window, "BLOCK_BYTES", block_bytes)
    frames = parts(7, version=version)
    found, outcome = sources_and_outcome(tmp_path, pcap() + captured(*(frames[place] for place in order)))
    assert (found, outcome.losses, outcome.datagrams) == (HOSTS, {}, 1)


def test_a_datagram_of_fragments_keeps_its_place_among_others(tmp_path: Path) -> None:
    """Where its last fragment came: sequence numbers then tell of no loss."""
    first, *rest = parts(7)
    content = pcap() + captured(first) + captured(*rest) + whole(SMALL) + captured(*parts(8))
    found, _ = sources_and_outcome(tmp_path, content)
    assert found == [*HOSTS, "198.51.100.99"]


def test_two_datagrams_whose_fragments_are_mixed(tmp_path: Path) -> None:
    other = v5(*[v5_record(src=host) for host in HOSTS], sequence=30)
    mixed = [frame for pair in zip(parts(7), parts(8), strict=True) for frame in pair]
    swapped = [frame.replace(LARGE[:24], other[:24]) if place % 2 else frame for place, frame in enumerate(mixed)]
    found, outcome = sources_and_outcome(tmp_path, pcap() + captured(*swapped))
    assert (len(found), outcome.losses) == (60, {})


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_missing_fragment_is_the_loss_of_a_datagram(tmp_path: Path, missing: int, version: int) -> None:
    frames = parts(7, version=version)
    del frames[missing]
    found, outcome = sources_and_outcome(tmp_path, pcap() + captured(*frames) + whole(SMALL))
    assert (found, outcome.losses, outcome.is_complete) == (["198.51.100.99"], {"fragments": 1}, True)
    assert outcome.problems == ["exports: 1 datagrams came in fragments of which some are missing"]


def test_a_number_that_comes_again_after_a_minute_is_another_datagram(tmp_path: Path) -> None:
    frames = parts(7)
    content = pcap() + captured(*frames[:2]) + captured(*frames, seconds=61)
    found, outcome = sources_and_outcome(tmp_path, content)
    assert (found, outcome.losses) == (HOSTS, {"fragments": 1})


def test_another_content_in_a_place_is_another_datagram(tmp_path: Path) -> None:
    frames = parts(7)
    other = frames[0][:-1] + b"\xee"
    found, outcome = sources_and_outcome(tmp_path, pcap() + captured(other, *frames))
    assert (found, outcome.losses) == (HOSTS, {"fragments": 1})


def test_of_too_many_incomplete_datagrams_the_oldest_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_fragments, "MOST_INCOMPLETE", 2)
    begun = [parts(number)[0] for number in (1, 2, 3)]
    content = pcap() + captured(*begun, *parts(3)[1:])
    found, outcome = sources_and_outcome(tmp_path, content)
    assert (found, outcome.losses) == (HOSTS, {"fragments": 2})


def test_fragments_of_other_protocols_are_none_of_ours(tmp_path: Path) -> None:
    tcp = parts(7)[0]
    tcp = tcp[: 14 + 9] + b"\x06" + tcp[14 + 10 :]
    assert sources_and_outcome(tmp_path, pcap() + captured(tcp) + whole(SMALL))[1].losses == {}
