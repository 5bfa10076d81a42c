"""Where traffic crosses the boundary: a map of all metros, and a small one of each network type."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from assets.reports.charts import _units
from assets.reports.charts._chart import Chart, Drawing, Table
from assets.reports.charts._map_view import Panel, label_places, room_of, stretch, view_of
from assets.reports.charts._marts import Row
from assets.reports.charts._metro_grid import COLUMNS, MADE_FROM, MART, NOTE, SQL, Metro, MetroCell, MetroGrid
from assets.reports.charts._outlines import Point, View, land
from assets.reports.charts._report import NetworkType, Report
from assets.reports.charts._theme import INK, MUTED, colour_scale, empty_figure, plain
from assets.reports.charts._words import counted, if_told, inside, listed

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

HUE = "amber"
LAND = "rgba(128,128,128,0.2)"
NAMED_METROS = 12  # in the alternative text; the table has all


@dataclass(frozen=True)
class Sheet:
    """How the maps lie on a page, in pixels: as wide as it gets and at its narrowest."""

    width: int
    narrowest: int
    columns: int
    large: int
    small: int
    large_mark: int
    small_mark: int

    def height(self, types: int) -> int:
        """Of all maps together."""
        return self.large + math.ceil(types / self.columns) * (NAME + self.small)


TOP, NAME, BELOW, BETWEEN = 30, 30, 62, 10  # pixels above all, above a small map, below all, and between two
WIDE = Sheet(width=952, narrowest=590, columns=4, large=350, small=120, large_mark=46, small_mark=30)
PHONE = Sheet(width=350, narrowest=310, columns=2, large=210, small=104, large_mark=30, small_mark=24)


@dataclass(frozen=True)
class MetroMap:
    """The told cells whose metro has a position, and the metros without one."""

    grid: MetroGrid

    @cached_property
    def positions(self) -> dict[Metro, Point]:
        found = {}
        for cell in self.grid.cells:
            latitude, longitude = cell.row.number_or_none("latitude"), cell.row.number_or_none("longitude")
            if latitude is not None and longitude is not None:
                found[cell.metro] = (longitude, latitude)
        return found

    @cached_property
    def metros(self) -> list[Metro]:
        """Those on the map, most bits first."""
        return [metro for metro in self.by_bits if metro in self.positions]

    @property
    def without(self) -> list[Metro]:
        return [metro for metro in self.by_bits if metro not in self.positions]

    @cached_property
    def by_bits(self) -> list[Metro]:
        return sorted(self.grid.bits, key=lambda metro: (-self.grid.bits[metro], metro.key))

    @cached_property
    def view(self) -> View:
        return view_of([*self.positions.values()])

    def of_metro(self, metro: Metro) -> list[MetroCell]:
        """The cells of a metro, largest first."""
        return [cell for cell in self.grid.cells if cell.metro == metro]

    def of_type(self, kind: NetworkType) -> list[MetroCell]:
        """The cells of a type that are on the map, largest first."""
        return [cell for cell in self.grid.cells if cell.kind == kind and cell.metro in self.positions]

    def share(self, metro: Metro) -> float:
        return sum(cell.row.number_or_none("share_of_bits") or 0.0 for cell in self.of_metro(metro))

    def labels(self, sheet: Sheet) -> dict[str, list[str]]:
        """The texts beside the marks of the large map, and where they stand, as a trace has them."""
        texts = [(f"{metro.label} {_units.percent(self.share(metro))}", metro.label) for metro in self.metros]
        points = [self.positions[metro] for metro in self.metros]
        panel = Panel(sheet.narrowest, sheet.large)
        sizes = _diameters([self.grid.bits[metro] for metro in self.metros], sheet.large_mark)
        labels = label_places(panel, self.view, points, sizes, texts)
        return {"text": [plain(label.text) for label in labels], "textposition": [label.place for label in labels]}


def draw(report: Report, rows: Sequence[Row]) -> Drawing:
    """A mark's area are bits: of all types above, coloured by the largest one, and of each type below by magnitude."""
    grid = MetroGrid.of(report, rows)
    drawn = MetroMap(grid)
    return Drawing(
        figure=_figure(drawn),
        data=Table.of(rows, COLUMNS),
        title=_title(drawn),
        subtitle="Bits by the metro of our boundary: all types, coloured by the largest, then each type by magnitude",
        alternative_text=_alternative_text(drawn),
        units="bit in the quarter as a mark's area; colour of small maps is bit for each unique address, logarithmic",
        notes=(*_marks(report, drawn), *_without(drawn), NOTE, *grid.withheld()),
        dark={"layout": {"coloraxis": {"colorscale": colour_scale(HUE, dark=True)}}},
        narrow=_narrow(drawn),
    )


