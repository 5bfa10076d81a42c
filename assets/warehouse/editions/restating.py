"""What an edition restates of the one before: the difference of each value, and what made it.

Belongs here: arithmetic on kept figures, exact by construction. Does not belong here: what may be told of it (told).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from assets.warehouse.editions.figures import Cell, Figures
from assets.warehouse.editions.kept import Edition

# Values that differ by less are the same: shares are sums of floating point numbers.
SAME = 1e-12
BITS, SHARE = "bits", "share_of_bits"


@dataclass(frozen=True)
class Effects:
    """What made a difference, in the metric's unit; the four add up to it."""

    coverage: float
    traffic: float
    reclassification: float
    definition: float


def are_same(before: float | None, now: float | None) -> bool:
    """Whether two editions tell the same of a cell."""
    if before is None or now is None:
        return before is now
    return abs(now - before) <= SAME * max(abs(before), abs(now))


def differing(before: Figures, now: Figures) -> list[Cell]:
    """The cells that two editions do not tell alike; what one of them has no row of carried nothing there."""
    cells = sorted({*before.values, *now.values})
    return [cell for cell in cells if not are_same(before.values.get(cell, 0), now.values.get(cell, 0))]


def is_same_traffic(before: Edition, now: Edition) -> bool:
    """Whether two editions count the same records: as many files and records came, to the same bins and bits."""
    exports = before.inputs.get("exports")
    whole = before.figures.bits("total", "all")
    return (
        bool(exports)
        and exports == now.inputs.get("exports")
        and before.figures.covered_bins == now.figures.covered_bins
        and whole is not None
        and whole == now.figures.bits("total", "all")
    )


def effects(before: Figures, now: Figures, cell: Cell, *, is_same_traffic: bool = False) -> Effects | None:
    """What made the difference of a cell of bits or of their share; None where the figures can't tell it.

    Coverage is what more or fewer covered bins make at the rate of before, and nothing of a share, in which they cancel
    out. Reclassification is that of networks that both editions know; a new network is traffic, unless both editions
    count the same records (`is_same_traffic`), of which nothing is.
    """
    metric, dimension, member = cell
    earlier, later = before.bits(dimension, member), now.bits(dimension, member)
    whole, whole_before = now.bits("total", "all"), before.bits("total", "all")
    moved = _differences(before, now) if is_same_traffic else moved_bits(before, now)
    steps = _steps(before, now, dimension, member, moved)
    if metric not in {BITS, SHARE} or earlier is None or later is None or steps is None:
        return None
    if metric == SHARE and (not whole or not whole_before):
        return None
    unit = Fraction(whole or 1) if metric == SHARE else Fraction(1)
    unit_before = Fraction(whole_before or 1) if metric == SHARE else Fraction(1)
    reclassified, defined = (Fraction(step) / unit for step in steps)
    coverage = Fraction(0) if metric == SHARE else _coverage(before, now, earlier)
    traffic = later / unit - earlier / unit_before - coverage - reclassified - defined
    return Effects(float(coverage), float(traffic), float(reclassified), float(defined))


def _coverage(before: Figures, now: Figures, bits: int) -> Fraction:
    if not before.covered_bins:
        return Fraction(0)
    return Fraction(bits * (now.covered_bins - before.covered_bins), before.covered_bins)


def _steps(before: Figures, now: Figures, dimension: str, member: str, moved: "Moved") -> tuple[Fraction, int] | None:
    """Bits of today that the map, and then the definition of a share group, moved into a member; None if untold."""
    if dimension == "total":
        return Fraction(), 0
    types = (member,) if dimension == "network_type" else before.groups.get(member, ())
    if any(kind in moved.unknown for kind in types):
        return None
    reclassified = sum((moved.bits.get(kind, Fraction()) for kind in types), Fraction())
    if dimension == "network_type":
        return reclassified, 0
    of_before, of_now = (_sum(now, group) for group in (types, now.groups.get(member, ())))
    return None if of_before is None or of_now is None else (reclassified, of_now - of_before)


def _sum(figures: Figures, types: Iterable[str]) -> int | None:
    told = [figures.bits("network_type", kind) for kind in types]
    return None if None in told else sum(bits for bits in told if bits is not None)


@dataclass(frozen=True)
class Moved:
    """Bits that the map moved into each type (out of it: negative), and the types of which that is not known."""

    bits: Mapping[str, Fraction]
    unknown: frozenset[str]


def moved_bits(before: Figures, now: Figures) -> Moved:
    """What a later map moved between types, in bits of the later edition, network by network."""
    bits: dict[str, Fraction] = defaultdict(Fraction)
    unknown: set[str] = set()
    for key, types in now.networks.items():
        earlier = before.networks.get(key)
        if earlier is None or earlier == types:
            continue
        if None in (*types.values(), *earlier.values()):
            # How many bits have which type is not told.
            unknown |= {*earlier, *types}
            continue
        within = _moved_within(_told(earlier), _told(types))
        for kind, amount in within.items():
            bits[kind] += amount
    return Moved(bits, frozenset(unknown))


def _differences(before: Figures, now: Figures) -> Moved:
    """Of the same records, what each type has more or less."""
    kinds = {cell[2] for cell in {*before.values, *now.values} if cell[1] == "network_type"}
    bits: dict[str, Fraction] = {}
    for kind in kinds:
        earlier, later = before.bits("network_type", kind), now.bits("network_type", kind)
        if earlier is not None and later is not None:
            bits[kind] = Fraction(later - earlier)
    return Moved(bits, frozenset(kinds - bits.keys()))


def _told(types: Mapping[str, int | None]) -> dict[str, int]:
    return {kind: bits for kind, bits in types.items() if bits is not None}


def _moved_within(before: Mapping[str, int], now: Mapping[str, int]) -> dict[str, Fraction]:
    """What moved between the types of one network.

    All of today's bits would have had the one type of before. Of several, which of today's bits would have had which is
    not told; what some types lost and others gained moved, in proportion, and the rest is traffic.
    """
    if len(before) == 1:
        (kind,) = before
        gained = {other: Fraction(bits) for other, bits in now.items() if other != kind}
        return {**gained, kind: -sum(gained.values(), Fraction())}
    change = {kind: now.get(kind, 0) - before.get(kind, 0) for kind in sorted({*before, *now})}
    gained_in_all = sum(amount for amount in change.values() if amount > 0)
    lost_in_all = -sum(amount for amount in change.values() if amount < 0)
    moved = min(gained_in_all, lost_in_all)
    return {
        kind: Fraction(amount * moved, gained_in_all if amount > 0 else lost_in_all)
        for kind, amount in change.items()
        if amount and moved
    }
