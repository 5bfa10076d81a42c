"""Datagrams as packets of a capture: pcap with raw IP, so that each carries who sent it, to which port, and when.

Belongs here: bytes. Does not belong here: files. Sums of UDP are 0, which means none: what came was checked by the
kernel, and the payload is kept as it is.
"""

import struct
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address

RAW_IP = 101
LARGEST = 1 << 18
FILE_HEADER = struct.pack(">IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, LARGEST, RAW_IP)
PACKET_HEADER = struct.Struct(">IIII")
UDP, TTL, UDP_BYTES, V4_BYTES, V6_BYTES = 17, 64, 8, 20, 40
IPV4 = struct.Struct(">IIIIHHHHBBH4s4sHHHH")
IPV6 = struct.Struct(">IIIIIHBB16s16sHHHH")
Head = Callable[[int, int, int], bytes]
"""What stands before a datagram in a capture, by the second and microsecond that it came and its length."""


def address_of(host: str) -> IPv4Address | IPv6Address:
    """The address of a sender as sockets tell it, without the interface that a link-local one is on."""
    return ip_address(host.partition("%")[0])


def head_of(
    sender: IPv4Address | IPv6Address, sender_port: int, receiver: IPv4Address | IPv6Address, port: int
) -> Head:
    """The packet headers of all datagrams from one address and port to another, both of the same version."""
    if isinstance(sender, IPv4Address):
        return _head_v4(sender.packed, sender_port, receiver.packed, port)
    return _head_v6(sender.packed, sender_port, receiver.packed, port)


def _head_v4(sender: bytes, sender_port: int, receiver: bytes, port: int) -> Head:
    packed = IPV4.pack
    words = sum(struct.unpack(">4H", sender + receiver)) + 0x4500 + (TTL << 8 | UDP)

    def head(second: int, microsecond: int, length: int) -> bytes:
        datagram = UDP_BYTES + length
        packet = V4_BYTES + datagram
        total = words + packet
        total = (total & 0xFFFF) + (total >> 16)
        checksum = ~(total + (total >> 16)) & 0xFFFF
        return packed(
            *(second, microsecond, packet, packet, 0x4500, packet, 0, 0, TTL, UDP, checksum, sender, receiver),
            *(sender_port, port, datagram, 0),
        )

    return head


def _head_v6(sender: bytes, sender_port: int, receiver: bytes, port: int) -> Head:
    packed = IPV6.pack

    def head(second: int, microsecond: int, length: int) -> bytes:
        datagram = UDP_BYTES + length
        packet = V6_BYTES + datagram
        return packed(
            *(second, microsecond, packet, packet, 6 << 28, datagram, UDP, TTL, sender, receiver),
            *(sender_port, port, datagram, 0),
        )

    return head
