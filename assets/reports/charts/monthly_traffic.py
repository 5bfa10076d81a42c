"""Traffic of each month by network type: bits stacked, and below them the same as shares."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from assets.reports.charts import _units
from assets.reports.charts._cells import MADE_FROM
from assets.reports.charts._chart import IS_WITHHELD, Chart, Drawing, Patch, Table
from assets.reports.charts._marts import Row
from assets.reports.charts._months import Months
from assets.reports.charts._report import Report
from assets.reports.charts._theme import MUTED, empty_figure, plain, round_ticks, spread
from assets.reports.charts._words import inside, listed, month_name

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

SQL = """
select
    month, network_type, bits, share_of_bits,
    bits_per_second_average, bits_per_second_p95, bits_per_second_max,
    covered_bins, sampled_packets_per_bin_median,
    unique_ips, magnitude, relative_standard_error, relative_standard_error_upper, is_low_precision, is_suppressed
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
    "covered_bins": "covered_bins",
    "sampled_packets_per_bin_median": "sampled_packets_per_bin_median",
    "unique_ips": "unique_ips",
    "magnitude_bits_per_unique_ip": "magnitude",
    "relative_standard_error": "relative_standard_error",
    "relative_standard_error_upper": "relative_standard_error_upper",
    "is_low_precision": "is_low_precision",
    IS_WITHHELD: "is_suppressed",
}
BESIDE = "beside"  # the name of annotations at the right edge
QUARTER_LINE = "#ffffff"
MANY_MONTHS = 14
MEASURES = ("bits", "share_of_bits")
LABEL_GAP = 0.062  # of the share panel's height, a line of text at the figure's height


