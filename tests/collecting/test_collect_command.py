"""`netstats collect` as a process: what it is sent lies in its files when it was asked to end, or after a restart."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from assets.exports.collecting.collector import Collector
from assets.exports.collecting.counts import Counts, counts_in, read_counts
from assets.exports.collecting.filing import OTHERS, Filing, Finisher, Limits
from assets.exports.collecting.losses import COLLECTOR
from assets.exports.collecting.sockets import opened
from assets.exports.formats import DecoderState, decode_files
from assets.exports.sources import files_offered
from assets.operator import FlowSource, load_operator
from tests.collecting.captures import captures, held
from tests.end_to_end.routers import Conversation, Router, _capture
from tests.formats.collectors import tool, wait_until
from tests.formats.encoder import pcap

PROJECT = Path(__file__).parents[2]
OPERATOR = PROJECT / "tests" / "operators" / "real_exports"
NETSTATS = Path(sys.executable).with_name("netstats")
LOOPBACK = ip_address("127.0.0.1")


def free_port(host: str = "127.0.0.1") -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


@dataclass
class Running:
    """A collector that receives at a port."""

    process: "subprocess.Popen[str]"
    folder: Path
    port: int

    def send(self, payloads: Sequence[bytes], sender: str = "127.0.0.1", to: str = "127.0.0.1") -> None:
        family = socket.AF_INET6 if ":" in to else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as out:
            out.bind((sender, 0))
            for payload in payloads:
                out.sendto(payload, (to, self.port))

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=30)
        return self.process.returncode, said


@contextlib.contextmanager
def collecting(folder: Path, *options: str, host: str = "127.0.0.1") -> Iterator[Running]:
    """A collector that has said where it receives; it is killed if the test does not end it."""
    port = free_port(host)
    command = [str(NETSTATS), "collect", str(folder), "--listen", host, "--port", str(port), *options]
    environment = {**os.environ, "NETSTATS_OPERATOR": str(OPERATOR)}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr is not None
        try:
            while "receiving at" not in (line := process.stderr.readline()):
                assert line, f"it ended with {process.wait()}"
            yield Running(process, folder, port)
        finally:
            process.kill()


def losses(folder: Path) -> dict[str, dict[str, int]]:
    """What files of losses below a collector's folder tell, by the folder that they lie in."""
    state = DecoderState()
    paths = sorted(folder.glob("*/*/*.losses.json"))
    assert list(decode_files(paths, state)) == []
    return {path.parts[-3]: outcome.losses for path, outcome in zip(paths, state.outcomes, strict=True)}


def numbered(count: int) -> list[bytes]:
    return [f"datagram {number}".encode() for number in range(count)]


