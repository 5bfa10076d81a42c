"""The bridge between quarters: how much of each share's difference is traffic, and how much is something else."""

from collections.abc import Sequence

from assets.reports.charts import _units
from assets.reports.charts._cells import MADE_FROM
from assets.reports.charts._chart import IS_WITHHELD, Chart, Drawing, Table
from assets.reports.charts._lanes import Axis, bars, dots, lanes_figure, narrow_lanes, type_lanes, withheld_notes
from assets.reports.charts._marts import Row
from assets.reports.charts._report import Report
from assets.reports.charts._theme import round_ticks
from assets.reports.charts._words import if_told, inside, listed

SQL = """
select member as network_type, metric, dimension, member, previous_quarter, previous_value, previous_value_restated,
    traffic_effect, reclassification_effect, definition_effect, coverage_effect, value, is_suppressed
from marts.quarter_bridge
where quarter = $quarter and metric = 'share_of_bits' and dimension = 'network_type'
order by member
"""
COLUMNS = {
    "metric": "metric",
    "dimension": "dimension",
    "member": "member",
    "previous_quarter": "previous_quarter",
    "previous_value": "previous_value",
    "previous_value_restated": "previous_value_restated",
    "traffic_effect": "traffic_effect",
    "reclassification_effect": "reclassification_effect",
    "definition_effect": "definition_effect",
    "coverage_effect": "coverage_effect",
    "value": "value",
    IS_WITHHELD: "is_suppressed",
}
# What a difference is made of, with its name and a look that is no network type's.
EFFECTS = (
    ("traffic_effect", "traffic", {"color": "#5f6b85"}),
    ("reclassification_effect", "reclassification", {"color": "#d9bf4e"}),
    ("definition_effect", "definition", {"color": "#a9c4e6"}),
    ("coverage_effect", "coverage", {"color": "#b9b3a8"}),
)
LEAST = 0.00005  # of all traffic: what is less shows on no figure


def draw(report: Report, rows: Sequence[Row]) -> Drawing:
    """Bars from zero for each type, stacked by what they are made of, with a mark where they add up."""
    changes = changes_of(rows)
    lanes = type_lanes(report, rows, {kind: _units.percentage_points(change) for kind, change in changes.items()})
    by_kind = {row.text("network_type"): row for row in rows}
    effects = {
        column: [by_kind[lane.key].number_or_none(column) if lane.key in changes else None for lane in lanes]
        for column, _, _ in EFFECTS
    }
    axis = _axis([value for values in effects.values() for value in values if value], list(changes.values()))
    figure = lanes_figure(lanes, axis, right=112)
    for column, name, look in EFFECTS:
        if any(abs(value or 0.0) > LEAST for value in effects[column]):
            hover = f"{name}: %{{x:+.1%}}<extra></extra>"
            figure.add_trace(
                bars(
                    lanes,
                    effects[column],
                    name,
                    marker={**look, "line": {"width": 0}},
                    showlegend=True,
                    hovertemplate=hover,
                )
            )
    marks = [changes.get(lane.key) for lane in lanes]
    figure.add_trace(dots(lanes, marks, "difference", "diamond", hovertemplate="in all: %{x:+.1%}<extra></extra>"))
    before = rows[0].text("previous_quarter")
    return Drawing(
        figure=figure,
        data=Table.of(rows, COLUMNS),
        title=_title(report, rows, changes),
        subtitle=f"Difference of each type's share of traffic since {before[4:]} {before[:4]}, and what it is made of",
        alternative_text=_alternative_text(report, rows, changes),
        units="percentage points of all boundary bits",
        notes=(*_notes(report, rows), *withheld_notes(lanes)),
        narrow=narrow_lanes(lanes, axis, right=96, every=len(axis.ticks) // 2, legend=3),
    )


def changes_of(rows: Sequence[Row]) -> dict[str, float]:
    """The difference of each type of which both values and what it is made of are told."""
    return {
        row.text("network_type"): row.number("value") - row.number("previous_value")
        for row in rows
        if None
        not in [row.number_or_none(name) for name in ("value", "previous_value", *(one for one, _, _ in EFFECTS))]
    }


def _axis(effects: Sequence[float], changes: Sequence[float]) -> Axis:
    greatest = max([abs(value) for value in (*effects, *changes)], default=0.01) or 0.01
    ticks = round_ticks(greatest)
    both = (*(-tick for tick in reversed(ticks[1:])), *ticks)
    return Axis(both, tuple(f"{tick * 100:+.3g}".replace("-", _units.MINUS) if tick else "0" for tick in both))


def _title(report: Report, rows: Sequence[Row], changes: dict[str, float]) -> str:
    if not changes:
        return "What the difference is made of is withheld"
    most = max(changes, key=lambda kind: (abs(changes[kind]), kind))
    label, told = report.network_type(most).label, if_told(len(changes) < len(rows))
    text = f"{label} changed most{told}, by {_units.percentage_points(changes[most])}"
    moved = {
        row.text("network_type"): row.number("reclassification_effect")
        for row in rows
        if row.text("network_type") in changes and abs(row.number("reclassification_effect")) > LEAST
    }
    if not moved:
        return f"{text}; no network changed its type"
    kind = max(moved, key=lambda one: (abs(moved[one]), moved[one], one))
    return (
        f"{text}; of {inside(report.network_type(kind).label)}'s {_units.percentage_points(changes[kind])}, "
        f"{_units.percentage_points(moved[kind])} are networks that changed their type"
    )


def _notes(report: Report, rows: Sequence[Row]) -> tuple[str, ...]:
    notes = [
        "Traffic: networks sent or received more or less. Reclassification: networks changed their type. Definition: "
        "groups hold other types. Coverage: more or less was observed. They add up to the difference, exactly.",
        "Two quarters make one pair; a difference is not a trend.",
    ]
    if report.previous and report.previous.is_partial:
        notes.append(f"{report.previous.spoken} is {report.previous.why_partial}.")
    return tuple(notes)


def _alternative_text(report: Report, rows: Sequence[Row], changes: dict[str, float]) -> str:
    if not changes:
        return "No figure: every type is withheld."
    texts = []
    for row in rows:
        kind = row.text("network_type")
        if kind in changes:
            parts = [
                f"{name} {_units.percentage_points(row.number(column))}"
                for column, name, _ in EFFECTS
                if abs(row.number(column)) > LEAST
            ]
            made = f" ({listed(parts)})" if len(parts) > 1 else ""
            texts.append(f"{inside(report.network_type(kind).label)} {_units.percentage_points(changes[kind])}{made}")
    return f"Stacked bars of the difference of each type's share: {'; '.join(texts)}."


CHART = Chart(
    position=55,
    heading="The bridge between quarters",
    mart="quarter_bridge",
    made_from=(
        *MADE_FROM, "cells_of_types", "network_types_before", "network_types_by_quarter", "placed_traffic_bins",
        "share_groups_by_quarter", "typed_peer_address_days", "typed_traffic_bins",
    ),
    sql=SQL,
    draw=draw,
    cells="quarter = $quarter and metric = 'share_of_bits' and dimension = 'network_type'",
)  # fmt: skip
