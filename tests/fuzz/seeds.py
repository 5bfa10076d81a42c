"""What fuzzing begins with: exports of every kind, written by the tests' own encoders.

Belongs here: small valid inputs for each target. Does not belong here: running them.
"""

import bz2
import gzip
import json
import lzma
import struct
from collections.abc import Sequence

import pyarrow as pa

from tests.formats import encoder as netflow
from tests.formats import ipfix_encoder as ipfix
from tests.formats import nfcapd_encoder as nfcapd
from tests.formats import packet_encoder as packets
from tests.formats import sflow_encoder as sflow

ENDS = bytes([198, 51, 100, 7, 203, 0, 113, 9])
ENDS6 = bytes.fromhex("20010db800000000000000000000000720010db8000000000000000000000009")
FIELDS = [(8, 4), (12, 4), (1, 4), (2, 4)]
WIDE = [
    (27, 16),
    (28, 16),
    (8, 4),
    (12, 4),
    (1, 3),
    (2, 8),
    (7, 2),
    (11, 2),
    (22, 4),
    (21, 4),
    (61, 1),
    (48, 1),
    (34, 4),
]
TIMES = {150: 4, 151: 4, 152: 8, 153: 8, 154: 8, 155: 8, 156: 8, 157: 8, 158: 4, 159: 4, 160: 8}
PACKET = packets.frame(packets.IPV4_TYPE, packets.ipv4(packets.tcp()), (packets.VLAN_TYPE, 7))
PACKET6 = packets.ipv6(packets.extension(packets.FRAGMENT) + packets.fragment(6, 0) + packets.tcp(), packets.HOP_BY_HOP)


def framed(payloads: Sequence[bytes]) -> bytes:
    """Several datagrams as one input: each behind its length."""
    return b"".join(struct.pack(">H", len(one)) + one for one in payloads)


def unframed(data: bytes) -> list[bytes]:
    """The datagrams of an input; the last one may be cut."""
    payloads, at = [], 0
    while at + 2 <= len(data):
        (length,) = struct.unpack_from(">H", data, at)
        payloads.append(data[at + 2 : at + 2 + length])
        at += 2 + length
    return payloads


def v5_datagrams() -> list[list[bytes]]:
    one, other = netflow.v5_record(), netflow.v5_record(first=2**32 - 1000, last=1000)
    v1 = struct.pack(">HHIII", 1, 1, 600_000, netflow.CLOCK, 0) + one + bytes(4)
    v7 = struct.pack(">HHIIIII", 7, 1, 600_000, netflow.CLOCK, 0, 0, 0) + one + bytes(4)
    row = [netflow.v5(one, other, sequence=number, interval=0x4064) for number in (0, 2, 6, 4)]
    return [row, [netflow.v5(other, count=30)], [v1, v1], [v7, v7[:-9]]]


def v9_datagrams() -> list[list[bytes]]:
    data = ENDS + bytes([0, 0, 5, 220, 0, 0, 0, 3])
    wide = ENDS6 + ENDS + bytes(range(28)) + bytes(4)
    options = netflow.options_template(300, [(1, 4)], [(48, 1), (50, 4)]), bytes([0, 0, 0, 7, 1, 0, 0, 0, 100])
    known = netflow.v9(netflow.template(256, FIELDS), netflow.template(257, WIDE), netflow.flow_set(256, data))
    more = [netflow.v9(netflow.flow_set(256, data * 2), sequence=number) for number in range(1, 7)]
    sampled = netflow.v9(options[0], netflow.flow_set(300, options[1]), netflow.flow_set(257, wide), sequence=7)
    totals = netflow.template(258, [(8, 4), (12, 4), (85, 4), (86, 4), (22, 4), (21, 4)])
    running = netflow.v9(totals, netflow.flow_set(258, data + bytes([0, 9, 0, 0, 0, 9, 9, 9])), sequence=8)
    return [[known, *more, sampled, running], [more[0], known], [known, sampled], [running, running]]


