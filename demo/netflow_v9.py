"""NetFlow v9 (RFC 3954): a router's records with its templates, and with options that tell how it samples.

Belongs here: v9's header, uptimes and options. Does not belong here: what it shares with IPFIX (demo.templates).
"""

import struct

from demo.records import Columns
from demo.scenario import Router
from demo.templates import AS_NUMBERS, KEY_AND_COUNTERS, OPTIONS_TEMPLATE, SAMPLER_ID, TemplateRecords, flow_set
from demo.wire import RouterClock, observation_domain

TEMPLATE_SET, OPTIONS_SET = 0, 1
# Two templates, an options template and a record of options.
TOLD_RECORDS = 4
RANDOM_SAMPLING = 2
ELEMENTS = [*KEY_AND_COUNTERS, ("first", 22, ">u4"), ("last", 21, ">u4"), *AS_NUMBERS, ("sampler_id", 48, "u1")]


class NetflowV9:
    """The messages of one router and day."""

    def __init__(self, router: Router, clock: RouterClock, columns: Columns) -> None:
        uptimes: Columns = {"first": clock.uptimes(columns["start_ms"]), "last": clock.uptimes(columns["end_ms"])}
        self.router, self.clock = router, clock
        self.records = TemplateRecords(ELEMENTS, columns | uptimes, TEMPLATE_SET)

    def message(self, exported_ms: int, chunk: slice, interval: int, tells_templates: bool) -> bytes:
        """A datagram; one without records tells templates, so that there is something in it."""
        count, content = chunk.stop - chunk.start, self.records.data_sets(chunk)
        if tells_templates or not count:
            content = self.records.templates + _options(interval) + content
            count += TOLD_RECORDS
        uptime, sequence = self.clock.uptime(exported_ms), self.clock.next_sequence()
        domain = observation_domain(self.router)
        return struct.pack(">HHIIII", 9, count, uptime, exported_ms // 1000, sequence, domain) + content


def _options(interval: int) -> bytes:
    """The options template of the sampler (scope: the system) and its data: id, random sampling, 1 in N."""
    scope, columns = [(1, 4)], [(48, 1), (49, 1), (50, 4)]
    template = struct.pack(">HHH", OPTIONS_TEMPLATE, 4 * len(scope), 4 * len(columns))
    template += b"".join(struct.pack(">HH", *one) for one in scope + columns)
    data = struct.pack(">IBBI", 0, SAMPLER_ID, RANDOM_SAMPLING, interval)
    return flow_set(OPTIONS_SET, template) + flow_set(OPTIONS_TEMPLATE, data)
