"""Flows: what truly crossed a router's interfaces on a day, and what its packet sampling saw of it.

Belongs here: drawing flows and thinning their packets. Does not belong here: how they are exported (demo.exports).
"""

from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from demo.addresses import Addresses, Pool
from demo.scenario import Network, Router, Scenario, Transfer

Numbers = npt.NDArray[np.int64]
PACKET_BYTES = np.array([1500, 576, 76])
PACKET_PARTS = np.array([0.72, 0.14, 0.14])
MEAN_PACKET_BYTES = float((PACKET_BYTES * PACKET_PARTS).sum())
LONGEST_MS, SHORTEST_MS = 240_000, 2_000
DAY_MS = 86_400_000
SMALL_FLOWS = 0.25
INTERNAL_INTERFACES = (10, 11)
# Of a day's flows, how many start in each hour (UTC); midnight is when backups start.
HOURS = np.array(
    [
        3.2,
        1.7,
        1.1,
        0.8,
        0.7,
        0.7,
        0.8,
        0.9,
        0.9,
        0.8,
        0.8,
        0.9,
        1.0,
        1.1,
        1.2,
        1.2,
        1.2,
        1.2,
        1.2,
        1.2,
        1.2,
        1.2,
        1.2,
        1.2,
    ]
)


@dataclass
class Flows:
    """Flows of one router and day, one row each; times in ms of the day, `side` 1 ingress, 2 egress, 0 neither.

    `sampled` are the packets that sampling took, by their size (PACKET_BYTES).
    """

    start_ms: Numbers
    end_ms: Numbers
    peer: Addresses
    own: Addresses
    ip_version: Numbers
    network: Numbers
    side: Numbers
    interface: Numbers
    internal_interface: Numbers
    port: Numbers
    sent_packets: Numbers
    sent_bytes: Numbers
    sampling_interval: Numbers
    sampled: Numbers

    def __len__(self) -> int:
        return len(self.start_ms)

    @property
    def sampled_packets(self) -> Numbers:
        packets: Numbers = self.sampled.sum(axis=1)
        return packets

    @property
    def sampled_bytes(self) -> Numbers:
        octets: Numbers = self.sampled @ PACKET_BYTES
        return octets

    @property
    def sampled_squares(self) -> Numbers:
        squares: Numbers = self.sampled @ PACKET_BYTES**2
        return squares

    def where(self, keep: npt.NDArray[np.bool_] | Numbers) -> "Flows":
        return Flows(**{one.name: getattr(self, one.name)[keep] for one in fields(self)})

    @classmethod
    def together(cls, parts: list["Flows"]) -> "Flows":
        return cls(**{one.name: np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(cls)})


def draw(scenario: Scenario, router: Router, pools: dict[int, Pool], own: Pool, day: date) -> Flows:
    """The flows of a router on a day; the same scenario, router and day give the same flows."""
    number = [one.name for one in scenario.routers].index(router.name)
    random = np.random.default_rng([scenario.written["seed"], number, day.toordinal()])
    parts = [
        _of_network(scenario, router, index, network, pools[index], own, day, random)
        for index, network in enumerate(scenario.networks)
        if not network.nodes
    ]
    parts += [
        _transferred(scenario, router, transfer, pools, own, day, random)
        for transfer in scenario.transfers
        if transfer.router == router.name and transfer.is_on(day)
    ]
    parts.append(_not_at_the_boundary(parts[0], parts[1], own, random))
    return Flows.together(parts)


