"""Records of sFlow version 5 samples: sampled headers and addresses, and what the switch adds.

Belongs here: the layouts of the flow records (sFlow version 5, section 5.3) and the columns that they fill.
Does not belong here: datagrams and samples (sflow_v5), what routers add (sflow_v5.routing).
"""

import numpy as np
import numpy.typing as npt

from assets.exports.formats._datagrams import Numbers
from assets.exports.formats._gathering import Column
from assets.exports.formats._packet_headers import Flags, PacketHeaders, packet_headers
from assets.exports.formats.sflow_v5.routing import NextHops, as_numbers, masks
from assets.exports.formats.sflow_v5.words import ABSENT, WHOLE, Parts, Words, parts_in_step

RAW_HEADER, ETHERNET, IPV4, IPV6 = 1, 2, 3, 4
SWITCH, ROUTER, GATEWAY = 1001, 1002, 1003
KINDS = (RAW_HEADER, ETHERNET, IPV4, IPV6, SWITCH, ROUTER, GATEWAY)
RAW_HEADER_WORDS, IPV4_WORDS, IPV6_WORDS = 4, 8, 14
RAW_HEADER_LAYOUT = np.dtype([(name, ">u4") for name in ("protocol", "frame_bytes", "stripped", "header_bytes")])
FrameBytes = npt.NDArray[np.uint64]


class Records:
    """Where the first record of each kind begins and ends in each sample, and which samples have one that is cut."""

    def __init__(self, words: Words, at: Numbers, ends_at: Numbers, count: Numbers) -> None:
        self.words, self.samples = words, len(at)
        self.begins_at: dict[int, Numbers] = {}
        self.ends_at: dict[int, Numbers] = {}
        self._wanted = list(KINDS)
        cut = np.full(self.samples, WHOLE, np.int64)
        for step in parts_in_step(words, at, ends_at, count, cut):
            for kind in self._kinds(step.format):
                self._keep(kind, step.chosen(step.format == kind))
        self.is_cut: Flags = cut != WHOLE

    def _kinds(self, formats: Numbers) -> list[int]:
        """The kinds among these formats that some sample still lacks; mostly all samples have the same records."""
        if len(formats) and (formats == formats[0]).all():
            return [kind for kind in self._wanted if kind == formats[0]]
        return [kind for kind in self._wanted if (formats == kind).any()]

    def _keep(self, kind: int, some: Parts) -> None:
        """Keep records of one kind, the next ones of their samples; of those whose sample has one already, none."""
        if kind not in self.begins_at and len(some.of) == self.samples:
            self.begins_at[kind], self.ends_at[kind] = some.begins_at, some.ends_at
            self._wanted.remove(kind)
            return
        if kind not in self.begins_at:
            self.begins_at[kind] = np.full(self.samples, ABSENT, np.int64)
            self.ends_at[kind] = np.full(self.samples, ABSENT, np.int64)
        begins_at, ends_at = self.begins_at[kind], self.ends_at[kind]
        first = some.chosen(begins_at[some.of] == ABSENT)
        begins_at[first.of], ends_at[first.of] = first.begins_at, first.ends_at
        if not (begins_at == ABSENT).any():
            self._wanted.remove(kind)

    def has(self, kind: int, least_words: int = 0) -> Flags | None:
        """Which samples have a record of a kind, of that many words at least; None if none has."""
        if kind not in self.begins_at:
            return None
        begins = self.begins_at[kind]
        fits: Flags = (begins != ABSENT) & (begins + least_words <= self.ends_at[kind])
        return fits


def flow_columns(found: Records) -> tuple[dict[str, Column], Flags]:
    """The columns that the records of samples fill, and which samples are of IP packets."""
    headers, frame_bytes = _sampled_headers(found)
    _sampled_ipv4(found, headers, frame_bytes)
    _sampled_ipv6(found, headers, frame_bytes)
    ethernet, raw = found.has(ETHERNET, 1), found.has(RAW_HEADER, RAW_HEADER_WORDS)
    if ethernet is not None:
        rows = np.flatnonzero(ethernet if raw is None else ethernet & ~raw)
        frame_bytes[rows] = found.words.unsigned(found.begins_at[ETHERNET][rows])
    switch = found.has(SWITCH, 1)
    if switch is not None:
        vlan = np.minimum(found.words.unsigned(found.begins_at[SWITCH]), 0xFFFF).astype(np.uint16)
        np.copyto(headers.vlan, vlan, where=switch & ~headers.has_vlan)
        headers.has_vlan[switch] = True
    return {"bytes": frame_bytes, **headers.columns(), **_routing(found)}, headers.is_ip


