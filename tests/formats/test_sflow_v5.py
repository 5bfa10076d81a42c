"""sFlow v5: samples, sampled headers down to the ports, records beside them, interfaces, sequences, what is left."""

import ipaddress
import struct
from pathlib import Path
from typing import Any

import pytest

from assets.exports.formats import DecoderState, _export_health
from tests.formats.decoding import decode, health
from tests.formats.encoder import CLOCK, pcap
from tests.formats.packet_encoder import (
    ARP_TYPE,
    DST,
    DST6,
    FRAGMENT,
    HOP_BY_HOP,
    IPV4_TYPE,
    IPV6_TYPE,
    MPLS_TYPE,
    PPPOE_TYPE,
    QINQ_TYPE,
    ROUTING,
    SRC,
    SRC6,
    TCP,
    UDP,
    VLAN_TYPE,
    extension,
    fragment,
    frame,
    ipv4,
    ipv6,
    labels,
    tcp,
    udp,
)  # fmt: skip
from tests.formats.sflow_encoder import (
    DISCARDED,
    DROPPED,
    EXPANDED_COUNTERS,
    LOCAL,
    SEVERAL,
    SINGLE,
    counter_sample,
    expanded_flow_sample,
    flow_sample,
    gateway,
    part,
    raw_header,
    router,
    sampled_ethernet,
    sampled_ip,
    sflow,
    switch,
)  # fmt: skip

PACKET = frame(IPV4_TYPE, ipv4(tcp()))
HEADER = raw_header(PACKET)


def packed(text: str) -> bytes:
    address = ipaddress.ip_address(text)
    return b"\0" * 10 + b"\xff\xff" + address.packed if address.version == 4 else address.packed


def sampled(folder: Path, *records: bytes) -> dict[str, Any]:
    """The one flow that a sample of these records gives."""
    (flow,), _ = decode(folder, pcap(sflow(flow_sample(*records))))
    return flow


def test_a_sample_in_every_column(tmp_path: Path) -> None:
    (flow,), state = decode(tmp_path, pcap(sflow(flow_sample(raw_header(PACKET, 1518), rate=2000), sequence=42)))
    assert (flow["exporter"], flow["observation_domain"]) == (packed("192.0.2.10"), 3)
    assert (flow["flow_protocol"], flow["datagram_sequence"]) == ("sflow_v5", 42)
    assert (flow["src_addr"], flow["dst_addr"], flow["ip_version"]) == (packed(SRC), packed(DST), 4)
    assert (flow["src_port"], flow["dst_port"], flow["protocol"]) == (443, 50000, 6)
    assert (flow["tcp_flags"], flow["tos"]) == (0x12, 8)
    assert (flow["bytes"], flow["packets"], flow["layer3_bytes"]) == (1518, 1, 40)
    assert (flow["sampling_interval"], flow["sampling_source"]) == (2000.0, "record")
    assert (flow["in_if"], flow["out_if"], flow["vlan"]) == (11, 12, None)
    moments = [flow[name].timestamp() for name in ("received_at", "start_at", "end_at")]
    assert moments == [CLOCK] * 3
    assert (flow["next_hop"], flow["src_as"], flow["src_mask"], flow["sampler_id"]) == (None, None, None, None)
    assert (state.summary().flow_samples, state.summary().flows) == (1, 1)


def test_an_expanded_sample_says_the_same(tmp_path: Path) -> None:
    (plain,), _ = decode(tmp_path, pcap(sflow(flow_sample(HEADER))))
    (expanded,), state = decode(tmp_path, pcap(sflow(expanded_flow_sample(HEADER))))
    assert expanded == plain
    assert state.summary().flow_samples == 1


TAGS = [(QINQ_TYPE, 100), (VLAN_TYPE, 0x2000 | 200)]
PPPOE = struct.pack(">BBHHH", 0x11, 0, 1, 42, 0x0021)


@pytest.mark.parametrize(
    ("header", "layer3_bytes", "vlan"),
    [
        (raw_header(frame(IPV4_TYPE, ipv4(tcp()))), 40, None),
        (raw_header(frame(IPV4_TYPE, ipv4(tcp()), TAGS[1])), 40, 200),
        (raw_header(frame(IPV4_TYPE, ipv4(tcp()), *TAGS)), 40, 100),
        (raw_header(frame(MPLS_TYPE, labels(17) + ipv4(tcp()))), 40, None),
        (raw_header(frame(MPLS_TYPE, labels(17, 18, 19) + ipv4(tcp()), TAGS[1])), 40, 200),
        (raw_header(frame(PPPOE_TYPE, PPPOE + ipv4(tcp()))), 40, None),
        (raw_header(frame(IPV4_TYPE, ipv4(tcp(), options=bytes(8)))), 48, None),
        (raw_header(ipv4(tcp()), protocol=11), 40, None),
        (raw_header(labels(17) + ipv4(tcp()), protocol=13), 40, None),
    ],
    ids=["Ethernet", "VLAN", "QinQ", "MPLS", "VLAN and MPLS", "PPPoE", "IPv4 options", "bare IPv4", "bare MPLS"],
)
def test_ipv4_behind_other_headers(tmp_path: Path, header: bytes, layer3_bytes: int, vlan: int | None) -> None:
    flow = sampled(tmp_path, header)
    assert (flow["src_addr"], flow["dst_addr"], flow["ip_version"]) == (packed(SRC), packed(DST), 4)
    assert (flow["src_port"], flow["dst_port"], flow["tcp_flags"]) == (443, 50000, 0x12)
    assert (flow["layer3_bytes"], flow["vlan"]) == (layer3_bytes, vlan)


