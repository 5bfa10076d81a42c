"""The editions as tables of the published copy: `marts.editions`, `marts.edition_values` and `marts.restatements`.

Belongs here: their columns and rows. They are not dbt models, since an edition is made after the marts, by the report.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb

from assets.ground.quarters import Quarter
from assets.warehouse.editions.figures import Cell, Figures, Value, read_exports, read_figures
from assets.warehouse.editions.kept import Edition, editions_of, quarters_with_editions
from assets.warehouse.editions.restating import differing, effects, is_same_traffic
from assets.warehouse.editions.told import told

Row = tuple[Any, ...]
Columns = dict[str, tuple[str, str]]
CELL: Columns = {
    "metric": ("varchar", "bits, share_of_bits, unique_ips or magnitude."),
    "dimension": ("varchar", "total, share_group or network_type."),
    "member": ("varchar", "The member of the dimension; all for the total."),
    "is_suppressed": ("boolean", "Whether a value is missing, since it was withheld or would give away what is today."),
}
STATE = "told; withheld (in the edition itself); withheld since (told then, and not told beside the marts of today)."
QUARTER: Columns = {
    "quarter": ("varchar", "The quarter, such as 2025Q4."),
    "quarter_began_on": ("date", "Its first day."),
    "edition": ("integer", "The number of the edition, from 1 on."),
}
EFFECT = "Part of the difference made by {}, in the metric's unit; null for addresses and magnitude, or where untold."
TABLES: Mapping[str, tuple[str, Columns]] = {
    "editions": (
        "One row per quarter and edition: what was reported of it, and when.",
        QUARTER
        | {
            "published_on": ("date", "The day (UTC) on which its report was made."),
            "is_running": ("boolean", "Whether it was made before the day after the quarter's last was over."),
            "days_present": ("integer", "Days of the quarter with exports when it was made."),
            "days_expected": ("integer", "Days of the quarter."),
            "is_newest": ("boolean", "Whether it is the newest edition of its quarter."),
            "changed": ("varchar[]", "What it was made from that changed since the edition before, in words."),
        },
    ),
    "edition_values": (
        "One row per quarter, edition, metric and member: the value as published in that edition.",
        QUARTER | CELL | {"state": ("varchar", STATE), "value": ("double", "The value in the metric's unit.")},
    ),
    "restatements": (
        "One row per value that an edition tells other than the edition before, or that one of the two withheld.",
        QUARTER
        | {"previous_edition": ("integer", "The edition before.")}
        | CELL
        | {
            "previous_state": ("varchar", f"Of the value before: {STATE}"),
            "previous_value": ("double", "As published in the edition before; 0 where the member carried nothing."),
            "state": ("varchar", f"Of the value now: {STATE}"),
            "value": ("double", "As restated."),
            "difference": ("double", "value - previous_value; the sum of the four effects where they are told."),
            "coverage_effect": ("double", EFFECT.format("more or fewer covered bins, at the rate of before")),
            "traffic_effect": ("double", EFFECT.format("other traffic in the covered bins")),
            "reclassification_effect": ("double", EFFECT.format("networks that moved between types")),
            "definition_effect": ("double", EFFECT.format("other types in a share group")),
        },
    ),
}


def rows_of_tables(published: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, list[Row]]:
    """The rows of each table, from the kept editions and what the published marts tell today."""
    rows: dict[str, list[Row]] = {name: [] for name in TABLES}
    for quarter in quarters_with_editions(folder):
        editions, values = editions_of(folder, quarter), _told_values(published, folder, quarter)
        for edition, of_edition in zip(editions, values, strict=True):
            rows["editions"].append(_edition(edition, is_newest=edition is editions[-1]))
            rows["edition_values"] += _values(edition, of_edition)
        for (before, earlier), (now, later) in pairwise(zip(editions, values, strict=True)):
            rows["restatements"] += _restated(before, now, earlier, later)
    return rows


def _told_values(published: duckdb.DuckDBPyConnection, folder: Path, quarter: str) -> list[dict[Cell, Value]]:
    """What may be told of each edition of a quarter beside today's marts, and beside each later edition that tells."""
    editions, today = editions_of(folder, quarter), read_figures(published, quarter)
    minima = [edition.inputs.get("minimum_unique_ips") for edition in editions]
    known = [int(minimum) for minimum in minima if minimum is not None]
    minimum = max(known) if known and len(known) == len(minima) else None
    beside: list[tuple[Figures | None, dict[str, int] | None]] = [(today, read_exports(published, quarter))]
    found: list[dict[Cell, Value]] = []
    for edition in reversed(editions):
        exports, figures = edition.inputs.get("exports"), edition.figures
        is_superseded_run = edition.is_running and edition is not editions[-1]
        sides = [
            told(figures, other, is_superseded_run=is_superseded_run, is_late=exports != came, minimum=minimum)
            for other, came in beside
        ]
        cells = {cell for side in sides for cell in side}
        values = {
            cell: None if any(side.get(cell, 0) is None for side in sides) else figures.values[cell] for cell in cells
        }
        if today and any(value is not None for value in values.values()):
            beside.append((replace(figures, divided=today.divided), exports))
        found.insert(0, values)
    return found


