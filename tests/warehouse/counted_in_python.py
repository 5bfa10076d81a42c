"""What becomes of random flow records, in whole numbers of Python and without SQL (docs/method.md).

Belongs here: a record's bits, reason, parts and twins, and which parts are elephants and workflows. Does not belong
here: which mart holds what of them (test_warehouse_conservation).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any, TypeVar

from random_worlds import BEGAN_ON, BOTH, CHANGED_ON, EXPORTERS, INTERFACES, OWN, PEERS, Exporter, Interface, Peer

T = TypeVar("T")
BIN = 300_000
TOLERANCE = 300_000
LONGEST_TIMEOUT = 86_400_000
FASTEST = 16 * 10**11
UNPLACED = Exporter("unknown", "", None, 1800)
NOWHERE = Interface("", None, "unknown")
OURS = Peer("own", "unclassified")
OTHER_CLOUDS = {"neocloud", "hyperscaler", "hosting"}
ELEPHANT_BITS, ELEPHANT_RATE, ELEPHANT_SECONDS, PAUSE_SECONDS, WORKFLOW_ADDRESSES = 8 * 10**11, 5 * 10**8, 900, 600, 2


@dataclass(frozen=True)
class Part:
    """A record's bits and bytes in one 5-minute bin (its number since 1970); `reason` is `published` or why not."""

    export_on: date
    exporter: str
    reason: str
    is_first: bool
    bits: int
    bytes_as_exported: int
    bin: int
    direction: str
    region: str
    metro: str
    connectivity: str
    network_key: str
    peer: Peer
    ip_version: int
    sampling_interval: float | None
    conversation: tuple[Hashable, ...]

    @property
    def began_at(self) -> datetime:
        return datetime.fromtimestamp(self.bin * BIN // 1000, UTC)

    @property
    def month(self) -> date:
        return self.began_at.date().replace(day=1)

    @property
    def quarter(self) -> str:
        return f"{self.began_at.year}Q{(self.began_at.month + 2) // 3}"

    @property
    def network_type(self) -> str:
        if self.network_key.startswith("link:"):
            return "migration"
        return self.peer.later if self.peer.later and self.began_at.date() >= CHANGED_ON else self.peer.network_type

    @property
    def country(self) -> str:
        return self.peer.country

    @property
    def cloud_region(self) -> str:
        return self.peer.cloud_region or "unknown"

    @property
    def provider(self) -> str | None:
        """The cloud of marts.cross_cloud_quarterly."""
        return self.peer.cloud or (self.network_key if self.network_type in OTHER_CLOUDS else None)


def parts_of(record: dict[str, Any]) -> Iterator[Part]:
    """The parts of one record, in order; one part where it is set apart as a whole."""
    start, end, exported = _times(record)
    exporter = EXPORTERS.get((record["exporter"], _judged_on(record, start, end, exported) >= CHANGED_ON), UNPLACED)
    known = record["exporter"] in {one for one, _ in EXPORTERS}
    into, out_of = (INTERFACES.get(record[name], NOWHERE) if known else NOWHERE for name in ("in_if", "out_if"))
    direction = _direction(record, into, out_of)
    peer_address, ours = (record["src_addr"], record["dst_addr"])[:: 1 if direction == "ingress" else -1]
    interface = into if direction == "ingress" else out_of
    peer = PEERS.get(peer_address, OURS)
    # As marts name it: by the router's name, not its address.
    link = f"link:n{record['exporter'][-1]}/{interface.name}" if interface.connectivity == "migration" else None
    interval = record["sampling_interval"] or exporter.sampling_interval
    bits = _bits(record, interval)
    reason = _reason(record, exporter, direction, start, end, exported)
    if reason != "implausible_time" and _is_too_much(
        record, exporter, out_of if direction == "egress" else into, interval
    ):
        reason = "implausible_amount"
    edges = [(start // BIN, 1)] if reason else list(_overlaps(start, end))
    octets = spread(record["bytes"], edges)
    for (number, _), part, part_octets in zip(edges, spread(bits, edges), octets, strict=True):
        yield Part(
            export_on=record["export_on"],
            exporter=record["exporter"],
            reason=reason or _reason_of_part(number, interval),
            is_first=number == edges[0][0],
            bits=part,
            bytes_as_exported=part_octets,
            bin=number,
            direction=direction,
            region=exporter.region,
            metro=exporter.metro or peer.cloud_region or "unknown",
            connectivity=interface.connectivity,
            network_key=link or peer.network_key,
            peer=peer,
            ip_version=record["ip_version"],
            sampling_interval=interval,
            conversation=(ours, peer_address, record["protocol"] or 0, direction, exporter.region, link, peer),
        )


def twins_of(records: list[dict[str, Any]]) -> Counter[tuple[Hashable, ...]]:
    """What core.metering_twins must be, as `amount` by export day, exporter and column."""
    told: Counter[tuple[Hashable, ...]] = Counter()
    met = [one for one in map(_met, records) if one is not None]
    for one in met:
        if not one.is_dropped:
            continue
        amounts = {"records_dropped": 1, "bytes_dropped": one.octets}
        if one.is_judged:
            amounts["bytes_judged"] = one.octets
            amounts["bytes_without_twin"] = 0 if any(one.is_twin_of(other) for other in met) else one.octets
        for column, amount in amounts.items():
            told[one.export_on, one.exporter, column] += amount
    return told


@dataclass(frozen=True)
class Met:
    """A record of an exporter that meters both ways: the packets, when and by which metering they were met."""

    export_on: date
    exporter: str
    packets: tuple[Hashable, ...]
    direction: int
    start: int
    until: int
    is_dropped: bool
    is_judged: bool
    octets: int

    def is_twin_of(self, other: "Met") -> bool:
        same = (self.export_on, self.exporter, self.packets, 1 - self.direction)
        is_same = same == (other.export_on, other.exporter, other.packets, other.direction)
        return is_same and not other.is_dropped and self.start < other.until and other.start < self.until


def _met(record: dict[str, Any]) -> Met | None:
    first = next(parts_of(record))
    direction = record["metering_direction"]
    if record["exporter"] != BOTH or direction is None or first.reason.startswith("implausible"):
        return None
    start, end, _ = _times(record)
    midnight = datetime.combine(record["export_on"], datetime.min.time(), UTC)
    exported_until = end + 1000 * EXPORTERS[BOTH, True].active_timeout_s + TOLERANCE
    is_within = _milliseconds(midnight) <= start and exported_until < _milliseconds(midnight + timedelta(days=1))
    interval = first.sampling_interval
    scale = Fraction(interval) if record["is_scaled"] and interval and interval > 1 else 1
    sampled = int(Fraction(record["packets"]) / scale + Fraction(1, 2))
    return Met(
        export_on=record["export_on"],
        exporter=BOTH,
        packets=(record["src_addr"], record["dst_addr"], record["protocol"] or 0),
        direction=direction,
        start=start,
        until=max(end, start + 1000),
        is_dropped=first.reason == "kept_one_of_two",
        is_judged=is_within and ((interval is not None and interval <= 1) or sampled >= 20),
        octets=record["bytes"],
    )


def spread(amount: int, overlaps: list[tuple[int, int]]) -> list[int]:
    """In proportion to the overlaps (bin, milliseconds), rounded down, the last taking the rest."""
    length = sum(overlap for _, overlap in overlaps)
    parts = [amount * overlap // length for _, overlap in overlaps[:-1]]
    return [*parts, amount - sum(parts)]


def _milliseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _times(record: dict[str, Any]) -> tuple[int, int, int]:
    """When a record began, ended and was exported."""
    start, end, exported = record["start_at"], record["end_at"], record["received_at"]
    return _milliseconds(start or end or exported), _milliseconds(end or start or exported), _milliseconds(exported)


def _judged_on(record: dict[str, Any], start: int, end: int, exported: int) -> date:
    is_dated = exported - LONGEST_TIMEOUT - TOLERANCE <= start <= end <= exported + TOLERANCE
    return datetime.fromtimestamp(end // 1000, UTC).date() if is_dated else record["export_on"]


def _direction(record: dict[str, Any], into: Interface, out_of: Interface) -> str:
    if "external" in (into.role, out_of.role):
        return "transit" if into.role == out_of.role else "ingress" if into.role == "external" else "egress"
    if into.role == out_of.role == "internal":
        return "internal"
    is_own = tuple(record[end] in OWN[record["ip_version"]] for end in ("src_addr", "dst_addr"))
    return {(True, True): "internal", (False, True): "ingress", (True, False): "egress"}.get(is_own, "transit")


def _bits(record: dict[str, Any], interval: float | None) -> int:
    """Rounded half up; 0 where the interval is not known."""
    octets = record["bytes"] if record["layer3_bytes"] is None else record["layer3_bytes"]
    scale = 1 if record["is_scaled"] else interval
    return 0 if scale is None else int(octets * 8 * Fraction(scale) + Fraction(1, 2))


def _reason(
    record: dict[str, Any], exporter: Exporter, direction: str, start: int, end: int, exported: int
) -> str | None:
    """Why the record is set apart as a whole."""
    is_late = start < exported - 1000 * exporter.active_timeout_s - TOLERANCE
    if is_late or end > exported + TOLERANCE or end < start:
        return "implausible_time"
    met = record["metering_direction"]
    if exporter.is_metering_both and met is not None and met != (direction == "egress"):
        return "kept_one_of_two"
    return direction if direction in ("transit", "internal") else None


def _is_too_much(record: dict[str, Any], exporter: Exporter, interface: Interface, interval: float | None) -> bool:
    """Whether the packets can't hold the bytes, 64 bits the amount, or the interface carry the rate."""
    start, end, _ = _times(record)
    octets = record["bytes"] if record["layer3_bytes"] is None else record["layer3_bytes"]
    if record["packets"] and octets > record["packets"] * 65_535:
        return True
    lasted = max(end - start if end > start else 1000 * exporter.active_timeout_s, BIN)
    bits = _bits(record, interval)
    is_too_fast = bits * 1000 > 2 * (interface.speed_bps or FASTEST) * lasted
    return bits >= 2**64 or is_too_fast


def _reason_of_part(number: int, interval: float | None) -> str:
    if datetime.fromtimestamp(number * BIN // 1000, UTC).date() < BEGAN_ON:
        return "outside_window"
    return "unknown_sampling" if interval is None else "published"


def _overlaps(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Bins that [start, end) overlaps, with the milliseconds; a record of no length lies in one."""
    if start == end:
        yield start // BIN, 1
        return
    for number in range(start // BIN, -(-end // BIN)):
        yield number, min(end, (number + 1) * BIN) - max(start, number * BIN)


def elephants(parts: Iterable[Part]) -> list[list[Part]]:
    """The published parts of each elephant, across days; of export days with a thousandth of one or more."""
    heavy = [one for day in grouped(parts, lambda one: (one.export_on, one.conversation)).values()
             for one in day if sum(part.bits for part in day) >= ELEPHANT_BITS // 1000]  # fmt: skip
    runs = []
    for conversation in grouped(sorted(heavy, key=lambda one: one.bin), lambda one: one.conversation).values():
        run: list[Part] = []
        for one in conversation:
            if run and (one.bin - run[-1].bin - 1) * BIN > 1000 * PAUSE_SECONDS:
                runs.append(run)
                run = []
            run.append(one)
        runs.append(run)
    return [run for run in runs if _is_elephant(run)]


def _is_elephant(run: list[Part]) -> bool:
    bits, seconds = sum(one.bits for one in run), (run[-1].bin - run[0].bin + 1) * BIN // 1000
    return bits >= ELEPHANT_BITS and seconds >= ELEPHANT_SECONDS and bits >= seconds * ELEPHANT_RATE


def workflows(parts: Iterable[Part]) -> list[Part]:
    """The parts of elephants of one quarter, network, region and direction that hang together, of enough addresses."""
    found: list[Part] = []
    in_quarters = [of for run in elephants(parts) for of in grouped(run, lambda one: one.quarter).values()]
    together = grouped(in_quarters, lambda run: (run[0].quarter, run[0].network_type, run[0].network_key,
                                                 run[0].region, run[0].direction))  # fmt: skip
    for runs in together.values():
        chain: list[list[Part]] = []
        for run in sorted(runs, key=lambda run: run[0].bin):
            if chain and run[0].bin > max(other[-1].bin for other in chain):
                found += _of_enough_addresses(chain)
                chain = []
            chain.append(run)
        found += _of_enough_addresses(chain)
    return found


def _of_enough_addresses(chain: list[list[Part]]) -> list[Part]:
    ours, peers = ({run[0].conversation[end] for run in chain} for end in (0, 1))
    return [one for run in chain for one in run] if min(len(ours), len(peers)) >= WORKFLOW_ADDRESSES else []


def grouped(rows: Iterable[T], key: Callable[[T], Hashable]) -> dict[Hashable, list[T]]:
    groups: dict[Hashable, list[T]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups
