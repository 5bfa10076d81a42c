"""Records lost of IPFIX: nothing is lost at the end of a file, a block or a day, and what is lost there is found."""

import ipaddress
import struct
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from assets.exports.formats import DecoderState, decode_files
from tests.formats.decoding import health
from tests.formats.encoder import CLOCK, flow_set, pcap
from tests.formats.ipfix_encoder import ipfix, options_template, template

ENDS = ipaddress.ip_address("198.51.100.7").packed + ipaddress.ip_address("203.0.113.9").packed
LAYOUTS = ipfix(template(256, [(8, 4), (12, 4), (1, 4)]), options_template(300, [(149, 4)], [(34, 4)]), seconds=CLOCK)
Messages = list[bytes]


def records(count: int, number: int) -> bytes:
    return flow_set(256, b"".join(ENDS + struct.pack(">I", number + one) for one in range(count)), padding=False)


def messages(count: int, each: int, first: int = 0, begins: int = 0) -> Messages:
    """Messages of so many records each, one a second, from a sequence number on."""
    return [
        ipfix(
            records(each, begins + each * number), sequence=begins + each * number, seconds=CLOCK + 1 + first + number
        )
        for number in range(count)
    ]


def lost(folder: Path, files: Sequence[Messages], *, days: bool = False) -> tuple[int, int]:
    """Records read and lost of files in one day, or of each on a day of its own."""
    state, read, missing = DecoderState(), 0, 0
    paths = [folder / f"{number}.pcap" for number in range(len(files))]
    for path, payloads in zip(paths, files, strict=True):
        path.write_bytes(pcap(*payloads))
    for some in [[one] for one in paths] if days else [paths]:
        list(decode_files(some, state))
        counted = health(state)
        read, missing = read + counted["data_records"], missing + counted["records_lost"]
        state = DecoderState.from_bytes(state.to_bytes())
    return read, missing


@pytest.mark.parametrize("days", [False, True], ids=["one day", "three days"])
def test_clean_files_lose_nothing(tmp_path: Path, days: bool) -> None:
    """Three files of 200 records, 10 a message."""
    files = [messages(20, 10, first=20 * number, begins=200 * number) for number in range(3)]
    assert lost(tmp_path, [[LAYOUTS, *files[0]], *files[1:]], days=days) == (600, 0)


def test_a_datagram_a_file_loses_nothing(tmp_path: Path) -> None:
    files = [[one] for one in messages(250, 1)]
    files[0].insert(0, LAYOUTS)
    assert lost(tmp_path, files) == (250, 0)


@pytest.mark.parametrize("days", [False, True], ids=["files", "days"])
def test_what_is_lost_between_files_is_found(tmp_path: Path, days: bool) -> None:
    """Message 4 of the first ten, of 3 records each, and those between the files: 2 messages."""
    sent = messages(20, 3)
    assert lost(tmp_path, [[LAYOUTS, *sent[:4], *sent[5:9]], sent[11:]], days=days) == (51, 9)


def counted_otherwise(count: Callable[[int], int]) -> Messages:
    """Ten messages of two records, every second with one options record, numbered as an exporter does."""
    return [
        ipfix(
            records(2, 2 * number),
            *([flow_set(300, struct.pack(">II", 7, 100))] if number % 2 else []),
            sequence=count(number),
            seconds=CLOCK + 1 + number,
        )
        for number in range(12)
    ]


HABITS: list[Callable[[int], int]] = [
    lambda number: 2 * number + number // 2,
    lambda number: 2 * number,
    lambda number: 2 * (number + 1) + (number + 1) // 2,
    lambda number: 2 * (number + 1),
]
NAMES = ["as the standard says", "without options", "its own included", "its own included, without options"]


@pytest.mark.parametrize("count", HABITS, ids=NAMES)
@pytest.mark.parametrize("days", [False, True], ids=["files", "days"])
def test_however_an_exporter_counts(tmp_path: Path, count: Callable[[int], int], days: bool) -> None:
    sent = counted_otherwise(count)
    assert lost(tmp_path, [[LAYOUTS, *sent[:5]], sent[5:8], sent[8:]], days=days) == (24, 0)


@pytest.mark.parametrize("days", [False, True], ids=["files", "days"])
def test_sets_that_can_not_be_decoded_are_no_loss(tmp_path: Path, days: bool) -> None:
    """Of messages 3 and 4 nobody knows how many records they hold: the next one's number says it."""
    sent = messages(8, 3)
    unknown = [ipfix(flow_set(999, bytes(60)), sequence=9 + 3 * one, seconds=CLOCK + 4 + one) for one in (0, 1)]
    assert lost(tmp_path, [[LAYOUTS, *sent[:3], *unknown[:1]], [unknown[1], *sent[5:]]], days=days) == (18, 0)
