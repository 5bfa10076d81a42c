"""Figures of lanes: one line for each type, network or cloud, its name on the left, its value in words on the right.

Belongs here: lanes, their axis, marks, bars and hatching. Does not belong here: what a lane's numbers say.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assets.reports.charts import _units
from assets.reports.charts._chart import Drawing, Patch, Table
from assets.reports.charts._marts import Row
from assets.reports.charts._report import Report
from assets.reports.charts._theme import CLEAR, INK, MUTED, empty_figure, plain, round_ticks
from assets.reports.charts._words import listed

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

WIDTH = 0.6  # of a bar, in lanes
LONG, SHORT = 34, 19  # characters of a name, on a page and on a phone
TOP, BARE_TOP = 70, 48  # pixels above the lanes, with a legend and without
PERCENT_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class Lane:
    """A line of the figure: its key, its name, its colour, and what stands on its right; withheld ones are hatched."""

    key: str
    label: str
    colour: str
    text: str = ""
    is_withheld: bool = False


@dataclass(frozen=True)
class Axis:
    """The axis below the lanes: where its ticks stand, what they say, and how far it reaches."""

    ticks: tuple[float, ...]
    texts: tuple[str, ...]
    is_logarithmic: bool = False

    @property
    def ends(self) -> tuple[float, float]:
        return self.ticks[0], self.ticks[-1]


def percent_axis(greatest: float) -> Axis:
    """From 0% to the whole, or to a round part of it where nothing comes near the whole."""
    end = next(end for end in (0.02, 0.05, 0.1, 0.2, 0.5, 1.0) if greatest <= end or end == 1.0)
    ticks = tuple(end * part for part in PERCENT_TICKS)
    return Axis(ticks, tuple(f"{tick * 100:.3g}%" for tick in ticks))


def bits_axis(values: Sequence[float]) -> Axis:
    """From nothing to the largest of some numbers of bits."""
    ticks = round_ticks(max(values, default=1.0))
    return Axis(tuple(ticks), tuple(_units.tick(tick, "bit") if tick else "0" for tick in ticks))


def not_drawn(told: Sequence[object], shown: Sequence[object]) -> list[str]:
    """The note of a chart that draws the largest of what it tells."""
    return [f"Not drawn, but in the data: {len(told) - len(shown)} smaller ones."] if len(told) > len(shown) else []


def type_lanes(report: Report, rows: Sequence[Row], texts: Mapping[str, str]) -> list[Lane]:
    """A lane for each network type of the rows, in the order of types; one without a text is withheld."""
    kinds = {report.network_type(row.text("network_type")) for row in rows}
    return [
        Lane(
            kind.network_type,
            kind.label,
            kind.colour,
            texts.get(kind.network_type, _units.WITHHELD),
            kind.network_type not in texts,
        )
        for kind in sorted(kinds, key=lambda kind: kind.position)
    ]


def lanes_figure(lanes: Sequence[Lane], axis: Axis, *, right: int = 96, has_legend: bool = True) -> "Figure":
    """The lanes with their names, values and axis; `right` is the room for values in pixels."""
    figure = empty_figure(_height(lanes, has_legend=has_legend))
    low, high = axis.ends
    figure.update_layout(
        barmode="relative",
        xaxis={
            "type": "log" if axis.is_logarithmic else "linear",
            "range": [_power(low), _power(high)] if axis.is_logarithmic else [low, high],
            "tickvals": list(axis.ticks),
            "ticktext": list(axis.texts),
            "tickangle": 0,
            "zeroline": low < 0,
            "zerolinecolor": MUTED,
        },
        yaxis={
            "type": "category",
            "categoryorder": "array",
            "categoryarray": [lane.key for lane in lanes],
            "range": [len(lanes) - 0.4, -0.6],
            "showgrid": False,
            "ticklabelstandoff": 11,
            "tickvals": [lane.key for lane in lanes],
            "ticktext": _names(lanes, LONG),
        },
        margin={"l": 8, "r": right, "t": TOP if has_legend else BARE_TOP, "b": 8},
        showlegend=has_legend,
        legend={"y": 1, "yanchor": "bottom", "font": {"size": 12}, "traceorder": "normal"},
        annotations=[_value(lane) for lane in lanes if lane.text],
    )
    withheld = [lane for lane in lanes if lane.is_withheld]
    if withheld:
        figure.add_trace(_hatched(withheld, low, high))
    return figure


def narrow_lanes(lanes: Sequence[Lane], axis: Axis, *, right: int = 84, every: int = 2, legend: int = 0) -> Patch:
    """On a phone names are cut short, fewer ticks are named, and a legend of so many lines stands below."""
    texts = [text if place % every == 0 else "" for place, text in enumerate(axis.texts)]
    below = 40 + 22 * legend if legend else 8
    return {
        "layout": {
            "height": _height(lanes, has_legend=bool(legend)) + below,
            "margin": {"r": right, "b": below},
            "legend": {"yref": "container", "y": 0, "yanchor": "bottom", "font": {"size": 11}},
            "xaxis": {"ticktext": texts, "tickfont": {"size": 11}},
            "yaxis": {"ticktext": _names(lanes, SHORT), "tickfont": {"size": 11}},
        }
    }


def bars(lanes: Sequence[Lane], values: Sequence[float | None], name: str, **style: object) -> object:
    """A bar in each lane, in the lane's colour unless `style` has another."""
    import plotly.graph_objects as go

    look = {"marker": {"color": [lane.colour for lane in lanes], "line": {"width": 0}}, "showlegend": False, **style}
    return go.Bar(x=list(values), y=[lane.key for lane in lanes], orientation="h", name=name, width=WIDTH, **look)


