"""Which way traffic goes: ingress from network types into regions, egress from regions to network types."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assets.reports.charts import _units
from assets.reports.charts._cells import MADE_FROM
from assets.reports.charts._chart import IS_WITHHELD, Chart, Drawing, Patch, Table
from assets.reports.charts._marts import Row
from assets.reports.charts._report import NetworkType, Region, Report
from assets.reports.charts._theme import MUTED, empty_figure, plain
from assets.reports.charts._words import counted, if_told, inside, listed

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

SQL = """
select
    direction, region, network_type, bits,
    relative_standard_error, relative_standard_error_upper, is_low_precision, is_suppressed
from marts.traffic_flow_quarterly
where quarter = $quarter and direction in ('ingress', 'egress', 'withheld')
order by direction desc, region, network_type
"""
COLUMNS = {
    "direction": "direction",
    "region": "region",
    "network_type": "network_type",
    "bits": "bits",
    "relative_standard_error": "relative_standard_error",
    "relative_standard_error_upper": "relative_standard_error_upper",
    "is_low_precision": "is_low_precision",
    IS_WITHHELD: "is_suppressed",
}
REGION_COLOUR = "#7b8494"
DIRECTIONS = ("ingress", "egress")


@dataclass(frozen=True)
class Link:
    direction: str
    region: Region
    network_type: NetworkType
    bits: float
    is_low_precision: bool

    @property
    def is_named(self) -> bool:
        """Whether it is of one type and one region, and not what is withheld of several."""
        return _units.WITHHELD not in (self.region.region, self.network_type.network_type)


def draw(report: Report, rows: Sequence[Row]) -> Drawing:
    """A Sankey diagram: peers on the left send, regions stand in the middle, peers on the right receive."""
    links = _links(report, rows)
    return Drawing(
        figure=_figure(links),
        data=Table.of(rows, COLUMNS),
        title=_title(links, rows) if links else "Which way traffic goes is withheld",
        subtitle="Ingress from the left, our regions in the middle, egress to the right; widths are bits",
        alternative_text=_alternative_text(links),
        units="bit in the quarter, and share of both directions' bits",
        notes=(*_notes(report, links), *_withheld_notes(report, rows)),
        narrow=_narrow(links) if links else {},
    )


def _links(report: Report, rows: Sequence[Row]) -> list[Link]:
    links = [
        Link(
            row.text("direction"),
            report.region(row.text("region")),
            report.network_type(row.text("network_type")),
            row.number("bits"),
            row.flag("is_low_precision"),
        )
        for row in rows
        if row.number_or_none("bits") is not None and row.text("direction") in DIRECTIONS
    ]
    return sorted(
        (link for link in links if link.bits > 0),
        key=lambda link: (DIRECTIONS.index(link.direction), link.network_type.position, link.region.position),
    )


def _narrow(links: Sequence[Link]) -> Patch:
    """On a phone labels are short, and the column of regions has its name between the others."""
    labels = _labels(_nodes(links), _through(links), short=True)
    trace = {"node": {"label": labels, "pad": 12, "thickness": 9}, "textfont": {"size": 11}}
    return {"traces": [trace], "layout": {"height": 680}}


@dataclass(frozen=True)
class Node:
    """A node of the diagram: a type on one side, or a region in the middle (side 0, 1, 2 from the left)."""

    side: int
    name: str
    label: str
    colour: str


def _nodes(links: Sequence[Link]) -> list[Node]:
    """Nodes in the order in which they stand, without repetition."""
    kinds = [
        (
            Node(
                0 if link.direction == "ingress" else 2,
                link.network_type.network_type,
                link.network_type.label,
                link.network_type.colour,
            )
        )
        for link in links
    ]
    regions = sorted({link.region for link in links}, key=lambda region: region.position)
    nodes = [*kinds, *(Node(1, region.region, region.label, REGION_COLOUR) for region in regions)]
    return sorted(dict.fromkeys(nodes), key=lambda node: node.side)


def _ends(link: Link) -> tuple[tuple[int, str], tuple[int, str]]:
    kind, region = link.network_type.network_type, link.region.region
    return ((0, kind), (1, region)) if link.direction == "ingress" else ((1, region), (2, kind))


def _figure(links: Sequence[Link]) -> "Figure":
    import plotly.graph_objects as go

    nodes = _nodes(links)
    index = {(node.side, node.name): number for number, node in enumerate(nodes)}
    total = sum(link.bits for link in links)
    through = _through(links)
    ends = [_ends(link) for link in links]
    figure = empty_figure(620)
    figure.add_trace(
        go.Sankey(
            arrangement="snap",
            valueformat=".3s",
            valuesuffix="bit",
            node={
                "label": _labels(nodes, through),
                "color": [node.colour for node in nodes],
                "customdata": [_units.bits(through[node.side, node.name]) for node in nodes],
                "hovertemplate": "<b>%{label}</b><br>%{customdata}<extra></extra>",
                "pad": 16,
                "thickness": 14,
                "line": {"width": 0},
            },
            link={
                "source": [index[source] for source, _ in ends],
                "target": [index[target] for _, target in ends],
                "value": [link.bits for link in links],
                "color": [_translucent(link) for link in links],
                "customdata": [
                    f"{_units.bits(link.bits)}, {_units.percent(link.bits / total)} of all" for link in links
                ],
                "hovertemplate": "%{source.label} → %{target.label}<br><b>%{customdata}</b><extra></extra>",
            },
            textfont={"size": 13, "shadow": "none"},
        )
    )
    figure.update_layout(margin={"l": 4, "r": 4, "t": 62, "b": 10}, annotations=_column_names(links))
    return figure


def _through(links: Sequence[Link]) -> dict[tuple[int, str], float]:
    """The bits of each node; those of a region are of both directions."""
    keys = dict.fromkeys(end for link in links for end in _ends(link))
    return {key: sum(link.bits for link in links if key in _ends(link)) for key in keys}


def _labels(nodes: Sequence[Node], through: Mapping[tuple[int, str], float], *, short: bool = False) -> list[str]:
    """Names with their part of all bits; short ones leave the part to the regions, whose sides have no room for it."""
    total = sum(bits for (side, _), bits in through.items() if side != 1)
    return [
        plain(node.label)
        if short and node.side != 1
        else f"{plain(node.label)}  {_units.percent(through[node.side, node.name] / total)}"
        for node in nodes
    ]


def _translucent(link: Link) -> str:
    """The type's colour, through which crossing paths show; paler where the path is of low precision."""
    colour = link.network_type.colour
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red},{green},{blue},{0.2 if link.is_low_precision else 0.45})"


