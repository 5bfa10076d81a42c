"""Bars of magnitude by network type, as the logarithmic and the linear chart draw them.

Belongs here: bars, daily marks and the axis. Does not belong here: which finding the title states.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assets.reports.charts import _units
from assets.reports.charts._cells import OF_ADDRESSES
from assets.reports.charts._chart import IS_WITHHELD, Drawing, Patch, Table
from assets.reports.charts._marts import Row
from assets.reports.charts._report import NetworkType, Report
from assets.reports.charts._theme import INK, MUTED, empty_figure, plain, round_ticks
from assets.reports.charts._words import inside, listed

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

SQL = """
select
    network_type, bits, unique_ips, magnitude,
    magnitude_daily_average, magnitude_daily_p95, magnitude_daily_max,
    unique_ips_daily_average, unique_ips_daily_p95, unique_ips_daily_max,
    is_suppressed
from marts.magnitude_quarterly
where quarter = $quarter
order by magnitude desc nulls last, network_type
"""
MART = "magnitude_quarterly"
MADE_FROM = (*OF_ADDRESSES, "covered_bins", "networks")
COLUMNS = {
    "network_type": "network_type",
    "bits": "bits",
    "unique_ips": "unique_ips",
    "magnitude_bits_per_unique_ip": "magnitude",
    "magnitude_daily_average_bits_per_unique_ip": "magnitude_daily_average",
    "magnitude_daily_p95_bits_per_unique_ip": "magnitude_daily_p95",
    "magnitude_daily_max_bits_per_unique_ip": "magnitude_daily_max",
    "unique_ips_daily_average": "unique_ips_daily_average",
    "unique_ips_daily_p95": "unique_ips_daily_p95",
    "unique_ips_daily_max": "unique_ips_daily_max",
    IS_WITHHELD: "is_suppressed",
}
# Daily marks: the mart's column, its name, and plotly's symbol.
DAILY = (
    ("magnitude_daily_average", "daily average", "diamond"),
    ("magnitude_daily_p95", "daily p95", "line-ns"),
    ("magnitude_daily_max", "daily maximum", "circle-open"),
)


MARKS_FROM = 0.08  # of the linear axis: below, a day's average, p95 and maximum cannot be told apart


@dataclass(frozen=True)
class Bar:
    """A network type's magnitude over the quarter, in bits for each unique address."""

    network_type: NetworkType
    magnitude: float
    row: Row


def named_bars_of(report: Report, rows: Sequence[Row]) -> list[Bar]:
    """The same without what is withheld of several types."""
    return [bar for bar in bars_of(report, rows) if bar.network_type.network_type != _units.WITHHELD]


def withheld_types(report: Report, rows: Sequence[Row]) -> list[NetworkType]:
    """Types with traffic whose magnitude is not told."""
    kinds = {report.network_type(row.text("network_type")) for row in rows if row.flag("is_suppressed")}
    return sorted(kinds, key=lambda kind: kind.position)


def bars_of(report: Report, rows: Sequence[Row]) -> list[Bar]:
    """Types with a magnitude, greatest first."""
    bars = [
        Bar(report.network_type(row.text("network_type")), row.number("magnitude"), row)
        for row in rows
        if (row.number_or_none("magnitude") or 0) > 0
    ]
    return sorted(bars, key=lambda bar: (-bar.magnitude, bar.network_type.position))


def drawing(report: Report, rows: Sequence[Row], *, title: str, is_logarithmic: bool) -> Drawing:
    """Horizontal bars with daily marks; `title` is the chart's own finding."""
    bars, withheld = bars_of(report, rows), withheld_types(report, rows)
    scale = "logarithmic" if is_logarithmic else "linear"
    return Drawing(
        figure=_figure(bars, withheld, is_logarithmic),
        data=Table.of(rows, COLUMNS),
        title=title,
        subtitle="Magnitude by network type: bits of the quarter over unique peer addresses of the quarter",
        alternative_text=_alternative_text(bars, withheld, scale),
        units=f"bit for each unique peer address (IP), {scale} axis",
        notes=(*_notes(bars, is_logarithmic), *_withheld_notes(withheld)),
        narrow=_narrow(bars, is_logarithmic),
    )