def draw(report: Report, rows: Sequence[Row]) -> Drawing:
    """Two stacked areas over months: bits above, shares below."""
    months = Months.of(report, rows)
    return Drawing(
        figure=_figure(months),
        data=Table.of(rows, COLUMNS),
        title=_title(months),
        subtitle=f"Boundary traffic of each month by the peer's network type, {months.span}",
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
            values = [months.amount(month, kind.network_type, measure) for month in months.months]
            common = {
                "x": [_middle(month) for month in months.months],
                "y": values,
                "name": plain(kind.label),
                "legendgroup": kind.network_type,
                "showlegend": number == 2,
                "yaxis": "y" if number == 1 else "y2",
                "customdata": [_units.or_withheld(measure, value) for value in values],
                "hovertemplate": "%{fullData.name}: <b>%{customdata}</b><extra></extra>",
            }
            figure.add_trace(
                go.Bar(**common, marker={"color": kind.colour})
                if one_month
                else go.Scatter(
                    **common,
                    mode="lines",
                    stackgroup=measure,
                    line={"width": 1, "color": "#ffffff"},
                    fillcolor=kind.colour,
                )
            )
    _lay_out(figure, months)
    for number, measure in enumerate(MEASURES, 1):
        if withheld := months.withheld_months(measure):
            figure.add_trace(_hatched(withheld, "y" if number == 1 else "y2", figure.layout[f"yaxis{number}"].range[1]))
    return figure


def _hatched(months: Sequence[date], axis: str, end: float) -> object:
    """Months of which a part is withheld, over the whole height of a panel."""
    import plotly.graph_objects as go

    return go.Bar(
        x=[_middle(month) for month in months],
        y=[end] * len(months),
        width=[25 * 86_400_000] * len(months),
        yaxis=axis,
        name=_units.WITHHELD,
        marker={"color": "rgba(0,0,0,0)", "pattern": {"shape": "/", "fgcolor": MUTED, "size": 9}, "line": {"width": 0}},
        hovertemplate="a part is withheld<extra></extra>",
        showlegend=False,
    )


def _lay_out(figure: "Figure", months: Months) -> None:
    totals = [months.total(month) for month in months.months]
    ticks = round_ticks(max(totals))
    names = _named_months(months.months)
    figure.update_layout(
        hovermode="x unified",
        barmode="stack",
        bargap=0.6,
        margin={"l": 8, "r": 172, "t": 48, "b": 8},
        legend={"traceorder": "normal", "font": {"size": 12}},
        xaxis={
            "anchor": "y2",
            "tickvals": list(names),
            "ticktext": list(names.values()),
            "hoverformat": "%B %Y",
            "showgrid": False,
            "type": "date",
        },
        yaxis={
            "domain": [0.56, 1],
            "tickvals": ticks,
            "ticktext": [_units.tick(tick, "bit") if tick else "0" for tick in ticks],
            "range": [0, ticks[-1]],
        },
        yaxis2={
            "domain": [0, 0.46],
            "range": [0, 1],
            "tickvals": [0, 0.25, 0.5, 0.75, 1],
            "ticktext": ["0%", "25%", "50%", "75%", "100%"],
        },
        shapes=_quarter_lines(months),
        annotations=[*_panel_names(), *_end_labels(months), _end_total(months, totals[-1])],
    )


def _middle(month: date) -> str:
    """Where a month's value stands: its middle, so that quarters end between months."""
    return month.replace(day=15).isoformat()


def _named_months(months: Sequence[date]) -> dict[str, str]:
    """Places and short names below the axis: each month, or each quarter's first where there are many."""
    named = [month for month in months if len(months) <= MANY_MONTHS or month.month % 3 == 1]
    with_year = {named[0], *(month for month in named if month.month == 1)}
    return {
        _middle(month): month_name(month)[:3] + (f"<br>{month.year}" if month in with_year else "") for month in named
    }


def _panel_names() -> list[dict[str, object]]:
    return [
        {
            "text": f"<b>{text}</b>",
            "xref": "paper",
            "yref": "paper",
            "x": 0,
            "y": y,
            "xanchor": "left",
            "yanchor": "bottom",
            "yshift": 6,
        }
        for text, y in (("Bits a month", 1.0), ("Share of the month's bits", 0.46))
    ]


def _quarter_lines(months: Months) -> list[dict[str, object]]:
    """A dotted line where each quarter after the first begins."""
    starts = [month for month in months.months[1:] if month.month % 3 == 1]
    return [
        {"type": "line", "xref": "x", "x0": start.isoformat(), "x1": start.isoformat(),
         "yref": "paper", "y0": 0, "y1": 1,
         "line": {"width": 1, "dash": "dot", "color": QUARTER_LINE}, "name": "quarter"}
        for start in starts
    ]  # fmt: skip


def _end_total(months: Months, total: float) -> dict[str, object]:
    return {
        "text": f"{month_name(months.months[-1])} in all<br><b>{_units.bits(total)}</b>",
        "name": BESIDE, "xref": "paper", "x": 1, "xanchor": "left", "xshift": 8, "align": "left",
        "yref": "y", "y": total, "yanchor": "middle",
    }  # fmt: skip


def _end_labels(months: Months) -> list[dict[str, object]]:
    """Names and shares of the last month beside the bands that they name, instead of a legend."""
    last, lower, middles = months.months[-1], 0.0, []
    for kind in months.types:
        part = months.value(last, kind.network_type, "share_of_bits")
        middles.append(lower + part / 2)
        lower += part
    places = spread(middles, LABEL_GAP, 0.02, 0.98)
    return [
        {
            "text": f'<span style="color:{kind.colour}">■</span> {plain(kind.label)} '
            f"<b>{_units.or_withheld('share_of_bits', months.share(last, kind))}</b>",
            "name": BESIDE, "xref": "paper", "x": 1, "xanchor": "left", "xshift": 8, "align": "left",
            "yref": "y2", "y": place, "yanchor": "middle",
        }
        for kind, place in zip(months.types, places, strict=True)
    ]  # fmt: skip


def _narrow() -> Patch:
    """On a phone the labels at the bands become a legend below."""
    return {
        "layout": {
            "showlegend": True,
            "margin": {"r": 20},
            "height": 700,
        },
        "without": [BESIDE],
    }


def _title(months: Months) -> str:
    first, last = months.months[0], months.months[-1]
    shares = {
        kind: (before, after)
        for kind in months.named
        if (before := months.share(first, kind)) is not None and (after := months.share(last, kind)) is not None
    }
    if not shares:
        return f"The shares of {months.name(first)} or {months.name(last)} are withheld"
    of_what = " of the types that are told" if months.withheld_types else ""
    leader = max(shares, key=lambda kind: (shares[kind][1], -kind.position))
    winner = max(shares, key=lambda kind: (shares[kind][1] - shares[kind][0], -kind.position))
    leading = f"{leader.label} carries {_units.percent(shares[leader][1])} of {months.name(last)}'s traffic"
    earlier, later = (_units.percent(share) for share in shares[winner])
    if earlier == later:
        return leading
    growth = f"from {earlier} in {months.name(first)} to {later} in {months.name(last)}"
    if winner == leader:
        if months.withheld_types:
            return f"Of the types that are told, {inside(leader.label)} carries most and grew most, {growth}"
        return f"{leader.label} now carries most and grew most, {growth}"
    return f"{winner.label} grew most{of_what}, {growth}; {inside(leading)}"


def _alternative_text(months: Months) -> str:
    last = months.months[-1]
    shares = [
        f"{inside(kind.label)} {_units.or_withheld('share_of_bits', months.share(last, kind))}" for kind in months.types
    ]
    totals = [f"{months.name(month)} {_units.bits(months.total(month))}" for month in months.months]
    peaks = [f"{inside(kind.label)} in {months.name(months.peak(kind.network_type))}" for kind in months.types]
    return (
        f"Two stacked area charts by network type, {months.span}. Total bits a month: {listed(totals)}. "
        f"Shares in {months.name(last)}: {listed(shares)}. Months with most bits: {listed(peaks)}."
    )


def _notes(report: Report, months: Months) -> tuple[str, ...]:
    notes = []
    first = months.months[0]
    if (first.year, first.month) == (
        report.window.tracking_began_on.year,
        report.window.tracking_began_on.month,
    ):
        notes.append(f"Tracking began {report.window.tracking_began_on.isoformat()}; nothing is known before.")
    weak = sorted(
        {report.network_type(kind).label for (_, kind), row in months.cells.items() if row.flag("is_low_precision")}
    )
    if weak:
        notes.append(f"Low precision ({report.low_precision}) in at least one month: {listed(weak)}.")
    names = [report.network_type(kind).label for kind in months.withheld_types if kind != _units.WITHHELD]
    if names:
        notes.append(
            "Withheld in at least one month, too few addresses standing for them or for a type beside them: "
            f"{listed(names)}."
        )
    if months.withheld_types:
        notes.append("“Withheld” holds together what is not told alone; hatched months leave out a part.")
    if any(month.month % 3 == 1 for month in months.months[1:]):
        notes.append("Dotted lines part quarters.")
    notes.append(
        "Months differ in length; the data have rates, too: the mean, the value that 95% of covered 5-minute "
        "bins stay at or below (p95, nearest rank), the largest bin, and the median of packets sampled in a "
        "bin, since noise lifts p95 and maximum where it is small."
    )
    return tuple(notes)


CHART = Chart(
    position=10,
    heading="Traffic by month",
    mart="network_type_monthly",
    made_from=MADE_FROM,
    sql=SQL,
    draw=draw,
    spans_quarters=True,
    cells="month <= $ended_on",
)