def v9_files() -> list[list[bytes]]:
    """Layouts and intervals that change, are told again and come late; scopes; totals."""
    data, other = ENDS + bytes([0, 0, 5, 220, 0, 0, 0, 3]), [*FIELDS[:2], (2, 4), (1, 4)]
    wide = [*FIELDS, (10, 2), (14, 2), (61, 1), (39, 1)]
    layouts = netflow.options_template(300, [(1, 4)], [(34, 4)]), netflow.options_template(301, [(2, 2)], [(50, 4)])
    told = [netflow.flow_set(300, bytes([0, 0, 0, 0, 0, 0, 0, one])) for one in (100, 10, 100)]
    scoped = netflow.flow_set(301, bytes([0, 1, 0, 0, 0, 9, 0, 2, 0, 0, 0, 7]))
    sets = [
        [netflow.flow_set(256, data)], [netflow.template(256, FIELDS), layouts[0]], [told[0]],
        [netflow.flow_set(256, data * 2)], [netflow.template(256, other)], [told[1], netflow.flow_set(256, data)],
        [netflow.template(256, FIELDS)], [told[2]], [netflow.template(256, FIELDS)],
        [layouts[1], scoped, netflow.template(257, wide)], [netflow.flow_set(257, data + bytes([0, 1, 0, 2, 1, 0]))],
    ]  # fmt: skip
    sent = [netflow.v9(*some, sequence=n, seconds=netflow.CLOCK + n) for n, some in enumerate(sets)]
    return [sent, sent[::-1], sent[3:] + sent[:3], sent[::2] + sent[1::2], [*sent, *v9_datagrams()[0]]]


def ipfix_files() -> list[list[bytes]]:
    """The same of IPFIX, with withdrawals, boots, selectors and totals."""
    data, other = ENDS + bytes([0, 0, 5, 220, 0, 0, 0, 3]), [*FIELDS[:2], (2, 4), (1, 4)]
    layouts = [ipfix.options_template(300, [(10, 4)], [(34, 4)]), ipfix.options_template(301, [(149, 4)], [(160, 8)])]
    told = [netflow.flow_set(300, bytes([0, 0, 0, 1, 0, 0, 0, one])) for one in (100, 10)]
    boot = netflow.flow_set(301, bytes([0, 0, 0, 7, 0, 0, 1, 0x98, 0, 0, 0, 0]))
    totals = [(8, 4), (12, 4), (85, 4), (86, 4), (22, 4), (21, 4), (10, 4)]
    running = [netflow.flow_set(257, ENDS + bytes([0, 0, n, 0, 0, 0, 0, n, 0, 0, 0, 1, 0, 0, n, 1, 0, 0, 0, 1]))
               for n in (1, 2, 3)]  # fmt: skip
    sets = [
        [netflow.flow_set(256, data)], [ipfix.template(256, FIELDS), *layouts], [told[0], boot],
        [ipfix.withdrawal(256)], [ipfix.template(256, other), ipfix.template(257, totals)], [running[0]],
        [told[1], running[1]], [ipfix.withdrawal(2)], [ipfix.template(257, totals), running[2]],
        [ipfix.withdrawal(3)], layouts,
    ]  # fmt: skip
    sent = [ipfix.ipfix(*some, sequence=n, seconds=netflow.CLOCK + n) for n, some in enumerate(sets)]
    return [sent, sent[::-1], sent[4:] + sent[:4], sent[::2] + sent[1::2], [*sent, *ipfix_datagrams()[0]]]


def ipfix_datagrams() -> list[list[bytes]]:
    data = ENDS + bytes([0, 0, 5, 220, 0, 0, 0, 3])
    variable = [(8, 4), (82, ipfix.VARIABLE), (12, 4), (1, 2), (371, ipfix.VARIABLE, 9)]
    long = ENDS[:4] + ipfix.variable(b"eth0") + ENDS[4:] + b"\5\xdc" + ipfix.variable(b"x" * 300)
    biflow = [*FIELDS, (1, 4, ipfix.REVERSE), (2, 4, ipfix.REVERSE), (6, 1, ipfix.REVERSE)]
    times = [(8, 4), (12, 4), (1, 4), *TIMES.items()]
    sections = [(312, 2), (315, ipfix.VARIABLE)], [(313, 40), (1, 2)]
    options = ipfix.options_template(300, [(302, 2)], [(305, 4), (306, 4)]), bytes([0, 1, 0, 0, 0, 1, 0, 0, 0, 9])
    boot = ipfix.options_template(301, [(149, 4), (82, ipfix.VARIABLE)], [(160, 8), (309, 1), (310, 4)])
    known = ipfix.ipfix(ipfix.template(256, FIELDS), netflow.flow_set(256, data))
    more = [ipfix.ipfix(netflow.flow_set(256, data * 2), sequence=number) for number in (1, 3, 5, 7, 9)]
    return [
        [known, *more, ipfix.ipfix(ipfix.withdrawal(256), ipfix.withdrawal(2), sequence=11)],
        [ipfix.ipfix(ipfix.template(256, variable), netflow.flow_set(256, long * 2))],
        [ipfix.ipfix(netflow.flow_set(257, data + bytes(range(9)))), ipfix.ipfix(ipfix.template(257, biflow))],
        [ipfix.ipfix(ipfix.template(258, times), netflow.flow_set(258, ENDS + bytes(range(72))))],
        [ipfix.ipfix(ipfix.template(259, sections[0]), netflow.flow_set(259, b"\0\x40" + ipfix.variable(PACKET)))],
        [ipfix.ipfix(ipfix.template(260, sections[1]), netflow.flow_set(260, PACKET6[:40] + b"\0\x40"))],
        [ipfix.ipfix(*options[:1], netflow.flow_set(300, options[1]), ipfix.template(256, [*FIELDS, (302, 2)]),
                     netflow.flow_set(256, data + b"\0\1"))],
        [ipfix.ipfix(boot, netflow.flow_set(301, b"\0\0\0\7\2ge" + bytes(6) + b"\1\2\1\0\0\0\x64"))],
    ]  # fmt: skip


