"""What a day of exports shows of exporters, interfaces and own prefixes; numbers are computed by hand."""

import struct
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from assets.exports.sources import place_of
from assets.exports.survey import (
    PrefixSet,
    Survey,
    exporters_seen,
    files_of,
    interfaces_seen,
    scaled,
    suggested_prefixes,
    survey,
)
from assets.operator import FlowSource
from assets.operator.cells import prefix
from assets.registry.announcements import origins_at_hand, plan_of
from tests.init import routers
from tests.init.routers import DAY, OWN, PEERS, capture, names, offer, record, sampling, usual


def looked_at(folder: Path, most_bytes: int | None = None) -> Survey:
    on = date.fromisoformat(DAY)
    return survey([files_of(place_of(folder, FlowSource("{date}"), on), on, most_bytes)])


def own_of(found: Survey) -> list[str]:
    octets, _ = scaled(found.table)
    return [str(one) for one in suggested_prefixes(found.table, octets)]


def test_an_exporter_is_seen_with_its_sampling_and_share(tmp_path: Path) -> None:
    """4 peers, 3,000 in and 1,000 out each: 16,000 bytes, at 1 in 100 the first router has 100 parts of 101."""
    offer(tmp_path, f"{DAY}/a.pcap", capture(usual(), *sampling(100)))
    offer(tmp_path, f"{DAY}/b.pcap", capture(usual(), sender="192.0.2.2"))
    first, second = exporters_seen(looked_at(tmp_path))
    assert (first.address, first.intervals, first.sampling_sources) == ("192.0.2.1", (100.0,), ("options",))
    assert (first.records, first.octets, first.protocols) == (8, 1_600_000.0, ("netflow_v9",))
    assert first.share == pytest.approx(100 / 101)
    assert (second.address, second.intervals, second.unknown_sampling_share) == ("192.0.2.2", (), 1.0)
    assert first.as_numbers == second.as_numbers == "ignore"


def test_interfaces_have_the_names_that_options_tell_and_the_side_of_own_prefixes(tmp_path: Path) -> None:
    offer(tmp_path, f"{DAY}/a.pcap", capture(usual(), *names({1: "Te0/1"})))
    seen = interfaces_seen(looked_at(tmp_path), PrefixSet([prefix("198.51.100.0/24")]))
    outside, inside = seen
    assert (outside.if_index, outside.name, outside.role) == (1, "Te0/1", "external")
    assert (outside.bytes_in, outside.bytes_out, outside.addresses_in, outside.addresses_out) == (12_000, 4_000, 4, 4)
    assert (inside.if_index, inside.name, inside.role) == (2, None, "internal")
    assert (inside.bytes_in, inside.bytes_out, inside.addresses_in, inside.addresses_out) == (4_000, 12_000, 1, 1)


def test_the_role_of_an_interface_with_both_sides_behind_it_is_left_open(tmp_path: Path) -> None:
    """A probe with one port: everything comes in and goes out by it."""
    both = [record(PEERS[0], OWN, 1, 1, 3000), record(OWN, PEERS[0], 1, 1, 3000)]
    offer(tmp_path, f"{DAY}/a.pcap", capture(both))
    (seen,) = interfaces_seen(looked_at(tmp_path), PrefixSet([prefix("198.51.100.0/24")]))
    assert (seen.outside, seen.role) == (0.5, None)


def test_the_side_that_talks_with_most_networks_is_own(tmp_path: Path) -> None:
    """9.9.9.9 carries nearly all, but talks with one network."""
    records = [*usual(), record("9.9.9.9", OWN, 1, 2, 4_000_000)]
    offer(tmp_path, f"{DAY}/a.pcap", capture(records))
    assert own_of(looked_at(tmp_path)) == ["198.51.100.0/24"]


def test_private_addresses_are_own_and_neighbours_are_one_prefix(tmp_path: Path) -> None:
    """Of 34,600 bytes the 100 that a forged packet brings are less than a two-hundredth."""
    records = [*usual(), record("198.51.101.3", PEERS[0], 2, 1, 9000), record("198.51.101.3", PEERS[1], 2, 1, 9000)]
    records += [record("10.1.2.3", PEERS[0], 2, 1, 500), record("192.168.7.7", OWN, 1, 2, 100)]
    offer(tmp_path, f"{DAY}/a.pcap", capture(records))
    assert own_of(looked_at(tmp_path)) == ["10.0.0.0/8", "198.51.100.0/23"]


@pytest.mark.parametrize(
    ("directions", "metering"),
    [
        ({"in": 0, "out": 1}, "ingress"),
        ({"in": 1, "out": 1}, "egress"),
        ({"in": 0, "out": 0}, "ingress"),
    ],
)
def test_directions_alone_are_no_sign_of_metering_twice(
    tmp_path: Path, directions: dict[str, int], metering: str
) -> None:
    """softflowd tells 0 for one direction of a conversation and 1 for the other, each packet once."""
    assert _metering(tmp_path, [(PEERS[0], OWN, directions["in"]), (OWN, PEERS[0], directions["out"])]) == metering


def test_a_router_that_has_each_conversation_both_ways_meters_both(tmp_path: Path) -> None:
    assert (
        _metering(tmp_path, [(PEERS[0], OWN, 0), (PEERS[0], OWN, 1), (OWN, PEERS[0], 0), (OWN, PEERS[0], 1)]) == "both"
    )


