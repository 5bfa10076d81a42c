"""Maps of network type by region, as the three region charts draw them.

Belongs here: the figure of a map, its colours and marks. Does not belong here: which cells there are
(`_region_map`), which quantity is shown and what it says.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assets.reports.charts import _units
from assets.reports.charts._cells import MADE_FROM, MEASURED
from assets.reports.charts._chart import IS_WITHHELD, Chart, Drawing, Table
from assets.reports.charts._marts import Row
from assets.reports.charts._region_map import Cell, Quantity, RegionMap
from assets.reports.charts._report import Report
from assets.reports.charts._theme import MUTED, colour_scale, empty_figure, plain, text_on
from assets.reports.charts._words import counted, inside, listed

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

SQL = """
select
    region, network_type, bits, share_of_bits, unique_ips, magnitude,
    relative_standard_error, relative_standard_error_upper, is_low_precision, sampled_packets,
    is_suppressed
from marts.region_network_type_quarterly
where quarter = $quarter
order by region, network_type
"""
MART = "region_network_type_quarterly"
COLUMNS = {
    "region": "region",
    "network_type": "network_type",
    **MEASURED,
    "sampled_packets": "sampled_packets",
    IS_WITHHELD: "is_suppressed",
}
LOW_PRECISION = "≈"
SHORT = 9  # characters that a cell on a phone has room for
NAMED_CELLS = 12  # in the alternative text; more would tire a listener, and the table has all


@dataclass(frozen=True)
class MapSource:
    """Where the cells of a map come from: the mart, its query, and the columns of the chart's data."""

    mart: str
    made_from: tuple[str, ...]
    sql: str
    columns: Mapping[str, str]


CELLS = MapSource(MART, MADE_FROM, SQL, COLUMNS)


def map_chart(
    position: int,
    heading: str,
    quantity: Quantity,
    *,
    title: Callable[[RegionMap], str],
    subtitle: str,
    note: str,
    source: MapSource = CELLS,
) -> Chart:
    """The chart of one quantity; `title` words its finding from the map."""

    def draw(report: Report, rows: Sequence[Row]) -> Drawing:
        region_map = RegionMap.of(report, rows, quantity)
        data = Table.of(rows, source.columns)
        return _drawing(report, data, region_map, title(region_map), subtitle, note)

    return Chart(
        position=position, heading=heading, mart=source.mart, made_from=source.made_from, sql=source.sql, draw=draw
    )


def _drawing(report: Report, data: Table, region_map: RegionMap, title: str, subtitle: str, note: str) -> Drawing:
    """A map with its data and words."""
    quantity = region_map.quantity
    scale = "logarithmic" if region_map.is_logarithmic else "linear"
    return Drawing(
        figure=_figure(region_map),
        data=data,
        title=title,
        subtitle=subtitle,
        alternative_text=_alternative_text(region_map),
        units=f"{quantity.units}; colour on a {scale} scale",
        notes=(*_marks(report, region_map), *_sampling_notes(report), note),
        dark={
            "traces": [
                {"colorscale": colour_scale(quantity.hue, dark=True)},
                {"textfont": {"color": _text_colours(region_map, dark=True)}},
            ]
        },
        narrow={
            "traces": [{}, {"textfont": {"size": 11}, "text": [_short(cell, quantity) for cell in region_map.cells]}]
        },
    )


def _figure(region_map: RegionMap) -> "Figure":
    import plotly.graph_objects as go

    quantity = region_map.quantity
    regions = [region.region for region in region_map.regions]
    types = [kind.network_type for kind in region_map.types]
    by_place = {(cell.network_type.network_type, cell.region.region): cell for cell in region_map.cells}
    grid = [[by_place.get((kind, region)) for region in regions] for kind in types]
    figure = empty_figure(84 + 52 * len(types))
    figure.add_trace(
        go.Heatmap(
            x=regions,
            y=types,
            z=[[_height(cell, region_map.is_logarithmic) for cell in line] for line in grid],
            customdata=[[_hover(cell, quantity) for cell in line] for line in grid],
            hovertemplate="%{customdata}<extra></extra>",
            hoverongaps=False,
            colorscale=colour_scale(quantity.hue),
            showscale=False,
            xgap=4,
            ygap=4,
        )
    )
    figure.add_trace(
        go.Scatter(
            x=[cell.region.region for cell in region_map.cells],
            y=[cell.network_type.network_type for cell in region_map.cells],
            text=[_cell_text(cell, quantity) for cell in region_map.cells],
            mode="text",
            textfont={"size": 13, "color": _text_colours(region_map)},
            hoverinfo="skip",
            showlegend=False,
        )
    )
    figure.update_layout(
        shapes=_hatching(region_map),
        xaxis={
            "type": "category",
            "ticks": "",
            "side": "top",
            "showgrid": False,
            "tickvals": regions,
            "ticktext": [f"<b>{plain(region.label)}</b>" for region in region_map.regions],
        },
        yaxis={
            "type": "category",
            "ticks": "",
            "autorange": "reversed",
            "showgrid": False,
            "tickvals": types,
            "ticktext": [plain(kind.label) for kind in region_map.types],
        },
        margin={"l": 8, "r": 8, "t": 62, "b": 8},
        annotations=_empty_cells(region_map, by_place),
    )
    return figure