def _figure(drawn: MetroMap) -> "Figure":
    import plotly.graph_objects as go

    figure = empty_figure(TOP + WIDE.height(len(drawn.grid.types)) + BELOW)
    figure.update_layout(margin={"l": 0, "r": 0, "t": TOP, "b": BELOW}, annotations=[*_names(drawn), *_untold(drawn)])
    if not drawn.metros:
        figure.update_layout(height=90, xaxis={"visible": False}, yaxis={"visible": False})
        return figure
    figure.add_trace(go.Scatter(**_land(drawn, WIDE.width, 1)))
    figure.add_trace(go.Scatter(**_all_types(drawn)))
    for place, kind in enumerate(drawn.grid.types, start=2):
        figure.add_trace(go.Scatter(**_land(drawn, WIDE.width / WIDE.columns, place)))
        figure.add_trace(go.Scatter(**_one_type(drawn, kind, place)))
    figure.update_layout(coloraxis=_colours(drawn), **_axes(drawn))
    figure.update_layout(**_domains(WIDE, len(drawn.grid.types)))
    return figure


def _land(drawn: MetroMap, width: float, place: int) -> dict[str, Any]:
    """Land on the map of a place, as fine as so many pixels show."""
    finest = (drawn.view.east - drawn.view.west) / width
    rings = land(room_of(drawn.view), finest)
    digits = max(0, math.ceil(-math.log10(finest)))
    points = [point for ring in rings for point in (*ring, (None, None))]
    return {
        "x": [None if x is None else round(x, digits) for x, _ in points],
        "y": [None if y is None else round(y, digits) for _, y in points],
        "xaxis": f"x{place}" if place > 1 else "x",
        "yaxis": f"y{place}" if place > 1 else "y",
        "mode": "none",
        "fill": "toself",
        "fillcolor": LAND,
        "hoverinfo": "skip",
    }


def _all_types(drawn: MetroMap) -> dict[str, Any]:
    bits = [drawn.grid.bits[metro] for metro in drawn.metros]
    return {
        **_where([drawn.positions[metro] for metro in drawn.metros]),
        "mode": "markers+text",
        **drawn.labels(WIDE),
        "textfont": {"size": 11, "color": INK},
        "customdata": [_hover_of_metro(drawn, metro) for metro in drawn.metros],
        "hovertemplate": "<b>%{customdata[0]}</b><br>%{customdata[1]}<br>%{customdata[2]}<extra></extra>",
        "marker": {
            "size": bits,
            "sizemode": "area",
            "sizeref": _size_unit(bits, WIDE.large_mark),
            "sizemin": 2,
            "color": [drawn.of_metro(metro)[0].kind.colour for metro in drawn.metros],
            "opacity": 0.9,
            "line": {"width": 0.8, "color": INK},
        },
    }


def _one_type(drawn: MetroMap, kind: NetworkType, place: int) -> dict[str, Any]:
    cells = drawn.of_type(kind)
    return {
        **_where([drawn.positions[cell.metro] for cell in cells], place),
        "mode": "markers",
        "customdata": [_hover_of_cell(cell) for cell in cells],
        "hovertemplate": "<b>%{customdata[0]}</b><br>%{customdata[1]}<br>%{customdata[2]}<extra></extra>",
        "marker": {
            "size": [cell.bits for cell in cells],
            "sizemode": "area",
            "sizeref": _size_unit(_bits_of_cells(drawn), WIDE.small_mark),
            "sizemin": 1.5,
            "color": [round(_height(cell), 3) for cell in cells],
            "coloraxis": "coloraxis",
            "symbol": ["circle-open" if cell.row.flag("is_low_precision") else "circle" for cell in cells],
            "opacity": 1,
            "line": {"width": 0.8, "color": INK},
        },
    }


def _where(points: Sequence[Point], place: int = 1) -> dict[str, Any]:
    axis = str(place) if place > 1 else ""
    return {"x": [x for x, _ in points], "y": [y for _, y in points], "xaxis": f"x{axis}", "yaxis": f"y{axis}"}


def _bits_of_cells(drawn: MetroMap) -> list[float]:
    return [cell.bits for cell in drawn.grid.cells if cell.metro in drawn.positions]


def _size_unit(bits: Sequence[float], largest: int) -> float:
    """Bits of a mark that has one pixel's area, as plotly wants it."""
    return 2 * max(*bits, 1.0, 1.0) / largest**2


