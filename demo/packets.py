"""Packets as a switch samples them: which of a flow's and when, and their first bytes (Ethernet, IPv4 or IPv6, TCP).

Belongs here: moments and headers of many packets at once. Does not belong here: what carries them (demo.sflow).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from demo.flows import PACKET_BYTES, Flows, Numbers
from demo.records import AsNumbers, Columns, rows_of, told_of
from demo.wire import checksums

HEADER_BYTES = 80
LINK_BYTES, TRAILER_BYTES = 14, 4
IPV4_BYTES, IPV6_BYTES = 20, 40
HOPS = 60
TCP = [
    ("src_port", ">u2"), ("dst_port", ">u2"), ("sequence", ">u4"), ("acknowledged", ">u4"), ("offset", "u1"),
    ("tcp_flags", "u1"), ("window", ">u2"), ("tcp_checksum", ">u2"), ("urgent", ">u2"),
]  # fmt: skip
V4 = np.dtype(
    [
        ("link", "12u1"), ("type", ">u2"), ("version", "u1"), ("tos", "u1"), ("length", ">u2"), ("id", ">u2"),
        ("fragment", ">u2"), ("hops", "u1"), ("protocol", "u1"), ("checksum", ">u2"), ("src_addr", "4u1"),
        ("dst_addr", "4u1"), *TCP, ("data", f"{HEADER_BYTES - LINK_BYTES - 40}u1"),
    ]
)  # fmt: skip
V6 = np.dtype(
    [
        ("link", "12u1"), ("type", ">u2"), ("version", ">u4"), ("length", ">u2"), ("protocol", "u1"), ("hops", "u1"),
        ("src_addr", "16u1"), ("dst_addr", "16u1"), *TCP, ("data", f"{HEADER_BYTES - LINK_BYTES - 60}u1"),
    ]
)  # fmt: skip


@dataclass(frozen=True)
class SampledPackets:
    """Packets that a switch sampled, in order of time: when, what is told of their flow, and their lengths."""

    moments_ms: Numbers
    columns: Columns
    packet_bytes: Numbers
    interval: Numbers

    def headers(self) -> npt.NDArray[np.uint8]:
        """The first HEADER_BYTES of each packet; (n, HEADER_BYTES)."""
        headers = np.zeros((len(self.packet_bytes), HEADER_BYTES), np.uint8)
        is_v6 = self.columns["is_v6"]
        for chosen, packed in ((~is_v6, _ipv4), (is_v6, _ipv6)):
            of_version = {name: values[chosen] for name, values in self.columns.items()}
            headers[chosen] = packed(of_version, self.packet_bytes[chosen])
        return headers


def sampled_packets(flows: Flows, asns: AsNumbers, midnight: int, random: np.random.Generator) -> SampledPackets:
    """The packets that were sampled of flows, each at any moment of its flow."""
    which = np.repeat(np.arange(flows.sampled.size), flows.sampled.ravel())
    flow, size = which // len(PACKET_BYTES), which % len(PACKET_BYTES)
    lasted = flows.end_ms[flow] - flows.start_ms[flow]
    moments = midnight + flows.start_ms[flow] + np.floor(random.random(len(flow)) * lasted).astype(np.int64)
    order = np.argsort(moments, kind="stable")
    of_packets = flows.where(flow[order])
    return SampledPackets(
        moments[order],
        told_of(of_packets, asns, midnight),
        PACKET_BYTES[size[order]],
        of_packets.sampling_interval,
    )


def _ipv4(columns: Columns, packet_bytes: Numbers) -> npt.NDArray[np.uint8]:
    rows = rows_of(V4, columns)
    rows["type"], rows["version"], rows["hops"], rows["offset"] = 0x0800, 0x45, HOPS, 5 << 4
    rows["length"] = packet_bytes
    headers = rows.view(np.uint8).reshape(-1, HEADER_BYTES)
    rows["checksum"] = checksums(np.ascontiguousarray(headers[:, LINK_BYTES : LINK_BYTES + IPV4_BYTES]).view(">u2"))
    return headers


def _ipv6(columns: Columns, packet_bytes: Numbers) -> npt.NDArray[np.uint8]:
    rows = rows_of(V6, columns)
    rows["type"], rows["version"], rows["hops"], rows["offset"] = 0x86DD, 6 << 28, HOPS, 5 << 4
    rows["length"] = packet_bytes - IPV6_BYTES
    return rows.view(np.uint8).reshape(-1, HEADER_BYTES)
