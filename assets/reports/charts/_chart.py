"""What a chart is: one file beside this one that reads a mart and returns a figure, its data and its words.

Belongs here: the protocol and how charts are found. Does not belong here: the list of charts (there is
none), and anything about one of them.
"""

import csv
import importlib
import io
import pkgutil
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from assets.reports.charts._marts import ChartError, Marts, Row
from assets.reports.charts._report import Report, Window
from assets.reports.charts._units import Cell
from assets.reports.charts._words import seen

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

# A change of a figure: "layout", "traces" as a list beside the figure's own (both nested as plotly names
# them), and "without", the names of annotations that it leaves out.
Patch = Mapping[str, object]
# The column of a chart's data that says which rows are withheld.
IS_WITHHELD = "is_withheld"
# The column of downloads that says whether their numbers are simulated.
IS_SIMULATED = "is_simulated"
# What would make a spreadsheet compute a text; some take signs of full width alike.
FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# Rows that the table of a page with other charts has room for.
MOST_ROWS = 40


@dataclass(frozen=True)
class Table:
    """A chart's data: columns with their units in the name, and one tuple of cells for each row."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def is_long(self) -> bool:
        return len(self.rows) > MOST_ROWS

    @classmethod
    def of(cls, rows: Sequence[Row], columns: Mapping[str, str]) -> "Table":
        """The rows of a query under published names: `columns` maps each to the mart's column."""
        values = tuple(tuple(_cell(row.values[column]) for column in columns.values()) for row in rows)
        return cls(tuple(columns), values)

    def cells(self) -> Iterator[Iterator[tuple[str, Cell, bool]]]:
        """Each row's cells with their column, and whether they are empty since the row is withheld."""
        place = self.columns.index(IS_WITHHELD) if IS_WITHHELD in self.columns else None
        for row in self.rows:
            is_withheld = place is not None and row[place] is True
            yield (
                (column, value, is_withheld and value is None) for column, value in zip(self.columns, row, strict=True)
            )

    def csv(self, *, is_simulated: bool) -> str:
        """The table as CSV (RFC 4180, but lines end with a line feed), with the column `is_simulated`.

        The marker is a column and not a comment line: CSV has no comments, and a column stays beside its
        number when the file is sorted, joined or pasted elsewhere.
        """
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([*self.columns, IS_SIMULATED])
        writer.writerows([*map(_written, row), _written(is_simulated)] for row in self.rows)
        return text.getvalue()


def _cell(value: object) -> Cell:
    from decimal import Decimal

    if isinstance(value, str):
        return seen(value)
    if value is None or isinstance(value, bool | int | float | Decimal | date):
        return value
    raise ChartError(f"a chart's cell holds {value!r}, which is neither text, number, date nor truth value")


def as_written(value: object) -> str:
    """What the CSV of a chart's data holds for a value of a mart."""
    return _written(_cell(value))


def _written(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, str) and cell.startswith(FORMULA):
        return f"'{cell}"
    return format(cell, "f") if not isinstance(cell, str | int | float) and hasattr(cell, "as_tuple") else str(cell)


@dataclass(frozen=True)
class Drawing:
    """What a chart returns: figure, data, and the words that stand around them.

    `title` states the finding, `subtitle` says what is shown, `alternative_text` tells the figure to who
    cannot see it. `narrow` and `dark` change the figure on a phone and in dark mode; below `minimum_width`
    (pixels) it scrolls.
    """

    figure: "Figure"
    data: Table
    title: str
    subtitle: str
    alternative_text: str
    units: str
    notes: tuple[str, ...] = ()
    narrow: Patch = field(default_factory=dict)
    dark: Patch = field(default_factory=dict)
    minimum_width: int = 0


@dataclass(frozen=True)
class Chart:
    """A chart: where it stands, what it reads, and how it is drawn.

    `made_from` names the core tables below the mart that outlast its build. `sql` may name $quarter (a text) and
    $ended_on (a date), and is shown to readers as it ran. `spans_quarters`: it shows the quarters before, too.
    `cells` is the condition on the mart's rows that it may draw or add up, with the same names. `none` says in words
    that the mart has no row of a quarter.
    """

    position: int
    heading: str
    mart: str
    made_from: tuple[str, ...]
    sql: str
    draw: Callable[[Report, Sequence[Row]], Drawing]
    spans_quarters: bool = False
    cells: str = "quarter = $quarter"
    none: str = "no traffic in this quarter"

    def window(self, report: Report) -> Window:
        """What was observed of the days that it shows."""
        return report.since_tracking_began if self.spans_quarters else report.window

    def query(self, report: Report) -> str:
        """The query as it runs for a quarter, on one line."""
        return named(self.sql, report.quarter, report.window.ended_on)


def named(sql: str, quarter: str, ended_on: date) -> str:
    """A query with its quarter and the day that this ended on, on one line."""
    values = {"quarter": f"'{quarter}'", "ended_on": f"date '{ended_on.isoformat()}'"}
    return " ".join(string.Template(sql).substitute(values).split())


@dataclass(frozen=True)
class NamedChart:
    """A chart with the name of its file, by which its page and data are called."""

    name: str
    chart: Chart

    @cached_property
    def slug(self) -> str:
        return self.name.replace("_", "-")


def find_charts() -> list[NamedChart]:
    """All charts in this folder (every module without a leading underscore), by position and name."""
    package = importlib.import_module(__package__ or __name__.rpartition(".")[0])
    names = [module.name for module in pkgutil.iter_modules(package.__path__) if not module.name.startswith("_")]
    found = [NamedChart(name, _chart_of(f"{package.__name__}.{name}")) for name in names]
    return sorted(found, key=lambda named: (named.chart.position, named.name))


def _chart_of(module: str) -> Chart:
    chart = getattr(importlib.import_module(module), "CHART", None)
    if not isinstance(chart, Chart):
        raise ChartError(f"{module} has no CHART of type Chart; define it, or begin the file's name with an underscore")
    return chart


def rows_of(marts: Marts, chart: Chart, report: Report) -> list[Row]:
    """The rows that a chart draws."""
    return marts.rows(chart.query(report))
