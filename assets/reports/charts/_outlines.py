"""Land as rings of longitude and latitude, cut to what a map shows and no finer than it can show.

Belongs here: reading the outlines that ship with the project, cutting and thinning them. Does not belong here: how they
were made (tests/charts/outlines.py), what stands on them.
"""

import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "outlines" / "land.json"

Point = tuple[float, float]


@dataclass(frozen=True)
class View:
    """What a map shows, in degrees."""

    west: float
    east: float
    south: float
    north: float

    @property
    def middle(self) -> float:
        return (self.south + self.north) / 2

    def has(self, point: Point) -> bool:
        return self.west <= point[0] <= self.east and self.south <= point[1] <= self.north


@cache
def _land() -> tuple[tuple[Point, ...], ...]:
    rings = json.loads(FILE.read_text(encoding="utf-8"))
    return tuple(tuple((x, y) for x, y in ring) for ring in rings)


def land(view: View, finest: float) -> list[list[Point]]:
    """The rings of land in a view, without details that are smaller than `finest` degrees; each ends where it began."""
    cut = (_cut(ring, view) for ring in _land())
    thinned = (_thinned(ring, finest) for ring in cut if ring)
    return [[*ring, ring[0]] for ring in thinned if len(ring) > 2]


def _cut(ring: Sequence[Point], view: View) -> list[Point]:
    """The part of a ring inside of a view (Sutherland and Hodgman): cut at one side after the other."""
    points = list(ring[:-1])
    for place, bound, sign in ((0, view.west, 1), (0, view.east, -1), (1, view.south, 1), (1, view.north, -1)):
        points = list(_cut_at(points, _beyond(place, bound, sign), place, bound))
    return points


def _beyond(place: int, bound: float, sign: int) -> Callable[[Point], bool]:
    return lambda point: sign * (point[place] - bound) >= 0


def _cut_at(points: Sequence[Point], is_inside: Callable[[Point], bool], place: int, bound: float) -> Iterator[Point]:
    for before, point in zip([*points[-1:], *points[:-1]], points, strict=True):
        if is_inside(before) != is_inside(point):
            part = (bound - before[place]) / (point[place] - before[place])
            met = before[1 - place] + part * (point[1 - place] - before[1 - place])
            yield (bound, met) if place == 0 else (met, bound)
        if is_inside(point):
            yield point


def _thinned(ring: Sequence[Point], finest: float) -> list[Point]:
    """The ring without points that its line hardly needs (Douglas and Peucker); none where all of it is too small."""
    wide, high = ([point[place] for point in ring] for place in (0, 1))
    if max(max(wide) - min(wide), max(high) - min(high)) < 2 * finest:
        return []
    # From its first point to the one farthest away, and back.
    turn = max(range(len(ring)), key=lambda place: (math.dist(ring[place], ring[0]), place))
    return [*_needed(ring[: turn + 1], finest)[:-1], *_needed([*ring[turn:], ring[0]], finest)[:-1]]


def _needed(line: Sequence[Point], finest: float) -> list[Point]:
    """The points of a line without which it would be off by more than `finest`."""
    kept, waiting = {0, len(line) - 1}, [(0, len(line) - 1)]
    while waiting:
        first, last = waiting.pop()
        between = range(first + 1, last)
        farthest = max(between, key=lambda place: _off(line[place], line[first], line[last]), default=None)
        if farthest is not None and _off(line[farthest], line[first], line[last]) > finest:
            kept.add(farthest)
            waiting += [(first, farthest), (farthest, last)]
    return [line[place] for place in sorted(kept)]


def _off(point: Point, start: Point, end: Point) -> float:
    """How far a point is from a line between two others."""
    length = math.dist(start, end)
    if not length:
        return math.dist(point, start)
    cross = (end[0] - start[0]) * (start[1] - point[1]) - (start[0] - point[0]) * (end[1] - start[1])
    return abs(cross) / length