def written(folder: Path) -> int:
    """The bytes of captures that are being written: 24 of each, and 44 before each datagram of IPv4."""
    return sum(path.stat().st_size for path in folder.glob("*/*/.*.part"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_was_sent_before_the_signal_lies_in_named_files(tmp_path: Path, number: int) -> None:
    before = datetime.now(UTC)
    with collecting(tmp_path) as running:
        running.send(numbered(2000), "127.0.0.2")
        running.send(numbered(3), "127.0.0.3")
        status, said = running.end(number)
    assert (status, said) == (0, "")
    found = held(*captures(tmp_path))
    assert [one.payload for one in found if one.sender == "127.0.0.2"] == numbered(2000)
    assert [one.payload for one in found if one.sender == "127.0.0.3"] == numbered(3)
    assert all(before - timedelta(seconds=1) <= datetime.fromtimestamp(one.captured_ms / 1000, UTC) for one in found)
    assert {path.parts[-3] for path in captures(tmp_path)} == {"127.0.0.2", "127.0.0.3"}
    assert list(tmp_path.glob("*/*/.*")) == []
    [counts] = counts_in(tmp_path)
    assert not counts.is_running
    assert [(day.datagrams, day.lost) for day in counts.days.values()] == [(2003, 0)]


def test_what_a_killed_collector_left_is_completed_by_the_next(tmp_path: Path) -> None:
    with collecting(tmp_path) as running:
        running.send(numbered(50))
        wait_until(lambda: written(tmp_path) == 24 + sum(44 + len(payload) for payload in numbered(50)))
        running.end(signal.SIGKILL)
    assert captures(tmp_path) == []
    with collecting(tmp_path) as running:
        assert [one.payload for one in held(*captures(tmp_path))] == numbered(50)
        running.send([b"after"])
        running.end()
    assert len(held(*captures(tmp_path))) == 51


def test_one_folder_and_one_port_have_one_collector(tmp_path: Path) -> None:
    with collecting(tmp_path / "a") as running:
        for folder, port, told in (
            ("a", free_port(), "another collector writes there; end it, or name another folder"),
            ("b", running.port, "can't be received at (Address already in use); end what receives there, or name"),
        ):
            for processes in ("1", "2"):
                command = [NETSTATS, "collect", tmp_path / folder, "--port", str(port), "--processes", processes]
                done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
                assert done.returncode == 1
                assert told in done.stderr


def test_several_processes_share_a_port_and_end_together(tmp_path: Path) -> None:
    with collecting(tmp_path, "--processes", "3") as running:
        wait_until(lambda: len(list(tmp_path.glob(".collector-*.json"))) == 3)
        for number in range(40):
            running.send([f"{number}".encode()])
        status, _ = running.end()
    assert status == 0
    assert sorted(int(one.payload) for one in held(*captures(tmp_path))) == list(range(40))
    assert len({path.name.rpartition("-")[2] for path in captures(tmp_path)}) > 1


def test_where_one_of_several_processes_is_killed_all_end_and_say_so_by_their_status(tmp_path: Path) -> None:
    """What the kernel would give to the dead one would be lost; systemd starts all of them again."""
    with collecting(tmp_path, "--processes", "2") as running:
        wait_until(lambda: len(list(tmp_path.glob(".collector-*.json"))) == 2)
        number = running.process.pid
        children = Path(f"/proc/{number}/task/{number}/children").read_text(encoding="ascii").split()
        for name in range(20):
            running.send([f"{name}".encode()])
        wait_until(lambda: written(tmp_path) == 2 * 24 + 20 * 44 + 10 + 2 * 10)
        os.kill(int(children[1]), signal.SIGKILL)
        assert running.process.wait(timeout=30) == 1
    assert len(captures(tmp_path)) == 1
    with collecting(tmp_path):
        assert sorted(int(one.payload) for one in held(*captures(tmp_path))) == list(range(20))


def test_ipv6_is_received(tmp_path: Path) -> None:
    with collecting(tmp_path, host="::1") as running:
        running.send([b"six"], "::1", "::1")
        running.end()
    [one] = held(*captures(tmp_path))
    assert (one.payload, one.sender) == (b"six", "::1")
    assert [path.parts[-3] for path in captures(tmp_path)] == ["::1"]


def test_a_flood_of_made_up_exporters_is_kept_in_one_folder(tmp_path: Path) -> None:
    with collecting(tmp_path, "--most-exporters", "5") as running:
        for number in range(1, 200):
            running.send([b"made up"], f"127.0.1.{number}")
        running.send([b"known"], "127.0.0.2")
        running.end()
    folders = {path.parts[-3] for path in captures(tmp_path)}
    assert folders == {*(f"127.0.1.{number}" for number in range(1, 6)), OTHERS, "127.0.0.2"}
    assert len(held(*captures(tmp_path))) == 200
    [counts] = counts_in(tmp_path)
    assert sum(day.apart for day in counts.days.values()) == 194


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--listen", "localhost"], "--listen localhost: is not an address; write one of this machine, such as 0.0.0"),
        (["--listen", "192.0.2.1"], "of 192.0.2.1 can't be received at (Cannot assign requested address); end what"),
        (["--most-exporters", "100000000"], "files may have to be open, and "),
    ],
)  # fmt: skip
def test_what_can_t_be_is_told_in_a_line(tmp_path: Path, options: list[str], told: str) -> None:
    command = [NETSTATS, "collect", tmp_path, "--port", str(free_port()), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert told in done.stderr.splitlines()[-1]


def test_a_folder_that_can_t_be_written_is_told(tmp_path: Path) -> None:
    tmp_path.joinpath("file").write_text("in the way", encoding="utf-8")
    command = [NETSTATS, "collect", tmp_path / "file" / "folder", "--port", str(free_port())]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith("can't be written (Not a directory); name another folder")


def test_what_the_kernel_drops_is_counted(tmp_path: Path) -> None:
    """A buffer that holds less than was sent before anybody took from it."""
    said: list[str] = []
    receiver = opened(LOOPBACK, 0, 4096, is_shared=False)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        for payload in numbered(500):
            out.sendto(payload, ("127.0.0.1", receiver.port))
    filing = Filing(tmp_path, 0, Limits(), Counts(0), frozenset(), said.append, Finisher(said.append))
    collector = Collector([receiver], filing, said.append)
    collector.stop()
    collector.run()
    kept = len(held(*captures(tmp_path)))
    [(today, counted)] = read_counts(tmp_path, 0).days.items()
    assert today in {date.today(), datetime.now(UTC).date()}
    assert 0 < kept < 500
    assert (counted.datagrams, counted.dropped) == (kept, 500 - kept)
    assert said == [f"the kernel dropped {500 - kept} datagrams: give a larger --buffer or more --processes"]
    assert losses(tmp_path) == {COLLECTOR: {"dropped_by_kernel": 500 - kept}}
    assert counted.dropped_told == 500 - kept


def test_a_full_disk_ends_nothing(tmp_path: Path) -> None:
    """The limit of a file's size stands for a disk that is full; what fits lies there in whole packets."""
    limit = 20_000
    program = (
        "import resource, sys; from orchestration.commands.cli import main; "
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit})); main(sys.argv[1:])"
    )
    port = free_port()
    command = [sys.executable, "-c", program, "collect", str(tmp_path), "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        running = Running(process, tmp_path, port)
        assert process.stderr is not None
        while "receiving at" not in process.stderr.readline():
            pass
        running.send([bytes(1000) for _ in range(100)], "127.0.0.2")
        assert "can't be written (File too large): datagrams are lost until it can" in process.stderr.readline()
        running.send([b"of another"], "127.0.0.3")
        status, _ = running.end()
    assert status == 0
    found = held(*captures(tmp_path))
    assert [one.payload for one in found if one.sender == "127.0.0.3"] == [b"of another"]
    [counts] = counts_in(tmp_path)
    [day] = counts.days.values()
    assert day.unwritten == 101 - len(found) > 0
    assert losses(tmp_path) == {"127.0.0.2": {"unwritten_by_collector": day.unwritten}}


def records(*files: Path) -> pa.Table:
    return pa.Table.from_batches(decode_files(list(files), DecoderState()))


@pytest.mark.parametrize("version", [5, 9, 10])
def test_what_softflowd_sends_is_decoded_as_what_it_sent(tmp_path: Path, version: int) -> None:
    began = datetime(2025, 11, 10, 12, 0, tzinfo=UTC)
    conversations = [
        Conversation("198.51.100.7", f"203.0.113.{number}", packets=10, packet_bytes=500 + number, begins_at=began)
        for number in range(1, 101)
    ]
    packets = tmp_path / "packets.pcap"
    packets.write_bytes(_capture(conversations))
    with collecting(tmp_path / "flows") as running:
        meter(packets, running.port, version, tmp_path / "softflowd.pid")
        assert running.end()[0] == 0
    [path] = captures(tmp_path / "flows")
    found = records(path)
    sent = tmp_path / "sent.pcap"
    sent.write_bytes(pcap(*Router("127.0.0.1", version).exports(conversations, tmp_path), sender="127.0.0.1"))
    wanted: Any = ["src_addr", "dst_addr", "bytes", "packets", "exporter"]
    assert sorted(map(str, found.select(wanted).to_pylist())) == sorted(
        map(str, records(sent).select(wanted).to_pylist())
    )
    assert sum(found["bytes"].to_pylist()) * 8 == sum(one.bits for one in conversations)


def meter(packets: Path, port: int, version: int, pid: Path) -> None:
    """Let softflowd meter packets and export to a port."""
    command = [tool("softflowd", "softflowd"), "-r", packets, "-n", f"127.0.0.1:{port}", "-v", str(version), "-6", "-d"]
    subprocess.run(
        [*command, "-a", "-c", "none", "-p", pid, "-m", "100000"], check=True, capture_output=True, timeout=60
    )


@pytest.mark.parametrize(
    ("address", "exporters"), [("{exporter}/{date}", {"127.0.0.2"}), ("*/{date}", {"127.0.0.2", "127.0.1.9"})]
)
def test_a_source_names_the_files_of_a_day_and_not_those_being_written(
    tmp_path: Path, address: str, exporters: set[str]
) -> None:
    operator = load_operator(OPERATOR)
    source = FlowSource(f"{tmp_path}/{address}")
    told = {**vars(operator.settings), "flow_sources": (source,)}
    named = type(operator)(**{**vars(operator), "settings": type(operator.settings)(**told)})
    with collecting(tmp_path) as running:
        running.send([b"one"], "127.0.0.2")
        running.send([b"one"], "127.0.1.9")
        wait_until(lambda: len(list(tmp_path.glob("*/*/.*.part"))) == 2)
        day = date.fromisoformat(next(tmp_path.glob("*/*/.*.part")).parent.name)
        assert list(files_offered(named, day)) == []
        running.end()
    offered = list(files_offered(named, day))
    assert {one.path.parts[-3] for one in offered} == exporters
    assert [one.fault for one in offered] == [None] * len(exporters)
