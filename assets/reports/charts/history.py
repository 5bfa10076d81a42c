"""History: each network type's share of traffic over all quarters, and the season as soon as it can be told."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from assets.reports.charts import _units
from assets.reports.charts._calendar import spoken
from assets.reports.charts._cells import MADE_FROM
from assets.reports.charts._chart import IS_WITHHELD, Chart, Drawing, Table
from assets.reports.charts._marts import Row
from assets.reports.charts._report import NetworkType, Report
from assets.reports.charts._theme import empty_figure, plain, spread
from assets.reports.charts._words import if_told, inside, listed

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

SQL = """
select quarter, network_type, bits, share_of_bits, bits_per_second_average, unique_ips, magnitude,
    relative_standard_error, relative_standard_error_upper, is_low_precision, is_suppressed,
    days_present, days_expected
from marts.network_type_quarterly
inner join (select quarter, days_present, days_expected from marts.coverage_quarterly) using (quarter)
where quarter <= $quarter
order by quarter, network_type
"""
COLUMNS = {
    "quarter": "quarter",
    "network_type": "network_type",
    "bits": "bits",
    "share_of_bits": "share_of_bits",
    "bits_per_second_average": "bits_per_second_average",
    "unique_ips": "unique_ips",
    "magnitude_bits_per_unique_ip": "magnitude",
    "relative_standard_error": "relative_standard_error",
    "relative_standard_error_upper": "relative_standard_error_upper",
    "is_low_precision": "is_low_precision",
    IS_WITHHELD: "is_suppressed",
}
SEASON_FROM = 5  # quarters: the first of which a year ago is known
INTERVAL = 1.96
GAP = 0.05
HEIGHT = 480


def draw(report: Report, rows: Sequence[Row]) -> Drawing:
    """A line for each type over quarters, with intervals; quarters observed in part are hollow."""
    shares = shares_of(rows)
    quarters = sorted({row.text("quarter") for row in rows})
    return Drawing(
        figure=_figure(report, rows, quarters),
        data=Table.of(rows, COLUMNS),
        title=_title(report, rows, quarters),
        subtitle=f"Share of traffic by network type, {_span(quarters)}",
        alternative_text=_alternative_text(report, shares, quarters),
        units="share of the quarter's boundary bits; whiskers are 95% intervals of sampling",
        notes=_notes(report, rows, quarters),
        narrow={
            "layout": {"margin": {"r": 12, "b": 130}, "showlegend": True, "legend": {"y": -0.12, "font": {"size": 11}}},
            "without": ["beside"],
        },
    )


def shares_of(rows: Sequence[Row]) -> dict[tuple[str, str], float]:
    """The share of each quarter and type that is told."""
    return {
        (row.text("quarter"), row.text("network_type")): share
        for row in rows
        if (share := row.number_or_none("share_of_bits")) is not None
    }


def _figure(report: Report, rows: Sequence[Row], quarters: Sequence[str]) -> "Figure":
    import plotly.graph_objects as go

    cells = {(row.text("quarter"), row.text("network_type")): row for row in rows}
    partial = {row.text("quarter") for row in rows if row.whole("days_present") < row.whole("days_expected")}
    figure = empty_figure(HEIGHT)
    for kind in _kinds(report, rows):
        found = [cells.get((quarter, kind.network_type)) for quarter in quarters]
        values = [row.number_or_none("share_of_bits") if row else None for row in found]
        figure.add_trace(
            go.Scatter(
                x=[spoken(quarter) for quarter in quarters],
                y=values,
                name=plain(kind.label),
                mode="lines+markers",
                line={"width": 2.5, "color": kind.colour},
                marker={
                    "size": 9,
                    "color": ["#ffffff" if quarter in partial else kind.colour for quarter in quarters],
                    "line": {"width": 2.5, "color": kind.colour},
                },
                error_y={"type": "data", "array": [_margin(row) for row in found], "thickness": 1.2, "width": 3},
                customdata=[_units.or_withheld("share_of_bits", value) for value in values],
                hovertemplate="%{fullData.name}: <b>%{customdata}</b><extra></extra>",
            )
        )
    _lay_out(figure, report, rows, quarters)
    return figure


def _margin(row: Row | None) -> float:
    error = row.number_or_none("relative_standard_error") if row else None
    return INTERVAL * (error or 0.0) * ((row.number_or_none("share_of_bits") if row else None) or 0.0)


def _kinds(report: Report, rows: Sequence[Row]) -> list[NetworkType]:
    told = {row.text("network_type") for row in rows if row.number_or_none("share_of_bits") is not None}
    return sorted((report.network_type(kind) for kind in told), key=lambda kind: kind.position)


def _lay_out(figure: "Figure", report: Report, rows: Sequence[Row], quarters: Sequence[str]) -> None:
    shares = shares_of(rows)
    highest = max(shares.values(), default=1.0)
    end = next(end for end in (0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0) if highest <= end or end == 1.0)
    last = [
        (kind, shares[quarters[-1], kind.network_type])
        for kind in _kinds(report, rows)
        if (quarters[-1], kind.network_type) in shares
    ]
    places = spread([share / end for _, share in last], GAP, 0.0, 1.0)
    ticks = [end * part for part in (0, 0.25, 0.5, 0.75, 1)]
    figure.update_layout(
        hovermode="x unified",
        margin={"l": 8, "r": 168, "t": 48, "b": 8},
        legend={"traceorder": "normal"},
        xaxis={"type": "category", "showgrid": False, "range": [-0.25, len(quarters) - 0.8]},
        yaxis={"range": [0, end * 1.02], "tickvals": ticks, "ticktext": [f"{tick * 100:.3g}%" for tick in ticks]},
        annotations=[
            {
                "text": _beside(kind, share),
                "xref": "paper", "x": 1, "xanchor": "left", "xshift": 4, "yref": "paper", "y": place / 1.02,
                "yanchor": "middle", "name": "beside",
            }
            for (kind, share), place in zip(last, places, strict=True)
        ],
    )  # fmt: skip


def _beside(kind: NetworkType, share: float) -> str:
    return f'<span style="color:{kind.colour}">■</span> {plain(kind.label)} <b>{_units.percent(share)}</b>'


def _span(quarters: Sequence[str]) -> str:
    return spoken(quarters[0]) if len(quarters) == 1 else f"{spoken(quarters[0])} to {spoken(quarters[-1])}"


def _year_before(quarter: str) -> str:
    return f"{int(quarter[:4]) - 1}{quarter[4:]}"


def _title(report: Report, rows: Sequence[Row], quarters: Sequence[str]) -> str:
    shares, last = shares_of(rows), quarters[-1]
    named = {kind: share for (quarter, kind), share in shares.items() if quarter == last and kind != _units.WITHHELD}
    if not named:
        return "The history of shares is withheld"
    told = if_told(any(row.number_or_none("share_of_bits") is None for row in rows))
    first = _year_before(last) if _year_before(last) in quarters else quarters[0]
    if first == last:
        most = max(named, key=lambda kind: (named[kind], kind))
        label = report.network_type(most).label
        return f"History begins with {spoken(last)}: {label} carries most{told}, {_units.percent(named[most])}"
    changes = {kind: share - shares[first, kind] for kind, share in named.items() if (first, kind) in shares}
    if not changes:
        return "The history of shares is withheld"
    most = max(changes, key=lambda kind: (abs(changes[kind]), kind))
    return (
        f"Since {spoken(first)} {inside(report.network_type(most).label)} changed most{told}: from "
        f"{_units.percent(shares[first, most])} to {_units.percent(named[most])} of traffic"
    )


def _notes(report: Report, rows: Sequence[Row], quarters: Sequence[str]) -> tuple[str, ...]:
    notes = []
    partial = {
        row.text("quarter"): f"{row.whole('days_present')} of {row.whole('days_expected')} days"
        for row in rows
        if row.whole("days_present") < row.whole("days_expected")
    }
    if partial:
        told = listed([f"{spoken(quarter)} ({days})" for quarter, days in sorted(partial.items())])
        notes.append(f"Hollow: observed in part, {told}.")
    if len(quarters) < SEASON_FROM:
        notes.append(
            f"Season can't be told yet: that takes {SEASON_FROM} quarters, "
            f"and there {'is' if len(quarters) == 1 else 'are'} {len(quarters)}."
        )
    elif _year_before(quarters[-1]) in quarters:
        notes.append(f"Beside the same quarter a year ago: {_of_a_year(report, rows, quarters[-1])}.")
    if any(row.number_or_none("share_of_bits") is None for row in rows):
        notes.append("Where a line has a gap the share is withheld; “Withheld” holds together what is told of them.")
    return tuple(notes)


def _of_a_year(report: Report, rows: Sequence[Row], last: str) -> str:
    shares, found = shares_of(rows), []
    for kind in _kinds(report, rows):
        now, then = (shares.get((quarter, kind.network_type)) for quarter in (last, _year_before(last)))
        if now is not None and then is not None:
            found.append(f"{inside(kind.label)} {_units.percentage_points(now - then)}")
    return listed(found)


def _alternative_text(report: Report, shares: dict[tuple[str, str], float], quarters: Sequence[str]) -> str:
    if not shares:
        return "No figure: every share is withheld."
    texts = []
    for quarter in quarters:
        found = [
            f"{inside(report.network_type(kind).label)} {_units.percent(share)}"
            for (of, kind), share in shares.items()
            if of == quarter
        ]
        texts.append(f"{spoken(quarter)}: {listed(found)}")
    return f"Lines of the share of each network type by quarter. {'; '.join(texts)}."


CHART = Chart(
    position=160,
    heading="History",
    mart="network_type_quarterly",
    made_from=MADE_FROM,
    sql=SQL,
    draw=draw,
    spans_quarters=True,
    cells="quarter <= $quarter",
)
