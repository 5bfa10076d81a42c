"""The comparison of two quarters as files: JSON with its schema, CSV, Markdown, a page, and its sentences alone.

Belongs here: their bytes and paths. Does not belong here: what is compared, how it is worded.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from assets.reports.charts import _units
from assets.reports.charts._chart import IS_WITHHELD, Table
from assets.reports.charts._compared_markdown import HOW_TO_READ, markdown_of
from assets.reports.charts._compared_places import read_places
from assets.reports.charts._compared_words import Usual, change_text, interval_text, name_of, sentence_of, usual_of
from assets.reports.charts._editions import effect_text
from assets.reports.charts._explained import EFFECTS, Explained, measure_of, place_of_row, read_explained
from assets.reports.charts._footer import Footer, footer_of
from assets.reports.charts._marts import Marts
from assets.reports.charts._page import render
from assets.reports.charts._report import Report, Window
from assets.reports.charts._report_marts import read_report
from assets.reports.charts._words import seen

SCHEMA = "comparison.schema.json"
# What is told in words before all tables; regions and types together, and other measures, have theirs in JSON.
IN_WORDS = {"share_of_bits", "share_of_type_bits"}
IN_TABLES = "region_network_type"
UNITS = {
    "share": "part, 0 to 1",
    "bits_per_second": "bits per second",
    "bits_daily": "bits a day",
    "bits": "bits",
    "unique_ips_daily": "addresses a day",
    "unique_ips": "addresses",
    "magnitude": "bits per address",
}
COLUMNS = (
    "quarter", "previous_quarter", "metric", "dimension", "member", "label", IS_WITHHELD, "value", "previous_value",
    "difference", "relative_change", "interval_low", "interval_high", "interval_of", "previous_value_restated",
    "difference_restated", *(f"{effect}_effect" for effect in EFFECTS), "verdict", "level", "reasons",
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A row of a table, as text; `parts` are what the difference is made of."""

    name: str
    dimension: str
    now: str
    before: str
    change: str
    interval: str
    restated: str
    parts: tuple[str, ...]
    verdict: str
    level: int
    reasons: tuple[str, ...]
    sentence: str


@dataclass(frozen=True)
class Measure:
    """All lines of a measure; `is_bridged` where what a difference is made of is told of any."""

    heading: str
    explanation: str
    lines: tuple[Line, ...]
    is_bridged: bool
    sentences: tuple[str, ...]

    @property
    def has_regions(self) -> bool:
        """Whether any line is a type's within a region."""
        return any(line.dimension == IN_TABLES for line in self.lines)


@dataclass(frozen=True)
class Told:
    """A quarter beside the one before, ready to be written."""

    report: Report
    footer: Footer
    rows: tuple[Explained, ...]
    measures: tuple[Measure, ...]
    usual: Usual | None

    @property
    def usually(self) -> str:
        """What is told once of most differences; empty where each tells its own."""
        return self.usual.sentence if self.usual else ""


def comparison_files(database: Path, quarter: str, stem: str, report_page: str) -> dict[str, bytes]:
    """The comparison of a quarter with the one before by file name, from the marts of a published database.

    Files are named `stem` and a suffix, the schema apart; `report_page` is where the quarter's report lies beside them.
    The same marts give the same bytes; ChartError names what they lack.
    """
    with Marts(database) as marts:
        report = read_report(marts, quarter)
        return files_of(told_of(marts, report), stem, report_page)


def told_of(marts: Marts, report: Report) -> Told:
    """Read and word the comparison of a report's quarter; without rows where no quarter is before it."""
    explained = read_explained(marts, report)
    rows = sorted([*explained, *read_places(marts, report, explained)], key=lambda row: place_of_row(report, row))
    usual = usual_of(report, rows)
    return Told(report, footer_of(report), tuple(rows), tuple(_measures(report, rows, usual)), usual)


def files_of(told: Told, stem: str, report_page: str) -> dict[str, bytes]:
    """The files of a comparison by their names."""
    report = told.report
    page = {
        "told": told,
        "report": report,
        "footer": told.footer,
        "window": report.window,
        "report_page": report_page,
        "stem": stem,
        "schema": SCHEMA,
        "how_to_read": HOW_TO_READ,
    }
    table = Table(COLUMNS, tuple(_cells(report, row) for row in told.rows))
    texts = {
        f"{stem}.json": json.dumps(_document(told), indent=1, ensure_ascii=False, allow_nan=False) + "\n",
        SCHEMA: (Path(__file__).parent / "templates" / SCHEMA).read_text(encoding="utf-8"),
        f"{stem}.csv": table.csv(is_simulated=report.is_simulated),
        f"{stem}.md": markdown_of(told),
        f"{stem}.html": render("comparison.html.j2", page),
        f"{stem}.txt": "".join(f"{seen(text)}\n" for text in _sentences(told)),
    }
    return {name: text.encode() for name, text in texts.items()}