def _diameters(bits: Sequence[float], largest: int) -> list[float]:
    return [largest * math.sqrt(one / max(*bits, 1.0, 1.0)) for one in bits]


def _height(cell: MetroCell) -> float:
    return math.log10(max(cell.row.number_or_none("magnitude") or 1.0, 1.0))


def _colours(drawn: MetroMap) -> dict[str, Any]:
    """The scale of magnitude, with its least and its greatest value told."""
    cells = [cell for cell in drawn.grid.cells if cell.metro in drawn.positions]
    heights = sorted(round(_height(cell), 3) for cell in cells)
    low, high = heights[0], max(heights[-1], heights[0] + 0.001)
    return {
        "colorscale": colour_scale(HUE),
        "cmin": low,
        "cmax": high,
        "colorbar": {
            "orientation": "h",
            "x": 0.5,
            "xanchor": "center",
            "y": 0,
            "yanchor": "bottom",
            "yref": "container",
            "title": {"text": "Magnitude", "side": "top", "font": {"size": 11, "color": MUTED}},
            "len": 0.6,
            "thickness": 8,
            "outlinewidth": 0,
            "tickvals": [low, high],
            "ticktext": [_units.magnitude(10**low), _units.magnitude(10**high)],
            "tickfont": {"size": 11, "color": MUTED},
        },
    }


def _axes(drawn: MetroMap) -> dict[str, Any]:
    """The axes of each map: it shows the view at least, and a degree is as long on both."""
    shared = {"showgrid": False, "zeroline": False, "showticklabels": False}
    layout: dict[str, Any] = {}
    for place in range(1, len(drawn.grid.types) + 2):
        axis = str(place) if place > 1 else ""
        layout[f"xaxis{axis}"] = {
            **shared,
            "range": [round(drawn.view.west, 2), round(drawn.view.east, 2)],
            "anchor": f"y{axis}",
        }
        layout[f"yaxis{axis}"] = {
            **shared,
            "range": [round(drawn.view.south, 2), round(drawn.view.north, 2)],
            "anchor": f"x{axis}",
            "scaleanchor": f"x{axis}",
            "scaleratio": round(stretch(drawn.view), 3),
        }
    return layout


def _domains(sheet: Sheet, types: int) -> dict[str, Any]:
    """Where each map lies, the large one above and small ones in rows, as the axes have it."""
    whole = sheet.height(types)
    layout: dict[str, Any] = {}
    for place, (left, top, width, height) in enumerate(_areas(sheet, types), start=1):
        axis = str(place) if place > 1 else ""
        across = left / sheet.width, min((left + width) / sheet.width, 1)
        along = max(1 - (top + height) / whole, 0), 1 - top / whole
        layout[f"xaxis{axis}"] = {"domain": [round(end, 4) for end in across]}
        layout[f"yaxis{axis}"] = {"domain": [round(end, 4) for end in along]}
    return layout


def _areas(sheet: Sheet, types: int) -> Iterator[tuple[float, float, float, float]]:
    """Left, top, width and height of each map in pixels."""
    yield 0.0, 0.0, float(sheet.width), float(sheet.large)
    width = (sheet.width - BETWEEN * (sheet.columns - 1)) / sheet.columns
    for number in range(types):
        row, column = divmod(number, sheet.columns)
        top = sheet.large + row * (NAME + sheet.small) + NAME
        yield column * (width + BETWEEN), float(top), width, float(sheet.small)


def _names(drawn: MetroMap) -> Iterator[dict[str, Any]]:
    """Above each small map its type; the dot is the colour that it has on the large one."""
    for place, kind in enumerate(drawn.grid.types if drawn.metros else (), start=2):
        bits = sum(cell.bits for cell in drawn.of_type(kind))
        yield {
            "text": f'<span style="color:{kind.colour}">\u25cf</span> <b>{plain(kind.label)}</b> {_units.bits(bits)}',
            "xref": f"x{place} domain", "yref": f"y{place} domain", "x": 0, "y": 1, "xanchor": "left",
            "yanchor": "bottom", "yshift": 3,
        }  # fmt: skip


def _untold(drawn: MetroMap) -> Iterator[dict[str, Any]]:
    """Regions that are withheld have no place on a map: they stand above it."""
    if drawn.grid.untold:
        regions = listed([plain(region.label) for region in drawn.grid.untold])
        yield {
            "text": f"\u25a8 {regions}: withheld", "xref": "paper", "yref": "paper", "x": 0, "y": 1, "xanchor": "left",
            "yanchor": "bottom", "yshift": 8, "font": {"size": 11, "color": MUTED},
        }  # fmt: skip


