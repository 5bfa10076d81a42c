"""Sampled packets: the IP headers at the beginning of frames, all of a block at once.

Belongs here: Ethernet, VLAN and MPLS in front of IPv4 and IPv6, and ports and flags behind them, as sFlow and packet
sections of IPFIX sample them. The outermost IP header counts: of a tunnel, its ends.
Does not belong here: captures of datagrams (_frames), what samples say beside the header.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assets.formats._datagrams import Bytes, Numbers
from assets.formats._gathering import Column, address_array, where

Flags = npt.NDArray[np.bool_]
ETHERNET, IPV4, IPV6, MPLS = 1, 11, 12, 13
ETHERNET_BYTES, IPV4_BYTES, IPV6_BYTES = 14, 20, 40
VLAN_TYPES = np.array([0x8100, 0x88A8, 0x9100, 0x9200])
IPV4_TYPE, IPV6_TYPE, PPPOE_TYPE = 0x0800, 0x86DD, 0x8864
MPLS_TYPES = np.array([0x8847, 0x8848])
MOST_TAGS, MOST_LABELS, MOST_EXTENSIONS = 4, 8, 6
# Hop-by-hop, routing and destination options (RFC 8200 section 4); fragments are 8 bytes long.
EXTENSIONS, FRAGMENT = np.array([0, 43, 60]), 44
WITH_PORTS = np.array([6, 17, 33, 132, 136])
TCP = 6
NO_VLAN = -1


@dataclass(frozen=True)
class PacketHeaders:
    """What the sampled headers say, one number a packet; `is_ip`, `has_ports`, `has_flags`, `has_vlan` say of which."""

    is_ip: Flags
    ip_version: Numbers
    layer3_bytes: Numbers
    protocol: Numbers
    tos: Numbers
    src_addr: Bytes
    dst_addr: Bytes
    src_port: Numbers
    dst_port: Numbers
    has_ports: Flags
    tcp_flags: Numbers
    has_flags: Flags
    vlan: Numbers

    def columns(self) -> dict[str, Column]:
        """The columns of the flow record that a sampled header fills; packets without IP are null in them."""
        told = {
            "ip_version": (self.ip_version, self.is_ip),
            "layer3_bytes": (self.layer3_bytes, self.is_ip),
            "protocol": (self.protocol, self.is_ip),
            "tos": (self.tos, self.is_ip),
            "src_port": (self.src_port, self.has_ports),
            "dst_port": (self.dst_port, self.has_ports),
            "tcp_flags": (self.tcp_flags, self.has_flags),
            "vlan": (self.vlan, self.vlan != NO_VLAN),
        }
        columns: dict[str, Column] = {name: where(values, valid) for name, (values, valid) in told.items()}
        columns["src_addr"] = address_array(self.src_addr, self.is_ip)
        columns["dst_addr"] = address_array(self.dst_addr, self.is_ip)
        return columns


class _Packets:
    """The memory of a block in halves of 16 bits; places are in bytes, and even."""

    def __init__(self, content: bytes) -> None:
        self.native = np.frombuffer(content if len(content) % 2 == 0 else content + b"\0", np.uint16)
        self.last = len(self.native) - 1

    def half(self, at: Numbers, offset: int = 0) -> Numbers:
        """The 16-bit number `offset` bytes behind each place."""
        return self.native.take((at + offset) >> 1, mode="clip").byteswap().astype(np.int64)

    def halves(self, at: Numbers, offset: int, count: int) -> npt.NDArray[np.uint16]:
        """(n, count) numbers of 16 bits, in the order of the wire."""
        places = ((at + offset) >> 1)[:, np.newaxis] + np.arange(count)
        return self.native.take(places, mode="clip")


def packet_headers(content: bytes, begins_at: Numbers, ends_at: Numbers, kind: Numbers) -> PacketHeaders:
    """The headers of sampled packets between these places (bytes, even) of a block.

    `kind` says what a packet begins with: ETHERNET, IPV4, IPV6 or MPLS (the header protocols of sFlow version 5).
    """
    packets = _Packets(content if content else bytes(2))
    at, vlan = _network_layer(packets, begins_at, ends_at, kind)
    first = packets.half(at)
    version = first >> 12
    is_ipv4 = (version == 4) & (at + IPV4_BYTES <= ends_at) & (at >= begins_at)
    is_ipv6 = (version == 6) & (at + IPV6_BYTES <= ends_at) & (at >= begins_at)
    header = np.maximum(((first >> 8) & 0x0F) * 4, IPV4_BYTES)
    layer4 = at + header
    protocol = packets.half(at, 8) & 0xFF
    is_first = (packets.half(at, 6) & 0x1FFF) == 0
    length, tos = packets.half(at, 2), first & 0xFF
    src, dst = _ipv4(packets, at, 12), _ipv4(packets, at, 16)
    rows = np.flatnonzero(is_ipv6)
    if len(rows):
        layer4[rows], protocol[rows], is_first[rows] = _ipv6_layer4(packets, at[rows], ends_at[rows])
        length[rows], tos[rows] = packets.half(at[rows], 4) + IPV6_BYTES, (first[rows] >> 4) & 0xFF
        src[rows] = packets.halves(at[rows], 8, 8)
        dst[rows] = packets.halves(at[rows], 24, 8)
    is_ip = is_ipv4 | is_ipv6
    has_ports = is_ip & is_first & np.isin(protocol, WITH_PORTS) & (layer4 + 4 <= ends_at)
    has_flags = has_ports & (protocol == TCP) & (layer4 + 14 <= ends_at)
    return PacketHeaders(
        is_ip=is_ip,
        ip_version=np.where(is_ipv6, 6, 4),
        layer3_bytes=length,
        protocol=protocol,
        tos=tos,
        src_addr=src.view(np.uint8),
        dst_addr=dst.view(np.uint8),
        src_port=packets.half(layer4),
        dst_port=packets.half(layer4, 2),
        has_ports=has_ports,
        tcp_flags=packets.half(layer4, 12) & 0x1FF,
        has_flags=has_flags,
        vlan=vlan,
    )


def _ipv4(packets: _Packets, at: Numbers, offset: int) -> npt.NDArray[np.uint16]:
    """IPv4 addresses in IPv6 notation, (n, 8) numbers in the order of the wire."""
    address = np.zeros((len(at), 8), np.uint16)
    address[:, 5] = 0xFFFF
    address[:, 6:] = packets.halves(at, offset, 2)
    return address


def _ipv6_layer4(packets: _Packets, at: Numbers, ends_at: Numbers) -> tuple[Numbers, Numbers, Flags]:
    """Where the upper layer begins behind extension headers, its protocol, and whether it is a first fragment."""
    layer4, protocol = at + IPV6_BYTES, packets.half(at, 6) >> 8
    is_first = np.ones(len(at), bool)
    for _ in range(MOST_EXTENSIONS):
        is_extension = np.isin(protocol, EXTENSIONS) & (layer4 + 8 <= ends_at)
        is_fragment = (protocol == FRAGMENT) & (layer4 + 8 <= ends_at)
        if not (is_extension | is_fragment).any():
            break
        head = packets.half(layer4)
        is_first &= ~is_fragment | (packets.half(layer4, 2) >> 3 == 0)
        protocol = np.where(is_extension | is_fragment, head >> 8, protocol)
        layer4 = np.where(is_extension, layer4 + ((head & 0xFF) + 1) * 8, np.where(is_fragment, layer4 + 8, layer4))
    return layer4, protocol, is_first


def _network_layer(packets: _Packets, begins_at: Numbers, ends_at: Numbers, kind: Numbers) -> tuple[Numbers, Numbers]:
    """Where the network layer begins (before the packet if it is not IP), and the VLAN of the outermost tag."""
    at = np.where(kind == ETHERNET, begins_at + ETHERNET_BYTES, begins_at)
    vlan = np.full(len(at), NO_VLAN, np.int64)
    type_ = np.where(kind == ETHERNET, packets.half(at, -2), 0)
    for _ in range(MOST_TAGS):
        is_tagged = np.isin(type_, VLAN_TYPES) & (at + 4 <= ends_at)
        if not is_tagged.any():
            break
        vlan = np.where(is_tagged & (vlan == NO_VLAN), packets.half(at) & 0x0FFF, vlan)
        at = np.where(is_tagged, at + 4, at)
        type_ = np.where(is_tagged, packets.half(at, -2), type_)
    is_pppoe = type_ == PPPOE_TYPE
    at = np.where(is_pppoe, at + 8, at)
    is_mpls = np.isin(type_, MPLS_TYPES) | (kind == MPLS)
    at = _behind_labels(packets, at, ends_at, is_mpls)
    is_known = is_mpls | is_pppoe | (type_ == IPV4_TYPE) | (type_ == IPV6_TYPE) | np.isin(kind, (IPV4, IPV6))
    return np.where(is_known, at, begins_at - 2), vlan


def _behind_labels(packets: _Packets, at: Numbers, ends_at: Numbers, is_mpls: Flags) -> Numbers:
    """Behind the label stack (RFC 3032 section 2.1): its last label has bit 8 set."""
    is_stacked = is_mpls
    for _ in range(MOST_LABELS):
        if not is_stacked.any():
            break
        is_last = packets.half(at, 2) & 0x0100 != 0
        at = np.where(is_stacked, at + 4, at)
        is_stacked = is_stacked & ~is_last & (at + 4 <= ends_at)
    return at