def _height(cell: Cell | None, is_logarithmic: bool) -> float | None:
    if cell is None or (is_logarithmic and cell.value <= 0):
        return None
    return math.log10(cell.value) if is_logarithmic else cell.value


def _text_colours(region_map: RegionMap, *, dark: bool = False) -> list[str]:
    """Black or white for each cell's text, by the colour that lies under it."""
    heights = [_height(cell, region_map.is_logarithmic) for cell in region_map.cells]
    known = [height for height in heights if height is not None]
    low, span = min(known, default=0.0), (max(known, default=0.0) - min(known, default=0.0)) or 1.0
    return [
        MUTED if height is None else text_on(region_map.quantity.hue, (height - low) / span, dark=dark)
        for height in heights
    ]


def _cell_text(cell: Cell, quantity: Quantity) -> str:
    second = quantity.second_line(cell.row)
    return _first_line(cell, quantity) + (f"<br>{second}" if second else "")


def _short(cell: Cell, quantity: Quantity) -> str:
    """The same where a cell is narrow: a long second line is left to the data."""
    second = quantity.second_line(cell.row)
    return _cell_text(cell, quantity) if len(second) <= SHORT else _first_line(cell, quantity)


def _first_line(cell: Cell, quantity: Quantity) -> str:
    return f"<b>{LOW_PRECISION if cell.is_low_precision else ''}{quantity.form(cell.value)}</b>"


def _hover(cell: Cell | None, quantity: Quantity) -> str:
    if cell is None:
        return ""
    lines = [
        f"<b>{plain(cell.network_type.label)}, {plain(cell.region.label)}</b>",
        f"{_units.count(cell.row.number_or_none('unique_ips') or 0)} unique IPs",
        *(_of_traffic(cell.row) if "bits" in cell.row.values else [quantity.form(cell.value)]),
    ]
    return "<br>".join(line for line in lines if line)


def _of_traffic(row: Row) -> list[str]:
    error = row.number_or_none("relative_standard_error")
    return [
        f"{_units.bits(row.number('bits'))}, {_share(row)} of all",
        "" if error is None else f"relative standard error of bits {_units.percent(error)}",
        "low precision" if row.flag("is_low_precision") else "",
    ]


def _share(row: Row) -> str:
    return _units.or_withheld("share_of_bits", row.number_or_none("share_of_bits"))


def _empty_cells(region_map: RegionMap, by_place: dict[tuple[str, str], Cell]) -> list[dict[str, object]]:
    """Words in cells that have no colour: no traffic, or a value that is withheld or not known."""
    withheld = {(kind.network_type, region.region) for region, kind in region_map.withheld}
    return [
        {
            "x": region.region,
            "y": kind.network_type,
            "text": "<i>withheld</i>" if (kind.network_type, region.region) in withheld else "no traffic",
            "font": {"size": 11, "color": MUTED},
            "showarrow": False,
            "name": "empty-cell",
        }
        for kind in region_map.types
        for region in region_map.regions
        if (kind.network_type, region.region) not in by_place
    ]


def _hatching(region_map: RegionMap) -> list[dict[str, object]]:
    """Slanting lines over cells that are withheld; a map's own traces know no pattern."""
    places = [(region_map.regions.index(region), region_map.types.index(kind)) for region, kind in region_map.withheld]
    return [
        {
            "type": "line", "layer": "below", "name": "withheld",
            "x0": x + start, "x1": x + start + 0.3, "y0": y + 0.42, "y1": y - 0.42,
            "line": {"width": 1, "color": MUTED},
        }
        for x, y in places
        for start in (-0.45, -0.15, 0.15)
    ]  # fmt: skip


def _alternative_text(region_map: RegionMap) -> str:
    form = region_map.quantity.form
    cells = [
        f"{inside(cell.network_type.label)} in {cell.region.label} {form(cell.value)}"
        for cell in region_map.ranked[:NAMED_CELLS]
    ]
    types, regions = (
        counted(len(region_map.types), "network type"),
        counted(len(region_map.regions), "region"),
    )
    text = f"A map of {types} by {regions}, largest first: {listed(cells)}."
    if len(region_map.cells) > len(cells):
        text += f" The table has all {len(region_map.cells)}."
    if region_map.missing:
        text += f" {counted(region_map.missing, 'cell has', 'cells have')} no traffic."
    if region_map.withheld:
        text += f" {counted(len(region_map.withheld), 'cell is', 'cells are')} withheld."
    return text


def _marks(report: Report, region_map: RegionMap) -> tuple[str, ...]:
    """What the marks in cells mean, for the marks that occur."""
    notes = []
    if region_map.low_precision:
        notes.append(f"{LOW_PRECISION} marks low precision: {report.low_precision}.")
    if region_map.missing:
        notes.append("“No traffic” is a cell without any record, not a zero on the colour scale.")
    if region_map.is_in_part_withheld:
        notes.append(
            "“Withheld” is a cell with traffic for which too few addresses stand, or which would give such a one away; "
            "“Withheld regions” and the type “Withheld” hold them together."
        )
    return tuple(notes)


def _sampling_notes(report: Report) -> tuple[str, ...]:
    if len(report.sampling) < 2:
        return ()
    return (
        "Sampling intervals are mixed: who samples less often sees fewer addresses, so that regions are not "
        "strictly comparable.",
    )
