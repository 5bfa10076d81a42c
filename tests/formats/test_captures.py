"""Captures that are cut, joined or damaged: what could be read counts, and the rest is told by reason."""

import struct
from pathlib import Path

import pytest

from assets.exports.formats import _window
from assets.exports.formats._pcap import MANY_ALIKE
from tests.formats.encoder import ethernet, pcap, udp, v5, v5_record
from tests.formats.losing import sources_and_outcome
from tests.fuzz.seeds import pcapng

HOSTS = [f"198.51.100.{number}" for number in range(1, 7)]
DATAGRAMS = [v5(v5_record(src=host), sequence=number) for number, host in enumerate(HOSTS)]
FILE_HEADER, PACKET_HEADER = 24, 16
PACKET = len(pcap(DATAGRAMS[0])) - FILE_HEADER


def sections(*payloads: bytes, link_type: int = 1, interface: int = 0, order: str = "<") -> bytes:
    """A pcapng file of one interface and these datagrams."""
    frames = [ethernet(udp(one, "192.0.2.1")) for one in payloads]
    heads = [struct.pack(f"{order}IIIII", interface, 0, 0, len(frame), len(frame)) for frame in frames]
    packets = [(6, head + frame) for head, frame in zip(heads, frames, strict=True)]
    return pcapng((1, struct.pack(f"{order}HHI", link_type, 0, 65535)), *packets, order=order)


def with_length(content: bytes, packet: int, length: int, order: str = "<") -> bytes:
    """A pcap whose packet of this number says another captured length."""
    at = FILE_HEADER + packet * PACKET + 8
    return content[:at] + struct.pack(f"{order}I", length) + content[at + 4 :]


@pytest.mark.parametrize("missing", [1, PACKET - PACKET_HEADER, PACKET - 1])
def test_a_pcap_cut_in_mid_record_tells_it(tmp_path: Path, missing: int) -> None:
    found, outcome = sources_and_outcome(tmp_path, pcap(*DATAGRAMS)[:-missing])
    assert (found, outcome.losses, outcome.is_complete) == (HOSTS[:5], {"cut_file": 1}, False)
    assert outcome.problems == ["exports: ends inside packet 6; what came before it counts"]


def test_a_pcap_cut_in_its_header_tells_it(tmp_path: Path) -> None:
    assert sources_and_outcome(tmp_path, pcap()[:20])[1].losses == {"cut_file": 1}


def test_a_pcap_that_is_whole_lost_nothing(tmp_path: Path) -> None:
    found, outcome = sources_and_outcome(tmp_path, pcap(*DATAGRAMS))
    assert (found, outcome.losses, outcome.is_complete, outcome.problems) == (HOSTS, {}, True, [])


@pytest.mark.parametrize("length", [(1 << 18) + 1, 1 << 30, (1 << 32) - 1])
@pytest.mark.parametrize("order", ["<", ">"])
def test_a_record_of_impossible_length_tells_it(tmp_path: Path, length: int, order: str) -> None:
    content = with_length(pcap(*DATAGRAMS, order=order), 4, length, order)
    found, outcome = sources_and_outcome(tmp_path, content)
    assert (found, outcome.losses, outcome.is_complete) == (HOSTS[:4], {"impossible_length": 1}, False)


@pytest.mark.parametrize("alike", [1, *(few + times * MANY_ALIKE for times in (1, 5, 7) for few in (0, 1, 2))])
@pytest.mark.parametrize("missing", [0, 1, PACKET - 1, PACKET])
@pytest.mark.parametrize("order", ["<", ">"])
def test_a_run_of_packets_alike_ends_where_one_differs_or_is_cut(
    tmp_path: Path, alike: int, missing: int, order: str
) -> None:
    """Between two packets of two records, and at the end of the file, whole or not."""
    hosts = [f"198.51.100.{number}" for number in range(1, 2 * alike + 1)]
    short = [v5(v5_record(src=host), sequence=4 * number) for number, host in enumerate(hosts, start=1)]
    long = v5(v5_record(src="203.0.113.1"), v5_record(src="203.0.113.2"), sequence=1)
    content = pcap(long, *short[:alike], long[:-1] + b"\1", *short[alike:], order=order)
    found, outcome = sources_and_outcome(tmp_path, content[: len(content) - missing])
    of_long, left = ["203.0.113.1", "203.0.113.2"], hosts[:-1] if missing else hosts
    assert found == [*of_long, *left[:alike], *of_long, *left[alike:]]
    assert outcome.losses == ({"cut_file": 1} if missing % PACKET else {})


