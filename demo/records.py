"""What routers tell of their flows, whatever the protocol: values by name, and as rows of a protocol's layout.

Belongs here: ends, ports, interfaces, AS numbers and counters of a flow.
Does not belong here: layouts and messages (one module per protocol), drawing flows (demo.flows).
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from demo.flows import Flows

Columns = dict[str, npt.NDArray[Any]]
Rows = npt.NDArray[np.void]
SERVICE_PORT, TCP, PUSH_AND_ACKNOWLEDGE = 443, 6, 0x18
AsNumbers = npt.NDArray[np.uint32]


def told_of(flows: Flows, asns: AsNumbers, midnight: int) -> Columns:
    """The values of flows; `asns` are the origin AS numbers of the scenario's networks, 0 for none.

    Addresses are 16 bytes, IPv4 mapped; times milliseconds since 1970; `direction` is 0, all flows being metered where
    they come in.
    """
    ingress, egress = flows.side == 1, flows.side == 2
    asn = np.where(ingress | egress, asns[flows.network], 0)
    return {
        "src_addr": np.where(ingress[:, None], flows.peer, flows.own),
        "dst_addr": np.where(ingress[:, None], flows.own, flows.peer),
        "is_v6": flows.ip_version == 6,
        "src_port": np.where(ingress, SERVICE_PORT, flows.port),
        "dst_port": np.where(ingress, flows.port, SERVICE_PORT),
        "protocol": np.full(len(flows), TCP),
        "tcp_flags": np.full(len(flows), PUSH_AND_ACKNOWLEDGE),
        "in_if": np.where(egress, flows.internal_interface, flows.interface),
        "out_if": np.where(egress, flows.interface, flows.internal_interface),
        "bytes": flows.sampled_bytes,
        "packets": flows.sampled_packets,
        "start_ms": midnight + flows.start_ms,
        "end_ms": midnight + flows.end_ms,
        "src_as": np.where(ingress, asn, 0),
        "dst_as": np.where(ingress, 0, asn),
    }


def rows_of(layout: np.dtype[np.void], columns: Columns) -> Rows:
    """Values as rows of a layout; its fields that nothing is told of are 0, and addresses end where they end."""
    rows = np.zeros(len(columns["src_addr"]), layout)
    for name in layout.names or ():
        if name in columns:
            values = columns[name]
            rows[name] = values[:, -layout[name].itemsize :] if values.ndim == 2 else values
    return rows