def _metering(folder: Path, told: list[tuple[str, str, int]]) -> str:
    fields = [*routers.FIELDS, (61, 1)]
    records = [record(src, dst, 1, 2, 3000) + bytes([direction]) for src, dst, direction in told]
    datagram = routers.v9(routers.template(300, fields), routers.flow_set(300, b"".join(records)))
    offer(folder, f"{DAY}/a.pcap", routers.pcap(datagram))
    (seen,) = exporters_seen(looked_at(folder))
    return seen.metering


@pytest.mark.parametrize(
    ("number", "address", "kind"),
    [
        (13335, "1.1.1.1", "origin"),
        (3356, "1.1.1.1", "peer"),
        (64500, "1.1.1.1", "ignore"),
        (13335, "203.0.113.9", "ignore"),
    ],
    ids=["of the origin", "of who passed it on", "private", "of an address that nobody knows"],
)
def test_as_numbers_are_believed_where_they_are_those_of_known_networks(
    tmp_path: Path, number: int, address: str, kind: str
) -> None:
    """1.1.1.1 is Cloudflare's, AS13335, in the bundled table."""
    fields = [*routers.FIELDS, (16, 4)]
    records = record(address, OWN, 1, 2, 3000) + number.to_bytes(4, "big")
    datagram = routers.v9(routers.template(300, fields), routers.flow_set(300, records))
    offer(tmp_path, f"{DAY}/a.pcap", routers.pcap(datagram))
    (seen,) = exporters_seen(looked_at(tmp_path), plan_of(origins_at_hand(None)))
    assert (seen.as_numbers, seen.as_numbers_share) == (kind, 1.0)


def test_the_active_timeout_is_where_long_flows_end(tmp_path: Path) -> None:
    cut = [record(peer, OWN, 1, 2, 9000, lasted_ms=59_000) for peer in PEERS]
    offer(tmp_path, f"{DAY}/a.pcap", capture([*usual(), *cut]))
    offer(tmp_path, f"{DAY}/b.pcap", capture(usual(), sender="192.0.2.2"))
    timeouts = {one.address: one.active_timeout_s for one in exporters_seen(looked_at(tmp_path))}
    assert timeouts == {"192.0.2.1": 60, "192.0.2.2": None}


def test_a_clock_ahead_is_told_in_seconds(tmp_path: Path) -> None:
    offer(tmp_path, f"{DAY}/a.pcap", capture(usual(), ahead_s=3600))
    (seen,) = exporters_seen(looked_at(tmp_path))
    assert seen.clock_offset_s == 3600


@pytest.mark.parametrize(("ago_s", "offset_s"), [(0, None), (400, None), (-400, 400), (5000, -5000)])
def test_without_a_capture_the_ends_of_flows_tell_a_clock(tmp_path: Path, ago_s: int, offset_s: int | None) -> None:
    """A datagram in a file of its own; what ended up to an hour ago may be a flow that was idle."""
    uptime_ms = 6_000_000
    end_ms = uptime_ms - 1000 * ago_s
    flow = record(PEERS[0], OWN, 1, 2, 3000)[:-8] + struct.pack(">II", end_ms - 5000, end_ms)
    told = routers.v9(routers.template(300, routers.FIELDS), routers.flow_set(300, flow), uptime=uptime_ms)
    offer(tmp_path, f"{DAY}/a.bin", told)
    (seen,) = exporters_seen(looked_at(tmp_path))
    assert seen.clock_offset_s == offset_s


def test_of_many_files_a_part_is_read_spread_over_the_day(tmp_path: Path) -> None:
    size = len(capture(usual()))
    for number in range(10):
        offer(tmp_path, f"{DAY}/{number}.pcap", capture(usual(), domain=number))
    found = looked_at(tmp_path, 2 * size)
    assert [one.path.name for one in found.files[0].chosen] == ["2.pcap", "7.pcap"]
    assert (found.is_whole, found.conversations.records) == (False, 16)
    assert looked_at(tmp_path).is_whole


def test_what_is_no_export_is_told_and_the_rest_read(tmp_path: Path) -> None:
    offer(tmp_path, f"{DAY}/a.pcap", capture(usual()))
    offer(tmp_path, f"{DAY}/notes.txt", b"no export at all")
    found = looked_at(tmp_path)
    assert len(exporters_seen(found)) == 1
    (line,) = found.refused
    assert line.split(":")[0].endswith("/notes.txt")


def test_a_template_that_comes_last_holds_for_what_came_before(tmp_path: Path) -> None:
    """As the day itself is decoded: the files are read again with what was learned."""
    data = routers.v9(routers.flow_set(300, b"".join(usual())))
    later = routers.v9(routers.template(300, routers.FIELDS), sequence=1, seconds=routers.CLOCK + 1)
    offer(tmp_path, f"{DAY}/a.pcap", routers.pcap(data, later))
    assert looked_at(tmp_path).conversations.records == 8


def test_without_files_nothing_is_seen(tmp_path: Path) -> None:
    found = looked_at(tmp_path)
    assert (exporters_seen(found), interfaces_seen(found, PrefixSet([])), own_of(found)) == ([], [], [])
    assert isinstance(found.table, pa.Table)
