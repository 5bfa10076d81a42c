"""Captured frames: the UDP payloads in them, all of a block at once.

Belongs here: link layers of captures, VLAN tags, IP and UDP around a datagram.
Does not belong here: files of captures (_pcap, _pcapng), making fragments whole (_fragments), sampled packet headers
(_packet_headers).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from assets.exports.formats._compression import Teller
from assets.exports.formats._datagrams import (
    ADDRESS_BYTES,
    MAPPED,
    Bytes,
    Datagrams,
    Flags,
    Numbers,
    bytes_at,
    is_one_of,
    numbers_at,
    single,
)
from assets.exports.formats._fragments import UDP_BYTES, Fragment, Fragments, PartedDatagrams, tell_lost

ETHERNET = 1
LINK_BYTES = {ETHERNET: 14, 12: 0, 14: 0, 101: 0, 228: 0, 229: 0, 0: 4, 113: 16, 276: 20}
VLAN_TYPES = (0x8100, 0x88A8, 0x9100, 0x9200)
MOST_TAGS = 4
UDP, IPV6_BYTES = 17, 40
# Hop-by-hop, routing and destination options may stand in front of UDP or of the fragment header (RFC 8200).
EXTENSIONS, MOST_EXTENSIONS = (0, 43, 60), 6
FRAGMENT, FRAGMENT_BYTES = 44, 8
# Both addresses and the number of an IPv4 datagram.
KEY_BYTES_V4 = 10
MORE_FRAGMENTS, OFFSET = 0x2000, 0x1FFF


class Frames(NamedTuple):
    """Frames in a block's memory: where they begin and end, their number in the file, and the time of capture in ms."""

    begins_at: Numbers
    ends_at: Numbers
    number: Numbers
    captured_ms: Numbers


class _Packets(NamedTuple):
    """The IP packets of frames: where each begins, of which version, the length of its header, and what it carries."""

    at: Numbers
    is_ipv4: Flags
    header: Numbers
    is_udp: Flags
    is_fragment: Flags


@dataclass
class FrameReader:
    """Reads the frames of one file, block by block, and counts those that can't be read."""

    of_unknown_link: dict[int, int] = field(default_factory=dict)
    fragments: Fragments = field(default_factory=Fragments)
    count: int = 0

    def numbers(self, count: int) -> Numbers:
        """The numbers of the file's next frames."""
        self.count += count
        return np.arange(self.count - count + 1, self.count + 1, dtype=np.int64)

    def datagrams(self, content: bytes, frames: Frames, link_type: int) -> Datagrams:
        """The UDP payloads of frames, also of those that came in fragments; frames without UDP are left out."""
        if link_type not in LINK_BYTES:
            self.of_unknown_link[link_type] = self.of_unknown_link.get(link_type, 0) + len(frames.number)
            nothing = np.zeros(0, np.int64)
            return Datagrams(content, nothing, nothing, nothing, nothing, np.zeros((0, ADDRESS_BYTES), np.uint8))
        view = np.frombuffer(content, np.uint8)
        packets = _packets(view, frames, link_type)
        whole = _whole_datagrams(content, view, frames, packets)
        if not packets.is_fragment.any():
            return whole
        return self._with_completed(whole, view, frames, packets)

    def tell(self, teller: Teller) -> None:
        """Tell the frames that were not read."""
        for link_type, count in self.of_unknown_link.items():
            reason = f"{count} frames are of link type {link_type}, which is not read; capture as Ethernet or raw IP"
            teller.lose("unknown_link_type", reason, count)
        tell_lost(self.fragments.given_up, teller)

    def completed(self, parted: PartedDatagrams, teller: Teller) -> Iterator[Datagrams]:
        """The datagrams whose other fragments another file held, one by one behind those of this file."""
        for part, found in parted.take(self.fragments, teller):
            sender = MAPPED + part.key[:4] if len(part.key) == KEY_BYTES_V4 else part.key[:ADDRESS_BYTES]
            (number,) = self.numbers(1).tolist()
            alone = single(payload_of(found), number)
            captured_ms = np.array([part.captured_ms], np.int64)
            yield replace(alone, captured_ms=captured_ms, senders=np.frombuffer(sender, np.uint8)[np.newaxis])

    def _with_completed(self, whole: Datagrams, view: Bytes, frames: Frames, packets: _Packets) -> Datagrams:
        """The datagrams, and those that fragments complete in their place, behind the block's own memory."""
        rows, payloads, ends = list[int](), list[bytes](), [len(whole.content)]
        for row in np.flatnonzero(packets.is_fragment).tolist():
            found = self.fragments.take(_fragment(whole.content, frames, packets, row))
            if found is not None:
                payloads.append(payload_of(found))
                ends.append(ends[-1] + len(payloads[-1]))
                rows.append(row)
        chosen = np.array(rows, np.int64)
        senders = _senders(view, packets.at[chosen], packets.is_ipv4[chosen])
        assert whole.senders is not None
        order = np.argsort(np.concatenate([whole.number, frames.number[chosen]]), kind="stable")
        return Datagrams(
            whole.content + b"".join(payloads),
            np.concatenate([whole.begins_at, np.array(ends[:-1], np.int64)])[order],
            np.concatenate([whole.ends_at, np.array(ends[1:], np.int64)])[order],
            np.concatenate([whole.number, frames.number[chosen]])[order],
            np.concatenate([whole.captured_ms, frames.captured_ms[chosen]])[order],
            np.concatenate([whole.senders, senders])[order],
        )


