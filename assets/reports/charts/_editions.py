"""The editions of a quarter: which one this is, and what it restates, as published beside restated.

Belongs here: rows of `marts.editions` and `marts.restatements` as sentences and tables for people. Does not belong
here: what a difference is made of (assets.warehouse.editions).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from assets.reports.charts import _units
from assets.reports.charts._calendar import quarter_before, spoken
from assets.reports.charts._comparison import MEASURES, label_of
from assets.reports.charts._marts import Marts, Row
from assets.reports.charts._report import Report
from assets.reports.charts._words import listed, opening

EDITIONS_SQL = """
select edition, published_on, is_running, changed
from marts.editions
where quarter = '{quarter}'
order by edition
"""
RESTATED_SQL = """
select
    edition, metric, dimension, member, is_suppressed, previous_value, value,
    traffic_effect, reclassification_effect, coverage_effect, definition_effect
from marts.restatements
where quarter = '{quarter}'
order by edition, metric, dimension, member
"""
EFFECTS = ("traffic", "reclassification", "coverage", "definition")
UNTOLD = "What is withheld is not the same in both editions; beside each other they would give it away."
METRICS = ("share_of_bits", "bits", "unique_ips", "magnitude")


@dataclass(frozen=True)
class EditionLine:
    """One edition, or those in a row that were made while the quarter ran."""

    number: str
    published_on: str
    state: str
    changed: str


@dataclass(frozen=True)
class Restated:
    """One value as published in the edition before and as restated, with what made the difference."""

    cell: tuple[str, str, str]
    label: str
    measure: str
    is_told: bool
    before: str
    now: str
    difference: str
    effects: tuple[str, ...]


@dataclass(frozen=True)
class Restatement:
    """What one edition restates of the one before it."""

    number: int
    heading: str
    before: str
    now: str
    rows: tuple[Restated, ...]

    @property
    def told(self) -> str:
        """What stands in place of a table that would say nothing; empty where there is one."""
        if not self.rows:
            return "No headline value that may be told differs."
        return "" if any(row.is_told for row in self.rows) else UNTOLD


@dataclass(frozen=True)
class Editions:
    """The editions of a report's quarter; all empty before the first one is made."""

    sentences: tuple[str, ...]
    lines: tuple[EditionLine, ...]
    restatements: tuple[Restatement, ...]
    newest: int

    def as_published(self, metric: str, dimension: str, member: str) -> str:
        """What the edition before told of a value that the newest restates: "49.6% as published in edition 1"."""
        for restatement in self.restatements:
            for row in restatement.rows:
                if restatement.number == self.newest and row.is_told and row.cell == (metric, dimension, member):
                    return f"restated: {row.before} as published in {restatement.before}"
        return ""


@dataclass(frozen=True)
class _Edition:
    number: int
    published_on: str
    is_running: bool
    changed: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"edition {self.number} of {self.published_on}"


def read_editions(marts: Marts, report: Report) -> Editions:
    """The editions of a quarter, and what those of the complete quarter restate."""
    editions = _editions(marts, report.quarter)
    rows = marts.rows(RESTATED_SQL.format(quarter=report.quarter))
    restatements = [
        _restatement(report, before, now, [row for row in rows if row.whole("edition") == now.number])
        for before, now in reversed([*pairwise(editions)])
        if not before.is_running
    ]
    return Editions(
        sentences=_sentences(report, editions, _editions(marts, quarter_before(report.quarter))),
        lines=tuple(line for is_running, run in groupby(editions, _is_running) for line in _lines(is_running, [*run])),
        restatements=tuple(restatements),
        newest=editions[-1].number if editions else 0,
    )


def _editions(marts: Marts, quarter: str) -> list[_Edition]:
    return [
        _Edition(
            row.whole("edition"), row.day("published_on").isoformat(), row.flag("is_running"), row.texts("changed")
        )
        for row in marts.rows(EDITIONS_SQL.format(quarter=quarter))
    ]


def _is_running(edition: _Edition) -> bool:
    return edition.is_running


def _sentences(report: Report, editions: Sequence[_Edition], earlier: Sequence[_Edition]) -> tuple[str, ...]:
    """Which edition this is, what changed it, and which edition of the quarter before it is compared with."""
    if not editions:
        return ()
    newest, before = editions[-1], editions[-2] if len(editions) > 1 else None
    sentences = [f"Edition {newest.number} of {report.window.spoken}, made on {newest.published_on}."]
    if newest.is_running:
        sentences.append("The quarter was still running when it was made: its numbers will go on.")
    elif before is None:
        sentences.append("It restates nothing.")
    elif before.is_running:
        sentences.append(f"It is the first of the complete quarter; {before.name} was made while it ran.")
    else:
        changed = listed(newest.changed)
        sentences.append(f"It restates {before.name}. What changed: {changed}.")
    if earlier and report.previous:
        before_name = spoken(quarter_before(report.quarter))
        sentences.append(f"The quarter before, {before_name}, is compared as in its {earlier[-1].name}.")
    return tuple(sentences)


def _lines(is_running: bool, editions: Sequence[_Edition]) -> list[EditionLine]:
    """A line for each edition of the complete quarter; those made while it ran are one line."""
    if not is_running:
        return [
            EditionLine(str(one.number), one.published_on, "complete", opening(listed(one.changed)) or _units.NO_VALUE)
            for one in editions
        ]
    numbers, days = ([str(one.number) for one in editions], [one.published_on for one in editions])
    return [EditionLine(_from_to(numbers), _from_to(days), "running", _units.NO_VALUE)]


def _from_to(texts: Sequence[str]) -> str:
    return texts[0] if texts[0] == texts[-1] else f"{texts[0]} to {texts[-1]}"


def _restatement(report: Report, before: _Edition, now: _Edition, rows: Sequence[Row]) -> Restatement:
    def place(row: Row) -> tuple[int, bool, str]:
        return METRICS.index(row.text("metric")), row.text("dimension") == "network_type", row.text("member")

    return Restatement(
        number=now.number,
        heading=f"{opening(now.name)} beside {before.name}: {listed(now.changed)}",
        before=before.name,
        now=now.name,
        rows=tuple(_restated(report, row) for row in sorted(rows, key=place) if not _is_repeated(report, row)),
    )


def _is_repeated(report: Report, row: Row) -> bool:
    """Whether a share group of one type says what the type's own row says."""
    return row.text("dimension") == "share_group" and report.is_network_type(row.text("member"))


def _restated(report: Report, row: Row) -> Restated:
    metric, dimension, member = row.text("metric"), row.text("dimension"), row.text("member")
    before, now = row.number_or_none("previous_value"), row.number_or_none("value")
    told = before is not None and now is not None
    return Restated(
        cell=(metric, dimension, member),
        label=label_of(report, dimension, member),
        measure=MEASURES[metric][0],
        is_told=told,
        before=_units.or_withheld(metric, before),
        now=_units.or_withheld(metric, now),
        difference=_units.difference(metric, now or 0.0, before or 0.0) if told else _units.WITHHELD,
        effects=tuple(_effect(metric, row.number_or_none(f"{name}_effect")) for name in EFFECTS),
    )


def _effect(metric: str, value: float | None) -> str:
    """A part of a difference in its metric's unit."""
    if value is None:
        return _units.NO_VALUE
    if metric.startswith("share_"):
        return _units.percentage_points(value)
    return f"{'+' if value > 0 else ''}{_units.by_column(metric, value)}"