def _sampled_headers(found: Records) -> tuple[PacketHeaders, FrameBytes]:
    """Raw headers (format 1): protocol, frame length, bytes stripped, header length, header."""
    words, raw = found.words, found.has(RAW_HEADER, RAW_HEADER_WORDS)
    frame_bytes = np.zeros(found.samples, np.uint64)
    if raw is None:
        nowhere = np.zeros(found.samples, np.int64)
        return packet_headers(b"", nowhere, nowhere, nowhere), frame_bytes
    at = found.begins_at[RAW_HEADER]
    begins = (at + RAW_HEADER_WORDS) << 2
    header = words.structures(at, RAW_HEADER_LAYOUT)
    ends = np.minimum(begins + header["header_bytes"], found.ends_at[RAW_HEADER] << 2)
    kind = header["protocol"].astype(np.uint32)
    frame_bytes[:] = header["frame_bytes"]
    if not raw.all():
        begins[~raw] = ends[~raw] = kind[~raw] = frame_bytes[~raw] = 0
    return packet_headers(words.content, begins, ends, kind), frame_bytes


def _sampled_ipv4(found: Records, headers: PacketHeaders, frame_bytes: FrameBytes) -> None:
    """Sampled IPv4 (format 3): length, protocol, both addresses and ports, flags, type of service."""
    has = found.has(IPV4, IPV4_WORDS)
    if has is None:
        return
    rows = np.flatnonzero(has & ~headers.is_ip)
    at = found.begins_at[IPV4][rows]
    headers.src_addr[rows] = found.words.address_at(at, 2, 1)
    headers.dst_addr[rows] = found.words.address_at(at, 3, 1)
    _sampled_ip(found.words, at, rows, headers, frame_bytes, 4, behind_addresses=4)


def _sampled_ipv6(found: Records, headers: PacketHeaders, frame_bytes: FrameBytes) -> None:
    """Sampled IPv6 (format 4): as sampled IPv4, with addresses of 4 words and the traffic class."""
    has = found.has(IPV6, IPV6_WORDS)
    if has is None:
        return
    rows = np.flatnonzero(has & ~headers.is_ip)
    at = found.begins_at[IPV6][rows]
    headers.src_addr[rows] = found.words.address_at(at, 2, 4)
    headers.dst_addr[rows] = found.words.address_at(at, 6, 4)
    _sampled_ip(found.words, at, rows, headers, frame_bytes, 6, behind_addresses=10)


def _sampled_ip(
    words: Words,
    at: Numbers,
    rows: Numbers,
    headers: PacketHeaders,
    frame_bytes: FrameBytes,
    ip_version: int,
    *,
    behind_addresses: int,
) -> None:
    """What sampled IPv4 and IPv6 have alike; the frame's length stays that of the raw header, where there is one."""
    headers.is_ip[rows] = headers.has_ports[rows] = headers.has_flags[rows] = True
    headers.ip_version[rows] = ip_version
    headers.layer3_bytes[rows] = words.unsigned(at)
    frame_bytes[rows] = np.where(frame_bytes[rows] > 0, frame_bytes[rows], words.unsigned(at))
    headers.protocol[rows] = np.minimum(words.unsigned(at, 1), 0xFF)
    headers.src_port[rows] = np.minimum(words.unsigned(at, behind_addresses), 0xFFFF)
    headers.dst_port[rows] = np.minimum(words.unsigned(at, behind_addresses + 1), 0xFFFF)
    headers.tcp_flags[rows] = np.minimum(words.unsigned(at, behind_addresses + 2), 0xFFFF)
    headers.tos[rows] = np.minimum(words.unsigned(at, behind_addresses + 3), 0xFF)


def _routing(found: Records) -> dict[str, Column]:
    """Next hop and AS numbers that a gateway adds, next hop and mask lengths that a router does."""
    words, hops, columns = found.words, NextHops(found.samples), dict[str, Column]()
    gateway, router = found.has(GATEWAY, 2), found.has(ROUTER, 2)
    if gateway is not None:
        ends_at = found.ends_at[GATEWAY]
        behind, has = hops.read(words, found.begins_at[GATEWAY], ends_at, gateway)
        columns |= as_numbers(words, behind, ends_at, has)
    if router is not None:
        ends_at = found.ends_at[ROUTER]
        behind, has = hops.read(words, found.begins_at[ROUTER], ends_at, router)
        columns |= masks(words, behind, ends_at, has)
    return columns | hops.columns()