def _narrow(drawn: MetroMap) -> Mapping[str, Any]:
    if not drawn.metros:
        return {}
    marker = {"sizeref": _size_unit([drawn.grid.bits[metro] for metro in drawn.metros], PHONE.large_mark)}
    large = {**drawn.labels(PHONE), "textfont": {"size": 10}, "marker": marker}
    small = {"marker": {"sizeref": _size_unit(_bits_of_cells(drawn), PHONE.small_mark)}}
    types = len(drawn.grid.types)
    return {
        "layout": {"height": TOP + PHONE.height(types) + BELOW, **_domains(PHONE, types)},
        "traces": [{}, large, *(patch for _ in drawn.grid.types for patch in ({}, small))],
    }


def _hover_of_metro(drawn: MetroMap, metro: Metro) -> list[str]:
    parts = [f"{plain(cell.kind.label)} {_units.bits(cell.bits)}" for cell in drawn.of_metro(metro)[:3]]
    return [
        f"{plain(metro.label)}, {plain(metro.region.label)}",
        f"{_units.bits(drawn.grid.bits[metro])}, {_units.percent(drawn.share(metro))} of all",
        f"most of it {listed(parts)}",
    ]


def _hover_of_cell(cell: MetroCell) -> list[str]:
    share = _units.or_withheld("share_", cell.row.number_or_none("share_of_bits"))
    magnitude = _units.magnitude(cell.row.number_or_none("magnitude") or 0)
    unique = _units.count(cell.row.number_or_none("unique_ips") or 0)
    return [plain(cell.name), f"{_units.bits(cell.bits)}, {share} of all", f"{unique} unique IPs, {magnitude}"]


def _title(drawn: MetroMap) -> str:
    """The metro with most traffic, and the largest type of which another metro has most; on the map or not."""
    if not drawn.grid.cells:
        return "Which metros traffic crosses in is withheld"
    if not drawn.metros:
        return "No metro that is told has a position"
    first = drawn.by_bits[0]
    told = if_told(drawn.grid.is_in_part_withheld)
    text = f"{first.label} has the most traffic of any metro{told}, {_units.percent(drawn.share(first))}"
    if not any(cell.is_named for cell in drawn.grid.cells):
        return f"{text}; of which types is withheld"
    most = {cell.kind: cell.metro for cell in reversed(drawn.grid.cells) if cell.is_named}
    sizes = {kind: sum(cell.bits for cell in drawn.grid.cells if cell.kind == kind) for kind in most}
    elsewhere = [kind for kind in sorted(most, key=lambda kind: (-sizes[kind], kind.position)) if most[kind] != first]
    if not elsewhere:
        return f"{text}, and the most of each type"
    return f"{text}; {inside(elsewhere[0].label)} has most in {most[elsewhere[0]].label}"


def _marks(report: Report, drawn: MetroMap) -> tuple[str, ...]:
    if not any(cell.row.flag("is_low_precision") for cell in drawn.grid.cells):
        return ()
    return (f"A hollow mark is of low precision: {report.low_precision}.",)


def _without(drawn: MetroMap) -> tuple[str, ...]:
    if not drawn.without:
        return ()
    names = [f"{metro.label} ({_units.percent(drawn.share(metro))} of all traffic)" for metro in drawn.without]
    remedy = "a row of metro_positions.csv gives a site's metro one"
    return (f"Not on the map, since no position is known: {listed(names)}; {remedy}.",)


def _alternative_text(drawn: MetroMap) -> str:
    metros = drawn.metros[:NAMED_METROS]
    if not metros:
        return "An empty map."
    values = [f"{metro.label} {_units.bits(drawn.grid.bits[metro])}" for metro in metros]
    text = f"A map of {counted(len(drawn.metros), 'metro')}, and one of each of {len(drawn.grid.types)} types. "
    text += f"Bits of all types, largest first: {listed(values)}."
    most = [drawn.of_type(kind)[0] for kind in drawn.grid.types if drawn.of_type(kind)]
    named = [f"{inside(cell.kind.label)} {cell.metro.label}" for cell in most]
    text += f" The metro with most of each type: {listed(named)}."
    if drawn.grid.untold:
        text += f" Of {counted(len(drawn.grid.untold), 'region')} nothing is told."
    return text


CHART = Chart(
    position=44,
    heading="Map of metros",
    mart=MART,
    made_from=MADE_FROM,
    sql=SQL,
    draw=draw,
)
