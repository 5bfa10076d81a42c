"""Which file a datagram goes to, what a file is called and when, and what becomes of it where there is no room."""

import errno
import os
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest

from assets.exports.collecting.capture_file import CaptureFile, complete, left_below
from assets.exports.collecting.counts import Counts, counts_in, counts_path, read_counts, write_counts
from assets.exports.collecting.filing import OTHERS, Filing, Finisher, Limits
from assets.exports.collecting.packets import PACKET_HEADER, head_of
from tests.collecting.captures import captures, held

NOON = datetime(2026, 1, 5, 12, 0, 7, tzinfo=UTC)
SENDER, RECEIVER = ip_address("192.0.2.1"), ip_address("127.0.0.1")
HEAD = head_of(SENDER, 9999, RECEIVER, 2055)
Make = Callable[..., Filing]


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def filing(tmp_path: Path, said: list[str]) -> Iterator[Make]:
    finisher = Finisher(said.append)

    def make(known: tuple[str, ...] = (), **limits: object) -> Filing:
        told = Limits(**limits)  # type: ignore[arg-type]
        return Filing(tmp_path, 0, told, Counts(0), {ip_address(one) for one in known}, said.append, finisher)

    yield make
    finisher.end()


def put(filing: Filing, payload: bytes, now: datetime, sender: str = "192.0.2.1") -> None:
    filing.begin_at(now)
    name = filing.name_of(ip_address(sender))
    filing.file_of(name, now).take(HEAD(int(now.timestamp()), 0, len(payload)), payload)


def end(filing: Filing) -> None:
    filing.name_all()
    filing.finisher.end()


def test_a_file_is_hidden_until_it_is_whole_and_named_by_exporter_day_and_time(tmp_path: Path, filing: Make) -> None:
    made = filing()
    put(made, b"one", NOON)
    put(made, b"two", NOON)
    made.write()
    assert captures(tmp_path) == []
    [(hidden, number)] = left_below(tmp_path)
    assert (hidden.name, number) == (".20260105T120007.000000Z-0.pcap.part", 0)
    end(made)
    [named] = captures(tmp_path)
    assert str(named.relative_to(tmp_path)) == "192.0.2.1/2026-01-05/20260105T120007.000000Z-0.pcap"
    assert [one.payload for one in held(named)] == [b"one", b"two"]
    assert list(left_below(tmp_path)) == []


@pytest.mark.parametrize(
    ("stretch", "later", "files"),
    [
        (timedelta(minutes=15), timedelta(minutes=14, seconds=52), 1),
        (timedelta(minutes=15), timedelta(minutes=14, seconds=53), 2),
        (timedelta(hours=24), timedelta(hours=11, minutes=59, seconds=52), 1),
        (timedelta(hours=24), timedelta(hours=11, minutes=59, seconds=53), 2),
        (timedelta(minutes=7), timedelta(hours=12), 2),
        (timedelta(minutes=15), timedelta(minutes=-1), 2),
    ],
)
def test_files_end_with_their_stretch_of_time_with_the_day_and_where_the_clock_was_set_back(
    tmp_path: Path, filing: Make, stretch: timedelta, later: timedelta, files: int
) -> None:
    made = filing(stretch=stretch)
    put(made, b"one", NOON)
    put(made, b"two", NOON + later)
    end(made)
    named = captures(tmp_path)
    assert len(named) == files
    assert sorted(one.payload for one in held(*named)) == [b"one", b"two"]
    assert {path.parent.name for path in named} == {str(NOON.date()), str((NOON + later).date())}


def test_a_file_that_is_large_enough_ends(tmp_path: Path, filing: Make) -> None:
    made = filing(largest_bytes=1000)
    for second in range(4):
        put(made, bytes(600), NOON + timedelta(seconds=second))
        made.write()
    end(made)
    assert [len(held(path)) for path in captures(tmp_path)] == [2, 2]


def test_made_up_exporters_open_no_files_of_their_own_beyond_the_limit(tmp_path: Path, filing: Make) -> None:
    """Known ones have theirs whenever they come; nothing of the others is lost, and the next day begins anew."""
    made = filing(known=("192.0.2.200", "192.0.2.201"), most_exporters=3)
    put(made, b"known", NOON, "192.0.2.200")
    for number in range(1, 101):
        put(made, b"made up", NOON, f"198.51.100.{number}")
    put(made, b"known", NOON, "192.0.2.201")
    assert len(made.files) == 5
    made.write()
    next_day = NOON + timedelta(days=1)
    put(made, b"late", next_day, "198.51.100.99")
    end(made)
    folders = {path.relative_to(tmp_path).parts[0] for path in captures(tmp_path)}
    first = {"192.0.2.200", "192.0.2.201", "198.51.100.1", "198.51.100.2", OTHERS}
    assert folders == {*first, "198.51.100.99"}
    assert len(held(*captures(tmp_path))) == 103
    [apart] = (tmp_path / OTHERS / "2026-01-05").iterdir()
    assert len(held(apart)) == 98


