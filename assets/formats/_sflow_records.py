"""Records of sFlow version 5 samples: sampled headers and addresses, and what switch, router and gateway add.

Belongs here: the layouts of the flow records (sFlow version 5, section 5.3) and the columns that they fill.
Does not belong here: datagrams and samples (sflow_v5).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from assets.formats._datagrams import Bytes, Numbers
from assets.formats._gathering import Column, address_array, mapped_addresses, where
from assets.formats._packet_headers import NO_VLAN, Flags, PacketHeaders, packet_headers

RAW_HEADER, ETHERNET, IPV4, IPV6 = 1, 2, 3, 4
SWITCH, ROUTER, GATEWAY = 1001, 1002, 1003
KINDS = (RAW_HEADER, ETHERNET, IPV4, IPV6, SWITCH, ROUTER, GATEWAY)
RAW_HEADER_WORDS, IPV4_WORDS, IPV6_WORDS = 4, 8, 14
IPV4_ADDRESS, IPV6_ADDRESS = 1, 2
MOST_SEGMENTS = 8
LOCAL_INTERFACE = 0x3FFFFFFF
ABSENT = WHOLE = -1


@dataclass(frozen=True)
class Words:
    """Datagrams as numbers of 32 bits (XDR, RFC 4506), one behind another; places are in words."""

    content: bytes
    native: npt.NDArray[np.uint32]
    begins_at: Numbers
    ends_at: Numbers

    @classmethod
    def of(cls, payloads: Sequence[bytes], lengths: Numbers) -> "Words":
        """Payloads of these lengths in bytes, filled up to whole words, as some agents leave the last ones unfilled."""
        filling = -lengths % 4
        if filling.any():
            payloads = [one + bytes(rest) for one, rest in zip(payloads, filling.tolist(), strict=True)]
        ends_at = np.cumsum((lengths + filling) >> 2)
        content = b"".join(payloads)
        return cls(content, np.frombuffer(content, np.uint32), ends_at - ((lengths + filling) >> 2), ends_at)

    def at(self, place: Numbers, offset: int = 0) -> Numbers:
        return self.native.take(place + offset, mode="clip").byteswap().astype(np.int64)

    def address_at(self, place: Numbers, offset: int, words: int) -> Bytes:
        """IPv4 (1 word) or IPv6 (4 words) addresses as (n, 16) bytes."""
        raw = self.native.take((place + offset)[:, np.newaxis] + np.arange(words), mode="clip")
        return mapped_addresses(raw) if words == 1 else np.ascontiguousarray(raw).view(np.uint8)


class Parts(NamedTuple):
    """Parts of something larger, in the order of the wire: whose, of which format, and where they begin and end."""

    of: Numbers
    format: Numbers
    begins_at: Numbers
    ends_at: Numbers


def parts(words: Words, at: Numbers, ends_at: Numbers, count: Numbers) -> tuple[Parts, Numbers]:
    """`count` parts (format, length in bytes, content) from each place on, and of the wholes the format that was cut.

    Walked in step: first the first part of all, then the second of all. WHOLE where no part was cut.
    """
    of, found = np.flatnonzero(count > 0), list[Parts]()
    cut = np.full(len(at), WHOLE, np.int64)
    taken = np.zeros(len(at), np.int64)
    at, left = at[of], count[of]
    while len(of):
        format_ = words.at(at)
        begins, stop = at + 2, at + 2 + (words.at(at, 1) + 3) // 4
        fits = stop <= ends_at[of]
        if not fits.all():
            cut[of[~fits]] = format_[~fits]
            of, format_, begins, stop, left = of[fits], format_[fits], begins[fits], stop[fits], left[fits]
        found.append(Parts(of, format_, begins, stop))
        taken[of] += 1
        goes_on = left > 1
        of, at, left = of[goes_on], stop[goes_on], left[goes_on] - 1
    return _in_order(found, np.cumsum(taken) - taken, int(taken.sum())), cut


def _in_order(found: list[Parts], first: Numbers, count: int) -> Parts:
    """Parts found step by step, in the order of the wire; `first` is the place of each whole's first part."""
    whole = Parts(*(np.empty(count, np.int64) for _ in Parts._fields))
    for step, some in enumerate(found):
        places = first[some.of] + step
        for ordered, column in zip(whole, some, strict=True):
            ordered[places] = column
    return whole


