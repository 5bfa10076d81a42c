"""What a set of linear relations between amounts that are not negative tells of each of them.

Belongs here: sparse elimination, bounds to a fixed point, and a linear programme for what is left. Does not belong
here: which relations a published file holds (relations).
"""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import inf

import numpy as np
from scipy.optimize import linprog

Variable = tuple[Hashable, ...]
Bounds = tuple[Fraction | float, Fraction | float]
# Elimination in whole numbers modulo a prime: exact as fractions are, and its numbers never grow.
PRIME = 2**61 - 1
MOST_ROUNDS = 60
# What scipy's linear programmes end with where nothing meets all relations.
INFEASIBLE = 2
TOLERANCE = 1e-9
# Of a double's amount, with room for a few sums of them.
LAST_PLACE = Fraction(1, 2**48)


@dataclass(frozen=True)
class Relation:
    """The weighted sum of amounts equals `amount`, or is at most that; up to `slack`, if doubles told it."""

    weights: Mapping[Variable, int]
    amount: Fraction
    is_at_most: bool = False
    is_rounded: bool = False
    slack: Fraction = Fraction()


@dataclass
class System:
    """Relations, and what follows from them; amounts are bits."""

    relations: list[Relation] = field(default_factory=list)
    known: dict[Variable, Fraction] = field(default_factory=dict)

    def tell(self, variable: Variable, amount: float | int | Fraction) -> None:
        self.known.setdefault(variable, Fraction(amount))

    def equal(
        self,
        parts: Iterable[Variable],
        wholes: Iterable[Variable] = (),
        amount: float | Fraction = 0,
        *,
        is_rounded: bool = False,
    ) -> None:
        """The parts add up to the wholes and the amount, which a double may have told."""
        self.relations.append(Relation(_weights(parts, wholes), Fraction(amount), is_rounded=is_rounded))

    def at_most(self, parts: Iterable[Variable], wholes: Iterable[Variable] = (), amount: float | Fraction = 0) -> None:
        self.relations.append(Relation(_weights(parts, wholes), Fraction(amount), is_at_most=True))

    def components(self) -> list[list[Relation]]:
        """Relations between amounts that are not told, apart where they share none."""
        left = [one for one in map(self._without_known, self.relations) if one.weights]
        parent: dict[Variable, Variable] = {}
        for one in left:
            first, *others = (_root(parent, variable) for variable in one.weights)
            parent.update((other, first) for other in others if other != first)
        groups: dict[Variable, list[Relation]] = defaultdict(list)
        for one in left:
            groups[_root(parent, next(iter(one.weights)))].append(one)
        return list(groups.values())

    def _without_known(self, one: Relation) -> Relation:
        told = sum((weight * self.known[v] for v, weight in one.weights.items() if v in self.known), Fraction())
        weights = {v: weight for v, weight in one.weights.items() if v not in self.known}
        size = abs(one.amount) + sum(abs(self.known[v]) for v in one.weights if v in self.known)
        slack = size * LAST_PLACE if one.is_rounded else Fraction()
        return Relation(weights, one.amount - told, one.is_at_most, one.is_rounded, slack)


def determined(relations: Iterable[Relation]) -> set[Variable]:
    """The amounts that elimination leaves alone in a relation."""
    rows: dict[Variable, dict[Variable, int]] = {}
    for one in relations:
        if one.is_at_most:
            continue
        row = {v: weight % PRIME for v, weight in one.weights.items()}
        for pivot in [v for v in row if v in rows]:
            _subtract(row, rows[pivot], row.get(pivot, 0))
        if not row:
            continue
        pivot, weight = next(iter(row.items()))
        inverse = pow(weight, -1, PRIME)
        row = {v: amount * inverse % PRIME for v, amount in row.items()}
        for other in rows.values():
            if pivot in other:
                _subtract(other, row, other[pivot])
        rows[pivot] = row
    return {pivot for pivot, row in rows.items() if len(row) == 1}