def _withheld_notes(withheld: Sequence[NetworkType]) -> tuple[str, ...]:
    if not withheld:
        return ()
    names = listed([kind.label for kind in withheld])
    return (f"Hatched: {names}, withheld since too few addresses stand for them or for a type beside them.",)


def _figure(bars: Sequence[Bar], withheld: Sequence[NetworkType], is_logarithmic: bool) -> "Figure":
    import plotly.graph_objects as go

    figure = empty_figure(140 + 48 * (len(bars) + len(withheld)))
    kinds = [bar.network_type.network_type for bar in bars]
    figure.add_trace(
        go.Bar(
            x=[bar.magnitude for bar in bars],
            y=kinds,
            orientation="h",
            name="whole quarter",
            marker={"color": [bar.network_type.colour for bar in bars], "line": {"width": 0}},
            customdata=[_hover(bar) for bar in bars],
            hovertemplate="%{customdata}<extra></extra>",
            width=0.62,
            showlegend=False,
        )
    )
    marked = bars if is_logarithmic else _apart(bars)
    for column, name, symbol in DAILY:
        marks = [(bar.network_type.network_type, bar.row.number_or_none(column)) for bar in marked]
        present = [(kind, value) for kind, value in marks if value]
        if present:
            figure.add_trace(_marks(name, symbol, present))
    _lay_out(figure, bars, withheld, is_logarithmic)
    if withheld:
        figure.add_trace(_hatched(withheld, _ticks(bars, is_logarithmic)[-1]))
    return figure


def _hatched(withheld: Sequence[NetworkType], end: float) -> object:
    """Bars over the whole axis that say nothing of a value."""
    import plotly.graph_objects as go

    return go.Bar(
        x=[end] * len(withheld),
        y=[kind.network_type for kind in withheld],
        orientation="h",
        name=_units.WITHHELD,
        marker={"color": "rgba(0,0,0,0)", "pattern": {"shape": "/", "fgcolor": MUTED, "size": 9}, "line": {"width": 0}},
        hovertemplate="withheld<extra></extra>",
        width=0.62,
        showlegend=False,
    )


def _apart(bars: Sequence[Bar]) -> list[Bar]:
    """Bars whose daily marks do not fall on one another on a linear axis."""
    return [
        bar for bar in bars if (bar.row.number_or_none("magnitude_daily_max") or 0) >= bars[0].magnitude * MARKS_FROM
    ]


def _marks(name: str, symbol: str, present: Sequence[tuple[str, float]]) -> object:
    import plotly.graph_objects as go

    line = {"width": 2, "color": INK} if symbol in {"line-ns", "circle-open"} else {"width": 1, "color": "#ffffff"}
    return go.Scatter(
        x=[value for _, value in present],
        y=[kind for kind, _ in present],
        mode="markers",
        name=name,
        marker={"symbol": symbol, "size": 10 if symbol != "line-ns" else 14, "color": INK, "line": line},
        customdata=[_units.magnitude(value) for _, value in present],
        hovertemplate=f"{name}: <b>%{{customdata}}</b><extra></extra>",
    )


def _ticks(bars: Sequence[Bar], is_logarithmic: bool) -> list[float]:
    """Powers of ten, or round steps from zero, up to the greatest bar and mark."""
    columns = [column for column, _, _ in DAILY]
    values = [value for bar in bars for value in (bar.magnitude, *map(bar.row.number_or_none, columns)) if value]
    values = values or [1.0]
    return _powers(values) if is_logarithmic else round_ticks(max(values))


