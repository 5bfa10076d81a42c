"""The editions as tables of the published copy: `marts.editions`, `marts.edition_values` and `marts.restatements`.

Belongs here: their columns and rows. They are no dbt models, since an edition is made after the marts, by the report.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb

from assets.ground.quarters import Quarter
from assets.warehouse.editions.figures import Cell, Figures, Value, read_figures
from assets.warehouse.editions.kept import Edition, editions_of, quarters_with_editions
from assets.warehouse.editions.restating import differing, effects
from assets.warehouse.editions.told import told

Row = tuple[Any, ...]
Columns = dict[str, tuple[str, str]]
CELL: Columns = {
    "metric": ("varchar", "bits, share_of_bits, unique_ips or magnitude."),
    "dimension": ("varchar", "total, share_group or network_type."),
    "member": ("varchar", "The member of the dimension; all for the total."),
    "is_suppressed": ("boolean", "Withheld in the edition, or by the marts of today; it has no numbers then."),
}
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
            "is_running": ("boolean", "Whether the quarter's last exports were not in yet."),
            "is_newest": ("boolean", "Whether it is the newest edition of its quarter."),
            "changed": ("varchar[]", "What it was made from that was otherwise in the edition before, in words."),
        },
    ),
    "edition_values": (
        "One row per quarter, edition, metric and member: the value as published in that edition.",
        QUARTER | CELL | {"value": ("double", "The value in the metric's unit.")},
    ),
    "restatements": (
        "One row per value that an edition restates of the edition before.",
        QUARTER
        | {"previous_edition": ("integer", "The edition before.")}
        | CELL
        | {
            "previous_value": ("double", "As published in the edition before; 0 where the member carried nothing."),
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
        editions, today = editions_of(folder, quarter), read_figures(published, quarter)
        values = [
            told(edition.figures, today, is_superseded_run=edition.is_running and edition is not editions[-1])
            for edition in editions
        ]
        for edition, of_edition in zip(editions, values, strict=True):
            rows["editions"].append(_edition(edition, is_newest=edition is editions[-1]))
            rows["edition_values"] += _values(edition, of_edition)
        for (before, earlier), (now, later) in pairwise(zip(editions, values, strict=True)):
            rows["restatements"] += _restated(before, now, earlier, later)
    return rows


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
    return *_quarter(edition), edition.published_on, edition.is_running, is_newest, list(edition.changed)


def _values(edition: Edition, values: Mapping[Cell, Value]) -> Iterator[Row]:
    for cell, value in sorted(values.items()):
        yield *_quarter(edition), *cell, value is None, None if value is None else float(value)


def _restated(before: Edition, now: Edition, earlier: Mapping[Cell, Value], later: Mapping[Cell, Value]) -> list[Row]:
    """The cells that differ; those of which one side may not be told stand there without numbers."""
    return [
        (*_quarter(now), before.number, *cell, *_numbers(before.figures, now.figures, cell, earlier, later))
        for cell in differing(_as_told(before.figures, earlier), _as_told(now.figures, later))
    ]


def _numbers(
    before: Figures, now: Figures, cell: Cell, earlier: Mapping[Cell, Value], later: Mapping[Cell, Value]
) -> Row:
    """Whether the cell is withheld, both values, their difference and its four effects."""
    old, new = earlier.get(cell, 0), later.get(cell, 0)
    if old is None or new is None:
        return True, *[None] * 7
    made = effects(before, now, cell)
    parts = (made.coverage, made.traffic, made.reclassification, made.definition) if made else (None,) * 4
    return False, float(old), float(new), float(new - old), *parts


def _as_told(figures: Figures, values: Mapping[Cell, Value]) -> Figures:
    return Figures(values, figures.networks, figures.groups, figures.covered_bins)