def bounds(relations: list[Relation], wanted: Collection[Variable]) -> dict[Variable, Bounds]:
    """Between what each wanted amount must lie: propagated first, then by linear programmes on a common scale.

    One that may be nothing at all is left with the bounds that propagation found.
    """
    found = _propagated(relations)
    programme = Programme(relations, found)
    for variable in [variable for variable in found if variable in wanted]:
        low, high = found[variable]
        low = max(low, programme.least(variable))
        if low > 0:
            high = min(high, programme.most(variable))
        found[variable] = (low, high)
    return found


class Programme:
    """The relations as arrays, whose solutions have a least and a greatest amount of each variable."""

    def __init__(self, relations: list[Relation], found: dict[Variable, Bounds]) -> None:
        self._place = {variable: number for number, variable in enumerate(found)}
        self._scale = float(max([*(upper for _, upper in found.values() if upper != inf), Fraction(1)]))
        self._rows: dict[bool, list[np.ndarray]] = {True: [], False: []}
        self._amounts: dict[bool, list[float]] = {True: [], False: []}
        for one in relations:
            row = np.zeros(len(found))
            for variable, weight in one.weights.items():
                row[self._place[variable]] = weight
            if one.slack:
                self._rows[True] += [row, -row]
                self._amounts[True] += [float(one.slack + side) / self._scale for side in (one.amount, -one.amount)]
            else:
                self._rows[one.is_at_most].append(row)
                self._amounts[one.is_at_most].append(float(one.amount) / self._scale)
        self._limits = [
            (float(low) / self._scale, None if high == inf else float(high) / self._scale)
            for low, high in found.values()
        ]

    def least(self, variable: Variable) -> float:
        return self._end(variable, 1)

    def most(self, variable: Variable) -> float:
        return -self._end(variable, -1)

    def _end(self, variable: Variable, sign: int) -> float:
        target = np.zeros(len(self._place))
        target[self._place[variable]] = sign
        said = linprog(
            target,
            A_ub=self._rows[True] or None,
            b_ub=self._amounts[True] or None,
            A_eq=self._rows[False] or None,
            b_eq=self._amounts[False] or None,
            bounds=self._limits,
            method="highs",
        )
        assert said.status != INFEASIBLE, f"relations on {variable} contradict each other: {said.message}"
        # Within what the solver takes for nothing, the amount may be nothing.
        end = float(said.fun) if said.status == 0 else -inf
        return end * self._scale if abs(end) > TOLERANCE else 0.0


def _propagated(relations: list[Relation]) -> dict[Variable, Bounds]:
    found: dict[Variable, Bounds] = {variable: (Fraction(), inf) for one in relations for variable in one.weights}
    for _ in range(MOST_ROUNDS):
        before = dict(found)
        for one in relations:
            _narrow(found, one.weights, one.amount + one.slack)
            if not one.is_at_most:
                _narrow(found, {v: -weight for v, weight in one.weights.items()}, one.slack - one.amount)
        for variable, (low, high) in found.items():
            assert low <= high, f"relations on {variable} contradict each other: at least {low}, at most {high}"
        if found == before:
            break
    return found


def _narrow(found: dict[Variable, Bounds], weights: Mapping[Variable, int], most: Fraction) -> None:
    """Bounds of each amount of a sum that is at most this."""
    least = {v: weight * (found[v][0] if weight > 0 else found[v][1]) for v, weight in weights.items()}
    for variable, weight in weights.items():
        others = sum((amount for v, amount in least.items() if v != variable), Fraction())
        if abs(others) == inf:
            continue
        limit = (most - others) / weight
        low, high = found[variable]
        found[variable] = (low, min(high, limit)) if weight > 0 else (max(low, limit), high)


def _weights(parts: Iterable[Variable], wholes: Iterable[Variable]) -> dict[Variable, int]:
    weights: dict[Variable, int] = defaultdict(int)
    for variable in parts:
        weights[variable] += 1
    for variable in wholes:
        weights[variable] -= 1
    return {variable: weight for variable, weight in weights.items() if weight}


def _root(parent: dict[Variable, Variable], variable: Variable) -> Variable:
    while variable in parent:
        variable = parent[variable]
    return variable


def _subtract(row: dict[Variable, int], other: Mapping[Variable, int], times: int) -> None:
    if not times:
        return
    for variable, amount in other.items():
        left = (row.get(variable, 0) - times * amount) % PRIME
        if left:
            row[variable] = left
        else:
            row.pop(variable, None)