def _axis(bars: Sequence[Bar], is_logarithmic: bool) -> dict[str, object]:
    ticks = _ticks(bars, is_logarithmic)
    return {
        "tickvals": ticks,
        "ticktext": [_units.tick(tick, "bit/IP") if tick else "0" for tick in ticks],
        "range": [math.log10(ticks[0]), math.log10(ticks[-1])] if is_logarithmic else [0, ticks[-1]],
        "type": "log" if is_logarithmic else "linear",
    }


def _powers(values: Sequence[float]) -> list[float]:
    """Powers of ten from below the least value to the one above the greatest."""
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    if 10.0**low == min(values):
        low -= 1
    return [10.0**power for power in range(low, max(high, low + 1) + 1)]


def _narrow(bars: Sequence[Bar], is_logarithmic: bool) -> Patch:
    """On a phone the legend stands below, and ticks leave out the unit that stands beside each bar."""
    ticks = _ticks(bars, is_logarithmic)
    short = [_units.tick(tick, "") if tick else "0" for tick in ticks]
    return {
        "layout": {
            "margin": {"r": 96},
            "legend": {"y": -0.08, "yanchor": "top"},
            "xaxis": {"ticktext": short, "tickangle": 0},
        }
    }


def _lay_out(figure: "Figure", bars: Sequence[Bar], withheld: Sequence[NetworkType], is_logarithmic: bool) -> None:
    kinds = [*(bar.network_type for bar in bars), *withheld]
    values = [
        *((bar.network_type, f"<b>{_units.magnitude(bar.magnitude)}</b>") for bar in bars),
        *((kind, f"<i>{_units.WITHHELD}</i>") for kind in withheld),
    ]
    figure.update_layout(
        xaxis=_axis(bars, is_logarithmic),
        yaxis={
            "type": "category",
            "autorange": "reversed",
            "showgrid": False,
            "tickvals": [kind.network_type for kind in kinds],
            "ticktext": [plain(kind.label) for kind in kinds],
        },
        margin={"l": 8, "r": 110, "t": 62, "b": 8},
        showlegend=len(figure.data) > 1,
        legend={"y": 1, "yanchor": "bottom", "font": {"size": 12}},
        annotations=[
            {
                "text": text,
                "xref": "paper", "x": 1, "xanchor": "left", "xshift": 8,
                "y": kind.network_type, "align": "left", "name": "value",
            }
            for kind, text in values
        ],
    )  # fmt: skip


def _hover(bar: Bar) -> str:
    return (
        f"<b>{plain(bar.network_type.label)}</b><br>{_units.magnitude(bar.magnitude)}<br>"
        f"{_units.bits(bar.row.number('bits'))} over {_units.count(bar.row.number('unique_ips'))} unique IPs"
    )


def _alternative_text(bars: Sequence[Bar], withheld: Sequence[NetworkType], scale: str) -> str:
    values = [f"{inside(bar.network_type.label)} {_units.magnitude(bar.magnitude)}" for bar in bars]
    values += [f"{inside(kind.label)} {_units.WITHHELD}" for kind in withheld]
    return f"Horizontal bars of magnitude on a {scale} axis, greatest first: {listed(values)}."


def _notes(bars: Sequence[Bar], is_logarithmic: bool) -> tuple[str, ...]:
    notes = []
    if is_logarithmic:
        notes.append("On a logarithmic axis compare where bars end, not how long they are.")
    if any(bar.row.number_or_none(column) for bar in bars for column, _, _ in DAILY):
        notes.append(
            "Daily marks are of each day's own bits over its own addresses: their average, the value that "
            "95% of days stay at or below (p95, nearest rank), and the greatest day. A quarter's bar is "
            "neither their sum nor their mean."
        )
    if not is_logarithmic and len(_apart(bars)) < len(bars):
        notes.append("Daily marks too close to be told apart are left out; the logarithmic chart has them.")
    return tuple(notes)
