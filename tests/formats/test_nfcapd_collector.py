"""The nfcapd of Debian, fed over the loopback: what its file gives here is what its own nfdump shows of it."""

import ipaddress
import json
import os
import socket
import struct
import subprocess
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from assets.exports.formats import DecoderState, decode_files
from tests.end_to_end.routers import Conversation, Router
from tests.formats.collectors import Clock, Endpoint, collected, kept, nfcapd, own_address, tool, waiting_bytes
from tests.formats.encoder import flow_set, template, v5, v5_record, v9

FIELDS_V6 = (
    (27, 16), (28, 16), (7, 2), (11, 2), (4, 1), (6, 1), (5, 1), (1, 8), (2, 8), (22, 4), (21, 4), (10, 4), (14, 4),
    (29, 1), (30, 1), (61, 1), (58, 2), (16, 4), (17, 4), (62, 16),
)  # fmt: skip
TCP_FLAGS = "CEUAPRSF"


@pytest.mark.parametrize("option", [(), ("-z",), ("-y",), ("-j",)], ids=["plain", "lzo", "lz4", "bz2"])
def test_what_nfcapd_received_is_what_nfdump_shows(tmp_path: Path, option: Sequence[str]) -> None:
    path = collected(tmp_path, exported(), option)
    state = DecoderState()
    ours = [row for batch in decode_files([path], state) for row in batch.to_pylist()]
    assert [as_shown(row) for row in ours] == [
        {name: one.get(name) for name in as_shown(ours[0])} for one in shown(path)
    ]
    assert [row["bytes"] for row in ours] == [*range(1_000, 7_000, 10), *range(1 << 40, (1 << 40) + 300)]
    told = [
        (row["flow_protocol"], row["observation_domain"], row["sampling_interval"], row["is_scaled"]) for row in ours
    ]
    assert told == [("netflow_v5", 0, 10.0, True)] * 600 + [("netflow_v9", 258, None, False)] * 300
    assert (state.outcomes[0].malformed, state.outcomes[0].problems) == (0, [])


def test_flows_of_softflowd_in_ipfix_begin_before_they_end(tmp_path: Path) -> None:
    """Nfcapd 1.7 keeps the end of IPFIX's sysUpTime pair as the start, and the start as the end."""
    began = datetime(2025, 8, 5, 12, tzinfo=UTC)
    seen = Conversation("8.8.8.8", "192.0.2.7", packets=20, packet_bytes=1_000, begins_at=began)
    folder, clock = tmp_path / "kept", Clock(tmp_path / "clock")
    folder.mkdir()
    clock.set(began + timedelta(minutes=2))
    with nfcapd(folder, ["-t", "300"], clock) as collector:
        collector.hear(Router("127.0.0.2", version=10).exports([seen], tmp_path))
    [row] = [row for batch in decode_files(kept(folder), DecoderState()) for row in batch.to_pylist()]
    assert (row["start_at"], row["end_at"]) == (began, began + timedelta(seconds=1.9))


def test_windows_without_records_are_covered_and_empty(tmp_path: Path) -> None:
    """Rotation of 5 minutes: flows at 12:02, none until 12:10, one with a gap before it at 12:11, then it ends."""
    folder, clock = tmp_path / "kept", Clock(tmp_path / "clock")
    folder.mkdir()
    clock.set(moment("11:59:59"))
    with nfcapd(folder, ["-t", "300"], clock) as collector:
        for at, datagrams in (
            ("12:02:00", [v5(v5_record(), sequence=0), v5(v5_record(), v5_record(), sequence=1)]),
            ("12:05:01", []),
            ("12:10:01", []),
            ("12:11:00", [v5(v5_record(), sequence=50)]),
        ):
            clock.set(moment(at))
            collector.hear(datagrams)
    assert [one.name for one in kept(folder)] == [f"nfcapd.20250805{slot}" for slot in ("1155", "1200", "1205", "1210")]
    state = DecoderState()
    for _ in decode_files(kept(folder), state):
        pass
    bins = state.health_table(date(2025, 8, 5)).to_pylist()
    told = [(f"{one['bin_at']:%H:%M}", one["is_covered"], one["data_records"], one["records_lost"]) for one in bins]
    assert told == [("11:55", True, 4, 0), ("12:00", True, 0, 0), ("12:05", True, 0, 0), ("12:10", True, 0, 1)]