def _of_network(
    scenario: Scenario,
    router: Router,
    index: int,
    network: Network,
    pool: Pool,
    own: Pool,
    day: date,
    random: np.random.Generator,
) -> Flows:
    """The flows of one network: few large ones carry the bits, small ones add addresses that sampling may miss."""
    of_type = scenario.written["types"][network.network_type]
    count = max(6, round(scenario.written["flows_per_router_and_day"] * of_type["flows"] * network.part))
    is_ingress = random.permutation(count) < max(1, round(count * _ingress_flows(of_type["ingress"])))
    is_small = random.random(count) < SMALL_FLOWS
    is_small[:2] = False
    is_v6 = random.random(count) < 0.2 if len(pool.v6) and router.protocol != "netflow_v5" else np.zeros(count, bool)
    weights = np.where(is_small, 0, random.lognormal(0, 0.7, count))
    bits = scenario.router_bits(router, network, day) * _shared(
        weights, is_ingress, is_v6, of_type["ingress"], scenario
    )
    packets = np.maximum(1, np.rint(bits / 8 / MEAN_PACKET_BYTES)).astype(np.int64)
    packets = np.where(is_small, random.integers(3, 4000, count), packets)
    start, end = _cut(router, day, *_times(count, random))
    chosen = _chosen(len(pool.v4), count, of_type.get("days_active"), day, random)
    peer = pool.v4[chosen]
    if is_v6.any():
        peer = np.where(is_v6[:, None], pool.v6[chosen % len(pool.v6)], peer)
    own_v4, own_v6 = own.v4[random.integers(0, len(own.v4), count)], own.v6[random.integers(0, len(own.v6), count)]
    return _sampled(
        router,
        day,
        random,
        packets,
        start_ms=start,
        end_ms=end,
        peer=peer,
        own=np.where(is_v6[:, None], own_v6, own_v4),
        ip_version=np.where(is_v6, 6, 4),
        network=np.full(count, index),
        side=np.where(is_ingress, 1, 2),
        interface=np.array(network.interfaces)[random.integers(0, len(network.interfaces), count)],
        port=random.integers(1024, 65_536, count),
    )


def _ingress_flows(ingress: float) -> float:
    """The part of flows that come in: nearer to half than the part of bits, so that both sides have some."""
    return 0.5 * ingress + 0.25


def _shared(
    weights: npt.NDArray[np.float64],
    is_ingress: npt.NDArray[np.bool_],
    is_v6: npt.NDArray[np.bool_],
    ingress: float,
    scenario: Scenario,
) -> npt.NDArray[np.float64]:
    """Each flow's part of its network's bits, with the written parts of ingress and of IPv6 (where there are flows)."""
    parts = np.zeros(len(weights))
    cells: list[tuple[npt.NDArray[np.bool_], float]] = []
    for way, part in ((is_ingress, ingress), (~is_ingress, 1 - ingress)):
        for version, share in ((is_v6, scenario.written["ipv6_share"]), (~is_v6, 1 - scenario.written["ipv6_share"])):
            cell = way & version & (weights > 0)
            if cell.any():
                cells.append((cell, part * share))
    whole = sum(part for _, part in cells)
    for cell, part in cells:
        parts[cell] = weights[cell] / weights[cell].sum() * part / whole
    return parts


def _times(count: int, random: np.random.Generator) -> tuple[Numbers, Numbers]:
    """Starts by hour, durations within the active timeout, all ended by midnight."""
    hours = random.choice(24, count, p=HOURS / HOURS.sum())
    start = (hours * 3_600_000 + random.integers(0, 3_600_000, count)).astype(np.int64)
    length = random.integers(SHORTEST_MS, LONGEST_MS, count)
    end = np.minimum(start + length, DAY_MS - 1)
    return np.minimum(start, end - 1000), end


def _cut(router: Router, day: date, start: Numbers, end: Numbers) -> tuple[Numbers, Numbers]:
    """Flows in progress when a router's sampling changes end there: what comes after them is sampled otherwise."""
    if router.sampling_change is None:
        return start, end
    at = router.sampling_change.at_ms - midnight_ms(day)
    is_in_progress = (start < at) & (end >= at)
    end = np.where(is_in_progress, at - 1, end)
    return np.where(is_in_progress, np.minimum(start, end - 1000), start), end


