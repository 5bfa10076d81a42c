"""What the kernel drops before `netstats collect` takes it reaches the marts: its cause, and the records it cost."""

import re
import signal
import socket
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from tests.collecting.test_collect_command import free_port, written
from tests.end_to_end.conftest import NETSTATS, House
from tests.formats.collectors import Clock, wait_until
from tests.formats.encoder import v5, v5_record

DAY, NOON = "2025-11-14", 1_763_121_600
ROUTER, SENT = "127.0.0.2", 6000
PACKET_BYTES = 44 + 72


def datagram(number: int) -> bytes:
    """One record of 1,500 bytes of one of 200 addresses to a server, numbered as NetFlow v5 numbers records."""
    return v5(v5_record(src=f"1.1.1.{number % 200}", dst="192.0.2.1"), sequence=number, seconds=NOON + number // 100)


def test_drops_are_losses_of_the_day_with_their_cause_and_cost_the_records_that_sequence_numbers_miss(
    real_exports: House, tmp_path: Path
) -> None:
    flows, settings = tmp_path / "flows", real_exports.operator / "operator.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("exports/{date}", f"{flows}/*/{{date}}"), encoding="utf-8")
    dropped = collect(real_exports, flows)
    assert 0 < dropped < SENT

    ran = real_exports.netstats("build", "--from", DAY, "--to", DAY)
    assert ran.status == 0, ran.stderr
    assert re.search(rf"dropped by kernel {dropped:,}: give netstats collect a larger --buffer", ran.stdout)
    assert "flow_exports.collector_keeps_up" in ran.stdout + ran.stderr
    coverage = "select loss_reasons, records_lost, records_received, files_incomplete from marts.coverage_daily"
    assert real_exports.mart(coverage) == [(f"dropped_by_kernel {dropped}", dropped, SENT - dropped + 2, 0)]


def collect(house: House, flows: Path) -> int:
    """Datagrams of a router at noon of a day, most of them while the collector sleeps; how many the kernel dropped."""
    port, said = free_port(), house.states.with_name("said")
    command = [str(NETSTATS), "collect", str(flows), "--port", str(port), "--buffer", "1"]
    # Its clock stands at a day that has ended, which can be built.
    clock = Clock(said.with_name("clock"))
    clock.set(datetime.fromtimestamp(NOON, UTC))
    environment = {**house.environment, **clock.environment, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    with said.open("w") as out, subprocess.Popen(command, stderr=out, env=environment) as process:
        try:
            wait_until(lambda: "receiving at" in said.read_text())
            send(port, 0, 1)
            wait_until(lambda: written(flows) == 24 + PACKET_BYTES)
            process.send_signal(signal.SIGSTOP)
            send(port, 1, SENT)
            process.send_signal(signal.SIGCONT)
            wait_until(lambda: "the kernel dropped" in said.read_text())
            send(port, SENT + 1, 1)
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=60) == 0
        finally:
            process.kill()
    [dropped] = re.findall(r"the kernel dropped (\d+) datagrams", said.read_text())
    return int(dropped)


def send(port: int, first: int, count: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.bind((ROUTER, 0))
        for number in range(first, first + count):
            out.sendto(datagram(number), ("127.0.0.1", port))