def payload_of(datagram: bytes) -> bytes:
    """What stands behind the UDP header; a length of less than the header's own says nothing."""
    length = int.from_bytes(datagram[4:6], "big")
    return datagram[UDP_BYTES : length if length >= UDP_BYTES else None]


def _packets(view: Bytes, frames: Frames, link_type: int) -> _Packets:
    at = frames.begins_at + LINK_BYTES[link_type]
    if link_type == ETHERNET:
        at = behind_tags(view, at)
    first = bytes_at(view, at, 1).ravel()
    version = first >> 4
    is_ipv4, is_ipv6 = version == 4, version == 6
    header = np.where(is_ipv4, (first & 0x0F).astype(np.int64) * 4, IPV6_BYTES)
    protocol = bytes_at(view, at + np.where(is_ipv4, 9, 6), 1).ravel()
    is_part = is_ipv4 & (numbers_at(view, at + 6, 2) & (MORE_FRAGMENTS | OFFSET) != 0)
    if is_ipv6.any():
        header, protocol = _behind_extensions(view, at, is_ipv6, header, protocol)
    is_extended = is_ipv6 & (protocol == FRAGMENT)
    if is_extended.any():
        protocol = np.where(is_extended, bytes_at(view, at + header, 1).ravel(), protocol)
        header = np.where(is_extended, header + FRAGMENT_BYTES, header)
    is_there = (is_ipv4 | is_ipv6) & (protocol == UDP)
    is_fragment = is_there & (is_part | is_extended) & (at + header < frames.ends_at)
    is_udp = is_there & ~is_part & ~is_extended & (at + header + UDP_BYTES <= frames.ends_at)
    return _Packets(at, is_ipv4, header, is_udp, is_fragment)


def _behind_extensions(
    view: Bytes, at: Numbers, is_ipv6: Flags, header: Numbers, protocol: Bytes
) -> tuple[Numbers, Bytes]:
    """The length of IPv6 headers with their extensions, and what stands behind them."""
    for _ in range(MOST_EXTENSIONS):
        is_extension = is_ipv6 & is_one_of(protocol, EXTENSIONS)
        if not is_extension.any():
            break
        head = bytes_at(view, at + header, 2)
        header = np.where(is_extension, header + (head[:, 1].astype(np.int64) + 1) * 8, header)
        protocol = np.where(is_extension, head[:, 0], protocol)
    return header, protocol


def _whole_datagrams(content: bytes, view: Bytes, frames: Frames, packets: _Packets) -> Datagrams:
    """What stands behind the UDP headers; a length of less than the header's own says nothing."""
    udp_at = packets.at + packets.header
    length = numbers_at(view, udp_at + 4, 2)
    ends_at = np.where(length >= UDP_BYTES, np.minimum(frames.ends_at, udp_at + length), frames.ends_at)
    senders = _senders(view, packets.at, packets.is_ipv4)
    found = Datagrams(content, udp_at + UDP_BYTES, ends_at, frames.number, frames.captured_ms, senders)
    return found if packets.is_udp.all() else found.chosen(packets.is_udp)


def _senders(view: Bytes, at: Numbers, is_ipv4: Flags) -> Bytes:
    senders = bytes_at(view, at + np.where(is_ipv4, 0, 8), ADDRESS_BYTES)
    if is_ipv4.any():
        senders[is_ipv4, :12] = np.frombuffer(MAPPED, np.uint8)
        senders[is_ipv4, 12:] = bytes_at(view, at[is_ipv4] + 12, 4)
    return senders


def _fragment(content: bytes, frames: Frames, packets: _Packets, row: int) -> Fragment:
    """What a frame carries of a datagram; behind the packet's own end the frame may be padded."""
    at, end = int(packets.at[row]), int(frames.ends_at[row])
    begin, captured_ms = at + int(packets.header[row]), int(frames.captured_ms[row])
    if packets.is_ipv4[row]:
        length, word = (int.from_bytes(content[at + place : at + place + 2], "big") for place in (2, 6))
        key, offset = content[at + 12 : at + 20] + content[at + 4 : at + 6], word & OFFSET
        is_last = not word & MORE_FRAGMENTS
    else:
        length = IPV6_BYTES + int.from_bytes(content[at + 4 : at + 6], "big")
        word = int.from_bytes(content[begin - 6 : begin - 4], "big")
        key, offset, is_last = content[at + 8 : at + 40] + content[begin - 4 : begin], word >> 3, not word & 1
    end = min(end, at + length) if at + length > begin else end
    return Fragment(key, offset * 8, is_last, content[begin:end], captured_ms)


def behind_tags(view: Bytes, at: Numbers) -> Numbers:
    """Where what stands behind VLAN tags begins, given where what stands behind the Ethernet header would."""
    for _ in range(MOST_TAGS):
        is_tagged = is_one_of(numbers_at(view, at - 2, 2), VLAN_TYPES)
        if not is_tagged.any():
            break
        at = np.where(is_tagged, at + 4, at)
    return at