@pytest.mark.parametrize(
    ("packet", "layer3_bytes"),
    [
        (ipv6(tcp()), 60),
        (ipv6(extension(TCP) + tcp(), HOP_BY_HOP), 68),
        (ipv6(extension(ROUTING) + extension(TCP, 3) + tcp(), HOP_BY_HOP), 92),
        (ipv6(fragment(TCP, 0) + tcp(), FRAGMENT), 68),
    ],
    ids=["plain", "hop by hop", "hop by hop and routing", "first fragment"],
)
@pytest.mark.parametrize("is_bare", [False, True], ids=["Ethernet", "bare"])
def test_ipv6_and_its_extension_headers(tmp_path: Path, packet: bytes, layer3_bytes: int, is_bare: bool) -> None:
    flow = sampled(tmp_path, raw_header(packet, protocol=12) if is_bare else raw_header(frame(IPV6_TYPE, packet)))
    assert (flow["src_addr"], flow["dst_addr"], flow["ip_version"]) == (packed(SRC6), packed(DST6), 6)
    assert (flow["src_port"], flow["dst_port"], flow["protocol"], flow["tcp_flags"]) == (443, 50000, 6, 0x12)
    assert (flow["layer3_bytes"], flow["tos"]) == (layer3_bytes, 8)


@pytest.mark.parametrize(
    "header",
    [
        raw_header(frame(IPV4_TYPE, ipv4(tcp(), offset=185))),
        raw_header(frame(IPV6_TYPE, ipv6(fragment(TCP, 185) + tcp(), FRAGMENT))),
        raw_header(frame(IPV4_TYPE, ipv4(tcp()))[:34]),
    ],
    ids=["IPv4 fragment", "IPv6 fragment", "cut behind IPv4"],
)
def test_where_ports_are_not_in_the_sample_they_are_unknown(tmp_path: Path, header: bytes) -> None:
    flow = sampled(tmp_path, header)
    assert (flow["src_port"], flow["dst_port"], flow["tcp_flags"], flow["protocol"]) == (None, None, None, 6)


def test_of_a_tunnel_the_outer_header_counts(tmp_path: Path) -> None:
    inner = frame(IPV6_TYPE, ipv6(tcp()))
    flow = sampled(tmp_path, raw_header(frame(IPV4_TYPE, ipv4(udp(bytes(8) + inner, to=4789), UDP))))
    assert (flow["src_addr"], flow["dst_addr"], flow["ip_version"]) == (packed(SRC), packed(DST), 4)
    assert (flow["protocol"], flow["src_port"], flow["dst_port"], flow["tcp_flags"]) == (17, 50000, 4789, None)


def test_what_is_not_ip_is_no_flow_but_a_sample(tmp_path: Path) -> None:
    flows, state = decode(tmp_path, pcap(sflow(flow_sample(raw_header(frame(ARP_TYPE, bytes(28)))))))
    assert flows == []
    assert (state.summary().flow_samples, state.summary().flows, health(state)["data_records"]) == (1, 0, 1)


@pytest.mark.parametrize(("src", "dst", "version"), [(SRC, DST, 4), (SRC6, DST6, 6)], ids=["IPv4", "IPv6"])
def test_addresses_without_a_sampled_header(tmp_path: Path, src: str, dst: str, version: int) -> None:
    flow = sampled(tmp_path, sampled_ip(src, dst, 1480))
    assert (flow["src_addr"], flow["dst_addr"], flow["ip_version"]) == (packed(src), packed(dst), version)
    assert (flow["src_port"], flow["dst_port"], flow["protocol"]) == (443, 50000, 6)
    assert (flow["tcp_flags"], flow["tos"], flow["bytes"], flow["layer3_bytes"]) == (0x12, 8, 1480, 1480)


