"""The workflow mesh: which networks run AI workflows with us, when, and how fast on each side."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from assets.reports.charts import _units
from assets.reports.charts._cells import OF_ADDRESSES
from assets.reports.charts._chart import IS_WITHHELD, Chart, Drawing, Table
from assets.reports.charts._lanes import Axis, Lane, lanes_figure, narrow_lanes, not_drawn
from assets.reports.charts._marts import Row
from assets.reports.charts._report import NetworkType, Report
from assets.reports.charts._theme import plain
from assets.reports.charts._words import counted, listed

SQL = """
select network_type, network_key, region, direction, began_at, ended_at, bits, own_addresses, unique_ips,
    bits_per_second_sustained, bits_per_second_max,
    bits_per_second_per_own_address, bits_per_second_per_own_address_max,
    bits_per_second_per_peer_address, bits_per_second_per_peer_address_max, is_suppressed
from marts.ai_workflows
where quarter = $quarter
order by bits desc nulls last, network_type, network_key, region, direction, began_at
"""
COLUMNS = {
    "network_type": "network_type",
    "network_key": "network_key",
    "region": "region",
    "direction": "direction",
    "began_at": "began_at",
    "ended_at": "ended_at",
    "bits": "bits",
    "own_addresses": "own_addresses",
    "unique_ips": "unique_ips",
    "bits_per_second_sustained": "bits_per_second_sustained",
    "bits_per_second_max": "bits_per_second_max",
    "bits_per_second_per_own_address": "bits_per_second_per_own_address",
    "bits_per_second_per_own_address_max": "bits_per_second_per_own_address_max",
    "bits_per_second_per_peer_address": "bits_per_second_per_peer_address",
    "bits_per_second_per_peer_address_max": "bits_per_second_per_peer_address_max",
    IS_WITHHELD: "is_suppressed",
}
MOST = 14  # lanes
NAMED = 16  # workflows in the alternative text
TICKS = 4


@dataclass(frozen=True)
class Workflow:
    """A workflow that is told: whose it is, where, from when to when."""

    label: str
    kind: NetworkType
    began_at: datetime
    ended_at: datetime
    row: Row


def draw(report: Report, rows: Sequence[Row]) -> Drawing:
    """A lane for each network, region and direction, with a mark and a line from begin to end for each workflow."""
    told = workflows_of(report, rows)
    labels = list(dict.fromkeys(one.label for one in told))[:MOST]
    shown = [one for one in told if one.label in labels]
    lanes = [_lane(label, [one for one in shown if one.label == label]) for label in labels]
    axis = _axis(shown)
    figure = lanes_figure(lanes, axis)
    kinds = sorted({one.kind for one in shown}, key=lambda kind: kind.position)
    for kind in kinds:
        figure.add_trace(_marks(kind, [one for one in shown if one.kind == kind]))
    return Drawing(
        figure=figure,
        data=Table.of(rows, COLUMNS),
        title=_title(told, rows),
        subtitle="Workflows by network, region and direction, at their begin (UTC); on the right the fastest rate",
        alternative_text=_alternative_text(told),
        units="bit/s, mean from begin to end",
        notes=_notes(rows, told, shown),
        narrow=narrow_lanes(lanes, axis, every=TICKS, legend=len(kinds)),
    )


def _lane(label: str, workflows: Sequence[Workflow]) -> Lane:
    fastest = max(one.row.number("bits_per_second_sustained") for one in workflows)
    return Lane(label, label, workflows[0].kind.colour, _units.bits_per_second(fastest))


def _marks(kind: NetworkType, workflows: Sequence[Workflow]) -> object:
    """A mark where each workflow begins, with a line to where it ends."""
    import plotly.graph_objects as go

    return go.Scatter(
        x=[_seconds(one.began_at) for one in workflows],
        y=[one.label for one in workflows],
        mode="markers",
        name=plain(kind.label),
        marker={"size": 11, "color": kind.colour, "opacity": 0.8, "line": {"width": 1, "color": "#ffffff"}},
        error_x={
            "type": "data", "array": [(one.ended_at - one.began_at).total_seconds() for one in workflows],
            "arrayminus": [0] * len(workflows), "color": kind.colour, "thickness": 3, "width": 0,
        },
        customdata=[_hover(one) for one in workflows],
        hovertemplate="%{customdata}<extra></extra>",
        cliponaxis=False,
    )  # fmt: skip


def workflows_of(report: Report, rows: Sequence[Row]) -> list[Workflow]:
    """The workflows that are told, most bits first."""
    return [
        Workflow(
            _label(report, row),
            report.network_type(row.text("network_type")),
            row.moment("began_at"),
            row.moment("ended_at"),
            row,
        )
        for row in rows
        if row.number_or_none("bits") is not None and row.number_or_none("bits_per_second_sustained") is not None
    ]


def _label(report: Report, row: Row) -> str:
    way = "from" if row.text("direction") == "ingress" else "to"
    network = row.text("network_key").upper().replace("AS:", "AS")
    return f"{way} {network}, {report.region(row.text('region')).label}"


def _axis(shown: Sequence[Workflow]) -> Axis:
    """Even steps from the first begin to the last end, in seconds since 1970."""
    first = min((one.began_at for one in shown), default=datetime(2000, 1, 1))
    last = max((one.ended_at for one in shown), default=first + timedelta(hours=1))
    step = (last - first) / TICKS
    moments = [first + step * place for place in range(TICKS + 1)]
    form = "%b %d" if step >= timedelta(days=1) else "%b %d, %H:%M"
    return Axis(tuple(_seconds(moment) for moment in moments), tuple(f"{moment:{form}}" for moment in moments))


def _seconds(moment: datetime) -> float:
    return (moment - datetime(1970, 1, 1)).total_seconds()


def _hover(one: Workflow) -> str:
    row = one.row
    sides = (("own", "of ours"), ("peer", "of the peer"))
    rates = [
        f"each address {words}: {_units.bits_per_second(row.number(f'bits_per_second_per_{side}_address'))} sustained, "
        f"{_units.bits_per_second(row.number(f'bits_per_second_per_{side}_address_max'))} the busiest"
        for side, words in sides
    ]
    window = f"{one.began_at:%Y-%m-%d %H:%M} to {one.ended_at:%Y-%m-%d %H:%M} UTC"
    peak = f"{_units.bits(row.number('bits'))}, at most {_units.bits_per_second(row.number('bits_per_second_max'))}"
    lines = [f"<b>{plain(one.label)}</b>", window, peak, *rates]
    return "<br>".join(lines)


def _title(told: Sequence[Workflow], rows: Sequence[Row]) -> str:
    if not told:
        return "Every AI workflow is withheld"
    fastest = max(told, key=lambda one: (one.row.number("bits_per_second_sustained"), one.label))
    rate, peak = (fastest.row.number(f"bits_per_second_{name}") for name in ("sustained", "max"))
    found = counted(len(rows), "AI workflow was", "AI workflows were")
    return (
        f"{found} seen; the fastest {'that is told ' if len(told) < len(rows) else ''}({fastest.label}) sustained "
        f"{_units.bits_per_second(rate)}, {_units.bits_per_second(peak)} at its peak"
    )


def _notes(rows: Sequence[Row], told: Sequence[Workflow], shown: Sequence[Workflow]) -> tuple[str, ...]:
    notes = [
        "A workflow: conversations of hosts of ours with one network that run fast, long and at the same time "
        "(docs/method.md); rates of each side are in the data."
    ]
    notes += not_drawn(told, shown)
    if len(told) < len(rows):
        notes.append(f"{counted(len(rows) - len(told), 'workflow is', 'workflows are')} withheld.")
    return tuple(notes)


def _alternative_text(told: Sequence[Workflow]) -> str:
    if not told:
        return "No figure: every workflow is withheld."
    rates = [_units.bits_per_second(one.row.number("bits_per_second_sustained")) for one in told[:NAMED]]
    texts = [f"{one.label} {one.began_at:%Y-%m-%d %H:%M} {rate}" for one, rate in zip(told, rates, strict=False)]
    return f"Workflows, most bits first: {listed(texts)}."


CHART = Chart(
    position=170,
    heading="AI workflows",
    mart="ai_workflows",
    made_from=(*OF_ADDRESSES, "networks", "typed_elephant_bins"),
    sql=SQL,
    draw=draw,
)
