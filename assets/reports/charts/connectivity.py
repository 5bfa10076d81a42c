"""By which kind of interface each network type is reached: transit, peering, exchange, private interconnect."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from assets.reports.charts import _units
from assets.reports.charts._cells import MADE_FROM
from assets.reports.charts._chart import IS_WITHHELD, Chart, Drawing, Table
from assets.reports.charts._lanes import bars, lanes_figure, narrow_lanes, percent_axis, type_lanes, withheld_notes
from assets.reports.charts._marts import Row
from assets.reports.charts._report import Report
from assets.reports.charts._theme import text_of
from assets.reports.charts._words import if_told, inside, listed, readable

if TYPE_CHECKING:
    from plotly.graph_objects import Bar

SQL = """
select network_type, connectivity, sum(bits) as bits, bool_and(is_suppressed) as is_suppressed,
    count(*) filter (where is_suppressed) as cells_withheld
from marts.connectivity_quarterly
where quarter = $quarter
group by network_type, connectivity
order by network_type, connectivity
"""
COLUMNS = {
    "network_type": "network_type",
    "connectivity": "connectivity",
    "bits": "bits",
    "cells_withheld": "cells_withheld",
    IS_WITHHELD: "is_suppressed",
}
# From what is paid for to what is one's own, with colours of no network type.
COLOURS = {
    "transit": "#5f6b85",
    "peering": "#8b99b3",
    "exchange": "#b6c6de",
    "private_interconnect": "#c9b458",
    "migration": "#8f7a3a",
    "unknown": "#d5d3cc",
    _units.WITHHELD: "#eceae4",
}
LEAST_NAMED, LEAST_ON_A_PHONE = 0.09, 0.19  # of the whole: below, a bar has no room for its number
PRIVATE = "private_interconnect"


def draw(report: Report, rows: Sequence[Row]) -> Drawing:
    """The bits of each type as a whole, parted by connectivity; both directions and all regions."""
    parts = parts_of(rows)
    told = {kind for kind, _ in parts}
    lanes = type_lanes(report, rows, dict.fromkeys(told, ""))
    axis = percent_axis(1.0)
    figure = lanes_figure(lanes, axis, right=24 if len(told) == len(lanes) else 72)
    for name in [name for name in COLOURS if any(found == name for _, found in parts)]:
        values = [parts.get((lane.key, name)) for lane in lanes]
        label = readable(name)
        figure.add_trace(
            bars(
                lanes,
                values,
                label,
                marker={"color": COLOURS[name], "line": {"width": 1, "color": "#ffffff"}},
                showlegend=True,
                text=[_units.percent(part) if part and part >= LEAST_NAMED else "" for part in values],
                textposition="inside",
                insidetextanchor="middle",
                textangle=0,
                textfont={"color": text_of(COLOURS[name]), "size": 12},
                hovertemplate=f"{label}: %{{x:.1%}}<extra></extra>",
            )
        )
    names = [trace.name for trace in figure.data if trace.showlegend]
    narrow = narrow_lanes(lanes, axis, right=24 if len(told) == len(lanes) else 60, legend=len(names))
    return Drawing(
        figure=figure,
        data=Table.of(rows, COLUMNS),
        title=_title(report, rows),
        subtitle="Bits of each network type by the kind of interface they cross, both directions, all regions",
        alternative_text=_alternative_text(report, parts),
        units="share of the type's bits",
        notes=(*_notes(rows), *withheld_notes(lanes)),
        narrow={**narrow, "traces": [_wide_enough(trace) for trace in figure.data]},
    )


def _wide_enough(trace: "Bar") -> dict[str, object]:
    """On a phone only long bars have room for their number."""
    texts = zip(trace.x, trace.text or [""] * len(trace.x), strict=True)
    return {
        "text": [text if part and part >= LEAST_ON_A_PHONE else "" for part, text in texts],
        "textfont": {"size": 10},
    }


def parts_of(rows: Sequence[Row]) -> dict[tuple[str, str], float]:
    """The part of each connectivity in the bits of a type that are told."""
    whole: dict[str, float] = {}
    for row in rows:
        whole[row.text("network_type")] = whole.get(row.text("network_type"), 0.0) + (row.number_or_none("bits") or 0.0)
    return {
        (kind, connectivity): bits / whole[kind]
        for row in rows
        if (bits := row.number_or_none("bits"))
        for kind, connectivity in [(row.text("network_type"), row.text("connectivity"))]
    }


def _title(report: Report, rows: Sequence[Row]) -> str:
    told = [row for row in rows if row.number_or_none("bits")]
    whole = sum(row.number("bits") for row in told)
    if not whole:
        return "How networks are reached is withheld"
    by_name: dict[str, float] = {}
    for row in told:
        by_name[row.text("connectivity")] = by_name.get(row.text("connectivity"), 0.0) + row.number("bits") / whole
    named = {name: part for name, part in by_name.items() if name != _units.WITHHELD} or by_name
    most = max(named, key=lambda name: (named[name], name))
    untold = if_told(len(told) < len(rows))
    text = f"{readable(most)} interfaces carry most, {_units.percent(named[most])} of traffic{untold}"
    parts = {kind: part for (kind, name), part in parts_of(rows).items() if name == PRIVATE and kind != _units.WITHHELD}
    if not parts:
        return text
    kind = max(parts, key=lambda one: (parts[one], one))
    label = inside(report.network_type(kind).label)
    return f"{text}; {label} has the largest part on private interconnects, {_units.percent(parts[kind])}"


def _notes(rows: Sequence[Row]) -> tuple[str, ...]:
    withheld = sum(row.whole("cells_withheld") for row in rows)
    notes = ["The kind is what interfaces.csv says of the interface; “unknown” is one without a row."]
    if withheld:
        notes.append(
            f"{withheld} cells of region, direction and kind are withheld and not counted under their kind; “Withheld” "
            "holds together what is told of them."
        )
    return tuple(notes)


def _alternative_text(report: Report, parts: dict[tuple[str, str], float]) -> str:
    kinds = dict.fromkeys(kind for kind, _ in parts)
    if not kinds:
        return "No figure: every type is withheld."
    texts = []
    for kind in kinds:
        found = [f"{readable(name).lower()} {_units.percent(part)}" for (of, name), part in parts.items() if of == kind]
        texts.append(f"{inside(report.network_type(kind).label)}: {listed(found)}")
    return f"Bars of each network type's bits by kind of interface. {'; '.join(texts)}."


CHART = Chart(
    position=90,
    heading="Connectivity",
    mart="connectivity_quarterly",
    made_from=MADE_FROM,
    sql=SQL,
    draw=draw,
)
