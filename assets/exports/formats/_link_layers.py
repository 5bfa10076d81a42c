"""What stands in front of the network layer of sampled packets: Ethernet, VLAN tags, PPPoE and MPLS.

Belongs here: the memory that packets lie in, and where their network layer begins.
Does not belong here: the headers of IP (_packet_headers), captures of datagrams (_frames).
"""

import numpy as np
import numpy.typing as npt

from assets.exports.formats._datagrams import Flags, Numbers, is_one_of, structures_at

Halves = npt.NDArray[np.uint16]
Structures = npt.NDArray[np.void]
ETHERNET, IPV4, IPV6, MPLS = 1, 11, 12, 13
ETHERNET_BYTES = 14
VLAN_TYPES = (0x8100, 0x88A8, 0x9100, 0x9200)
IPV4_TYPE, IPV6_TYPE, PPPOE_TYPE = 0x0800, 0x86DD, 0x8864
MPLS_TYPES = (0x8847, 0x8848)
MOST_TAGS, MOST_LABELS = 4, 8
# As long as the longest structure that is read of a packet at once: no packet ends nearer to the end of the memory.
BEHIND_PACKETS = 40


class Packets:
    """The memory of a block, as structures and as halves of 32 bits; places are in bytes, and even."""

    def __init__(self, content: bytes, ends_at: Numbers) -> None:
        lacking = int(ends_at.max(initial=0)) + BEHIND_PACKETS - len(content)
        padded = content if lacking <= 0 else content + bytes(lacking)
        self.view = np.frombuffer(padded, np.uint8)
        self.native = np.frombuffer(padded, np.uint16, len(padded) // 2)

    def half(self, at: Numbers, offset: int = 0) -> Halves:
        """The 16-bit number `offset` bytes behind each place."""
        return self.native.take((at + offset) >> 1, mode="clip").byteswap(inplace=True)

    def structures(self, at: Numbers, layout: np.dtype[np.void]) -> Structures:
        return structures_at(self.view, at, layout)


def network_layer(
    packets: Packets, begins_at: Numbers, ends_at: Numbers, kind: npt.NDArray[np.integer]
) -> tuple[Numbers, Halves, Flags]:
    """Where the network layer begins (before the packet if it is not IP), the outermost VLAN tag, and who has one."""
    is_frame = kind == ETHERNET
    at = begins_at + is_frame * ETHERNET_BYTES
    type_ = packets.half(at, -2)
    type_[~is_frame] = 0
    vlan, has_vlan = _behind_tags(packets, at, ends_at, type_)
    at[type_ == PPPOE_TYPE] += 8
    _behind_labels(packets, at, ends_at, np.flatnonzero(is_one_of(type_, MPLS_TYPES) | (kind == MPLS)))
    is_known = is_one_of(type_, (IPV4_TYPE, IPV6_TYPE, PPPOE_TYPE, *MPLS_TYPES)) | is_one_of(kind, (IPV4, IPV6, MPLS))
    return np.where(is_known, at, begins_at - 2), vlan, has_vlan


def _behind_tags(packets: Packets, at: Numbers, ends_at: Numbers, type_: Halves) -> tuple[Halves, Flags]:
    """Move `at` and `type_` behind VLAN tags; returns the outermost tag's number, and which packets have one."""
    vlan, has_vlan = np.zeros(len(at), np.uint16), np.zeros(len(at), bool)
    tagged = np.flatnonzero(is_one_of(type_, VLAN_TYPES))
    tagged = tagged[at[tagged] + 4 <= ends_at[tagged]]
    vlan[tagged], has_vlan[tagged] = packets.half(at[tagged]) & 0x0FFF, True
    for _ in range(MOST_TAGS):
        if not len(tagged):
            break
        behind = at[tagged] + 4
        following = packets.half(behind, -2)
        at[tagged], type_[tagged] = behind, following
        tagged = tagged[is_one_of(following, VLAN_TYPES) & (behind + 4 <= ends_at[tagged])]
    return vlan, has_vlan


def _behind_labels(packets: Packets, at: Numbers, ends_at: Numbers, stacked: Numbers) -> None:
    """Move `at` of some packets behind the label stack (RFC 3032 section 2.1): its last label has bit 8 set."""
    for _ in range(MOST_LABELS):
        if not len(stacked):
            break
        is_last = packets.half(at[stacked], 2) & 0x0100 != 0
        at[stacked] += 4
        stacked = stacked[~is_last & (at[stacked] + 4 <= ends_at[stacked])]
