"""Traffic of each month by network type: bits stacked, and below them the same as shares."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from assets.charts import _units
from assets.charts._chart import Chart, Drawing, Patch, Table
from assets.charts._marts import Row
from assets.charts._report import NetworkType, Report
from assets.charts._theme import CLEAR, empty_figure, plain, spread
from assets.charts._words import inside, listed, month_name

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

SQL = """
select
    month, network_type, bits, share_of_bits, bits_per_second_average, bits_per_second_p95, bits_per_second_max,
    unique_ips, magnitude, relative_standard_error, relative_standard_error_upper, is_low_precision
from marts.network_type_monthly
where month <= $ended_on
order by month, network_type
"""

COLUMNS = {
    "month": "month",
    "network_type": "network_type",
    "bits": "bits",
    "share_of_bits": "share_of_bits",
    "bits_per_second_average": "bits_per_second_average",
    "bits_per_second_p95": "bits_per_second_p95",
    "bits_per_second_max": "bits_per_second_max",
    "unique_ips": "unique_ips",
    "magnitude_bits_per_unique_ip": "magnitude",
    "relative_standard_error": "relative_standard_error",
    "relative_standard_error_upper": "relative_standard_error_upper",
    "is_low_precision": "is_low_precision",
}
MEASURES = ("bits", "share_of_bits")
LABEL_GAP = 0.062  # of the share panel's height, a line of text at the figure's height


@dataclass(frozen=True)
class Months:
    """The rows as a grid: months, the types that carry traffic, and the row of each pair that has one."""

    months: tuple[date, ...]
    types: tuple[NetworkType, ...]
    cells: dict[tuple[date, str], Row]

    @classmethod
    def of(cls, report: Report, rows: Sequence[Row]) -> "Months":
        cells = {(row.day("month"), row.text("network_type")): row for row in rows}
        present = {report.network_type(network_type) for _, network_type in cells}
        months = tuple(sorted({month for month, _ in cells}))
        return cls(months, tuple(sorted(present, key=lambda kind: kind.position)), cells)

    def value(self, month: date, network_type: str, column: str) -> float:
        """A month's value of a type; a type without a row carried nothing."""
        row = self.cells.get((month, network_type))
        return row.number_or_none(column) or 0.0 if row else 0.0

    def peak(self, network_type: str) -> date:
        return max(self.months, key=lambda month: (self.value(month, network_type, "bits"), month))


def draw(report: Report, rows: Sequence[Row]) -> Drawing:
    """Two stacked areas over months: bits above, shares below."""
    months = Months.of(report, rows)
    return Drawing(
        figure=_figure(months),
        data=Table.of(rows, COLUMNS),
        title=_title(months),
        subtitle=f"Boundary traffic of each month by the peer's network type, {_span(months)}",
        alternative_text=_alternative_text(months),
        units="bit a month (above) and share of the month's bits (below)",
        notes=_notes(report, months),
        narrow=_narrow(),
        minimum_width=0,
    )


def _figure(months: Months) -> "Figure":
    import plotly.graph_objects as go

    figure = empty_figure(640)
    one_month = len(months.months) == 1
    for kind in months.types:
        for number, measure in enumerate(MEASURES, 1):
            values = [months.value(month, kind.network_type, measure) for month in months.months]
            form = _units.bits if measure == "bits" else _units.percent
            common = {
                "x": [month.isoformat() for month in months.months],
                "y": values,
                "name": plain(kind.label),
                "legendgroup": kind.network_type,
                "showlegend": number == 2,
                "yaxis": "y" if number == 1 else "y2",
                "customdata": [form(value) for value in values],
                "hovertemplate": "%{fullData.name}: <b>%{customdata}</b><extra></extra>",
            }
            figure.add_trace(
                go.Bar(**common, marker={"color": kind.colour})
                if one_month
                else go.Scatter(
                    **common,
                    mode="lines",
                    stackgroup=measure,
                    line={"width": 0.6, "color": kind.colour},
                    fillcolor=kind.colour,
                )
            )
    _lay_out(figure, months)
    return figure


def _lay_out(figure: "Figure", months: Months) -> None:
    totals = [sum(months.value(month, kind.network_type, "bits") for kind in months.types) for month in months.months]
    ticks = _bit_ticks(max(totals, default=0.0))
    figure.update_layout(
        hovermode="x unified",
        barmode="stack",
        bargap=0.6,
        margin={"l": 8, "r": 172, "t": 30, "b": 8},
        legend={"traceorder": "normal", "font": {"size": 12}},
        xaxis={
            "anchor": "y2",
            "tickvals": [month.isoformat() for month in months.months],
            "ticktext": [f"{month_name(month)[:3]}<br>{month.year}" for month in months.months],
            "hoverformat": "%B %Y",
            "showgrid": False,
            "type": "date",
        },
        yaxis={"domain": [0.56, 1], "tickvals": ticks, "ticktext": [_units.bits(tick) for tick in ticks], "rangemode": "tozero"},
        yaxis2={"domain": [0, 0.46], "range": [0, 1], "tickvals": [0, 0.25, 0.5, 0.75, 1], "ticktext": ["0%", "25%", "50%", "75%", "100%"]},
        annotations=[*_panel_names(), *_end_labels(months)],
    )