def test_of_addresses_and_an_ethernet_record_the_frame_has_the_bytes(tmp_path: Path) -> None:
    records = sampled_ethernet(1518), sampled_ip(SRC, DST, 1500)
    flows, _ = decode(tmp_path, pcap(sflow(flow_sample(*records), flow_sample(HEADER))))
    assert [(flow["bytes"], flow["layer3_bytes"]) for flow in flows] == [(1518, 1500), (58, 40)]


def test_a_header_and_the_addresses_of_one_packet_are_one_flow(tmp_path: Path) -> None:
    flow = sampled(tmp_path, sampled_ip("192.0.2.77", DST, 40), raw_header(PACKET, 64))
    assert (flow["src_addr"], flow["bytes"], flow["layer3_bytes"]) == (packed(SRC), 64, 40)


def test_numbers_larger_than_their_column_are_told_as_the_largest(tmp_path: Path) -> None:
    flow = sampled(tmp_path, sampled_ip(SRC, DST, 40, ports=(65_536, 2**32 - 1), tos=256), switch(65_536))
    assert (flow["src_port"], flow["dst_port"], flow["tos"], flow["vlan"]) == (65_535, 65_535, 255, 65_535)


def test_switch_router_and_gateway(tmp_path: Path) -> None:
    path = [64500, 64501], [64502, 64503, 64504]
    flow = sampled(tmp_path, HEADER, switch(200), router("192.0.2.254"), gateway("192.0.2.253", 64496, 64499, *path))
    assert (flow["vlan"], flow["next_hop"]) == (200, packed("192.0.2.254"))
    assert (flow["src_mask"], flow["dst_mask"]) == (24, 25)
    assert (flow["src_as"], flow["dst_as"]) == (64499, 64504)


def test_next_hops_of_ipv6_and_of_no_family(tmp_path: Path) -> None:
    flow = sampled(tmp_path, HEADER, router(None, 48, 56), gateway("2001:db8::fe", 64496, 64499, [64500]))
    assert (flow["next_hop"], flow["src_mask"], flow["dst_mask"]) == (packed("2001:db8::fe"), 48, 56)
    assert (flow["src_as"], flow["dst_as"]) == (64499, 64500)


def test_without_a_path_the_destination_is_in_the_router_s_own_as(tmp_path: Path) -> None:
    flow = sampled(tmp_path, HEADER, gateway("192.0.2.253", 64496, 64499))
    assert (flow["src_as"], flow["dst_as"]) == (64499, 64496)


@pytest.mark.parametrize(
    ("received", "sent"),
    [((DROPPED, 256), (SEVERAL, 3)), ((SINGLE, LOCAL), (DROPPED, 0))],
    ids=["dropped and several", "local and dropped"],
)
def test_interfaces_that_are_no_index_are_unknown(
    tmp_path: Path, received: tuple[int, int], sent: tuple[int, int]
) -> None:
    plain = flow_sample(HEADER, received=received[0] << 30 | received[1], sent=sent[0] << 30 | sent[1])
    expanded = expanded_flow_sample(HEADER, received=received, sent=sent)
    flows, _ = decode(tmp_path, pcap(sflow(plain, expanded)))
    assert [(flow["in_if"], flow["out_if"]) for flow in flows] == [(None, None)] * 2


def test_an_index_of_an_expanded_sample_has_32_bits(tmp_path: Path) -> None:
    (flow,), _ = decode(tmp_path, pcap(sflow(expanded_flow_sample(HEADER, received=(SINGLE, 2**32 - 2)))))
    assert flow["in_if"] == 2**32 - 2


def test_an_agent_of_ipv6_is_the_exporter(tmp_path: Path) -> None:
    (flow,), _ = decode(tmp_path, pcap(sflow(flow_sample(HEADER), agent="2001:db8::a", sub_agent=9, sequence=5)))
    assert (flow["exporter"], flow["observation_domain"], flow["datagram_sequence"]) == (packed("2001:db8::a"), 9, 5)


def test_an_agent_of_no_family_is_malformed(tmp_path: Path) -> None:
    good, bad = sflow(flow_sample(HEADER)), bytearray(sflow(flow_sample(HEADER), sequence=2))
    bad[7] = 9
    flows, state = decode(tmp_path, pcap(good, bytes(bad)))
    assert (len(flows), state.summary().malformed_datagrams) == (1, 1)
    assert "of no family" in state.outcomes[0].problems[0]


def test_counter_samples_are_counted_and_passed_over(tmp_path: Path) -> None:
    samples = counter_sample(), flow_sample(HEADER), counter_sample(EXPANDED_COUNTERS)
    flows, state = decode(tmp_path, pcap(sflow(*samples)))
    assert (len(flows), state.summary().counter_samples, state.summary().flow_samples) == (1, 2, 1)


