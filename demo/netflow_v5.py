"""NetFlow v5 (Cisco): records of one layout, for IPv4 alone, under a header that tells how the router samples.

Belongs here: v5's header and record. Does not belong here: any other version.
"""

import struct

import numpy as np

from demo.records import Columns, rows_of
from demo.scenario import Router
from demo.wire import RouterClock

# 16 bits for an AS number; longer ones show as AS_TRANS (RFC 6793, section 9).
LARGEST_AS_NUMBER, AS_TRANS = 0xFFFF, 23456
RANDOM_SAMPLING = 1 << 14
RECORD = np.dtype(
    [
        ("src_addr", "4u1"), ("dst_addr", "4u1"), ("next_hop", "4u1"), ("in_if", ">u2"), ("out_if", ">u2"),
        ("packets", ">u4"), ("bytes", ">u4"), ("first", ">u4"), ("last", ">u4"), ("src_port", ">u2"),
        ("dst_port", ">u2"), ("pad", "u1"), ("tcp_flags", "u1"), ("protocol", "u1"), ("tos", "u1"),
        ("src_as", ">u2"), ("dst_as", ">u2"), ("src_mask", "u1"), ("dst_mask", "u1"), ("pad2", ">u2"),
    ]
)  # fmt: skip


class NetflowV5:
    """The messages of one router and day."""

    def __init__(self, router: Router, clock: RouterClock, columns: Columns) -> None:
        self.router, self.clock = router, clock
        uptimes: Columns = {"first": clock.uptimes(columns["start_ms"]), "last": clock.uptimes(columns["end_ms"])}
        short: Columns = {
            name: np.where(columns[name] > LARGEST_AS_NUMBER, AS_TRANS, columns[name]) for name in ("src_as", "dst_as")
        }
        self.rows = rows_of(RECORD, columns | uptimes | short)

    def message(self, exported_ms: int, chunk: slice, interval: int, tells_templates: bool) -> bytes:
        """A datagram, whose sequence counts flows; there are no templates to tell."""
        count = chunk.stop - chunk.start
        seconds, nanoseconds = exported_ms // 1000, exported_ms % 1000 * 1_000_000
        uptime, sequence = self.clock.uptime(exported_ms), self.clock.next_sequence(count)
        header = (5, count, uptime, seconds, nanoseconds, sequence, 0, 0, RANDOM_SAMPLING | interval)
        return struct.pack(">HHIIIIBBH", *header) + self.rows[chunk].tobytes()