def _withheld_notes(report: Report, rows: Sequence[Row]) -> tuple[str, ...]:
    """What the diagram does not draw by its own name, or not at all."""
    notes = []
    withheld = [row for row in rows if row.number_or_none("bits") is None]
    if withheld:
        paths = counted(len(withheld), "path is", "paths are")
        notes.append(f"{paths} withheld, too few addresses standing for them or for a path beside them.")
    if any(_units.WITHHELD in (row.values["region"], row.values["network_type"]) for row in rows):
        notes.append("“Withheld” nodes hold together what is not told alone.")
    undirected = [row for row in rows if row.text("direction") not in DIRECTIONS]
    if undirected:
        kinds = sorted({report.network_type(row.text("network_type")).label for row in undirected})
        bits = _units.bits(sum(row.number_or_none("bits") or 0.0 for row in undirected))
        notes.append(f"Not drawn: {bits} of {listed(kinds)}, of which the direction is withheld.")
    return tuple(notes)


def _notes(report: Report, links: Sequence[Link]) -> tuple[str, ...]:
    passing = "Ingress and egress are seen from the operator's boundary; what only passes through is left out."
    weak = [link for link in links if link.is_low_precision]
    if not weak:
        return (passing,)
    share = _units.percent(sum(link.bits for link in weak) / sum(link.bits for link in links))
    paths = counted(len(weak), "paler path is", "paler paths are")
    return (
        passing,
        f"{paths} of low precision ({report.low_precision}): {share} of bits.",
    )


def _column_names(links: Sequence[Link]) -> list[dict[str, object]]:
    directions = {link.direction for link in links}
    names = [
        ("From peers (ingress)", 0.0, "left", "ingress"),
        ("Our regions", 0.5, "center", ""),
        ("To peers (egress)", 1.0, "right", "egress"),
    ]
    return [
        {
            "text": text, "xref": "paper", "x": x, "xanchor": anchor,
            "yref": "paper", "y": 1, "yanchor": "bottom", "yshift": 4,
            "font": {"size": 12, "color": MUTED}, "name": "column",
        }
        for text, x, anchor, direction in names
        if not direction or direction in directions
    ]  # fmt: skip


def _share_of(links: Sequence[Link], direction: str) -> float:
    return sum(link.bits for link in links if link.direction == direction) / sum(link.bits for link in links)


def _named(link: Link) -> str:
    kind = inside(link.network_type.label)
    if link.direction == "ingress":
        return f"{kind} into {link.region.label}"
    return f"{link.region.label} to {kind}"


def _title(links: Sequence[Link], rows: Sequence[Row]) -> str:
    told = if_told(len(links) < len(rows) or not all(link.is_named for link in links))
    named = [link for link in links if link.is_named] or links
    widest = max(named, key=lambda link: (link.bits, -link.network_type.position, -link.region.position))
    total = sum(link.bits for link in links)
    path = f"the widest path{told} is {_named(widest)}, {_units.percent(widest.bits / total)} of all"
    egress = _share_of(links, "egress")
    if egress >= 0.5:
        return f"{_units.percent(egress)} of traffic leaves; {path}"
    return f"{_units.percent(1 - egress)} of traffic comes in; {path}"


def _alternative_text(links: Sequence[Link]) -> str:
    if not links:
        return "No diagram: every path is withheld."
    total = sum(link.bits for link in links)
    ranked = sorted(links, key=lambda link: (-link.bits, _named(link)))
    paths = [f"{_named(link)} {_units.percent(link.bits / total)}" for link in ranked[:8]]
    return (
        f"A flow diagram of {_units.bits(total)}: {_units.percent(_share_of(links, 'ingress'))} ingress, "
        f"{_units.percent(_share_of(links, 'egress'))} egress. Widest of {len(links)} paths: {listed(paths)}."
    )


CHART = Chart(
    position=50,
    heading="Ingress and egress",
    mart="traffic_flow_quarterly",
    made_from=MADE_FROM,
    sql=SQL,
    draw=draw,
)