def test_samples_of_discarded_packets_are_no_flows(tmp_path: Path) -> None:
    discarded = part(DISCARDED, struct.pack(">IIIIIII", 1, 0, 3, 0, 11, 12, 1) + struct.pack(">I", 256) + HEADER)
    flows, state = decode(tmp_path, pcap(sflow(discarded, flow_sample(HEADER))))
    assert (len(flows), state.summary().flow_samples, state.summary().malformed_datagrams) == (1, 1, 0)
    assert state.summary().discarded_samples == 1


def test_unknown_records_and_samples_are_passed_over_by_their_length(tmp_path: Path) -> None:
    unknown = part(4413 << 12 | 7, b"seven b")
    flows, state = decode(tmp_path, pcap(sflow(unknown, flow_sample(unknown, HEADER, unknown), unknown)))
    assert (len(flows), state.summary().malformed_datagrams) == (1, 0)


def test_a_sample_beyond_its_datagram_is_malformed_and_the_ones_before_count(tmp_path: Path) -> None:
    whole = sflow(flow_sample(HEADER), flow_sample(HEADER, sequence=2))
    flows, state = decode(tmp_path, pcap(whole[:-40]))
    assert (len(flows), state.summary().malformed_datagrams, health(state)["malformed"]) == (1, 1, 1)


def test_a_rate_of_zero_is_unknown(tmp_path: Path) -> None:
    (flow,), _ = decode(tmp_path, pcap(sflow(flow_sample(HEADER, rate=0))))
    assert flow["sampling_interval"] is None


def numbered(number: int, *samples: int, drops: int = 0, source: int = 3) -> bytes:
    told = [flow_sample(HEADER, sequence=one, drops=drops, source=source) for one in samples]
    return sflow(*told, sequence=number, uptime=1000 * number)


@pytest.mark.parametrize(
    ("datagrams", "lost"),
    [
        ([numbered(7, 70, 71), numbered(8, 72, 73)], 0),
        ([numbered(7, 70, 71), numbered(10, 72, 73)], 4),
        ([numbered(7, 70), numbered(8, 81)], 10),
        ([numbered(7, 70), numbered(9, 72), numbered(8, 71)], 0),
        ([numbered(7, 70), numbered(8, 9, source=4)], 0),
    ],
    ids=["in a row", "datagrams lost", "samples of a source lost", "late", "sources count each for itself"],
)
def test_sequences_of_datagrams_and_of_sources(tmp_path: Path, datagrams: list[bytes], lost: int) -> None:
    """Two datagrams lost, each as full as the one behind the gap, are 4 samples; 10 of a source are 10."""
    _, state = decode(tmp_path, pcap(*datagrams))
    assert health(state)["records_lost"] == lost
    assert health(state)["is_estimate"] or not lost


def test_drops_are_what_their_total_grows_by(tmp_path: Path) -> None:
    datagrams = [numbered(1, 10, drops=100), numbered(2, 11, drops=103), numbered(3, 12, drops=103)]
    _, state = decode(tmp_path, pcap(*datagrams, numbered(4, 13, drops=2)))
    assert (health(state)["drops"], health(state)["samples"]) == (3, 4)


def test_the_same_datagram_again_counts_once(tmp_path: Path) -> None:
    flows, state = decode(tmp_path, pcap(sflow(flow_sample(HEADER)), sflow(flow_sample(HEADER))))
    assert (len(flows), health(state)["duplicates"], health(state)["samples"]) == (1, 1, 1)


def test_more_samples_than_a_batch_holds(tmp_path: Path) -> None:
    """136 datagrams of 500 small samples, every second one of which is not IP."""
    samples = [flow_sample(sampled_ip(SRC, DST, 40)), flow_sample()] * 250
    flows, state = decode(tmp_path, pcap(*(sflow(*samples, sequence=number) for number in range(136))))
    assert (len(flows), state.summary().flow_samples) == (34_000, 68_000)


def test_a_raw_datagram_has_no_time(tmp_path: Path) -> None:
    (flow,), _ = decode(tmp_path, sflow(flow_sample(HEADER)), DecoderState())
    assert (flow["received_at"], flow["start_at"], flow["bytes"]) == (None, None, 58)


def test_what_a_source_lost_counts_though_its_datagrams_still_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Datagrams beyond what may wait are followed by halves: of one of each of two agents none."""
    monkeypatch.setattr(_export_health, "MOST_WAITING", 1)
    first, second = (sflow(flow_sample(sequence=number), sequence=at) for at, number in enumerate((1, 5), 1))
    _, state = decode(tmp_path, pcap(first))
    assert health(state)["records_lost"] == 0
    decode(tmp_path, pcap(second), state)
    decode(tmp_path, pcap(sflow(flow_sample(sequence=1), sequence=1, agent="192.0.2.99")), state)
    assert health(state)["records_lost"] == 3
