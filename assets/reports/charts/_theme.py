"""The look of figures: template, fonts, and helpers that keep text out of trouble.

Belongs here: what all figures share in light mode (the page's style sheet recolours text and lines for dark
mode and print). Does not belong here: colours of network types, which are rows of `marts.network_types`.
"""

import html
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

FONT = '-apple-system, "Segoe UI", "Helvetica Neue", Arial, "Liberation Sans", sans-serif'
INK = "#1c1f26"
MUTED = "#5c6370"
GRID = "#e3e1da"
CLEAR = "rgba(0,0,0,0)"
SIMULATED = "SIMULATED DATA"
SIMULATED_COLOUR = "#a3195b"

# One hue for each quantity, so that no map is taken for another; light mode, then dark mode.
SCALES: dict[str, tuple[list[str], list[str]]] = {
    "blue": (
        ["#e6eef4", "#a9c8dd", "#5b9bc3", "#1f6899", "#0b3757"],
        ["#1d2a35", "#1f4a68", "#2f76a3", "#64abd6", "#c4e3f7"],
    ),
    "amber": (
        ["#f8ecdd", "#efc796", "#d9924a", "#a95a1c", "#5f2f0c"],
        ["#322619", "#5f3d1c", "#9a5f26", "#d9954e", "#fbdcb4"],
    ),
    "green": (
        ["#e7f0e8", "#b0d0b5", "#69a575", "#2d7344", "#123f24"],
        ["#1b2c20", "#21482d", "#327547", "#6fb581", "#cdeed3"],
    ),
}


def colour_scale(hue: str, *, dark: bool = False) -> list[list[object]]:
    """A plotly colour scale of one hue, from little to much."""
    colours = SCALES[hue][1 if dark else 0]
    return [[index / (len(colours) - 1), colour] for index, colour in enumerate(colours)]


def text_on(hue: str, height: float, *, dark: bool = False) -> str:
    """Black or white, whichever reads better on a scale's colour at a height from 0 to 1 (4.5:1 or more)."""
    colours = SCALES[hue][1 if dark else 0]
    place = min(max(height, 0.0), 1.0) * (len(colours) - 1)
    index = min(int(place), len(colours) - 2)
    lower, upper = _channels(colours[index]), _channels(colours[index + 1])
    mixed = [low + (high - low) * (place - index) for low, high in zip(lower, upper, strict=True)]
    return _black_or_white(mixed)


def text_of(colour: str) -> str:
    """Black or white, whichever reads better on a colour."""
    return _black_or_white(_channels(colour))


def _black_or_white(channels: Sequence[float]) -> str:
    # WCAG 2: relative luminance; 0.179 is where black and white contrast alike.
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels)
    return "#000000" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 else "#ffffff"


def _channels(colour: str) -> list[float]:
    return [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]


def plain(text: str) -> str:
    """Text for a figure: plotly reads markup in labels, so that a name with <html> must be escaped."""
    return html.escape(text, quote=False)


def empty_figure(height: int) -> "Figure":
    """A figure in the house style without traces; height in pixels, width from the page."""
    import plotly.graph_objects as go

    axis = {
        "gridcolor": GRID,
        "linecolor": GRID,
        "zerolinecolor": GRID,
        "tickfont": {"size": 12, "color": MUTED},
        "title": {"font": {"size": 12, "color": MUTED}},
        "automargin": True,
        "ticks": "",
        "ticklabelstandoff": 6,
        "fixedrange": True,
    }
    template = go.layout.Template(
        layout={
            "font": {"family": FONT, "size": 13, "color": INK},
            "paper_bgcolor": CLEAR,
            "plot_bgcolor": CLEAR,
            "margin": {"l": 8, "r": 8, "t": 48, "b": 8},
            "xaxis": axis,
            "yaxis": axis,
            "hoverlabel": {"font": {"family": FONT, "size": 13}, "align": "left"},
            "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": -0.08, "yanchor": "top"},
            "annotationdefaults": {"font": {"size": 12, "color": INK}, "showarrow": False},
        }
    )
    figure = go.Figure()
    figure.update_layout(template=template, height=height, showlegend=False, dragmode=False)
    return figure


def described(figure: "Figure", *, is_simulated: bool) -> dict[str, Any]:
    """A figure as plotly's JSON has it; if its data are simulated it says so itself, so that a picture of it does."""
    drawn: dict[str, Any] = figure.to_dict()
    if is_simulated:
        top = figure.layout.margin.t or figure.layout.template.layout.margin.t
        drawn["layout"]["annotations"] = [*drawn["layout"].get("annotations", ()), _simulated(top)]
    return drawn


def _simulated(top: float) -> dict[str, object]:
    return {
        "text": f"<b>{SIMULATED}</b>",
        "xref": "paper", "yref": "paper", "x": 1, "y": 1, "xanchor": "right", "yanchor": "bottom", "yshift": top - 18,
        "font": {"size": 10, "color": SIMULATED_COLOUR}, "showarrow": False, "name": "simulated",
    }  # fmt: skip


def round_ticks(highest: float) -> list[float]:
    """Round steps from zero to at least the highest value, four to six ticks."""
    if highest <= 0:
        return [0.0, 1.0]
    power = 10.0 ** math.floor(math.log10(highest / 4))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= highest / 5)
    return [step * index for index in range(math.ceil(highest / step) + 1)]


def spread(positions: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Label positions moved apart to at least `gap`, in the same order, kept between low and high."""
    order = sorted(range(len(positions)), key=lambda index: (positions[index], index))
    placed = list(positions)
    floor = low
    for index in order:
        placed[index] = max(placed[index], floor)
        floor = placed[index] + gap
    ceiling = high
    for index in reversed(order):
        placed[index] = min(placed[index], ceiling)
        ceiling = placed[index] - gap
    return placed