class _Records:
    """Where the first record of each kind begins and ends in each sample; ABSENT where there is none."""

    def __init__(self, words: Words, records: Parts, samples: int) -> None:
        self.words = words
        self.begins_at: dict[int, Numbers] = {}
        self.ends_at: dict[int, Numbers] = {}
        for kind in KINDS:
            chosen = np.flatnonzero(records.format == kind)[::-1]
            if len(chosen):
                begins, ends = np.full(samples, ABSENT, np.int64), np.full(samples, ABSENT, np.int64)
                begins[records.of[chosen]] = records.begins_at[chosen]
                ends[records.of[chosen]] = records.ends_at[chosen]
                self.begins_at[kind], self.ends_at[kind] = begins, ends

    def has(self, kind: int, least_words: int = 0) -> Flags | None:
        """Which samples have a record of a kind, of that many words at least; None if none has."""
        if kind not in self.begins_at:
            return None
        begins = self.begins_at[kind]
        fits: Flags = (begins != ABSENT) & (begins + least_words <= self.ends_at[kind])
        return fits


def flow_columns(words: Words, records: Parts, samples: int) -> tuple[dict[str, Column], Flags]:
    """The columns that the records of samples fill, and which samples are of IP packets."""
    found = _Records(words, records, samples)
    headers, frame_bytes = _sampled_headers(found, samples)
    _sampled_ipv4(found, headers, frame_bytes)
    _sampled_ipv6(found, headers, frame_bytes)
    ethernet, raw = found.has(ETHERNET, 1), found.has(RAW_HEADER, RAW_HEADER_WORDS)
    if ethernet is not None:
        rows = np.flatnonzero(ethernet if raw is None else ethernet & ~raw)
        frame_bytes[rows] = words.at(found.begins_at[ETHERNET][rows])
    switch = found.has(SWITCH, 1)
    if switch is not None:
        rows = np.flatnonzero(switch & (headers.vlan == NO_VLAN))
        headers.vlan[rows] = np.minimum(words.at(found.begins_at[SWITCH][rows]), 0xFFFF)
    return {"bytes": frame_bytes, **headers.columns(), **_routing(found, samples)}, headers.is_ip


def _sampled_headers(found: _Records, samples: int) -> tuple[PacketHeaders, Numbers]:
    """Raw headers (format 1): protocol, frame length, bytes stripped, header length, header."""
    words, raw = found.words, found.has(RAW_HEADER, RAW_HEADER_WORDS)
    nowhere = np.zeros(samples, np.int64)
    if raw is None:
        return packet_headers(b"", nowhere, nowhere, nowhere), np.zeros(samples, np.int64)
    at = found.begins_at[RAW_HEADER]
    begins = np.where(raw, (at + RAW_HEADER_WORDS) * 4, 0)
    ends = np.where(raw, np.minimum(begins + words.at(at, 3), found.ends_at[RAW_HEADER] * 4), 0)
    headers = packet_headers(words.content, begins, ends, np.where(raw, words.at(at), 0))
    return headers, np.where(raw, words.at(at, 1), 0)


def _sampled_ipv4(found: _Records, headers: PacketHeaders, frame_bytes: Numbers) -> None:
    """Sampled IPv4 (format 3): length, protocol, both addresses and ports, flags, type of service."""
    has = found.has(IPV4, IPV4_WORDS)
    if has is None:
        return
    rows = np.flatnonzero(has & ~headers.is_ip)
    at = found.begins_at[IPV4][rows]
    headers.src_addr[rows] = found.words.address_at(at, 2, 1)
    headers.dst_addr[rows] = found.words.address_at(at, 3, 1)
    _sampled_ip(found.words, at, rows, headers, frame_bytes, 4, behind_addresses=4)


