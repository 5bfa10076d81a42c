"""Datagrams that IP sent in fragments: put together in whatever order they came, or counted."""

import ipaddress
import struct
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.exports.formats import DecoderState, _fragments, _window, decode_files
from tests.formats.encoder import CLOCK, ethernet, pcap, v5, v5_record
from tests.formats.losing import sources_and_outcome
from tests.formats.packet_encoder import IPV4_TYPE
from tests.formats.packet_encoder import frame as packet_frame
from tests.formats.packet_encoder import ipv4 as packet_ipv4
from tests.formats.packet_encoder import udp as packet_udp
from tests.formats.sflow_encoder import flow_sample, raw_header, sflow

HOSTS = [f"198.51.100.{number}" for number in range(1, 31)]
# 24 bytes of header and 30 records of 48.
LARGE = v5(*[v5_record(src=host) for host in HOSTS])
UDP = struct.pack(">HHHH", 50000, 2055, 8 + len(LARGE), 0) + LARGE
SMALL = v5(v5_record(src="198.51.100.99"), sequence=30)


def parts(number: int, *, version: int = 4, size: int = 512) -> list[bytes]:
    """The frames of the large datagram in fragments of `size` bytes."""
    ends = range(0, len(UDP), size)
    return [_frame(number, at, UDP[at : at + size], at + size < len(UDP), version) for at in ends]


def behind_options(frame: bytes) -> bytes:
    """A frame over IPv6 with hop-by-hop and destination options behind its IPv6 header (8 and 16 bytes)."""
    ip = frame[14:54]
    length = int.from_bytes(ip[4:6], "big") + 24
    options = b"\x3c\0" + bytes(6) + ip[6:7] + b"\1" + bytes(14)
    return frame[:14] + ip[:4] + struct.pack(">HB", length, 0) + ip[7:] + options + frame[54:]


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


def test_datagrams_over_ipv6_are_found_behind_options(tmp_path: Path) -> None:
    whole_v6 = pcap(SMALL, sender="2001:db8::1")[24 + 16 :]
    frames = [behind_options(one) for one in (*parts(7, version=6), whole_v6)]
    found, outcome = sources_and_outcome(tmp_path, pcap() + captured(*frames))
    assert (found, outcome.losses) == ([*HOSTS, "198.51.100.99"], {})


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


def read_in_files(folder: Path, files: Sequence[bytes]) -> tuple[list[str], list[dict[str, int]]]:
    """The sources of all flows in files that are read in this order, and what each of them lost."""
    paths = [folder / f"{number:02}.pcap" for number in range(len(files))]
    for path, content in zip(paths, files, strict=True):
        path.write_bytes(content)
    state = DecoderState()
    found = [one for batch in decode_files(paths, state) for one in batch.column("src_addr").to_pylist()]
    return [str(ipaddress.ip_address(one[12:])) for one in found], [outcome.losses for outcome in state.outcomes]


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0]], ids=["in order", "the last file first"])
def test_a_datagram_whose_fragments_a_rotation_parts_is_whole(tmp_path: Path, order: list[int], version: int) -> None:
    frames = parts(7, version=version)
    files = [pcap() + captured(frames[place], seconds=place) for place in order]
    assert read_in_files(tmp_path, files) == (HOSTS, [{}, {}, {}])


@pytest.mark.parametrize("order", [["1.pcap", "2.pcap"], ["2.pcap", "1.pcap"]])
def test_it_has_the_sender_and_the_time_of_its_last_part(tmp_path: Path, order: list[str]) -> None:
    """sFlow tells no clock; the file that is read last completes it."""
    sampled = flow_sample(raw_header(packet_frame(IPV4_TYPE, packet_ipv4(packet_udp(), 17)), 100))
    payload = sflow(sampled)
    content = struct.pack(">HHHH", 50000, 6343, 8 + len(payload), 0) + payload
    first, *rest = [
        _frame(7, at, content[at : at + 64], at + 64 < len(content), 4) for at in range(0, len(content), 64)
    ]
    (tmp_path / "1.pcap").write_bytes(pcap() + captured(first))
    (tmp_path / "2.pcap").write_bytes(pcap() + captured(*rest, seconds=2))
    batches = decode_files([tmp_path / name for name in order], DecoderState())
    (row,) = [row for batch in batches for row in batch.to_pylist()]
    assert (row["received_at"].timestamp() - CLOCK, row["source_file"]) == (2, order[1])


def test_what_no_file_completes_is_lost_once_in_the_file_of_its_first_part(tmp_path: Path) -> None:
    frames = parts(7)
    files = [pcap() + captured(frames[0]), pcap() + captured(frames[2]), pcap() + whole(SMALL)]
    assert read_in_files(tmp_path, files) == (["198.51.100.99"], [{"fragments": 1}, {}, {}])


def test_a_part_that_two_files_hold_is_one(tmp_path: Path) -> None:
    frames = parts(7)
    files = [pcap() + captured(*frames[1:]), pcap() + captured(frames[0], *frames[2:])]
    assert read_in_files(tmp_path, files) == (HOSTS, [{}, {}])


def test_of_too_many_parted_datagrams_the_oldest_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_fragments, "MOST_INCOMPLETE", 2)
    begun = [pcap() + captured(parts(number)[0]) for number in (1, 2, 3)]
    found, losses = read_in_files(tmp_path, [*begun, pcap() + captured(*parts(3)[1:])])
    assert (found, losses) == (HOSTS, [{}, {"fragments": 1}, {"fragments": 1}, {}])


@settings(max_examples=60, deadline=None, derandomize=True)
@given(data=st.data())
def test_however_a_capture_is_cut_the_same_datagrams_come_of_it(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Datagrams in three fragments each, mixed with one another, of which some went missing."""
    folder = tmp_path_factory.mktemp("cut")
    frames = [frame for number in range(4) for frame in _numbered(number)]
    frames = data.draw(st.permutations(frames))[: data.draw(st.integers(6, len(frames)))]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(frames)), max_size=5)))
    pieces = [frames[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(frames)], strict=True)]
    together, (lost,) = read_in_files(folder, [pcap() + captured(*frames)])
    found, losses = read_in_files(folder, data.draw(st.permutations([pcap() + captured(*one) for one in pieces])))
    assert sorted(found) == sorted(together)
    assert sum(one.get("fragments", 0) for one in losses) == lost.get("fragments", 0)


def _numbered(number: int) -> list[bytes]:
    """The fragments of a datagram that differs from others by its sequence number."""
    other = v5(*[v5_record(src=host) for host in HOSTS], sequence=30 * number)
    return [frame.replace(LARGE[:24], other[:24]) for frame in parts(number)]
