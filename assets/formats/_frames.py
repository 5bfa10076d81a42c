"""Captured frames: the UDP payloads in them, all of a block at once.

Belongs here: link layers of captures, VLAN tags, IP and UDP around a datagram.
Does not belong here: files of captures (_containers), sampled packet headers (_packet_headers).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from assets.formats._datagrams import ADDRESS_BYTES, MAPPED, Bytes, Datagrams, Numbers, bytes_at, numbers_at

ETHERNET = 1
LINK_BYTES = {ETHERNET: 14, 12: 0, 14: 0, 101: 0, 228: 0, 229: 0, 0: 4, 113: 16, 276: 20}
VLAN_TYPES = np.array([0x8100, 0x88A8, 0x9100, 0x9200])
MOST_TAGS = 4
UDP, UDP_BYTES, IPV6_BYTES = 17, 8, 40
MORE_FRAGMENTS_OR_OFFSET = 0x3FFF


class Frames(NamedTuple):
    """Frames in a block's memory: where they begin and end, their number in the file, and the time of capture in ms."""

    begins_at: Numbers
    ends_at: Numbers
    number: Numbers
    captured_ms: Numbers


def udp_datagrams(content: bytes, frames: Frames, link_type: int) -> Datagrams:
    """The UDP payloads of frames; others, fragments and unknown link layers are left out."""
    view = np.frombuffer(content, np.uint8)
    if link_type not in LINK_BYTES:
        return _datagrams(content, frames, np.zeros(len(frames.begins_at), bool), frames.begins_at, None)
    at = frames.begins_at + LINK_BYTES[link_type]
    if link_type == ETHERNET:
        at = behind_tags(view, at)
    version = bytes_at(view, at, 1).ravel() >> 4
    is_ipv4, is_ipv6 = version == 4, version == 6
    header = np.where(is_ipv4, (bytes_at(view, at, 1).ravel() & 0x0F).astype(np.int64) * 4, IPV6_BYTES)
    protocol = bytes_at(view, at + np.where(is_ipv4, 9, 6), 1).ravel()
    is_whole = ~is_ipv4 | (numbers_at(view, at + 6, 2) & MORE_FRAGMENTS_OR_OFFSET == 0)
    found = (is_ipv4 | is_ipv6) & (protocol == UDP) & is_whole & (at + header + UDP_BYTES <= frames.ends_at)
    senders = bytes_at(view, at + np.where(is_ipv4, 0, 8), ADDRESS_BYTES)
    if is_ipv4.any():
        senders[is_ipv4, :12] = np.frombuffer(MAPPED, np.uint8)
        senders[is_ipv4, 12:] = bytes_at(view, at[is_ipv4] + 12, 4)
    return _datagrams(content, frames, found, at + header, senders)


def _datagrams(
    content: bytes, frames: Frames, found: npt.NDArray[np.bool_], udp_at: Numbers, senders: Bytes | None
) -> Datagrams:
    """What stands behind the UDP headers at `udp_at`; a length of less than the header's own says nothing."""
    length = numbers_at(np.frombuffer(content, np.uint8), udp_at + 4, 2)
    ends_at = np.where(length >= UDP_BYTES, np.minimum(frames.ends_at, udp_at + length), frames.ends_at)
    whole = Datagrams(content, udp_at + UDP_BYTES, ends_at, frames.number, frames.captured_ms, senders)
    return whole if found.all() else whole.chosen(found)


def behind_tags(view: Bytes, at: Numbers) -> Numbers:
    """Where what stands behind VLAN tags begins, given where what stands behind the Ethernet header would."""
    for _ in range(MOST_TAGS):
        is_tagged = np.isin(numbers_at(view, at - 2, 2), VLAN_TYPES)
        if not is_tagged.any():
            break
        at = np.where(is_tagged, at + 4, at)
    return at
