"""Rows on the drawn pages that wait to be published: what each says beside the published marts.

Belongs here: one function a check. Does not belong here: reading HTML (checks._page_text), which limit holds.
"""

import csv
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb

from assets.ground.quarters import Quarter
from assets.ground.workspace import Workspace
from assets.reports.bundles import drawn_folders
from assets.reports.charts import MOST_ROWS, WITHHELD, NamedChart, as_written, find_charts, inside, named, percent
from assets.reports.charts import bits as bits_with_unit
from checks._bounds import Row
from checks._page_text import PageText, read_page

# Columns that say which cell a row is; a chart's data have those that it tells apart.
KEYS = (
    "month", "quarter", "region", "metro", "metro_source", "network_type", "member", "direction", "ip_version",
    "size_class", "hour_of_week", "connectivity", "network_key", "provider", "cloud_region", "began_at", "country",
    "previous_network_type",
)  # fmt: skip
EMPTY = {"", None}
OF_COVERAGE = {"days_present", "covered_bins", "bytes_from", "bytes_below"}


@dataclass(frozen=True)
class DrawnPage:
    """The drawn report of a quarter, and the marts that it must tell."""

    quarter: Quarter
    folder: Path
    marts: duckdb.DuckDBPyConnection

    @property
    def page(self) -> PageText:
        path = self.folder / "index.html"
        return _read(path, path.stat().st_mtime_ns)

    def data_of(self, chart: NamedChart) -> list[dict[str, str]]:
        """The rows of a chart's data, as text; none without the file."""
        path = self.folder / "data" / f"{chart.slug}.csv"
        if not path.exists():
            return []
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def ask(self, sql: str) -> list[Row]:
        """Rows of the marts, in which $quarter stands for the page's."""
        answer = self.marts.execute(sql.replace("$quarter", f"'{self.quarter}'"))
        names = [name for name, *_ in answer.description or ()]
        return [dict(zip(names, values, strict=True)) for values in answer.fetchall()]

    def cells_of(self, chart: NamedChart) -> dict[tuple[str, ...], list[Row]]:
        """The cells of a chart's mart that it may draw, by the keys that its data have; several where it adds up."""
        where = named(chart.chart.cells, str(self.quarter), self.quarter.ended_on)
        keys = self.keys_of(chart)
        found: dict[tuple[str, ...], list[Row]] = {}
        for row in self.ask(f"from marts.{chart.chart.mart} where {where}"):
            found.setdefault(tuple(as_written(row[key]) for key in keys), []).append(row)
        return found

    def keys_of(self, chart: NamedChart) -> list[str]:
        """The keys that a chart's data have and its mart, too."""
        columns = {name for name, *_ in self.marts.execute(f"from marts.{chart.chart.mart} limit 0").description or ()}
        return [key for key in keys_of(self.data_of(chart)) if key in columns]


def keys_of(data: Sequence[Mapping[str, str]]) -> list[str]:
    """The keys that a chart's data have; all, where there is nothing to see."""
    return [key for key in KEYS if not data or key in data[0]]


@lru_cache(maxsize=8)
def _read(path: Path, modified_ns: int) -> PageText:
    """A page, read once for all checks."""
    return read_page(path.read_text(encoding="utf-8"))


Judge = Callable[[DrawnPage], Iterator[Row]]


def rows_of(workspace: Workspace, judge: Judge) -> list[Row]:
    """Rows of each drawn report that is of the marts as they are published now, each with its quarter."""
    folders = drawn_folders(workspace)
    if not folders:
        return []
    with duckdb.connect(workspace.published, read_only=True) as marts:
        return [
            {"quarter": str(quarter), **row}
            for quarter, folder in folders.items()
            for row in judge(DrawnPage(quarter, folder, marts))
        ]


def windows(drawn: DrawnPage) -> Iterator[Row]:
    """Each quarter that the page is of or compares with: what is not said of one that is not observed whole."""
    compared = drawn.ask(
        "select previous_quarter, count(*) as comparisons, "
        "count(*) filter (where list_contains(reasons, 'partial quarter') or level = 1) as partial "
        "from marts.quarter_over_quarter where quarter = $quarter group by all"
    )
    before = {row["previous_quarter"]: row["comparisons"] - row["partial"] for row in compared}
    untold_of_both = sum(before.values())
    for quarter in (str(drawn.quarter), *before):
        found = drawn.ask(
            f"select days_present, days_expected from marts.coverage_quarterly where quarter = '{quarter}'"
        )
        days = (found[0]["days_present"], found[0]["days_expected"]) if found else (0, 1)
        is_partial, said = days[0] < days[1], f"{days[0]} of {days[1]} days"
        untold = untold_of_both + (said not in drawn.page.text) if is_partial else 0
        yield {"observed": f"{quarter}, {said}", "comparisons_that_do_not_say_so": untold}