def _chosen(size: int, count: int, days_active: int | None, day: date, random: np.random.Generator) -> Numbers:
    """Which addresses of a pool take part: any, some more often; or only those in use these days."""
    if days_active is None:
        return np.floor(size * random.random(count) ** 2).astype(np.int64)
    in_use = max(3, size // 12)
    first = day.toordinal() // days_active * in_use
    return (first + random.integers(0, in_use, count)) % size


def _sampled(router: Router, day: date, random: np.random.Generator, packets: Numbers, **columns: Any) -> Flows:
    """Thin each flow's packets: every packet is taken with probability 1 / N, whatever its size."""
    interval = router.intervals(midnight_ms(day) + columns["start_ms"])
    by_size = np.rint(packets[:, None] * PACKET_PARTS).astype(np.int64)
    by_size[:, 0] = np.maximum(by_size[:, 0], 1)
    taken = random.binomial(by_size, 1 / interval[:, None])
    return Flows(
        **columns,
        internal_interface=np.array(INTERNAL_INTERFACES)[random.integers(0, 2, len(packets))],
        sent_packets=by_size.sum(axis=1),
        sent_bytes=by_size @ PACKET_BYTES,
        sampling_interval=interval,
        sampled=taken,
    )


def _transferred(
    scenario: Scenario,
    router: Router,
    transfer: Transfer,
    pools: dict[int, Pool],
    own: Pool,
    day: date,
    random: np.random.Generator,
) -> Flows:
    """A transfer: each of a few own addresses sends to each destination, in records of the longest length."""
    index, began = transfer.network, transfer.began_at
    first_ms = (began.hour * 60 + began.minute) * 60_000
    steps = transfer.minutes * 60_000 // LONGEST_MS
    step, source, destination = (
        grid.ravel() for grid in np.meshgrid(range(steps), range(transfer.sources), range(transfer.destinations))
    )
    count = len(step)
    packets = np.full(count, round(transfer.bits / 8 / MEAN_PACKET_BYTES / count), np.int64)
    return _sampled(
        router,
        day,
        random,
        packets,
        start_ms=first_ms + step * LONGEST_MS,
        end_ms=first_ms + (step + 1) * LONGEST_MS,
        peer=pools[index].v4[destination],
        own=own.v4[source],
        ip_version=np.full(count, 4),
        network=np.full(count, index),
        side=np.full(count, 2),
        interface=np.full(count, scenario.networks[index].interfaces[0]),
        port=20_000 + source * 100 + destination,
    )


def _not_at_the_boundary(like: Flows, other: Flows, own: Pool, random: np.random.Generator) -> Flows:
    """A few flows between own addresses, by internal interfaces, and as many between two networks, by external ones."""
    flows = like.where(np.flatnonzero(like.ip_version == 4)[np.arange(6) % np.sum(like.ip_version == 4)])
    is_internal = np.arange(6) % 2 == 0
    own_pairs = np.stack([random.choice(len(own.v4), 2, replace=False) for _ in range(6)])
    elsewhere = other.peer[np.flatnonzero(other.ip_version == 4)[:6]]
    elsewhere = elsewhere[np.arange(6) % len(elsewhere)]
    flows.own = np.where(is_internal[:, None], own.v4[own_pairs[:, 0]], elsewhere)
    flows.peer = np.where(is_internal[:, None], own.v4[own_pairs[:, 1]], flows.peer)
    flows.side = np.zeros(6, np.int64)
    flows.interface = np.where(is_internal, INTERNAL_INTERFACES[0], 1)
    flows.internal_interface = np.where(is_internal, INTERNAL_INTERFACES[1], 2)
    return flows


def moved_by_outage(scenario: Scenario, flows: Flows, router: str, day: date) -> tuple[Flows, Flows]:
    """The flows that stay at a router, and those that its neighbour carries while it is down."""
    outage = scenario.written["outage"]
    if router != outage["router"] or day != outage["day"]:
        return flows, flows.where(np.zeros(len(flows), bool))
    down = (flows.end_ms >= outage["from_hour"] * 3_600_000) & (flows.start_ms < outage["to_hour"] * 3_600_000)
    return flows.where(~down), flows.where(down)


def midnight_ms(day: date) -> int:
    """The start of a day (UTC) in milliseconds since 1970."""
    return round(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)


def day_after(day: date) -> date:
    return day + timedelta(days=1)
