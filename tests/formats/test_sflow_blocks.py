"""sFlow by the block: samples of all kinds side by side are read as each is alone, and each agent is told apart."""

from pathlib import Path

import numpy as np
import pytest

from assets.exports.formats._packet_headers import packet_headers
from tests.formats.decoding import decode
from tests.formats.encoder import pcap
from tests.formats.packet_encoder import (
    ARP_TYPE,
    DST,
    DST6,
    FRAGMENT,
    HOP_BY_HOP,
    IPV4_TYPE,
    IPV6_TYPE,
    MPLS_TYPE,
    QINQ_TYPE,
    SRC,
    SRC6,
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
    DROPPED,
    SINGLE,
    counter_sample,
    expanded_flow_sample,
    flow_sample,
    gateway,
    raw_header,
    router,
    sampled_ethernet,
    sampled_ip,
    sflow,
    switch,
)  # fmt: skip
from tests.formats.test_sflow_v5 import packed

HEADER = raw_header(frame(IPV4_TYPE, ipv4(tcp())))
OTHER = raw_header(frame(IPV6_TYPE, ipv6(udp(), 17)), 999)
ALL_KINDS = [
    flow_sample(HEADER, switch(200), router("192.0.2.254")),
    flow_sample(router("2001:db8::fe", 48, 56), switch(0), OTHER, source=4),
    expanded_flow_sample(raw_header(frame(IPV4_TYPE, ipv4(tcp()), (VLAN_TYPE, 7))), switch(300), sent=(DROPPED, 1)),
    flow_sample(raw_header(frame(IPV4_TYPE, ipv4(udp(), 17, options=bytes(8)), (QINQ_TYPE, 9), (VLAN_TYPE, 8)))),
    flow_sample(raw_header(frame(MPLS_TYPE, labels(17, 18) + ipv6(extension(6) + tcp(), HOP_BY_HOP)))),
    flow_sample(raw_header(frame(IPV6_TYPE, ipv6(fragment(17, 100) + udp(), FRAGMENT))), router(None)),
    flow_sample(raw_header(frame(ARP_TYPE, bytes(28)))),
    counter_sample(),
    flow_sample(HEADER, OTHER, router("192.0.2.1"), router("192.0.2.2", 1, 2), drops=3),
    flow_sample(sampled_ip(SRC6, DST6, 1400), sampled_ethernet(1418), rate=0),
    flow_sample(sampled_ip(SRC, DST, 600), gateway("192.0.2.253", 64496, 64499, [64500], [64501, 64502])),
    expanded_flow_sample(gateway("2001:db8::fd", 64496, 64498), HEADER, router("0.0.0.0"), received=(SINGLE, 2**31)),
    flow_sample(raw_header(ipv4(tcp()), protocol=11), gateway(None, 64496, 64497, [64500])),
    flow_sample(raw_header(frame(IPV4_TYPE, ipv4(b"\0\1")))),
]


def test_samples_side_by_side_are_read_as_each_alone(tmp_path: Path) -> None:
    alone = [row for sample in ALL_KINDS for row in decode(tmp_path, pcap(sflow(sample)))[0]]
    assert decode(tmp_path, pcap(sflow(*ALL_KINDS)))[0] == alone
    assert len(alone) == len(ALL_KINDS) - 2


def test_of_two_records_of_a_kind_the_first_counts(tmp_path: Path) -> None:
    samples = flow_sample(switch(5), HEADER, OTHER, switch(6)), flow_sample(OTHER, switch(7), switch(8), HEADER)
    flows, _ = decode(tmp_path, pcap(sflow(*samples)))
    assert [(flow["ip_version"], flow["vlan"]) for flow in flows] == [(4, 5), (6, 7)]


def test_what_stands_before_a_bare_packet_is_no_type_of_a_frame() -> None:
    packet = ipv4(tcp())
    content = VLAN_TYPE.to_bytes(2, "big") + packet
    headers = packet_headers(content, np.array([2]), np.array([len(content)]), np.array([11]))
    assert (headers.is_ip.tolist(), headers.layer3_bytes.tolist()) == ([True], [40])


@pytest.mark.parametrize("agents", [["192.0.2.9", "192.0.2.200", "2001:db8::a", "192.0.2.10", "2001:db9::a"],
                                    [f"192.0.{one % 7}.{one % 251}" for one in range(1, 400)]],
                         ids=["both families", "as many as datagrams"])  # fmt: skip
def test_every_agent_of_a_block_is_an_exporter_of_its_own(tmp_path: Path, agents: list[str]) -> None:
    datagrams = [sflow(flow_sample(HEADER, rate=one), agent=agent) for one, agent in enumerate([*agents, *agents], 1)]
    flows, _ = decode(tmp_path, pcap(*datagrams))
    told = [(flow["exporter"], flow["sampling_interval"]) for flow in flows]
    assert told == [(packed(agent), float(one)) for one, agent in enumerate([*agents, *agents], 1)]