def sflow_datagrams() -> list[list[bytes]]:
    mpls = packets.frame(packets.MPLS_TYPE, packets.labels(17, 18) + packets.ipv4(packets.udp(), packets.UDP))
    pppoe = packets.frame(packets.PPPOE_TYPE, struct.pack(">BBHHH", 0x11, 0, 1, 42, 0x21) + packets.ipv4(packets.tcp()))
    headers = [PACKET, packets.frame(packets.IPV6_TYPE, PACKET6), mpls, pppoe]
    raw = [sflow.raw_header(one) for one in headers] + [sflow.raw_header(PACKET6, protocol=12)]
    beside = sflow.switch(7), sflow.router("192.0.2.254"), sflow.gateway("2001:db8::fe", 1, 2, [3, 4], [5])
    addresses = sflow.sampled_ip(packets.SRC, packets.DST, 40), sflow.sampled_ip(packets.SRC6, packets.DST6, 60)
    plain = [sflow.flow_sample(one, *beside, sequence=number) for number, one in enumerate(raw)]
    expanded = [sflow.expanded_flow_sample(one, sflow.sampled_ethernet(64), drops=3) for one in addresses]
    counters = (
        sflow.counter_sample(),
        sflow.counter_sample(sflow.EXPANDED_COUNTERS),
        sflow.part(sflow.DISCARDED, raw[0]),
    )
    return [
        [sflow.sflow(*plain), sflow.sflow(*expanded, sequence=2), sflow.sflow(*counters, sequence=5)],
        [sflow.sflow(*plain[:1], *expanded, agent="2001:db8::a"), sflow.sflow(plain[1], sequence=9)],
        [sflow.sflow(sflow.flow_sample(sflow.router(None), raw[0], sflow.gateway(None, 1, 2)))],
    ]


def pcapng(*blocks: tuple[int, bytes], order: str = "<") -> bytes:
    """A section of these blocks, each a type and a body."""
    section = 0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1)
    filled = [(kind, body + bytes(-len(body) % 4)) for kind, body in (section, *blocks)]
    lengths = [struct.pack(f"{order}I", 12 + len(body)) for _, body in filled]
    return b"".join(
        struct.pack(f"{order}I", kind) + length + body + length
        for (kind, body), length in zip(filled, lengths, strict=True)
    )


def pcap_files() -> list[bytes]:
    some = [one for kind in (v5_datagrams, v9_datagrams, ipfix_datagrams, sflow_datagrams) for one in kind()[0][:2]]
    forms = netflow.pcap(*some, order=">"), netflow.pcap(*some[:2], nano=True, tags=2)
    joined = forms[1] + forms[0] + pcapng_files()[0], netflow.pcap(some[0]) + netflow.pcap(some[1])[:-9]
    odd = netflow.pcap(some[0], sender="2001:db8::1"), netflow.pcap(bytes(40)), netflow.pcap() + fragments(some[0])
    return [netflow.pcap(*some), *forms, *joined, *odd]


