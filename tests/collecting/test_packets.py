"""What a datagram becomes in a capture, and what is read of it again."""

import struct
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.exports.collecting.packets import FILE_HEADER, address_of, head_of
from tests.collecting.captures import Held, held

PORTS = st.integers(1, 65_535)
V4, V6 = st.ip_addresses(v=4), st.ip_addresses(v=6)
ENDS = st.tuples(V4, V4) | st.tuples(V6, V6)


@given(ENDS, PORTS, PORTS, st.integers(0, 2**32 - 1), st.integers(0, 999_999), st.binary(max_size=3000))
def test_what_was_written_is_read_again(
    ends: tuple[IPv4Address | IPv6Address, IPv4Address | IPv6Address],
    port: int,
    to: int,
    second: int,
    microsecond: int,
    payload: bytes,
) -> None:
    head = head_of(ends[0], port, ends[1], to)(second, microsecond, len(payload))
    with TemporaryDirectory() as folder:
        path = Path(folder, "one.pcap")
        path.write_bytes(FILE_HEADER + head + payload)
        sender = ends[0].ipv4_mapped or ends[0] if isinstance(ends[0], IPv6Address) else ends[0]
        assert held(path) == [Held(payload, str(sender), second * 1000 + microsecond // 1000)]


@given(V4, V4, PORTS, PORTS, st.integers(0, 65_507))
def test_the_header_of_ipv4_has_its_checksum(
    sender: IPv4Address, receiver: IPv4Address, port: int, to: int, length: int
) -> None:
    """RFC 1071: the words of a header with its checksum add up to all ones."""
    packet = head_of(sender, port, receiver, to)(1, 2, length)[16:]
    total = sum(struct.unpack(">10H", packet[:20]))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    assert total == 0xFFFF
    assert struct.unpack(">HHHH", packet[20:]) == (port, to, 8 + length, 0)


@pytest.mark.parametrize(("host", "address"), [("192.0.2.1", "192.0.2.1"), ("fe80::1%eth0", "fe80::1")])
def test_the_address_of_a_sender_has_no_interface(host: str, address: str) -> None:
    assert address_of(host) == ip_address(address)