def test_who_sends_from_a_port_of_the_same_number_is_not_taken_for_the_collector() -> None:
    """Else a datagram that waits still is taken for one that the collector has dealt with."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as busy,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as idle,
    ):
        busy.bind((own_address(), 0))
        at = Endpoint(*busy.getsockname())
        others = [Endpoint(address, at.port) for address in ("127.1.0.1", "127.1.0.2")]
        idle.bind(others[0])
        idle.sendto(b"waits", at)
        assert [waiting_bytes(one) for one in others] == [0, None]
        assert (waiting_bytes(at) or 0) > 0


def moment(clock: str) -> datetime:
    return datetime.fromisoformat(f"2025-08-05T{clock}+00:00")


def exported() -> list[bytes]:
    """600 flows sampled 1 in 10, which nfcapd multiplies, and 300 of IPv6 that nobody sampled."""
    datagrams = [
        v5(*(v5_record(octets=100 + number) for number in range(at, at + 20)), sequence=at, interval=0x4000 | 10)
        for at in range(0, 600, 20)
    ]
    flow_sets = [template(256, FIELDS_V6)]
    flow_sets += [flow_set(256, b"".join(map(v6_record, range(at, at + 10)))) for at in range(0, 300, 10)]
    return datagrams + [v9(one, sequence=number, source=258) for number, one in enumerate(flow_sets)]


def v6_record(number: int) -> bytes:
    ends = b"".join(ipaddress.IPv6Address(one).packed for one in (f"2001:db8::{number:x}", "2001:db8:1::9"))
    head = struct.pack(">HHBBBQQII", 50_000, 443, 17, 0, 46, (1 << 40) + number, 1 + number, 590_000, 595_000 + number)
    tail = struct.pack(">IIBBBHII", 70_000, 70_001, 48, 64, 1, 100, 4_200_000_000, 64_500)
    return ends + head + tail + ipaddress.IPv6Address("2001:db8::fe").packed


def shown(path: Path) -> list[dict[str, Any]]:
    """The records of a file as nfdump shows them."""
    environment = {**os.environ, "TZ": "UTC"}
    found = subprocess.run([tool("nfdump"), "-r", path, "-o", "json"], env=environment, capture_output=True, check=True)
    rows: list[dict[str, Any]] = json.loads(found.stdout)
    return rows


def as_shown(row: dict[str, Any]) -> dict[str, Any]:
    """A row under nfdump's names, in its units."""
    family = row["ip_version"]
    return {
        "first": shown_moment(row["start_at"]), "last": shown_moment(row["end_at"]),
        "received": shown_moment(row["received_at"]), "in_packets": row["packets"], "in_bytes": row["bytes"],
        "proto": row["protocol"], "src_port": row["src_port"], "dst_port": row["dst_port"], "src_tos": row["tos"],
        "tcp_flags": "".join(flag if row["tcp_flags"] >> 7 - bit & 1 else "." for bit, flag in enumerate(TCP_FLAGS)),
        "src4_addr": shown_address(row["src_addr"]) if family == 4 else None,
        "dst4_addr": shown_address(row["dst_addr"]) if family == 4 else None,
        "src6_addr": shown_address(row["src_addr"]) if family == 6 else None,
        "dst6_addr": shown_address(row["dst_addr"]) if family == 6 else None,
        "ip4_router": shown_address(row["exporter"]), "sampled": int(row["is_scaled"]),
        "input_snmp": row["in_if"], "output_snmp": row["out_if"], "src_mask": row["src_mask"],
        "dst_mask": row["dst_mask"], "direction": row["metering_direction"], "src_as": row["src_as"],
        "dst_as": row["dst_as"], "src_vlan": row["vlan"],
    }  # fmt: skip


def shown_moment(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00")


def shown_address(packed: bytes) -> str:
    told = ipaddress.IPv6Address(packed)
    return str(told.ipv4_mapped or told)