def _sentences(told: Told) -> Iterator[str]:
    if told.usually:
        yield told.usually
    yield from (sentence for measure in told.measures for sentence in measure.sentences)


def _measures(report: Report, rows: list[Explained], usual: Usual | None) -> Iterator[Measure]:
    for metric, found in groupby(rows, lambda row: row.compared.metric):
        of_metric = [*found]
        heading, explanation = measure_of(metric)
        lines = tuple(_line(report, row, usual) for row in of_metric)
        is_bridged = any(row.is_bridged for row in of_metric)
        sentences = tuple(line.sentence for line in lines if metric in IN_WORDS and line.dimension != IN_TABLES)
        yield Measure(heading, explanation, lines, is_bridged, sentences)


def _line(report: Report, row: Explained, usual: Usual | None) -> Line:
    compared = row.compared
    return Line(
        name=name_of(report, compared),
        dimension=compared.dimension,
        now=compared.value_text,
        before=compared.previous_text,
        change=change_text(compared),
        interval=interval_text(compared.metric, row.interval),
        restated=_units.by_column(compared.metric, row.previous_value_restated),
        parts=tuple(effect_text(compared.metric, row.effects.get(effect)) for effect in EFFECTS)
        if row.is_bridged
        else (),
        verdict=compared.verdict,
        level=compared.level,
        reasons=compared.further_reasons,
        sentence=sentence_of(report, row, usual),
    )


def _document(told: Told) -> dict[str, object]:
    """The comparison as its schema describes it."""
    report, previous = told.report, told.report.previous
    return {
        "schema": "urn:network-stats:quarter-comparison:1",
        "operator": seen(report.operator),
        "is_simulated": report.is_simulated,
        "quarter": _window(report.window),
        "previous_quarter": _window(previous) if previous else None,
        "verdicts": [{"verdict": one.verdict, "level": one.level, "meaning": one.meaning} for one in report.verdicts],
        "rows": [_row(report, row) for row in told.rows],
    }


def _window(window: Window) -> dict[str, object]:
    return {
        "quarter": window.quarter,
        "began_on": window.began_on.isoformat(),
        "ended_on": window.ended_on.isoformat(),
        "days_present": window.days_present,
        "days_expected": window.days_expected,
    }


def _row(report: Report, row: Explained) -> dict[str, object]:
    compared, interval = row.compared, row.interval
    return {
        "metric": compared.metric,
        "unit": next(unit for prefix, unit in UNITS.items() if compared.metric.startswith(prefix)),
        "dimension": compared.dimension,
        "member": seen(compared.member),
        "label": seen(compared.label),
        "definition": compared.definition or None,
        "is_withheld": compared.is_withheld,
        "value": compared.value,
        "previous_value": compared.previous_value,
        "difference": compared.difference,
        "relative_change": _relative(row),
        "interval": {"low": interval.low, "high": interval.high, "of": interval.of} if interval else None,
        "previous_value_restated": row.previous_value_restated,
        "difference_restated": _restated(row),
        "bridge": dict(row.effects) if row.is_bridged else None,
        "verdict": compared.verdict,
        "level": compared.level,
        "reasons": [*compared.reasons],
        "sentence": seen(sentence_of(report, row)),
    }


def _relative(row: Explained) -> float | None:
    """The difference as a part of the value before; none of nothing."""
    compared = row.compared
    if compared.difference is None or not compared.previous_value:
        return None
    return compared.difference / compared.previous_value


def _restated(row: Explained) -> float | None:
    """The difference to the value before under today's map and definitions."""
    if row.compared.value is None or row.previous_value_restated is None:
        return None
    return row.compared.value - row.previous_value_restated


def _cells(report: Report, row: Explained) -> tuple[_units.Cell, ...]:
    compared, interval = row.compared, row.interval
    return (
        report.quarter,
        report.previous.quarter if report.previous else None,
        compared.metric,
        compared.dimension,
        seen(compared.member),
        seen(compared.label),
        compared.is_withheld,
        compared.value,
        compared.previous_value,
        compared.difference,
        _relative(row),
        interval.low if interval else None,
        interval.high if interval else None,
        interval.of if interval else None,
        row.previous_value_restated,
        _restated(row),
        *(row.effects.get(effect) for effect in EFFECTS),
        compared.verdict,
        compared.level,
        ";".join(compared.reasons),
    )
