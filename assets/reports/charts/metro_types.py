"""Where each type is: a heatmap of bits and magnitude by metro and network type."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from assets.reports.charts import _units
from assets.reports.charts._chart import Chart, Drawing, Table
from assets.reports.charts._marts import Row
from assets.reports.charts._metro_grid import COLUMNS, MADE_FROM, MART, SQL, MetroCell, MetroGrid
from assets.reports.charts._report import Report
from assets.reports.charts._theme import colour_scale, empty_figure, plain, text_on
from assets.reports.charts._words import counted, if_told, listed

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

HUE = "blue"
NAMED_CELLS = 12  # in the alternative text; more would tire a listener, and the table has all
ROW, TOP, BELOW = 44, 74, 92  # pixels of a metro, above the first, and on a phone below the last
BROKEN = 9  # characters of a type's name, from which on it stands on two lines
SMALL_SCREENS = "On a phone cells tell the share of all bits alone, from 0.5% on."
LOW_PRECISION = "\u2248"


def draw(report: Report, rows: Sequence[Row]) -> Drawing:
    """Metros from top to bottom by region and bits, types from left to right in their usual order."""
    grid = MetroGrid.of(report, rows)
    heights = _heights(grid)
    return Drawing(
        figure=_figure(grid, heights),
        data=Table.of(rows, COLUMNS),
        title=_title(grid),
        subtitle="Bits by the metro of our boundary and the peer's network type, with magnitude below",
        alternative_text=_alternative_text(grid),
        units="bit in the quarter, and bit for each unique address; colour of bits on a logarithmic scale",
        notes=(*_marks(report, grid), *grid.notes(), SMALL_SCREENS),
        dark={
            "traces": [
                {"colorscale": colour_scale(HUE, dark=True)},
                {"textfont": {"color": _text_colours(heights, dark=True)}},
            ]
        },
        narrow={
            "traces": [{}, {"textfont": {"size": 9}, "text": [_short(cell) for cell in grid.cells]}],
            "layout": {
                "margin": {"b": BELOW},
                "height": TOP + ROW * len(grid.metros) + BELOW,
                "xaxis": {
                    "side": "bottom",
                    "tickangle": -90,
                    "tickfont": {"size": 11},
                    "ticktext": [plain(kind.label) for kind in grid.types],
                },
                "yaxis": {"tickfont": {"size": 10}, "ticktext": [_brief(metro.label) for metro in grid.metros]},
            },
        },
    )


def _heights(grid: MetroGrid) -> dict[MetroCell, float]:
    """Of each told cell how far up the colours it stands, 0 to 1."""
    powers = {cell: math.log10(max(cell.bits, 1.0)) for cell in grid.cells}
    low = min(powers.values(), default=0.0)
    span = (max(powers.values(), default=0.0) - low) or 1.0
    return {cell: (power - low) / span for cell, power in powers.items()}


def _figure(grid: MetroGrid, heights: dict[MetroCell, float]) -> "Figure":
    import plotly.graph_objects as go

    types, metros = [kind.network_type for kind in grid.types], [metro.key for metro in grid.metros]
    by_place = {(cell.metro.key, cell.kind.network_type): cell for cell in grid.cells}
    cells = [[by_place.get((metro, kind)) for kind in types] for metro in metros]
    figure = empty_figure(TOP + 12 + ROW * len(metros))
    figure.add_trace(
        go.Heatmap(
            x=types,
            y=metros,
            z=[[None if cell is None else round(heights[cell], 4) for cell in line] for line in cells],
            customdata=[[["", "", "", ""] if cell is None else _hover(cell) for cell in line] for line in cells],
            hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[1]}<br>%{customdata[2]}<br>%{customdata[3]}<extra></extra>",
            hoverongaps=False,
            colorscale=colour_scale(HUE),
            zmin=0,
            zmax=1,
            showscale=False,
            xgap=3,
            ygap=3,
        )
    )
    figure.add_trace(
        go.Scatter(
            x=[cell.kind.network_type for cell in grid.cells],
            y=[cell.metro.key for cell in grid.cells],
            text=[_text(cell) for cell in grid.cells],
            mode="text",
            textfont={"size": 11, "color": _text_colours(heights)},
            hoverinfo="skip",
            showlegend=False,
        )
    )
    figure.update_layout(
        xaxis={
            "type": "category",
            "side": "top",
            "showgrid": False,
            "tickvals": types,
            "tickfont": {"size": 11},
            "ticktext": [_on_two_lines(kind.label) for kind in grid.types],
        },
        yaxis={
            "type": "category",
            "autorange": "reversed",
            "showgrid": False,
            "tickvals": metros,
            "ticktext": [plain(metro.label) for metro in grid.metros],
        },
        margin={"l": 8, "r": 8, "t": TOP, "b": 8},
    )
    return figure


def _text_colours(heights: dict[MetroCell, float], *, dark: bool = False) -> list[str]:
    return [text_on(HUE, height, dark=dark) for height in heights.values()]


def _text(cell: MetroCell) -> str:
    mark = LOW_PRECISION if cell.row.flag("is_low_precision") else ""
    return f"<b>{mark}{_units.bits(cell.bits)}</b><br>{_units.magnitude(cell.row.number_or_none('magnitude') or 0)}"


def _short(cell: MetroCell) -> str:
    """On a phone a cell has room for its share of all bits."""
    share = cell.row.number_or_none("share_of_bits")
    return "" if share is None or share < 0.005 else f"{share:.0%}"


def _on_two_lines(label: str) -> str:
    return plain(label).replace(" ", "<br>", 1) if len(label) > BROKEN else plain(label)


def _brief(label: str) -> str:
    return plain(label if len(label) <= 12 else f"{label[:11].rstrip()}\u2026")


def _hover(cell: MetroCell) -> list[str]:
    row = cell.row
    error = row.number_or_none("relative_standard_error")
    share = _units.or_withheld("share_", row.number_or_none("share_of_bits"))
    magnitude = _units.magnitude(row.number_or_none("magnitude") or 0)
    about = "" if error is None else f"relative standard error of bits {_units.percent(error)}"
    return [
        f"{plain(cell.name)}, {plain(cell.metro.region.label)}",
        f"{_units.bits(row.number('bits'))}, {share} of all",
        f"{_units.count(row.number('unique_ips'))} unique IPs, {magnitude}",
        about,
    ]


def _title(grid: MetroGrid) -> str:
    named = [cell for cell in grid.cells if cell.is_named]
    if not named:
        return "Which types are in which metro is withheld"
    first = named[0]
    share = first.row.number_or_none("share_of_bits")
    part = "" if share is None else f"{_units.percent(share)} of all traffic, "
    told = if_told(grid.is_in_part_withheld)
    return f"{first.name} is the largest cell{told}: {part}{_units.bits(first.bits or 0)}"


def _marks(report: Report, grid: MetroGrid) -> tuple[str, ...]:
    if not any(cell.row.flag("is_low_precision") for cell in grid.cells):
        return ()
    return (f"{LOW_PRECISION} marks low precision: {report.low_precision}.",)


def _alternative_text(grid: MetroGrid) -> str:
    values = [f"{cell.name} {_units.bits(cell.bits)}" for cell in grid.cells[:NAMED_CELLS]]
    text = f"A map of {counted(len(grid.types), 'network type')} by {counted(len(grid.metros), 'metro')}"
    text += f", largest first: {listed(values)}." if values else "."
    if len(grid.cells) > len(values):
        text += f" The table has all {len(grid.cells)}."
    if grid.untold:
        text += f" Of {counted(len(grid.untold), 'region')} nothing is told."
    return text


CHART = Chart(
    position=45,
    heading="Bits by metro and type",
    mart=MART,
    made_from=MADE_FROM,
    sql=SQL,
    draw=draw,
)