def full_after(monkeypatch: pytest.MonkeyPatch, room: int) -> Callable[[int], None]:
    """A disk with room for so many bytes, of which the last write takes a part; how much more room there is."""
    left, write = [room], os.write

    def writing(descriptor: int, content: memoryview) -> int:
        if not left[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        taken = write(descriptor, content[: left[0]])
        left[0] -= taken
        return taken

    monkeypatch.setattr(os, "write", writing)
    return lambda more: left.__setitem__(0, more)


def test_a_full_disk_is_told_once_counted_and_leaves_whole_packets(
    tmp_path: Path, filing: Make, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, make_room = filing(), full_after(monkeypatch, 1000)
    for payload in (bytes(500), bytes(600), bytes(700)):
        put(made, payload, NOON)
        made.write()
    make_room(10_000)
    put(made, b"again", NOON)
    made.write()
    end(made)
    [named] = captures(tmp_path)
    assert [one.payload for one in held(named)] == [bytes(500), b"again"]
    assert made.counts.of(NOON.date()).unwritten == 2
    where = tmp_path / "192.0.2.1" / "2026-01-05"
    assert said == [
        f"{where} can't be written (No space left on device): datagrams are lost until it can; make room, or mend the "
        "folder",
        f"{tmp_path} is written again; 2 datagrams were lost",
    ]


@pytest.mark.parametrize("room", [0, 10, 24, 60])
def test_a_file_whose_beginning_found_no_room_begins_as_a_capture_later(
    tmp_path: Path, filing: Make, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    made, make_room = filing(), full_after(monkeypatch, room)
    put(made, bytes(500), NOON)
    made.write()
    make_room(10_000)
    put(made, b"again", NOON)
    made.write()
    end(made)
    assert [one.payload for one in held(*captures(tmp_path))] == [b"again"]


def test_a_folder_that_can_t_be_made_is_told_and_keeps_no_other_from_being_written(
    tmp_path: Path, filing: Make, said: list[str]
) -> None:
    tmp_path.joinpath("192.0.2.1").write_text("a file in the way", encoding="utf-8")
    made = filing()
    for _ in range(3):
        put(made, b"lost", NOON)
        put(made, b"kept", NOON, "192.0.2.2")
        made.write()
    end(made)
    assert [one.payload for one in held(*captures(tmp_path))] == [b"kept"] * 3
    assert made.counts.of(NOON.date()).unwritten == 3
    assert len(said) == 1 and "192.0.2.1/2026-01-05 can't be written (" in said[0]


@pytest.mark.parametrize("cut", range(0, 2 * (PACKET_HEADER.size + 28 + 3) + 1, 5))
def test_what_a_killed_collector_left_is_named_up_to_its_last_whole_packet(tmp_path: Path, cut: int) -> None:
    file = CaptureFile(tmp_path / "192.0.2.1" / "2026-01-05", NOON, 3)
    for payload in (b"one", b"two"):
        file.take(HEAD(1, 0, 3), payload)
    file.write()
    os.close(file.descriptor)
    with file.hidden.open("r+b") as left:
        left.truncate(file.size - cut)
    whole = 2 if not cut else 1 if cut <= PACKET_HEADER.size + 31 else 0
    [(hidden, number)] = left_below(tmp_path)
    assert number == 3
    assert complete(hidden) == (file.path if whole else None)
    assert [one.payload for one in held(*captures(tmp_path))] == [b"one", b"two"][:whole]
    assert list(left_below(tmp_path)) == []


def test_counts_go_on_after_a_restart_and_old_days_go(tmp_path: Path) -> None:
    counts = Counts(1)
    counts.of(date(2024, 1, 1)).dropped = 5
    counts.of(NOON.date()).dropped = 7
    counts.of(NOON.date()).unwritten = 1
    write_counts(tmp_path, counts, NOON)
    assert read_counts(tmp_path, 1) == Counts(1, NOON, False, {NOON.date(): counts.of(NOON.date())})
    assert read_counts(tmp_path, 1).of(NOON.date()).lost == 8
    counts_path(tmp_path, 2).write_text("{", encoding="utf-8")
    assert [one.process for one in counts_in(tmp_path)] == [1, 2]
    assert read_counts(tmp_path, 2) == Counts(2)
