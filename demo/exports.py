"""Exports: the messages that leave a router on a day, five minutes of flows at a time.

Belongs here: when a router exports what, its restart and outage, and what is lost on the way.
Does not belong here: which flows there were (demo.flows), what messages look like (one module per protocol).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

import numpy as np

from demo import sflow
from demo.flows import DAY_MS, Flows, Numbers, midnight_ms
from demo.goflow2 import GoFlow2
from demo.ipfix import Ipfix
from demo.netflow_v5 import NetflowV5
from demo.netflow_v9 import NetflowV9
from demo.packets import sampled_packets
from demo.records import AsNumbers, Columns, told_of
from demo.scenario import Router, Scenario
from demo.wire import RouterClock, frame

BIN_MS = 300_000
BINS_A_DAY = DAY_MS // BIN_MS
# A router exports what ended in a bin a second after the bin's end.
EXPORT_DELAY_MS = 1000
RECORDS_A_DATAGRAM = 24
# Each file of a day begins with the export at midnight, which is one of those that carry templates and options.
TEMPLATES_EVERY_BINS = 24


class Messages(Protocol):
    """The messages of one router and day; a chunk is of the flows told of."""

    def message(self, exported_ms: int, chunk: slice, interval: int, tells_templates: bool) -> bytes: ...


PROTOCOLS: dict[str, Callable[[Router, RouterClock, Columns], Messages]] = {
    "netflow_v5": NetflowV5,
    "netflow_v9": NetflowV9,
    "ipfix": Ipfix,
}


@dataclass
class DayOfExports:
    """What is filed of a router's exports of one day's bins, and which flows' records were lost on the way.

    The last bin's messages go out after midnight: they are `last_filed`, for the next day's file.
    """

    filed: list[bytes] = field(default_factory=list)
    last_filed: list[bytes] = field(default_factory=list)
    lost: list[Numbers] = field(default_factory=list)


def export_day(
    scenario: Scenario, router: Router, flows: Flows, asns: AsNumbers, day: date, clock: RouterClock
) -> DayOfExports:
    """Export the sampled flows of a day; those without a sampled packet leave no record.

    `asns` are the origin AS numbers of the scenario's networks, 0 for none.
    """
    if router.protocol == "sflow_v5":
        return _as_sampled(scenario, router, flows, asns, day, clock)
    return _by_bin(scenario, router, flows, asns, day, clock)


def _as_sampled(
    scenario: Scenario, router: Router, flows: Flows, asns: AsNumbers, day: date, clock: RouterClock
) -> DayOfExports:
    """What a switch samples goes out at once; so that it is heard in every bin, its counters are polled then."""
    midnight = midnight_ms(day)
    number = [one.name for one in scenario.routers].index(router.name)
    random = np.random.default_rng([scenario.written["seed"], number, day.toordinal(), 1])
    polls = [_exported_ms(midnight, bin_number) for bin_number in _bins(scenario, day)]
    packets = sampled_packets(flows, asns, midnight, random)
    frames = sflow.day_of_frames(router, clock, packets, polls)
    return DayOfExports(
        filed=[one for moment, one in frames if moment < midnight + DAY_MS],
        last_filed=[one for moment, one in frames if moment >= midnight + DAY_MS],
    )


def _by_bin(
    scenario: Scenario, router: Router, flows: Flows, asns: AsNumbers, day: date, clock: RouterClock
) -> DayOfExports:
    """Flows go out in order of their end, a second after the five minutes in which they ended."""
    made, midnight = DayOfExports(), midnight_ms(day)
    ordered = np.argsort(flows.end_ms, kind="stable")
    ordered = ordered[flows.sampled_packets[ordered] > 0]
    edges = np.searchsorted(flows.end_ms[ordered] // BIN_MS, np.arange(-1, BINS_A_DAY + 1)).tolist()
    columns = told_of(flows.where(ordered), asns, midnight)
    messages = _messages(router, clock, columns)
    losing = _bins_with_a_loss(scenario, router, day)
    for number in _bins(scenario, day):
        exported_ms = _exported_ms(midnight, number)
        if _is_down(scenario, router, exported_ms):
            continue
        if _restarts(scenario, router, clock, exported_ms):
            messages = _messages(router, clock, columns)
        filed = made.last_filed if number == BINS_A_DAY - 1 else made.filed
        interval, tells_templates = _telling(router, midnight, number)
        for place, chunk in enumerate(_chunks(edges[number + 1], edges[number + 2])):
            message = messages.message(exported_ms, chunk, interval, tells_templates and place == 0)
            if number in losing and place == 0:
                made.lost.append(ordered[chunk])
            else:
                filed.append(message if router.is_filed_as_rows else frame(router, message, exported_ms))
    return made


def _messages(router: Router, clock: RouterClock, columns: Columns) -> Messages:
    return (
        GoFlow2(router, clock, columns)
        if router.is_filed_as_rows
        else PROTOCOLS[router.protocol](router, clock, columns)
    )


def _bins(scenario: Scenario, day: date) -> range:
    """The bins of a day; the first day has the one before it, whose flows are not simulated, but whose export is."""
    return range(-1 if day == scenario.first_day else 0, BINS_A_DAY)


def _exported_ms(midnight: int, number: int) -> int:
    return midnight + (number + 1) * BIN_MS + EXPORT_DELAY_MS


def _telling(router: Router, midnight: int, number: int) -> tuple[int, bool]:
    """How a bin's flows were sampled, and whether its first message tells templates and options: when it is time, and
    when the sampling is not the one told before."""
    began_ms = midnight + number * BIN_MS
    interval = router.interval_at(began_ms)
    is_time = (number + 1) % TEMPLATES_EVERY_BINS == 0
    return interval, is_time or interval != router.interval_at(began_ms - 1)


def _chunks(first: int, last: int) -> list[slice]:
    """A bin's records by datagram; a bin without records has one datagram without any, so that it is not silent."""
    return [slice(at, min(at + RECORDS_A_DATAGRAM, last)) for at in range(first, last, RECORDS_A_DATAGRAM)] or [
        slice(first, first)
    ]


def _is_down(scenario: Scenario, router: Router, exported_ms: int) -> bool:
    """Whether a router is in its maintenance outage, before which it still exports what it has."""
    outage = scenario.written["outage"]
    if router.name != outage["router"]:
        return False
    began_ms, ended_ms = (
        midnight_ms(outage["day"]) + outage[hour] * 3_600_000 + EXPORT_DELAY_MS for hour in ("from_hour", "to_hour")
    )
    return bool(began_ms < exported_ms < ended_ms)


def _bins_with_a_loss(scenario: Scenario, router: Router, day: date) -> set[int]:
    """The bins of a day whose first datagram never arrives: the third of each hour told."""
    return {
        hour * 12 + 2
        for lost in scenario.written["lost_datagrams"]
        if lost["router"] == router.name and lost["day"] == day
        for hour in lost["hours"]
    }


def _restarts(scenario: Scenario, router: Router, clock: RouterClock, exported_ms: int) -> bool:
    """A restarted router counts its uptime and its datagrams anew; what began before it wraps to just below 2^32."""
    restart = scenario.written["restart"]
    at_ms = round(restart["at"].timestamp() * 1000)
    if router.name != restart["router"] or not clock.booted_ms < at_ms <= exported_ms:
        return False
    clock.booted_ms, clock.sequence = at_ms, 0
    return True