FIRST, REST = DATAGRAMS[:2], DATAGRAMS[2:]


@pytest.mark.parametrize("block_bytes", [100, 4 << 20])
@pytest.mark.parametrize(
    "parts",
    [
        [pcap(*FIRST), pcap(*REST)],
        [pcap(*FIRST), pcap(), pcap(*REST)],
        [pcap(*FIRST), pcap(*REST, order=">", nano=True)],
        [pcap(*FIRST, order=">"), pcap(*REST)],
        [pcap(*FIRST), sections(*REST)],
        [sections(*FIRST), pcap(*REST)],
        [sections(*FIRST), sections(*REST, order=">")],
    ],
    ids=["pcap", "empty", "big-endian", "little-endian", "pcapng behind", "pcapng before", "sections"],
)
def test_captures_joined_by_cat_are_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parts: list[bytes], block_bytes: int
) -> None:
    monkeypatch.setattr(_window, "BLOCK_BYTES", block_bytes)
    found, outcome = sources_and_outcome(tmp_path, b"".join(parts))
    assert (found, outcome.losses) == (HOSTS, {})


def test_what_is_behind_a_pcap_and_no_capture_is_lost(tmp_path: Path) -> None:
    found, outcome = sources_and_outcome(tmp_path, pcap(*DATAGRAMS) + b"\xff" * 40)
    assert (found, outcome.losses) == (HOSTS, {"impossible_length": 1})


def test_frames_of_an_unknown_link_layer_are_counted(tmp_path: Path) -> None:
    of_wireless = pcap(*DATAGRAMS[:3])
    content = of_wireless[:20] + struct.pack("<I", 105) + of_wireless[24:] + pcap(*DATAGRAMS[3:])
    found, outcome = sources_and_outcome(tmp_path, content)
    assert (found, outcome.losses, outcome.is_complete) == (HOSTS[3:], {"unknown_link_type": 3}, True)
    assert outcome.problems == [
        "exports: 3 frames are of link type 105, which is not read; capture as Ethernet or raw IP"
    ]


@pytest.mark.parametrize("missing", [1, 30, 100])
def test_a_pcapng_cut_in_a_block_tells_it(tmp_path: Path, missing: int) -> None:
    found, outcome = sources_and_outcome(tmp_path, sections(*DATAGRAMS)[:-missing])
    assert (found, outcome.losses) == (HOSTS[:5], {"cut_file": 1})


@pytest.mark.parametrize("length", [0, 11, (1 << 24) + 1, (1 << 32) - 1])
def test_a_block_of_pcapng_of_impossible_length_tells_it(tmp_path: Path, length: int) -> None:
    block = struct.pack("<II", 6, length) + bytes(100)
    found, outcome = sources_and_outcome(tmp_path, sections(*DATAGRAMS) + block)
    assert (found, outcome.losses) == (HOSTS, {"impossible_length": 1})


def test_packets_of_an_interface_that_a_pcapng_does_not_describe_are_counted(tmp_path: Path) -> None:
    content = sections(*DATAGRAMS[:2], interface=1) + sections(*DATAGRAMS[2:])
    found, outcome = sources_and_outcome(tmp_path, content)
    assert (found, outcome.losses) == (HOSTS[2:], {"unknown_link_type": 2})


def test_a_datagram_of_an_unknown_protocol_is_counted(tmp_path: Path) -> None:
    found, outcome = sources_and_outcome(tmp_path, pcap(DATAGRAMS[0], b"\0\x08 of no known version", DATAGRAMS[1]))
    assert (found, outcome.losses, outcome.is_complete) == (HOSTS[:2], {"unknown_protocol": 1}, True)
