"""The outlines of land that maps are drawn on, from a TopoJSON file of Natural Earth.

    python tests/charts/outlines.py land-110m.json    # writes assets/reports/charts/outlines/land.json

The input is land-110m.json of the npm package world-atlas 2.0.2 (`npm pack world-atlas@2.0.2`), which is the public
domain data of Natural Earth 4.1.0, land at 1:110m, under another form.
Belongs here: how the file is made. Does not belong here: drawing it (assets/reports/charts/_outlines.py).
"""

import json
import sys
from itertools import accumulate
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[2] / "assets" / "reports" / "charts" / "outlines" / "land.json"
# Degrees: a hundredth is a kilometre, which no map of a page shows.
DIGITS = 2

Point = tuple[float, float]


def rings_of(topology: Any) -> list[list[Point]]:
    """Each ring of land as degrees of longitude and latitude, the first point again at its end."""
    arcs = [_positions(arc, topology["transform"]) for arc in topology["arcs"]]
    rings = [
        _joined(ring, arcs)
        for geometry in topology["objects"]["land"]["geometries"]
        for polygon in geometry["arcs"]
        for ring in polygon
    ]
    return sorted(rings, key=lambda ring: (-len(ring), ring))


def _positions(arc: list[list[int]], transform: dict[str, list[float]]) -> list[Point]:
    """An arc's points: whole numbers that add up, in steps of the transform."""
    (x_scale, y_scale), (x_from, y_from) = transform["scale"], transform["translate"]
    steps = accumulate(arc, lambda before, step: [before[0] + step[0], before[1] + step[1]])
    return [(round(x * x_scale + x_from, DIGITS), round(y * y_scale + y_from, DIGITS)) for x, y in steps]


def _joined(ring: list[int], arcs: list[list[Point]]) -> list[Point]:
    """The arcs of a ring end to end; ~n is arc n from its end to its beginning."""
    points: list[Point] = []
    for number in ring:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        points += arc[1:] if points else arc
    return points


def written(rings: list[list[Point]]) -> str:
    """One ring a line."""
    lines = ",\n".join(json.dumps(ring, separators=(",", ":")) for ring in rings)
    return f"[\n{lines}\n]\n"


def main() -> None:
    topology = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    FILE.write_text(written(rings_of(topology)), encoding="utf-8")


if __name__ == "__main__":
    main()
