"""sFlow version 5 datagrams: part of the tests' own reader, which shares no code with the demo or the decoders.

Belongs here: agents, flow samples of raw packet headers, and that every length is right. Does not belong here: frames.
"""

import struct
from ipaddress import ip_address

from tests.demo.records import BYTES, IN_IF, OUT_IF, PACKETS, PROTOCOL, Record

FLOW_SAMPLE, COUNTER_SAMPLE, RAW_HEADER, ETHERNET = 1, 2, 1, 1
SOURCE, SEQUENCE = -1, -2
LINK_AND_TRAILER = 14 + 4


def read(payload: bytes, captured_ms: int) -> tuple[str, int, int, int, list[Record]]:
    """The agent, its sub-agent, sequence and uptime, and a record for each flow sample.

    SOURCE and SEQUENCE of a sample stand among its values, which have no number of IANA's.
    """
    version, family, agent, sub_agent, sequence, uptime, count = struct.unpack_from(">II4sIIII", payload)
    assert (version, family) == (5, 1)
    at, records = 28, list[Record]()
    for _ in range(count):
        kind, length = struct.unpack_from(">II", payload, at)
        if kind == FLOW_SAMPLE:
            records.append(_sample(payload[at + 8 : at + 8 + length], captured_ms))
        else:
            assert kind == COUNTER_SAMPLE
        at += 8 + length
    assert at == len(payload)
    return str(ip_address(agent)), sub_agent, sequence, uptime, records


def _sample(content: bytes, captured_ms: int) -> Record:
    sequence, source, rate, _, drops, in_if, out_if, count = struct.unpack_from(">8I", content)
    kind, length, protocol, frame_bytes, stripped, header_bytes = struct.unpack_from(">6I", content, 32)
    assert (count, kind, protocol, drops, stripped) == (1, RAW_HEADER, ETHERNET, 0, 4)
    assert length == 16 + header_bytes == len(content) - 40
    header = content[56 : 56 + header_bytes]
    assert header_bytes <= frame_bytes - stripped
    source_at, packet_bytes, protocol_number = _ip(header)
    assert frame_bytes == packet_bytes + LINK_AND_TRAILER
    width = 4 if header[12:14] == b"\x08\x00" else 16
    ends = [ip_address(header[at : at + width]) for at in (source_at, source_at + width)]
    values = {
        SOURCE: source, SEQUENCE: sequence, IN_IF: in_if, OUT_IF: out_if, BYTES: packet_bytes, PACKETS: 1,
        PROTOCOL: protocol_number,
    }  # fmt: skip
    return Record(ends[0], ends[1], captured_ms, captured_ms, rate, values)


def _ip(header: bytes) -> tuple[int, int, int]:
    """Where the source address stands, how long the packet is, and what it carries."""
    if header[12:14] == b"\x86\xdd":
        assert header[14] >> 4 == 6
        return 22, 40 + struct.unpack_from(">H", header, 18)[0], header[20]
    assert (header[12:14], header[14]) == (b"\x08\x00", 0x45)
    total = sum(struct.unpack_from(">10H", header, 14))
    assert (total & 0xFFFF) + (total >> 16) == 0xFFFF
    return 26, struct.unpack_from(">H", header, 16)[0], header[23]