def fragments(payload: bytes) -> bytes:
    """Packets of a pcap that hold a datagram in parts of 40 bytes: over IPv4, over IPv6 with one missing, and mixed."""
    datagram = netflow.udp(payload, "192.0.2.1")[20:]
    ends = ENDS, ENDS6
    found = list[bytes]()
    for at in range(0, len(datagram), 40):
        part, more = datagram[at : at + 40], at + 40 < len(datagram)
        head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(part), 7, more << 13 | at >> 3, 64, 17, 0) + ends[0]
        found.append(netflow.ethernet(head + part))
        if at != 40:
            extension = struct.pack(">BBHI", 17, 0, at | more, 7)
            head = struct.pack(">IHBB", 6 << 28, 8 + len(part), 44, 64) + ends[1] + extension
            found.append(netflow.ethernet(head + part, ip_version=6))
    return b"".join(struct.pack("<IIII", netflow.CLOCK, 0, len(one), len(one)) + one for one in found)


def pcapng_files() -> list[bytes]:
    frame = netflow.ethernet(netflow.udp(v5_datagrams()[0][0], "192.0.2.1"))
    files = []
    for order in "<>":
        ethernet = 1, struct.pack(f"{order}HHIHHBxxx", 1, 0, 65535, 9, 1, 9)
        bare = 1, struct.pack(f"{order}HHI", 101, 0, 65535)
        enhanced = 6, struct.pack(f"{order}IIIII", 0, 0x50000, 1, len(frame), len(frame)) + frame
        obsolete = 2, struct.pack(f"{order}HHIIII", 1, 0, 0x50000, 1, len(frame) - 14, len(frame) - 14) + frame[14:]
        simple = 3, struct.pack(f"{order}I", len(frame)) + frame
        files.append(pcapng(ethernet, bare, enhanced, obsolete, simple, (5, bytes(8)), order=order))
    unknown = pcapng((6, bytes(20) + frame))
    return [*files, files[0] + files[1], files[0] + netflow.pcap(v5_datagrams()[0][0]), unknown + files[0][:-7]]


def message_files() -> list[bytes]:
    whole = [b"".join(one) for one in ipfix_datagrams()]
    return [*whole, whole[0][:-9], whole[0] + b"behind"]


def nfcapd_files() -> list[bytes]:
    flows = nfcapd.flow(nfcapd.generic(), nfcapd.ipv4(), nfcapd.misc(), nfcapd.counters(5, 6000), nfcapd.received_v4())
    other = nfcapd.flow(nfcapd.generic(), nfcapd.ipv6("2001:db8::1", "2001:db8::2"), exporter=2, flags=nfcapd.SAMPLED)
    known = nfcapd.exporter(), nfcapd.exporter(2, "2001:db8::a", 10), nfcapd.sampler(), nfcapd.sampler(7, 1, 9, 2)
    whole = [
        nfcapd.nfcapd_file(nfcapd.block(*known, flows, other, compression=one), compression=one) for one in range(5)
    ]
    missed = nfcapd.record(8, struct.pack("<IIIQQ", 1, 1, 3, 90, 1800))
    slot = netflow.CLOCK * 1000, netflow.CLOCK * 1000 + 300_000
    empty = nfcapd.nfcapd_file(nfcapd.block(*known, missed), slot=slot)
    several = nfcapd.nfcapd_file(nfcapd.block(*known), nfcapd.block(*[flows] * 40, other), nfcapd.block(kind=4))
    return [*whole, empty, several]


def line_files() -> list[bytes]:
    flow = {"sampler_address": "192.0.2.1", "src_addr": "198.51.100.7", "dst_addr": "2001:db8::9", "bytes": 1500}
    times = {"time_received_ns": 1754395200000000000, "src_port": 443, "proto": "TCP", "packets": 3, "src_net": "/24"}
    line, deep = json.dumps(flow | times), '{"src_addr":' + '[{"a":' * 300
    row = "2 123456789012 eni-1 198.51.100.7 203.0.113.9 443 50000 6 3 1500 1754395190 1754395200 ACCEPT OK\n"
    csv = 'SRC_IP,DST_IP,TIMESTAMP_START,PACKETS,BYTES\n198.51.100.7,"203.0.113.9",2025-08-05 11:59:50,1,40\n'
    texts = f"{line}\n" * 3, f"{line}\n{deep}\n{line}\n", f"[{line},\n{line}]", row * 3, csv
    return [one.encode() for one in texts]


def compressed_files() -> list[bytes]:
    whole = pcap_files()[0]
    zstd: bytes = pa.compress(whole, "zstd", asbytes=True)
    kinds = gzip.compress(whole, mtime=0), lzma.compress(whole), zstd, bz2.compress(whole)
    return [*kinds, whole, *(one[:-20] for one in kinds), *(one + b"behind" for one in kinds), kinds[0] + kinds[0]]
