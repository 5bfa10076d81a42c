"""Information elements: which field of a template fills which column of the flow record.

Belongs here: numbers and meanings of NetFlow v9 field types and IPFIX elements (IANA registry, RFC 3954 section 8).
Does not belong here: reading templates or data.
"""

from typing import NamedTuple


class Element(NamedTuple):
    """What a field means: the column it fills and how its value is to be read.

    A column that the flow record does not have is used on the way to one that it has.
    `kind` is unsigned, ipv4, ipv6, uptime (ms since boot), seconds, milliseconds, microseconds or nanoseconds (NTP),
    microseconds before the export, or a probability (float).
    Of several fields for one column the one that comes first in this module's order answers.
    """

    column: str
    kind: str


ELEMENTS: dict[int, Element] = {
    8: Element("src_addr", "ipv4"),
    27: Element("src_addr", "ipv6"),
    12: Element("dst_addr", "ipv4"),
    28: Element("dst_addr", "ipv6"),
    7: Element("src_port", "unsigned"),
    180: Element("src_port", "unsigned"),
    182: Element("src_port", "unsigned"),
    11: Element("dst_port", "unsigned"),
    181: Element("dst_port", "unsigned"),
    183: Element("dst_port", "unsigned"),
    4: Element("protocol", "unsigned"),
    6: Element("tcp_flags", "unsigned"),
    5: Element("tos", "unsigned"),
    1: Element("bytes", "unsigned"),
    85: Element("bytes", "unsigned"),
    23: Element("bytes", "unsigned"),
    231: Element("bytes", "unsigned"),
    352: Element("bytes", "unsigned"),
    353: Element("bytes", "unsigned"),
    232: Element("responder_bytes", "unsigned"),
    2: Element("packets", "unsigned"),
    86: Element("packets", "unsigned"),
    24: Element("packets", "unsigned"),
    298: Element("packets", "unsigned"),
    299: Element("responder_packets", "unsigned"),
    10: Element("in_if", "unsigned"),
    14: Element("out_if", "unsigned"),
    16: Element("src_as", "unsigned"),
    17: Element("dst_as", "unsigned"),
    9: Element("src_mask", "unsigned"),
    29: Element("src_mask", "unsigned"),
    13: Element("dst_mask", "unsigned"),
    30: Element("dst_mask", "unsigned"),
    15: Element("next_hop", "ipv4"),
    62: Element("next_hop", "ipv6"),
    58: Element("vlan", "unsigned"),
    243: Element("vlan", "unsigned"),
    61: Element("metering_direction", "unsigned"),
    152: Element("start_at", "milliseconds"),
    150: Element("start_at", "seconds"),
    154: Element("start_at", "microseconds"),
    156: Element("start_at", "nanoseconds"),
    22: Element("start_at", "uptime"),
    153: Element("end_at", "milliseconds"),
    151: Element("end_at", "seconds"),
    155: Element("end_at", "microseconds"),
    157: Element("end_at", "nanoseconds"),
    21: Element("end_at", "uptime"),
    34: Element("sampling_interval", "unsigned"),
    50: Element("sampling_interval", "unsigned"),
    311: Element("sampling_probability", "probability"),
    141: Element("line_card", "unsigned"),
    39: Element("line_card", "unsigned"),
    48: Element("sampler_id", "unsigned"),
    302: Element("sampler_id", "unsigned"),
    160: Element("booted_at", "milliseconds"),
    312: Element("frame_bytes", "unsigned"),
    158: Element("start_at", "microseconds before"),
    159: Element("end_at", "microseconds before"),
}

REVERSE_ENTERPRISE = 29305
SYSTEM_INIT_TIME = 160
# Beginnings of sampled packets: dataLinkFrameSection and its predecessor of Cisco, ipHeaderPacketSection (RFC 5477).
FRAME_SECTIONS, IP_SECTION = (315, 104), 313
# Addresses of both ends, with the lengths that addresses have.
ENDS = ({(8, 4), (27, 16)}, {(12, 4), (28, 16)})
TOTAL_COUNTERS = {"bytes": (85, 353), "packets": (86,)}
SAMPLER_ID = (48, 302)
SAMPLING_INTERVAL = (34, 50)
PACKET_INTERVAL, PACKET_SPACE = 305, 306
SAMPLING_SIZE, SAMPLING_POPULATION = 309, 310
SAMPLING_PROBABILITY = 311
LEARNED_FROM_OPTIONS = {
    SYSTEM_INIT_TIME, *SAMPLER_ID, *SAMPLING_INTERVAL, PACKET_INTERVAL, PACKET_SPACE, SAMPLING_SIZE,
    SAMPLING_POPULATION, SAMPLING_PROBABILITY,
}  # fmt: skip