def _bit_ticks(highest: float) -> list[float]:
    """Four or five round ticks from zero to the highest value."""
    if highest <= 0:
        return [0.0]
    raw = highest / 4
    power = 10.0 ** (len(str(int(raw))) - 1)
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw)
    return [step * index for index in range(int(highest / step) + 1)]


def _panel_names() -> list[dict[str, object]]:
    return [
        {"text": f"<b>{text}</b>", "xref": "paper", "yref": "paper", "x": 0, "y": y, "xanchor": "left", "yanchor": "bottom", "yshift": 6}
        for text, y in (("Bits a month", 1.0), ("Share of the month's bits", 0.46))
    ]


def _end_labels(months: Months) -> list[dict[str, object]]:
    """Names and shares of the last month beside the bands that they name, instead of a legend."""
    last, lower, middles = months.months[-1], 0.0, []
    for kind in months.types:
        share = months.value(last, kind.network_type, "share_of_bits")
        middles.append(lower + share / 2)
        lower += share
    places = spread(middles, LABEL_GAP * 1.0, 0.02, 0.98)
    return [
        {
            "text": f'<span style="color:{kind.colour}">■</span> {plain(kind.label)} '
            f"<b>{_units.percent(months.value(last, kind.network_type, 'share_of_bits'))}</b>",
            "xref": "paper", "yref": "y2", "x": 1, "y": place, "xanchor": "left", "yanchor": "middle", "xshift": 8, "align": "left",
            "bgcolor": CLEAR,
        }
        for kind, place in zip(months.types, places, strict=True)
    ]  # fmt: skip


def _narrow() -> Patch:
    """On a phone the labels at the bands become a legend below."""
    return {
        "layout": {
            "showlegend": True,
            "margin": {"l": 8, "r": 8, "t": 30, "b": 8},
            "annotations": _panel_names(),
            "height": 700,
        }
    }


def _title(months: Months) -> str:
    last, first = months.months[-1], months.months[0]
    leader = max(months.types, key=lambda kind: (months.value(last, kind.network_type, "bits"), -kind.position))
    leading = f"{leader.label} carries {_units.percent(months.value(last, leader.network_type, 'share_of_bits'))} of {month_name(last)}'s traffic"
    gains = {
        kind: months.value(last, kind.network_type, "share_of_bits") - months.value(first, kind.network_type, "share_of_bits")
        for kind in months.types
    }
    winner = max(gains, key=lambda kind: (gains[kind], -kind.position))
    if gains[winner] <= 0.0005:
        return leading
    growth = (
        f"from {_units.percent(months.value(first, winner.network_type, 'share_of_bits'))} in {month_name(first)} "
        f"to {_units.percent(months.value(last, winner.network_type, 'share_of_bits'))} in {month_name(last)}"
    )
    if winner == leader:
        return f"{leader.label} leads and grows most, {growth}"
    return f"{winner.label} grows most, {growth}; {inside(leading)}"


def _span(months: Months) -> str:
    first, last = months.months[0], months.months[-1]
    if first == last:
        return f"{month_name(first)} {first.year}"
    return f"{month_name(first)} {first.year} to {month_name(last)} {last.year}"


def _alternative_text(months: Months) -> str:
    last = months.months[-1]
    shares = [
        f"{inside(kind.label)} {_units.percent(months.value(last, kind.network_type, 'share_of_bits'))}"
        for kind in months.types
    ]
    totals = [
        f"{month_name(month)} {_units.bits(sum(months.value(month, kind.network_type, 'bits') for kind in months.types))}"
        for month in months.months
    ]
    peaks = [f"{inside(kind.label)} in {month_name(months.peak(kind.network_type))}" for kind in months.types]
    return (
        f"Two stacked area charts by network type, {_span(months)}. Total bits a month: {listed(totals)}. "
        f"Shares in {month_name(last)}: {listed(shares)}. Months with most bits: {listed(peaks)}."
    )


def _notes(report: Report, months: Months) -> tuple[str, ...]:
    notes = []
    first = months.months[0]
    if (first.year, first.month) == (report.window.tracking_began_on.year, report.window.tracking_began_on.month):
        notes.append(f"Tracking began {report.window.tracking_began_on.isoformat()}; nothing is known before.")
    weak = sorted(
        {report.network_type(kind).label for (_, kind), row in months.cells.items() if row.flag("is_low_precision")}
    )
    if weak:
        notes.append(f"Low precision (1.96 × relative standard error over 10%) in at least one month: {listed(weak)}.")
    notes.append("Months differ in length; average rates stand in the data.")
    return tuple(notes)


CHART = Chart(position=10, heading="Traffic by month", mart="network_type_monthly", sql=SQL, draw=draw)
