"""What an edition restates of the one before: the difference of each value, and what made it.

Belongs here: arithmetic on kept figures, exact by construction. Does not belong here: what may be told of it (told).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from assets.warehouse.editions.figures import Cell, Figures

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


def effects(before: Figures, now: Figures, cell: Cell) -> Effects | None:
    """What made the difference of a cell of bits or of their share; None where the figures can't tell it.

    Coverage is what more or fewer covered bins make at the rate of before, and nothing of a share, in which they cancel
    out. Reclassification is that of networks that both editions know; a new network is traffic.
    """
    metric, dimension, member = cell
    earlier, later = before.bits(dimension, member), now.bits(dimension, member)
    whole, whole_before = now.bits("total", "all"), before.bits("total", "all")
    steps = _steps(before, now, dimension, member)
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


def _steps(before: Figures, now: Figures, dimension: str, member: str) -> tuple[int, int] | None:
    """Bits of today that the map, and then the definition of a share group, moved into a member; None if untold."""
    if dimension == "total":
        return 0, 0
    types = (member,) if dimension == "network_type" else before.groups.get(member, ())
    moved = moved_bits(before, now)
    if any(kind in moved.unknown for kind in types):
        return None
    reclassified = sum(moved.bits[kind] for kind in types)
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

    bits: Counter[str]
    unknown: frozenset[str]


def moved_bits(before: Figures, now: Figures) -> Moved:
    """What a later map moved between types, in bits of the later edition."""
    bits: Counter[str] = Counter()
    unknown: set[str] = set()
    for key, types in now.networks.items():
        earlier = before.networks.get(key)
        if earlier is None or set(earlier) == set(types):
            continue
        if len(earlier) > 1 or None in types.values():
            # Which of several types its bits would have had, or how many bits these are, is not told.
            unknown |= {*earlier, *types}
            continue
        for kind, amount in types.items():
            bits[kind] += amount or 0
            bits[next(iter(earlier))] -= amount or 0
    return Moved(bits, frozenset(unknown))
