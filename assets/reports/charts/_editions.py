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
select edition, published_on, is_running, days_present, days_expected, changed
from marts.editions
where quarter = '{quarter}'
order by edition
"""
RESTATED_SQL = """
select
    edition, metric, dimension, member, previous_state, previous_value, state, value,
    traffic_effect, reclassification_effect, coverage_effect, definition_effect
from marts.restatements
where quarter = '{quarter}'
order by edition, metric, dimension, member
"""
EFFECTS = ("traffic", "reclassification", "coverage", "definition")
UNTOLD = (
    "The values of the edition before that are not told here are kept back since other cells are withheld, or other "
    "days covered, in the marts of today: beside these they would give away what is withheld."
)
WITHHELD_THEN = "withheld"
METRICS = ("share_of_bits", "bits", "unique_ips", "magnitude")


@dataclass(frozen=True)
class EditionLine:
    """One edition, or those in a row that were made while the quarter ran."""

    number: str
    published_on: str
    state: str
    changed: tuple[str, ...]


@dataclass(frozen=True)
class Restated:
    """One value as published in the edition before and as restated, with what made the difference.

    `is_shown`: both are told, or one of the two editions withheld it. `is_told`: both are told.
    """

    cell: tuple[str, str, str]
    label: str
    measure: str
    is_told: bool
    is_shown: bool
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
    changed: tuple[str, ...]
    rows: tuple[Restated, ...]
    note: str


@dataclass(frozen=True)
class Editions:
    """The editions of a report's quarter; all empty before the first one is made."""

    sentences: tuple[str, ...]
    lines: tuple[EditionLine, ...]
    restatements: tuple[Restatement, ...]
    newest: int
    name: str = ""
    published_on: str = ""
    is_running: bool = False

    @property
    def year(self) -> str:
        return self.published_on[:4]

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
    days: str
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
        name=editions[-1].name if editions else "",
        published_on=editions[-1].published_on if editions else "",
        is_running=bool(editions) and editions[-1].is_running,
    )


def _editions(marts: Marts, quarter: str) -> list[_Edition]:
    return [
        _Edition(
            row.whole("edition"),
            row.day("published_on").isoformat(),
            row.flag("is_running"),
            f"{row.whole('days_present')} of {row.whole('days_expected')} days covered",
            row.texts("changed"),
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
        sentences.append(f"The quarter was still running, with {newest.days}: its numbers will go on.")
    elif before is None:
        restates = "No edition before it is kept" if newest.number > 1 else "It restates nothing"
        sentences.append(f"{restates}; the quarter had ended, with {newest.days}.")
    elif before.is_running:
        sentences.append(
            f"It is the first since the quarter ended, with {newest.days}; {before.name} was made while it ran."
        )
    else:
        sentences.append(f"It restates {before.name}; the quarter had ended, with {newest.days}.")
    if lost := sorted({*range(1, newest.number)} - {one.number for one in editions}):
        sentences.append(f"{_lost(lost)} kept any more.")
    if earlier and report.previous:
        before_name = spoken(quarter_before(report.quarter))
        sentences.append(f"The quarter before, {before_name}, is compared as in its {earlier[-1].name}.")
    return tuple(sentences)


def _lost(numbers: Sequence[int]) -> str:
    which = listed([str(number) for number in numbers])
    return f"Edition {which} is not" if len(numbers) == 1 else f"Editions {which} are not"


def _lines(is_running: bool, editions: Sequence[_Edition]) -> list[EditionLine]:
    """A line for each edition of the quarter that had ended; those made while it ran are one line."""
    if not is_running:
        return [
            EditionLine(str(one.number), one.published_on, f"ended, {one.days}", _causes(one.changed))
            for one in editions
        ]
    numbers, days = ([str(one.number) for one in editions], [one.published_on for one in editions])
    return [EditionLine(_from_to(numbers), _from_to(days), f"running, {editions[-1].days}", ())]


def _causes(changed: Sequence[str]) -> tuple[str, ...]:
    return tuple(opening(one) for one in changed)


def _from_to(texts: Sequence[str]) -> str:
    return texts[0] if texts[0] == texts[-1] else f"{texts[0]} to {texts[-1]}"


def _restatement(report: Report, before: _Edition, now: _Edition, rows: Sequence[Row]) -> Restatement:
    def place(row: Row) -> tuple[int, bool, str]:
        return METRICS.index(row.text("metric")), row.text("dimension") == "network_type", row.text("member")

    found = [_restated(report, row) for row in sorted(rows, key=place) if not _is_repeated(report, row)]
    return Restatement(
        number=now.number,
        heading=f"{opening(now.name)} beside {before.name}",
        before=before.name,
        now=now.name,
        changed=_causes(now.changed),
        rows=tuple(row for row in found if row.is_shown),
        note=_note(found),
    )


def _note(rows: Sequence[Restated]) -> str:
    """What stands below a table, or in place of one that would say nothing."""
    if not rows:
        return "No headline value that may be told differs."
    return "" if all(row.is_shown for row in rows) else UNTOLD


def _is_repeated(report: Report, row: Row) -> bool:
    """Whether a share group of one type says what the type's own row says."""
    return row.text("dimension") == "share_group" and report.is_network_type(row.text("member"))


def _restated(report: Report, row: Row) -> Restated:
    metric, dimension, member = row.text("metric"), row.text("dimension"), row.text("member")
    before, now = row.number_or_none("previous_value"), row.number_or_none("value")
    told = before is not None and now is not None
    states = row.text("previous_state"), row.text("state")
    return Restated(
        cell=(metric, dimension, member),
        label=label_of(report, dimension, member),
        measure=MEASURES[metric][0],
        is_told=told,
        is_shown=told or WITHHELD_THEN in states,
        before=states[0] if before is None else _units.by_column(metric, before),
        now=states[1] if now is None else _units.by_column(metric, now),
        difference=_units.difference(metric, now or 0.0, before or 0.0) if told else _units.NO_VALUE,
        effects=tuple(effect_text(metric, row.number_or_none(f"{name}_effect")) for name in EFFECTS),
    )


def effect_text(metric: str, value: float | None) -> str:
    """A part of a difference in its metric's unit."""
    if value is None:
        return _units.NO_VALUE
    if metric.startswith("share_"):
        return _units.percentage_points(value)
    return f"{'+' if value > 0 else ''}{_units.by_column(metric, value)}"
