"""Where places stand on a map: what it shows, and which names have room beside their marks.

Belongs here: degrees and pixels. Does not belong here: land (`_outlines`), what is drawn of a place.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assets.reports.charts._outlines import Point, View

# Parts of what marks span that stay free around them, and the least span, in degrees.
AROUND = 0.16
LEAST_SPAN = 9.0
# Width over height of panels, the least and the greatest: a map fills its panel, whatever form this has.
FORMS = (1.4, 3.0)
WORLD = View(-180.0, 180.0, -60.0, 84.0)
# Pixels of a letter in a label of 11 pixels, and of a line of it.
LETTER, LINE = 6.3, 14.0
# Plotly moves a text this much away from a mark.
APART = 0.8


def view_of(points: Sequence[Point]) -> View:
    """The degrees around points, as wide as they need and never wider than the world."""
    wide, high = sorted(x for x, _ in points), sorted(y for _, y in points)
    around = max(wide[-1] - wide[0], high[-1] - high[0], LEAST_SPAN) * AROUND
    return _within(View(wide[0] - around, wide[-1] + around, high[0] - around, high[-1] + around))


def room_of(view: View) -> View:
    """What of the world a panel may show that must show a view."""
    x, y = (view.west + view.east) / 2, view.middle
    wide, high = (view.east - view.west) / 2 / stretch(view), (view.north - view.south) / 2
    across, along = max(wide, high * FORMS[1]) * stretch(view), max(high, wide / FORMS[0])
    return _within(View(x - across, x + across, y - along, y + along))


def _within(view: View) -> View:
    return View(
        max(view.west, WORLD.west),
        min(view.east, WORLD.east),
        max(view.south, WORLD.south),
        min(view.north, WORLD.north),
    )


def stretch(view: View) -> float:
    """A degree of latitude over one of longitude in the middle of a view."""
    return 1 / math.cos(math.radians(view.middle))


@dataclass(frozen=True)
class Box:
    """An area in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        across = min(self.right, other.right) - max(self.left, other.left)
        along = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across > 0 and along > 0

    def holds(self, other: "Box") -> bool:
        is_across = self.left <= other.left and other.right <= self.right
        return is_across and self.top <= other.top and other.bottom <= self.bottom


@dataclass(frozen=True)
class Panel:
    """A map's place on the page in pixels, as small as it gets."""

    width: float
    height: float

    def pixels(self, view: View, point: Point) -> Point:
        """Where a point of a view stands, from the panel's upper left corner."""
        across = (view.east - view.west) / stretch(view)
        scale = min(self.width / across, self.height / (view.north - view.south))
        x = (point[0] - (view.west + view.east) / 2) / stretch(view)
        return self.width / 2 + x * scale, self.height / 2 - (point[1] - view.middle) * scale


@dataclass(frozen=True)
class Label:
    """A text beside a mark, and where it stands, as plotly says it; empty where there is no room."""

    text: str = ""
    place: str = "middle right"


def label_places(
    panel: Panel, view: View, points: Sequence[Point], diameters: Sequence[float], texts: Sequence[Sequence[str]]
) -> list[Label]:
    """The label of each mark: the first of its texts that has room. The first marks go first."""
    whole = Box(0, 0, panel.width, panel.height)
    marks = [_mark(*panel.pixels(view, point), size / 2) for point, size in zip(points, diameters, strict=True)]
    taken: list[Box] = []
    labels: list[Label] = []
    for number, offered in enumerate(texts):
        others = [*taken, *marks[:number], *marks[number + 1 :]]
        free = (
            (Label(text, place), box)
            for text in offered
            for place, box in _beside(marks[number], text)
            if whole.holds(box) and not any(box.meets(other) for other in others)
        )
        label, box = next(free, (Label(), None))
        labels.append(label)
        if box:
            taken.append(box)
    return labels


def _mark(x: float, y: float, radius: float) -> Box:
    return Box(x - radius, y - radius, x + radius, y + radius)


def _beside(mark: Box, label: str) -> Iterator[tuple[str, Box]]:
    """Where a label can stand: right of its mark, left, above and below."""
    x, y = (mark.left + mark.right) / 2, (mark.top + mark.bottom) / 2
    away, width = (mark.right - x) / APART + 2, len(label) * LETTER
    yield "middle right", Box(x + away, y - LINE / 2, x + away + width, y + LINE / 2)
    yield "middle left", Box(x - away - width, y - LINE / 2, x - away, y + LINE / 2)
    yield "top center", Box(x - width / 2, y - away - LINE, x + width / 2, y - away)
    yield "bottom center", Box(x - width / 2, y + away, x + width / 2, y + away + LINE)