def charts(drawn: DrawnPage) -> Iterator[Row]:
    """Each chart whose mart has cells: which of its parts are missing."""
    for chart in find_charts():
        shown, data = drawn.page.charts.get(chart.slug), drawn.data_of(chart)
        parts: Mapping[str, Any] = {
            "figure": shown and (shown.is_drawn or not drawn.cells_of(chart)),
            "data": data or not drawn.cells_of(chart),
            "table": shown and shown.rows == (len(data) if len(data) <= MOST_ROWS else 0),
            "alternative text": shown and (shown.alternative_text.strip() or not data),
            "footer": shown and shown.footer.strip(),
        }
        missing = [name for name, is_there in parts.items() if not is_there]
        yield {"chart": chart.name, "missing": ", ".join(missing), "parts_missing": len(missing)}


def withheld(drawn: DrawnPage) -> Iterator[Row]:
    """Each chart: how many cells of its data tell what its mart withholds."""
    for chart in find_charts():
        data, cells, keys = drawn.data_of(chart), drawn.cells_of(chart), drawn.keys_of(chart)
        numbers = _numbers_of(cells)
        told = [
            row
            for row in data
            if (of := cells.get(_key(row, keys)))
            and all(cell.get("is_suppressed") for cell in of)
            and not _is_empty(row, numbers)
        ]
        yield {"chart": chart.name, "first": str([*_key(told[0], keys)]) if told else "", "cells_told": len(told)}


def _numbers_of(cells: Mapping[tuple[str, ...], Sequence[Row]]) -> list[str]:
    """The columns of a mart that measure traffic."""
    return sorted({name for of in cells.values() for cell in of for name in cell if _is_number(cell, name)})


def _is_number(cell: Row, name: str) -> bool:
    """Whether a column of a mart's row measures traffic; coverage does not, and is told of withheld cells, too."""
    measures = isinstance(cell[name], int | float | Decimal) and not isinstance(cell[name], bool)
    return measures and name not in (*KEYS, *OF_COVERAGE)


def _is_empty(row: Mapping[str, str], numbers: list[str]) -> bool:
    return row["is_withheld"] == "true" and all(row.get(name, "") in EMPTY for name in numbers)


def numbers(drawn: DrawnPage) -> Iterator[Row]:
    """The figures on top and the numbers of each chart's data: how many are not those of the marts."""
    expected = _headlines(drawn)
    for number, what in drawn.page.headlines:
        right = {text for name, text in expected if what == name or what.startswith((f"{name} ", f"{name},"))}
        yield {
            "number": f"{number} {what}",
            "of_the_marts": str(sorted(right)),
            "wrong_numbers": int(number not in right),
        }
    for chart in find_charts():
        cells = drawn.cells_of(chart)
        wrong = list(_wrong_numbers(drawn.data_of(chart), drawn.keys_of(chart), cells))
        first = str(wrong[0]) if wrong else ""
        yield {"number": f"data of {chart.name} {first}".strip(), "of_the_marts": "", "wrong_numbers": len(wrong)}


def _wrong_numbers(
    data: Sequence[Mapping[str, str]], keys: Sequence[str], cells: Mapping[tuple[str, ...], Sequence[Row]]
) -> Iterator[list[str]]:
    """Keys of each row that tells a number which its cells do not, and that number."""
    names = _numbers_of(cells)
    for row in data:
        of = cells.get(_key(row, keys), ())
        wrong = [row[name] for name in names if name in row and not _is_same(row[name], of, name)]
        if wrong:
            yield [*_key(row, keys), wrong[0]]


def _headlines(drawn: DrawnPage) -> list[tuple[str, str]]:
    """How a figure on top begins, and the number that the marts have for it."""
    types = drawn.ask(
        "select label, bits, share_of_bits, magnitude from marts.network_type_quarterly "
        "inner join marts.network_types using (network_type) where quarter = $quarter"
    )
    groups = drawn.ask(
        "select distinct label, share_of_bits from marts.share_group_quarterly inner join marts.share_groups "
        "using (share_group) where quarter = $quarter and direction = 'both'"
    )
    bits = [row["bits"] for row in types if row["bits"] is not None]
    total = bits_with_unit(sum(bits)) if bits else WITHHELD
    return [
        ("crossed the boundary in both directions", total),
        *((row["label"], _share(row["share_of_bits"])) for row in (*types, *groups)),
        *((f"for each {inside(row['label'])} address", _bits(row["magnitude"])) for row in types),
    ]


def _share(value: float | None) -> str:
    return WITHHELD if value is None else percent(value)


def _bits(value: float | None) -> str:
    return WITHHELD if value is None else bits_with_unit(value)


def _key(row: Mapping[str, str], keys: Sequence[str]) -> tuple[str, ...]:
    return tuple(row[key] for key in keys)


def _is_same(text: str, cells: Sequence[Row], name: str) -> bool:
    """Whether a number is the mart's, or the sum of the cells that were added up; empty where they tell none."""
    told = [cell[name] for cell in cells if cell[name] is not None]
    if text in EMPTY or not told:
        return text in EMPTY and not told
    return math.isclose(float(text), float(sum(told)), rel_tol=1e-12)
