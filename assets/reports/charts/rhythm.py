"""The rhythm of the week: each network type's rate by hour of the week, in the operator's time zone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assets.reports.charts import _units
from assets.reports.charts._cells import OF_RATES
from assets.reports.charts._chart import IS_WITHHELD, Chart, Drawing, Table
from assets.reports.charts._marts import Row
from assets.reports.charts._report import NetworkType, Report
from assets.reports.charts._theme import colour_scale, empty_figure, plain
from assets.reports.charts._words import inside, listed

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

SQL = """
select network_type, hour_of_week, sum(bits_per_second_average_local) as bits_per_second_average_local,
    bool_and(is_suppressed) as is_suppressed, count(*) filter (where is_suppressed) as cells_withheld
from marts.rhythm_quarterly
where quarter = $quarter
group by network_type, hour_of_week
order by network_type, hour_of_week
"""
COLUMNS = {
    "network_type": "network_type",
    "hour_of_week": "hour_of_week",
    "bits_per_second_average_local": "bits_per_second_average_local",
    "cells_withheld": "cells_withheld",
    IS_WITHHELD: "is_suppressed",
}
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HOURS = 168
TIMES = "\u00d7\u202f"


@dataclass(frozen=True)
class Week:
    """A network type's mean rates by hour of the week, in bits per second; hours without a value are left out."""

    network_type: NetworkType
    rates: dict[int, float]

    @property
    def mean(self) -> float:
        return sum(self.rates.values()) / len(self.rates)

    @property
    def busiest(self) -> int:
        return max(self.rates, key=lambda hour: (self.rates[hour], -hour))

    @property
    def quietest(self) -> int:
        return min(self.rates, key=lambda hour: (self.rates[hour], hour))

    @property
    def swing(self) -> float:
        """The busiest hour over the quietest one; infinite where that is without traffic."""
        least = self.rates[self.quietest]
        return self.rates[self.busiest] / least if least else float("inf")

    @property
    def peak(self) -> float:
        return self.rates[self.busiest] / self.mean


def draw(report: Report, rows: Sequence[Row]) -> Drawing:
    """A row of 168 hours for each type; the colour is the rate over the type's own mean."""
    weeks = weeks_of(report, rows)
    return Drawing(
        figure=_figure(weeks),
        data=Table.of(rows, COLUMNS),
        title=_title(weeks, rows),
        subtitle=f"Rate of each hour of the week over the type's own mean of the week, {report.timezone}",
        alternative_text=_alternative_text(weeks),
        units="times the type's mean bits per second; the darker, the busier",
        notes=_notes(report, rows, weeks),
        dark={"traces": [{"colorscale": colour_scale("blue", dark=True)}]},
        narrow={
            "layout": {
                "margin": {"r": 64},
                "xaxis": {"ticktext": [day[:2] for day in DAYS], "tickfont": {"size": 11}},
                "yaxis": {"tickfont": {"size": 11}},
            }
        },
    )


def weeks_of(report: Report, rows: Sequence[Row]) -> list[Week]:
    """The weeks of the types that tell one, in the order of types."""
    rates: dict[str, dict[int, float]] = {}
    for row in rows:
        rate = row.number_or_none("bits_per_second_average_local")
        if rate is not None:
            rates.setdefault(row.text("network_type"), {})[row.whole("hour_of_week")] = rate
    weeks = [Week(report.network_type(kind), found) for kind, found in rates.items() if sum(found.values())]
    return sorted(weeks, key=lambda week: week.network_type.position)


