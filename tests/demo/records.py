"""A flow record as the tests' own readers give it, whatever it was read from.

Belongs here: what records have alike. Does not belong here: reading them.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

BYTES, PACKETS, PROTOCOL, IN_IF, OUT_IF, SRC_AS, DST_AS, LAST, FIRST = 1, 2, 4, 10, 14, 16, 17, 21, 22
V4_SOURCE, V4_DESTINATION, V6_SOURCE, V6_DESTINATION = 8, 12, 27, 28


@dataclass(frozen=True)
class Record:
    """A flow record; `began_ms` and `ended_ms` since 1970, `interval` as told last, `values` by the number of IANA's
    element."""

    source: IPv4Address | IPv6Address
    destination: IPv4Address | IPv6Address
    began_ms: int
    ended_ms: int
    interval: int
    values: dict[int, int]
