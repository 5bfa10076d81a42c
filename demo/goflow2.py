"""GoFlow2's JSON (version 2, `-format json`): the rows that a site's collector writes of its router's NetFlow v9.

Belongs here: the fields of a row. Does not belong here: what the router exports (demo.netflow_v9), files.
"""

from socket import AF_INET, AF_INET6, inet_ntop
from typing import Any

import numpy as np

from demo.records import Columns
from demo.scenario import Router
from demo.wire import RouterClock, observation_domain

NANOSECONDS = 1_000_000
ROW = (
    '{{"type":"NETFLOW_V9","time_received_ns":{received},"sequence_num":{sequence},"sampling_rate":{interval},'
    '"sampler_address":"{sampler}",{flow},"observation_domain_id":{domain},"observation_point_id":0}}\n'
)
FLOW = (
    '"time_flow_start_ns":%d,"time_flow_end_ns":%d,"bytes":%d,"packets":%d,"src_addr":"%s","dst_addr":"%s",'
    '"etype":"%s","proto":"TCP","src_port":%d,"dst_port":%d,"in_if":%d,"out_if":%d,"ip_tos":0,"forwarding_status":0,'
    '"tcp_flags":%d,"src_as":%d,"dst_as":%d,"next_hop":"","src_net":"0.0.0.0/0","dst_net":"0.0.0.0/0"'
)
COUNTERS, PORTS_AND_AS = (
    ("bytes", "packets"),
    ("src_port", "dst_port", "in_if", "out_if", "tcp_flags", "src_as", "dst_as"),
)


class GoFlow2:
    """The rows of one router and day."""

    def __init__(self, router: Router, clock: RouterClock, columns: Columns) -> None:
        self.router, self.clock = router, clock
        self.sampler = inet_ntop(AF_INET, router.exporter[12:])
        self.flows = [FLOW % values for values in zip(*_values(columns), strict=True)]

    def message(self, exported_ms: int, chunk: slice, interval: int, tells_templates: bool) -> bytes:
        """The rows of a datagram, taken when it was sent; one with nothing but templates and options gives none."""
        received, sequence = exported_ms * NANOSECONDS, self.clock.next_sequence()
        domain = observation_domain(self.router)
        return "".join(
            ROW.format(
                received=received, sequence=sequence, interval=interval, sampler=self.sampler, flow=flow, domain=domain
            )
            for flow in self.flows[chunk]
        ).encode()


def _values(columns: Columns) -> list[list[Any]]:
    """The values of FLOW, a list each."""
    is_v6 = columns["is_v6"]
    return [
        *((columns[name].astype(np.int64) * NANOSECONDS).tolist() for name in ("start_ms", "end_ms")),
        *(columns[name].tolist() for name in COUNTERS),
        *([_text(bytes(address)) for address in columns[name]] for name in ("src_addr", "dst_addr")),
        np.where(is_v6, "IPv6", "IPv4").tolist(),
        *(columns[name].tolist() for name in PORTS_AND_AS),
    ]


def _text(address: bytes) -> str:
    is_mapped = address.startswith(bytes(10) + b"\xff\xff")
    return inet_ntop(AF_INET, address[12:]) if is_mapped else inet_ntop(AF_INET6, address)