def _sampled_ipv6(found: _Records, headers: PacketHeaders, frame_bytes: Numbers) -> None:
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
    frame_bytes: Numbers,
    ip_version: int,
    *,
    behind_addresses: int,
) -> None:
    """What sampled IPv4 and IPv6 have alike; the frame's length stays that of the raw header, where there is one."""
    headers.is_ip[rows] = headers.has_ports[rows] = headers.has_flags[rows] = True
    headers.ip_version[rows] = ip_version
    headers.layer3_bytes[rows] = words.at(at)
    frame_bytes[rows] = np.where(frame_bytes[rows] > 0, frame_bytes[rows], words.at(at))
    headers.protocol[rows] = np.minimum(words.at(at, 1), 0xFF)
    headers.src_port[rows] = np.minimum(words.at(at, behind_addresses), 0xFFFF)
    headers.dst_port[rows] = np.minimum(words.at(at, behind_addresses + 1), 0xFFFF)
    headers.tcp_flags[rows] = np.minimum(words.at(at, behind_addresses + 2), 0xFFFF)
    headers.tos[rows] = np.minimum(words.at(at, behind_addresses + 3), 0xFF)


def _routing(found: _Records, samples: int) -> dict[str, Column]:
    """Extended router (1002): next hop and mask lengths; extended gateway (1003): BGP next hop and AS numbers."""
    next_hop = np.zeros((samples, 16), np.uint8)
    has_hop = np.zeros(samples, bool)
    columns: dict[str, Column] = {}
    gateway, router = found.has(GATEWAY, 2), found.has(ROUTER, 2)
    if gateway is not None:
        behind = _next_hop(found, GATEWAY, gateway, next_hop, has_hop)
        columns |= _as_numbers(found, gateway & (behind != ABSENT), behind)
    if router is not None:
        behind = _next_hop(found, ROUTER, router, next_hop, has_hop)
        has_masks = router & (behind != ABSENT) & (behind + 2 <= found.ends_at[ROUTER])
        columns["src_mask"] = where(np.minimum(found.words.at(behind), 0xFF), has_masks)
        columns["dst_mask"] = where(np.minimum(found.words.at(behind, 1), 0xFF), has_masks)
    if has_hop.any():
        columns["next_hop"] = address_array(next_hop, has_hop)
    return columns


def _next_hop(found: _Records, kind: int, has: Flags, next_hop: Bytes, has_hop: Flags) -> Numbers:
    """Read the address that a record begins with into `next_hop`; returns what stands behind it, ABSENT if cut."""
    at, words = found.begins_at[kind], found.words
    family = np.where(has, words.at(at), 0)
    behind = np.full(len(at), ABSENT, np.int64)
    behind[has & (family == 0)] = at[has & (family == 0)] + 1
    for code, length in ((IPV4_ADDRESS, 1), (IPV6_ADDRESS, 4)):
        rows = np.flatnonzero((family == code) & (at + 1 + length <= found.ends_at[kind]))
        behind[rows] = at[rows] + 1 + length
        address = words.address_at(at[rows], 1, length)
        is_told = address[:, 12:].any(axis=1) if code == IPV4_ADDRESS else address.any(axis=1)
        next_hop[rows[is_told]], has_hop[rows[is_told]] = address[is_told], True
    return behind


def _as_numbers(found: _Records, has: Flags, at: Numbers) -> dict[str, Column]:
    """Source AS, and the last AS of the path as destination; without a path the router's own AS is the destination."""
    words, ends_at = found.words, found.ends_at[GATEWAY]
    has = has & (at + 4 <= ends_at)
    own, src_as, segments = words.at(at), words.at(at, 1), np.where(has, words.at(at, 3), 0)
    place, dst_as = at + 4, own
    for number in range(MOST_SEGMENTS):
        goes_on = (segments > number) & (place + 2 <= ends_at)
        if not goes_on.any():
            break
        length = words.at(place, 1)
        goes_on &= (length > 0) & (place + 2 + length <= ends_at)
        place = np.where(goes_on, place + 2 + length, place)
        dst_as = np.where(goes_on, words.at(place, -1), dst_as)
    return {"src_as": where(src_as, has), "dst_as": where(dst_as, has)}


def interfaces(values: Numbers, formats: Numbers) -> Column:
    """Interface indices; null where the format says discarded or several, and for the switch itself (0x3fffffff)."""
    return where(values, (formats == 0) & (values != LOCAL_INTERFACE))
