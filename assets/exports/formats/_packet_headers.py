"""Sampled packets: the IP headers at the beginning of frames, all of a block at once.

Belongs here: the headers of IPv4 and IPv6, and ports and flags behind them, as sFlow and packet sections of IPFIX
sample them. The outermost IP header counts: of a tunnel, its ends.
Does not belong here: what stands in front of IP (_link_layers), what samples say beside the header.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assets.exports.formats._datagrams import Bytes, Flags, Numbers, is_one_of
from assets.exports.formats._gathering import Column, address_array, mapped_addresses, where
from assets.exports.formats._link_layers import ETHERNET, IPV4, Halves, Packets, Structures, network_layer

__all__ = ["ETHERNET", "IPV4", "Flags", "PacketHeaders", "packet_headers"]

Unsigned = npt.NDArray[np.unsignedinteger]
IPV4_BYTES, IPV6_BYTES = 20, 40
MOST_EXTENSIONS = 6
# Hop-by-hop, routing and destination options (RFC 8200 section 4); fragments are 8 bytes long.
EXTENSIONS, FRAGMENT = (0, 43, 60), 44
WITH_PORTS = (6, 17, 33, 132, 136)
TCP, FLAG_BITS = 6, np.uint16(0x1FF)
VERSION_SHIFT = np.uint8(4)
TCP_HEADER = np.dtype([("src_port", ">u2"), ("dst_port", ">u2"), ("numbers", "V8"), ("flags", ">u2")])
"""The header of TCP (RFC 9293 section 3.1) up to its flags; all protocols with ports begin with theirs."""
IPV4_HEADER = np.dtype(
    [
        ("version_and_words", "u1"),
        ("tos", "u1"),
        ("length", ">u2"),
        ("identification", ">u2"),
        ("fragment", ">u2"),
        ("time_to_live", "u1"),
        ("protocol", "u1"),
        ("checksum", ">u2"),
        ("src_addr", "u4"),
        ("dst_addr", "u4"),
        ("layer4", TCP_HEADER),
        ("behind", "V6"),
    ]
)
"""The header of IPv4 (RFC 791 section 3.1) without options, and what follows it as far as a header of IPv6 reaches."""
IPV6_HEADER = np.dtype(
    [
        ("version_and_class", ">u2"),
        ("flow_label", ">u2"),
        ("payload_length", ">u2"),
        ("next_header", "u1"),
        ("hop_limit", "u1"),
        ("src_addr", "V16"),
        ("dst_addr", "V16"),
    ]
)
"""The header of IPv6 (RFC 8200 section 3)."""
WHOLE_HEADER = np.dtype("V40")


@dataclass(frozen=True)
class PacketHeaders:
    """What the sampled headers say, one number a packet; `is_ip`, `has_ports`, `has_flags`, `has_vlan` say of which."""

    is_ip: Flags
    ip_version: Unsigned
    layer3_bytes: Unsigned
    protocol: Unsigned
    tos: Unsigned
    src_addr: Bytes
    dst_addr: Bytes
    src_port: Unsigned
    dst_port: Unsigned
    has_ports: Flags
    tcp_flags: Unsigned
    has_flags: Flags
    vlan: Unsigned
    has_vlan: Flags

    def columns(self) -> dict[str, Column]:
        """The columns of the flow record that a sampled header fills; packets without IP are null in them."""
        fields = {
            "ip_version": (self.ip_version, self.is_ip),
            "layer3_bytes": (self.layer3_bytes, self.is_ip),
            "protocol": (self.protocol, self.is_ip),
            "tos": (self.tos, self.is_ip),
            "src_port": (self.src_port, self.has_ports),
            "dst_port": (self.dst_port, self.has_ports),
            "tcp_flags": (self.tcp_flags, self.has_flags),
            "vlan": (self.vlan, self.has_vlan),
        }
        columns: dict[str, Column] = {name: where(values, valid) for name, (values, valid) in fields.items()}
        columns["src_addr"] = address_array(self.src_addr, self.is_ip)
        columns["dst_addr"] = address_array(self.dst_addr, self.is_ip)
        return columns


def packet_headers(
    content: bytes, begins_at: Numbers, ends_at: Numbers, kind: npt.NDArray[np.integer]
) -> PacketHeaders:
    """The headers of sampled packets between these places (bytes, even) of a block.

    `kind` says what a packet begins with: ETHERNET, IPV4, IPV6 or MPLS (the header protocols of sFlow version 5).
    """
    packets = Packets(content, ends_at)
    at, vlan, has_vlan = network_layer(packets, begins_at, ends_at, kind)
    header = packets.structures(at, IPV4_HEADER)
    version = header["version_and_words"] >> VERSION_SHIFT
    is_ipv4 = (version == 4) & (at + IPV4_BYTES <= ends_at) & (at >= begins_at)
    is_ipv6 = (version == 6) & (at + IPV6_BYTES <= ends_at) & (at >= begins_at)
    layer4 = at + np.maximum((header["version_and_words"] & 0x0F) << 2, IPV4_BYTES)
    protocol, is_first = header["protocol"].copy(), (header["fragment"] & 0x1FFF) == 0
    length, tos = header["length"].astype(np.uint64), header["tos"].copy()
    src_addr, dst_addr = mapped_addresses(header["src_addr"]), mapped_addresses(header["dst_addr"])
    rows = np.flatnonzero(is_ipv6)
    if len(rows):
        of_ipv6 = header.view(WHOLE_HEADER)[rows].view(IPV6_HEADER)
        layer4[rows], protocol[rows], is_first[rows] = _ipv6_layer4(packets, at[rows], ends_at[rows], of_ipv6)
        length[rows] = of_ipv6["payload_length"].astype(np.uint64) + IPV6_BYTES
        tos[rows] = (of_ipv6["version_and_class"] >> 4) & 0xFF
        for addresses, fields in ((src_addr, of_ipv6["src_addr"]), (dst_addr, of_ipv6["dst_addr"])):
            addresses.view("V16")[rows, 0] = fields
    is_ip = is_ipv4 | is_ipv6
    has_ports = is_ip & is_first & is_one_of(protocol, WITH_PORTS) & (layer4 + 4 <= ends_at)
    src_port, dst_port, tcp_flags = _ports(packets, header["layer4"], layer4, np.flatnonzero(layer4 != at + IPV4_BYTES))
    return PacketHeaders(
        is_ip=is_ip,
        ip_version=version,
        layer3_bytes=length,
        protocol=protocol,
        tos=tos,
        src_addr=src_addr,
        dst_addr=dst_addr,
        src_port=src_port,
        dst_port=dst_port,
        has_ports=has_ports,
        tcp_flags=tcp_flags,
        has_flags=has_ports & (protocol == TCP) & (layer4 + 14 <= ends_at),
        vlan=vlan,
        has_vlan=has_vlan,
    )


def _ports(
    packets: Packets, behind_ipv4: Structures, layer4: Numbers, elsewhere: Numbers
) -> tuple[Halves, Halves, Halves]:
    """Both ports and the TCP flags: right behind an IPv4 header without options, `elsewhere` at their `layer4`."""
    src_port, dst_port, flags = (behind_ipv4[name].astype(np.uint16) for name in ("src_port", "dst_port", "flags"))
    if len(elsewhere):
        fields = packets.structures(layer4[elsewhere], TCP_HEADER)
        src_port[elsewhere], dst_port[elsewhere], flags[elsewhere] = (
            fields["src_port"],
            fields["dst_port"],
            fields["flags"],
        )
    flags &= FLAG_BITS
    return src_port, dst_port, flags


def _ipv6_layer4(
    packets: Packets, at: Numbers, ends_at: Numbers, header: Structures
) -> tuple[Numbers, Unsigned, Flags]:
    """Where the upper layer begins behind extension headers, its protocol, and whether it is a first fragment."""
    layer4, protocol = at + IPV6_BYTES, header["next_header"].astype(np.uint16)
    is_first = np.ones(len(at), bool)
    for _ in range(MOST_EXTENSIONS):
        is_inside = layer4 + 8 <= ends_at
        is_extension = is_one_of(protocol, EXTENSIONS) & is_inside
        is_fragment = (protocol == FRAGMENT) & is_inside
        if not (is_extension | is_fragment).any():
            break
        head = packets.half(layer4)
        is_first &= ~is_fragment | (packets.half(layer4, 2) >> 3 == 0)
        protocol = np.where(is_extension | is_fragment, head >> 8, protocol)
        layer4 = np.where(is_extension, layer4 + ((head & 0xFF) + 1) * 8, np.where(is_fragment, layer4 + 8, layer4))
    return layer4, protocol, is_first