def _figure(weeks: Sequence[Week]) -> "Figure":
    import plotly.graph_objects as go

    # Labels and not ids, since a hover tells what stands on the axes.
    labels = [plain(week.network_type.label) for week in weeks]
    figure = empty_figure(96 + 40 * len(weeks))
    heights = [[_height(week, hour) for hour in range(HOURS)] for week in weeks]
    figure.add_trace(
        go.Heatmap(
            x=[spoken_hour(hour) for hour in range(HOURS)],
            y=labels,
            z=heights,
            zmin=0,
            zmax=max([week.peak for week in weeks], default=1.0),
            customdata=[[_told(week, hour) for hour in range(HOURS)] for week in weeks],
            hovertemplate="<b>%{y}</b>, %{x}<br>%{customdata}<extra></extra>",
            hoverongaps=False,
            colorscale=colour_scale("blue"),
            showscale=False,
            ygap=4,
        )
    )
    figure.update_layout(
        xaxis={
            "type": "category",
            "side": "top",
            "showgrid": False,
            "range": [-0.5, HOURS - 0.5],
            "tickvals": [24 * day + 11.5 for day in range(7)],
            "ticktext": list(DAYS),
            "tickangle": 0,
        },
        yaxis={
            "type": "category",
            "autorange": "reversed",
            "showgrid": False,
            "tickvals": labels,
        },
        margin={"l": 8, "r": 72, "t": 62, "b": 8},
        shapes=_midnights(),
        annotations=[
            {
                "text": f"<b>{_ratio(week.swing)}</b>",
                "xref": "paper", "x": 1, "xanchor": "left", "xshift": 8,
                "y": plain(week.network_type.label), "name": "value",
            }
            for week in weeks
        ],
    )  # fmt: skip
    return figure


def _midnights() -> list[dict[str, object]]:
    return [
        {"type": "line", "x0": 24 * day - 0.5, "x1": 24 * day - 0.5, "yref": "paper", "y0": 0, "y1": 1,
         "line": {"width": 1, "color": "#ffffff"}, "name": "midnight"}
        for day in range(1, 7)
    ]  # fmt: skip


def _height(week: Week, hour: int) -> float | None:
    rate = week.rates.get(hour)
    # Colours tell no more than four digits; a week has many hours.
    return None if rate is None else round(rate / week.mean, 4)


def _told(week: Week, hour: int) -> str:
    """How much; the figure's axes tell who and when, since a week has many hours."""
    rate = week.rates.get(hour)
    return "" if rate is None else _units.bits_per_second(rate)


def spoken_hour(hour: int) -> str:
    """An hour of the week: 44 is "Tuesday 20:00"."""
    return f"{DAYS[hour // 24]} {hour % 24:02}:00"


def _ratio(swing: float) -> str:
    return "from 0" if swing == float("inf") else f"{TIMES}{swing:.1f}" if swing < 99.95 else f"{TIMES}{swing:,.0f}"


def _title(weeks: Sequence[Week], rows: Sequence[Row]) -> str:
    named = [week for week in weeks if week.network_type.network_type != _units.WITHHELD]
    if not named:
        return "The rhythm of the week is withheld"
    most = max(named, key=lambda week: (week.swing, -week.network_type.position))
    told = ", of what is told" if any(row.whole("cells_withheld") for row in rows) else ""
    label = most.network_type.label
    if most.swing == float("inf"):
        return f"{label} swings most over the week: busiest on {spoken_hour(most.busiest)}, and silent at times{told}"
    hours = f"on {spoken_hour(most.busiest)} as on {spoken_hour(most.quietest)}"
    return f"{label} swings most over the week: {_units.times(most.swing)} as much {hours}{told}"


def _notes(report: Report, rows: Sequence[Row], weeks: Sequence[Week]) -> tuple[str, ...]:
    notes = ["On the right the busiest hour over the quietest one. Hours are means over all weeks observed."]
    partly = sorted(
        {report.network_type(row.text("network_type")).label for row in rows if row.whole("cells_withheld")}
    )
    if partly:
        notes.append(f"Of {listed(partly)} some regions or directions are withheld and not counted here.")
    if not weeks:
        notes.append("Nothing is drawn, since every type is withheld.")
    return tuple(notes)


def _alternative_text(weeks: Sequence[Week]) -> str:
    if not weeks:
        return "No figure: every type is withheld."
    texts = [
        f"{inside(week.network_type.label)} busiest {spoken_hour(week.busiest)}, quietest {spoken_hour(week.quietest)}"
        for week in weeks
    ]
    return f"A map of network types by 168 hours of the week: {'; '.join(texts)}."


CHART = Chart(
    position=150,
    heading="The week",
    mart="rhythm_quarterly",
    made_from=OF_RATES,
    sql=SQL,
    draw=draw,
)