def bars_by_type(
    report: Report, lanes: Sequence[Lane], kinds: Sequence[str], values: Sequence[float], **style: Sequence[object]
) -> list[object]:
    """Bars as a trace for each network type, so that a legend names the colours; `style` has a part for each bar."""
    traces = []
    for kind in sorted({report.network_type(kind) for kind in kinds}, key=lambda kind: kind.position):
        places = [place for place, of in enumerate(kinds) if of == kind.network_type]
        traces.append(
            bars(
                [lanes[place] for place in places],
                [values[place] for place in places],
                plain(kind.label),
                showlegend=True,
                hovertemplate="%{customdata}<extra></extra>",
                **{name: [parts[place] for place in places] for name, parts in style.items()},
            )
        )
    return traces


def dots(
    lanes: Sequence[Lane],
    values: Sequence[float | None],
    name: str,
    symbol: str,
    *,
    size: int = 11,
    is_coloured: bool = False,
    **style: object,
) -> object:
    """A mark in each lane, in ink or in the lane's colour; hollow symbols are drawn as lines."""
    import plotly.graph_objects as go

    is_line = symbol.endswith("-open") or symbol.startswith("line")
    line = {"width": 2, "color": INK} if is_line else {"width": 1, "color": "#ffffff"}
    marker = {
        "symbol": symbol,
        "size": size,
        "color": [lane.colour for lane in lanes] if is_coloured else INK,
        "line": line,
    }
    return go.Scatter(
        x=list(values),
        y=[lane.key for lane in lanes],
        mode="markers",
        name=name,
        marker=marker,
        cliponaxis=False,
        **style,
    )


def spans(
    lanes: Sequence[Lane],
    ends: Sequence[tuple[float, float] | None],
    name: str,
    width: int,
    colour: str,
    **style: object,
) -> object:
    """A line in each lane from one value to another."""
    import plotly.graph_objects as go

    x, y = list[float | None](), list[str | None]()
    for lane, pair in zip(lanes, ends, strict=True):
        if pair:
            x += [*pair, None]
            y += [lane.key, lane.key, None]
    return go.Scatter(
        x=x,
        y=y,
        mode="lines",
        name=name,
        line={"width": width, "color": colour},
        hoverinfo="skip",
        connectgaps=False,
        cliponaxis=False,
        **style,
    )


@dataclass(frozen=True)
class Words:
    """What stands around a figure of lanes; what is withheld is noted beside `notes`."""

    title: str
    subtitle: str
    alternative_text: str
    units: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Room:
    """Pixels beside lanes for values, wide and on a phone; every which tick a phone has; entries of the legend."""

    right: int = 96
    narrow_right: int = 84
    every: int = 2
    legend: int = 0


def lanes_drawing(
    lanes: Sequence[Lane], axis: Axis, traces: Iterable[object], data: Table, words: Words, room: Room
) -> Drawing:
    """The drawing of marks in lanes, in their order, with its words."""
    figure = lanes_figure(lanes, axis, right=room.right)
    for trace in traces:
        figure.add_trace(trace)
    return Drawing(
        figure=figure,
        data=data,
        title=words.title,
        subtitle=words.subtitle,
        alternative_text=words.alternative_text,
        units=words.units,
        notes=(*words.notes, *withheld_notes(lanes)),
        narrow=narrow_lanes(lanes, axis, right=room.narrow_right, every=room.every, legend=room.legend),
    )


def withheld_notes(lanes: Sequence[Lane]) -> tuple[str, ...]:
    """What hatched lanes mean, where there are any."""
    names = listed([lane.label for lane in lanes if lane.is_withheld])
    if not names:
        return ()
    return (f"Hatched: {names}, withheld since too few addresses stand for them or for what lies beside them.",)


def _height(lanes: Sequence[Lane], *, has_legend: bool) -> int:
    return (TOP if has_legend else BARE_TOP) + 48 + 42 * max(len(lanes), 2)


def _names(lanes: Sequence[Lane], most: int) -> list[str]:
    return [
        plain(lane.label if len(lane.label) <= most else f"{lane.label[: most - 1].rstrip()}\u2026") for lane in lanes
    ]


def _value(lane: Lane) -> dict[str, object]:
    text = plain(lane.text)
    return {
        "text": f"<i>{text}</i>" if lane.is_withheld else f"<b>{text}</b>",
        "xref": "paper", "x": 1, "xanchor": "left", "xshift": 8, "y": lane.key, "align": "left", "name": "value",
    }  # fmt: skip


def _hatched(lanes: Sequence[Lane], low: float, high: float) -> object:
    """Bars over the whole axis that say nothing of a value."""
    return bars(
        lanes,
        [high - low if low < 0 else high] * len(lanes),
        _units.WITHHELD,
        base=[min(low, 0)] * len(lanes),
        marker={"color": CLEAR, "pattern": {"shape": "/", "fgcolor": MUTED, "size": 9}, "line": {"width": 0}},
        hovertemplate="withheld<extra></extra>",
    )


def _power(value: float) -> float:
    from math import log10

    return log10(value)