def write_tables(published: duckdb.DuckDBPyConnection, rows: Mapping[str, list[Row]]) -> None:
    """Put the tables into an open database, in place of those that are there, with their descriptions."""
    for name, (description, columns) in TABLES.items():
        listed = ", ".join(f"{column} {kind}" for column, (kind, _) in columns.items())
        published.execute(f"create or replace table marts.{name} ({listed})")
        published.execute(f"comment on table marts.{name} is '{_quoted(description)}'")
        for column, (_, text) in columns.items():
            published.execute(f"comment on column marts.{name}.{column} is '{_quoted(text)}'")
        if rows[name]:
            published.executemany(f"insert into marts.{name} values ({', '.join('?' for _ in columns)})", rows[name])


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def _quarter(edition: Edition) -> Row:
    return edition.quarter, Quarter.parse(edition.quarter).began_on, edition.number


def _edition(edition: Edition, *, is_newest: bool) -> Row:
    quarter = Quarter.parse(edition.quarter)
    days = edition.days_present, (quarter.next.began_on - quarter.began_on).days
    return *_quarter(edition), edition.published_on, edition.is_running, *days, is_newest, list(edition.changed)


def _values(edition: Edition, values: Mapping[Cell, Value]) -> Iterator[Row]:
    for cell, value in sorted(values.items()):
        number = None if value is None else float(value)
        yield *_quarter(edition), *cell, value is None, _state(edition, values, cell), number


def _restated(before: Edition, now: Edition, earlier: Mapping[Cell, Value], later: Mapping[Cell, Value]) -> list[Row]:
    """The cells that differ, and those that one edition withheld; what one side may not tell has no number there."""
    cells = {
        *differing(_as_told(before.figures, earlier), _as_told(now.figures, later)),
        *(before.figures.withheld ^ now.figures.withheld),
    }
    return [
        (*_quarter(now), before.number, *cell, *_numbers(before, now, cell, earlier, later)) for cell in sorted(cells)
    ]


def _numbers(
    before: Edition, now: Edition, cell: Cell, earlier: Mapping[Cell, Value], later: Mapping[Cell, Value]
) -> Row:
    """Whether a value is missing, both states and values, their difference and its four effects."""
    old, new = earlier.get(cell, 0), later.get(cell, 0)
    numbers = [None if value is None else float(value) for value in (old, new)]
    sides = _state(before, earlier, cell), numbers[0], _state(now, later, cell), numbers[1]
    if old is None or new is None:
        return True, *sides, *[None] * 5
    made = effects(before.figures, now.figures, cell, is_same_traffic=is_same_traffic(before, now))
    parts = (made.coverage, made.traffic, made.reclassification, made.definition) if made else (None,) * 4
    return False, *sides, float(new - old), *parts


def _state(edition: Edition, values: Mapping[Cell, Value], cell: Cell) -> str:
    if cell in edition.figures.withheld:
        return "withheld"
    return "withheld since" if values.get(cell, 0) is None else "told"


def _as_told(figures: Figures, values: Mapping[Cell, Value]) -> Figures:
    return Figures(values, figures.networks, figures.groups, figures.covered_bins)
