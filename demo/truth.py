"""The two truths of the demo: what was sent, and what sampling let the routers observe of it.

Belongs here: adding both up, and reading them again. Does not belong here: drawing flows (demo.flows).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from demo.flows import Flows, Numbers
from demo.scenario import Router, Scenario, quarter_of

FOLDER = "truth"
AMOUNTS = (
    "sent_bits",
    "sent_packets",
    "lost_bits",
    "observed_bits",
    "observed_packets",
    "observed_records",
    "variance",
)
CELLS = pa.schema(
    [
        *(
            pa.field(name, pa.string())
            for name in ("month", "quarter", "region", "router", "network_type", "direction")
        ),
        pa.field("asn", pa.uint32()),
        pa.field("ip_version", pa.uint8()),
        *(pa.field(name, pa.float64()) for name in AMOUNTS),
    ]
)
"""One row per month, router, network, direction and IP version. Bits observed are bytes of IP packets as exported x N x
8, N being the interval that a flow was sampled with; `variance` is what sampling adds to the variance of the bits,
estimated from the sampled packets without bias (N x (N - 1) x 64 x the sum of their squared sizes); `lost_bits` are
observed bits whose records never arrived."""

ADDRESSES = pa.schema(
    [
        *(pa.field(name, pa.string()) for name in ("month", "quarter", "region", "network_type")),
        pa.field("subscriber", pa.binary(16)),
    ]
)
"""One row per month, region, network type and observed peer: its IPv4 address, or its IPv6 /64 with zeros behind."""


@dataclass
class Truth:
    """Both truths of one router, added up day by day."""

    cells: list[dict[str, object]] = field(default_factory=list)
    addresses: dict[tuple[str, str], list[npt.NDArray[np.void]]] = field(default_factory=dict)

    def add(self, scenario: Scenario, router: Router, flows: Flows, lost: Sequence[Numbers], day: date) -> None:
        """Take a day's flows; `lost` are the numbers of those whose records never arrived."""
        interval = flows.sampling_interval
        arrived = flows.sampled_packets > 0
        for numbers in lost:
            arrived[numbers] = False
        keys = np.stack([flows.network, flows.side, flows.ip_version], axis=1)
        cells, places = np.unique(keys, axis=0, return_inverse=True)
        places = places.ravel()
        scaled = flows.sampled_bytes.astype(np.float64) * 8 * interval
        amounts = {
            "sent_bits": flows.sent_bytes * 8.0,
            "sent_packets": flows.sent_packets.astype(np.float64),
            "lost_bits": np.where(arrived, 0, scaled),
            "observed_bits": np.where(arrived, scaled, 0),
            "observed_packets": np.where(arrived, flows.sampled_packets, 0).astype(np.float64),
            "observed_records": np.where(arrived, _records(router, flows), 0).astype(np.float64),
            "variance": interval * (interval - 1) * 64.0 * flows.sampled_squares,
        }
        added = {name: np.bincount(places, values, len(cells)) for name, values in amounts.items()}
        for number, (network, side, ip_version) in enumerate(cells.tolist()):
            if side == 0:
                continue
            network_told = scenario.networks[network]
            self.cells.append(
                {
                    "month": f"{day:%Y-%m}",
                    "quarter": quarter_of(day),
                    "region": router.region,
                    "router": router.name,
                    "network_type": network_told.network_type,
                    "direction": "ingress" if side == 1 else "egress",
                    "asn": network_told.asn,
                    "ip_version": ip_version,
                    **{name: added[name][number] for name in AMOUNTS},
                }
            )
        self._add_addresses(scenario, flows, arrived & (flows.side > 0), day)

    def _add_addresses(self, scenario: Scenario, flows: Flows, arrived: npt.NDArray[np.bool_], day: date) -> None:
        types = np.array([network.network_type for network in scenario.networks])[flows.network]
        subscribers = flows.peer.copy()
        subscribers[flows.ip_version == 6, 8:] = 0
        packed = np.ascontiguousarray(subscribers).view("V16").ravel()
        for network_type in np.unique(types):
            found = np.unique(packed[arrived & (types == network_type)])
            self.addresses.setdefault((f"{day:%Y-%m}", str(network_type)), []).append(found)


def _records(router: Router, flows: Flows) -> Numbers:
    """How many records each flow is exported as: in sFlow each sampled packet is one."""
    return flows.sampled_packets if router.protocol == "sflow_v5" else np.ones(len(flows), np.int64)


def write(folder: Path, truths: Sequence[tuple[Router, Truth]]) -> None:
    """Write both truths of all routers as Parquet."""
    folder.mkdir(parents=True, exist_ok=True)
    cells = pa.Table.from_pylist([row for _, truth in truths for row in truth.cells], schema=CELLS)
    keys = [name for name in CELLS.names if name not in AMOUNTS]
    summed = (
        cells.group_by(keys)
        .aggregate([(name, "sum") for name in AMOUNTS])
        .sort_by([(key, "ascending") for key in keys])
    )
    pq.write_table(
        summed.rename_columns([name.removesuffix("_sum") for name in summed.column_names]), folder / "cells.parquet"
    )
    pq.write_table(_addresses(truths), folder / "addresses.parquet")


def _addresses(truths: Sequence[tuple[Router, Truth]]) -> pa.Table:
    united: dict[tuple[str, str, str], list[npt.NDArray[np.void]]] = {}
    for router, truth in truths:
        for (month, network_type), found in truth.addresses.items():
            united.setdefault((month, router.region, network_type), []).extend(found)
    rows = [
        {
            "month": month,
            "quarter": quarter_of(date.fromisoformat(f"{month}-01")),
            "region": region,
            "network_type": network_type,
            "subscriber": bytes(one),
        }
        for (month, region, network_type), found in sorted(united.items())
        for one in np.unique(np.concatenate(found)).tolist()
    ]
    return pa.Table.from_pylist(rows, schema=ADDRESSES)


def sent(operator_folder: Path) -> pa.Table:
    """What truly crossed the boundary: bits and packets by all keys of CELLS."""
    return _of_cells(operator_folder, {"sent_bits": "bits", "sent_packets": "packets"})


def observed(operator_folder: Path) -> pa.Table:
    """What arrived of it: bits scaled, sampled packets, records, and the variance of the bits, by all keys of CELLS."""
    amounts = ("observed_bits", "observed_packets", "observed_records", "variance")
    return _of_cells(operator_folder, {name: name.removeprefix("observed_") for name in amounts})


def _of_cells(operator_folder: Path, amounts: dict[str, str]) -> pa.Table:
    keys = [name for name in CELLS.names if name not in AMOUNTS]
    return cells(operator_folder).select([*keys, *amounts]).rename_columns([*keys, *amounts.values()])


def cells(operator_folder: Path) -> pa.Table:
    """What was sent and observed, CELLS."""
    return pq.read_table(operator_folder / "exports" / FOLDER / "cells.parquet")


def addresses(operator_folder: Path) -> pa.Table:
    """The peer addresses that were observed, ADDRESSES."""
    return pq.read_table(operator_folder / "exports" / FOLDER / "addresses.parquet")
