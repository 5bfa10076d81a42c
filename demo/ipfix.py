"""IPFIX (RFC 7011): a router's records with its templates, and with options that tell how it samples (RFC 5477).

Belongs here: IPFIX's header, times and options. Does not belong here: what it shares with NetFlow v9 (demo.templates).
"""

import struct

from demo.records import Columns
from demo.scenario import Router
from demo.templates import AS_NUMBERS, KEY_AND_COUNTERS, OPTIONS_TEMPLATE, SAMPLER_ID, TemplateRecords, flow_set
from demo.wire import RouterClock, observation_domain

HEADER_BYTES = 16
TEMPLATE_SET, OPTIONS_SET = 2, 3
SYSTEMATIC_COUNT_BASED_SAMPLING = 1
OPTION_RECORDS = 1
ELEMENTS = [
    *KEY_AND_COUNTERS, ("start_ms", 152, ">u8"), ("end_ms", 153, ">u8"), *AS_NUMBERS, ("sampler_id", 302, ">u4"),
]  # fmt: skip


class Ipfix:
    """The messages of one router and day."""

    def __init__(self, router: Router, clock: RouterClock, columns: Columns) -> None:
        self.router, self.clock = router, clock
        self.records = TemplateRecords(ELEMENTS, columns, TEMPLATE_SET)

    def message(self, exported_ms: int, chunk: slice, interval: int, tells_templates: bool) -> bytes:
        """A message, whose sequence counts data records, those of options among them (section 3.1)."""
        count, content = chunk.stop - chunk.start, self.records.data_sets(chunk)
        if tells_templates or not count:
            content = self.records.templates + _options(interval) + content
            count += OPTION_RECORDS
        length, sequence = HEADER_BYTES + len(content), self.clock.next_sequence(count)
        domain = observation_domain(self.router)
        return struct.pack(">HHIII", 10, length, exported_ms // 1000, sequence, domain) + content


def _options(interval: int) -> bytes:
    """The options template of the selector (the scope: its id) and its data: 1 packet taken, N - 1 passed over."""
    scope, columns = [(302, 4)], [(304, 2), (305, 4), (306, 4)]
    fields = scope + columns
    template = struct.pack(">HHH", OPTIONS_TEMPLATE, len(fields), len(scope))
    template += b"".join(struct.pack(">HH", *one) for one in fields)
    data = struct.pack(">IHII", SAMPLER_ID, SYSTEMATIC_COUNT_BASED_SAMPLING, 1, interval - 1)
    return flow_set(OPTIONS_SET, template) + flow_set(OPTIONS_TEMPLATE, data)
