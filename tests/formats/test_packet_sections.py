"""Sampled packets in NetFlow v9 and IPFIX: the beginning of each is read as sFlow's sampled headers are."""

import ipaddress
import struct
from pathlib import Path

import pytest

from tests.formats.decoding import decode
from tests.formats.encoder import CLOCK, flow_set, options_template, pcap, template, udp, v9
from tests.formats.ipfix_encoder import ipfix, variable
from tests.formats.ipfix_encoder import template as ipfix_template

PACKET = udp(b"x" * 972, "198.51.100.7")
FRAME = bytes(12) + b"\x81\x00\x00\x07\x08\x00" + PACKET


@pytest.mark.parametrize("section", [FRAME[:64], FRAME[:63], FRAME[:300]], ids=["even", "odd", "long"])
def test_frames_of_variable_length(tmp_path: Path, section: bytes) -> None:
    fields = [(302, 2), (312, 2), (315, 65535), (10, 4)]
    record = struct.pack(">HH", 5, len(FRAME)) + variable(section) + struct.pack(">I", 11)
    content = pcap(ipfix(ipfix_template(256, fields), flow_set(256, record * 2, padding=False)))
    rows, state = decode(tmp_path, content)
    assert [(row["bytes"], row["layer3_bytes"], row["packets"]) for row in rows] == [(len(FRAME), 1000, 1)] * 2
    first = rows[0]
    assert ipaddress.ip_address(first["src_addr"][12:]) == ipaddress.ip_address("198.51.100.7")
    assert (first["src_port"], first["dst_port"], first["protocol"], first["vlan"]) == (50000, 2055, 17, 7)
    assert (first["in_if"], first["start_at"].timestamp(), first["sampling_interval"]) == (11, CLOCK, None)
    assert state.summary().data_records == 2


def test_packets_of_fixed_length_without_link_layer_and_their_sampling(tmp_path: Path) -> None:
    fields = [(48, 1), (313, 40)]
    content = pcap(
        v9(options_template(300, [(1, 4)], [(48, 1), (50, 4)]), flow_set(300, struct.pack(">IBI", 1, 3, 2000))),
        v9(template(256, fields), flow_set(256, b"\x03" + PACKET[:40]), sequence=1),
    )
    rows, _ = decode(tmp_path, content)
    assert [(row["bytes"], row["layer3_bytes"], row["sampling_interval"]) for row in rows] == [(1000, 1000, 2000)]


def test_a_packet_that_is_not_ip_is_counted_and_gives_no_flow(tmp_path: Path) -> None:
    arp = bytes(12) + b"\x08\x06" + bytes(46)
    rows, state = decode(tmp_path, pcap(v9(template(256, [(104, 60)]), flow_set(256, arp))))
    assert (rows, state.summary().data_records) == ([], 1)
