"""The scenario: what the simulated operator's traffic truly is, read from scenario.yaml.

Belongs here: the written truth and the bits that it gives each day, router and network.
Does not belong here: drawing flows from it (demo.flows).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml

from assets.ground.quarters import Quarter

SCENARIO = Path(__file__).parent / "scenario.yaml"
SECONDS_A_DAY = 86_400
FIRST_OF_MONTH_FACTOR = 1.6
WEEKEND_FACTOR = 0.85


@dataclass(frozen=True)
class Network:
    """A peer network: its part of its type's bits, and the interfaces that it comes by.

    One with `nodes` is so many addresses that take part in transfers alone.
    """

    asn: int | None
    network_type: str
    part: float
    interfaces: tuple[int, ...]
    prefixes: tuple[str, ...] = ()
    nodes: int = 0


@dataclass(frozen=True)
class Transfer:
    """Each of a few own addresses sends to each of a network's (by its number), once, or again every so many days."""

    network: int
    router: str
    began_at: datetime
    minutes: int
    gigabits_per_second: float
    sources: int
    destinations: int
    every_days: int | None = None

    def is_on(self, day: date) -> bool:
        days = (day - self.began_at.date()).days
        return days == 0 or (self.every_days is not None and days > 0 and days % self.every_days == 0)

    @property
    def bits(self) -> float:
        """The bits of each time."""
        return self.gigabits_per_second * 1e9 * 60 * self.minutes


@dataclass(frozen=True)
class SamplingChange:
    """From when on (ms since 1970) a router samples 1 packet in how many."""

    at_ms: int
    sampling_interval: int


@dataclass(frozen=True)
class Router:
    """A simulated router, placed in its region by the operator folder; `file` is what its collector files it in."""

    name: str
    region: str
    exporter: bytes
    part: dict[str, float]
    protocol: str
    sampling_interval: int
    booted_at: datetime
    file: str
    sampling_change: SamplingChange | None = None

    def intervals(self, moments_ms: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """1 in how many packets the router samples at each moment (ms since 1970)."""
        change = self.sampling_change
        if change is None:
            return np.full(len(moments_ms), self.sampling_interval)
        return np.where(moments_ms >= change.at_ms, change.sampling_interval, self.sampling_interval)

    @property
    def is_filed_as_rows(self) -> bool:
        """Whether the collector writes GoFlow2's rows, and not datagrams as it captured them."""
        return self.file.endswith(".json")

    def interval_at(self, moment_ms: int) -> int:
        change = self.sampling_change
        return change.sampling_interval if change and moment_ms >= change.at_ms else self.sampling_interval


class Scenario:
    """The written truth, with the operator folder's routers placed in their regions."""

    def __init__(self, written: dict[str, Any], regions: dict[str, str], exporters: dict[str, bytes]) -> None:
        self.written = written
        self.networks = [_network(row) for row in (*written["networks"], *written["hidden_neoclouds"])]
        self.routers = [
            Router(
                name,
                regions[name],
                exporters[name],
                {one: row.get(one, row["part"]) for one in written["types"]},
                row["protocol"],
                row["sampling_interval"],
                row["booted_at"],
                row.get("file", f"{{date}}/{name}.pcap"),
                _sampling_change(written["sampling_change"], name),
            )
            for name, row in written["routers"].items()
        ]

    @classmethod
    def read(cls, regions: dict[str, str], exporters: dict[str, bytes], path: Path = SCENARIO) -> "Scenario":
        """Read the scenario; `regions` and `exporters` (16 bytes) are those of the operator folder, by router name."""
        return cls(yaml.safe_load(path.read_text(encoding="utf-8")), regions, exporters)

    @property
    def first_day(self) -> date:
        first: date = self.written["first_day"]
        return first

    @property
    def last_day(self) -> date:
        last: date = self.written["last_day"]
        return last

    @cached_property
    def days(self) -> list[date]:
        return [self.first_day + timedelta(days=n) for n in range((self.last_day - self.first_day).days + 1)]

    def type_bits(self, network_type: str, day: date) -> float:
        """The bits of a type on a day: the quarter's share of its bits, spread over days by month and weekday."""
        key = network_type, quarter_of(day)
        return self._quarter_bits[key] * self._weight(network_type, day) / self._weights[key]

    @cached_property
    def _quarter_bits(self) -> dict[tuple[str, str], float]:
        """The bits of each type and quarter that flows are drawn for; transfers are part of their types'."""
        bits: dict[tuple[str, str], float] = {}
        for quarter, written in self.written["quarters"].items():
            days = sum(quarter_of(day) == quarter for day in self.days)
            for network_type, share in written["shares"].items():
                bits[network_type, quarter] = written["gigabits_per_second"] * 1e9 * SECONDS_A_DAY * days * share
        for day in self.days:
            for network_type in written["shares"]:
                bits[network_type, quarter_of(day)] -= self.transferred_bits(network_type, day)
        return bits

    @cached_property
    def _weights(self) -> dict[tuple[str, str], float]:
        weights: dict[tuple[str, str], float] = {}
        for network_type in self.written["types"]:
            for day in self.days:
                key = network_type, quarter_of(day)
                weights[key] = weights.get(key, 0.0) + self._weight(network_type, day)
        return weights

    def _weight(self, network_type: str, day: date) -> float:
        """How much a day weighs: by month, less at weekends, more on the first of a month (full backups)."""
        weight: float = self.written["months"].get(network_type, {}).get(f"{day:%Y-%m}", 1.0)
        if day.weekday() >= 5:
            weight *= WEEKEND_FACTOR
        return weight * (FIRST_OF_MONTH_FACTOR if day.day == 1 else 1.0)

    def router_bits(self, router: Router, network: Network, day: date) -> float:
        """The bits of a network at a router on a day, both directions together."""
        region_part: float = self.written["types"][network.network_type]["regions"][router.region]
        routers = [one for one in self.routers if one.region == router.region]
        parts = sum(one.part[network.network_type] for one in routers)
        return (
            self.type_bits(network.network_type, day)
            * region_part
            * network.part
            * router.part[network.network_type]
            / parts
        )

    @cached_property
    def transfers(self) -> list[Transfer]:
        """The one large transfer, and those that fill the nodes of hidden neoclouds."""
        once = self.written["transfer"]
        asns, listed = [network.asn for network in self.networks], len(self.written["networks"])
        filled = [row["filled"] for row in self.written["hidden_neoclouds"]]
        return [
            Transfer(network=asns.index(once["asn"]), **{name: told for name, told in once.items() if name != "asn"}),
            *(Transfer(network=number, **told) for number, told in enumerate(filled, start=listed)),
        ]

    def transferred_bits(self, network_type: str, day: date) -> float:
        """The bits of a type's transfers on a day, at all routers."""
        of_type = (one for one in self.transfers if self.networks[one.network].network_type == network_type)
        return sum(one.bits for one in of_type if one.is_on(day))


def _network(row: dict[str, Any]) -> Network:
    return Network(
        row["asn"],
        row["network_type"],
        row.get("part", 0.0),
        tuple(row["interfaces"]),
        tuple(row.get("prefixes", ())),
        row["filled"]["destinations"] if "filled" in row else 0,
    )


def _sampling_change(written: dict[str, Any], router: str) -> SamplingChange | None:
    if written["router"] != router:
        return None
    return SamplingChange(round(written["at"].timestamp() * 1000), written["sampling_interval"])


def quarter_of(day: date) -> str:
    """The quarter of a day, such as 2025Q4."""
    return str(Quarter.of(day))
