"""Sentences on the difference between two quarters: what was seen, how far it could be another, what may be said of it.

Belongs here: words about compared values. Does not belong here: how a verdict is reached (dbt, `_compared_places`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from assets.reports.charts import _units
from assets.reports.charts._comparison import BEST_LEVEL, Compared
from assets.reports.charts._editions import effect_text
from assets.reports.charts._explained import WEEKS, Explained, Interval, measure_of
from assets.reports.charts._report import Report
from assets.reports.charts._words import inside, listed, opening

# From this level on, a difference may be told as a rise or a fall.
LEVEL_TO_CLAIM = 4
# Up to this level two values are observations of unlike things or times.
LEVEL_NOT_TO_COMPARE = 2
PARTIAL = "partial quarter"


@dataclass(frozen=True)
class Usual:
    """The verdict of most differences with a partial quarter, told once in `sentence`; `reasons` are shared by all."""

    reasons: tuple[str, ...]
    sentence: str

    def covers(self, compared: Compared) -> bool:
        return compared.verdict == PARTIAL and not compared.is_withheld and compared.difference is not None


def usual_of(report: Report, rows: Sequence[Explained]) -> Usual | None:
    """What need not be said of each difference; None where it is not the same of two."""
    of_partial = [row.compared for row in rows if Usual((), "").covers(row.compared)]
    if len(of_partial) < 2:
        return None
    shared = tuple(
        one for one in of_partial[0].further_reasons if all(one in row.further_reasons for row in of_partial)
    )
    also = f", also {listed(shared)}" if shared else ""
    return Usual(
        shared,
        f"{opening(_why(report, of_partial[0]))}. Wherever no verdict is told, it is {PARTIAL} "
        f"({of_partial[0].level} of {BEST_LEVEL}){also}: no rise or fall is claimed.",
    )


def sentence_of(report: Report, row: Explained, usual: Usual | None = None) -> str:
    """What may be said of a difference: both values, range, parts, what was restated, verdict and reason.

    What `usual` tells of it is left out; without it the sentence can stand alone.
    """
    parts = (
        _values(report, row.compared),
        _range(row),
        _parts(row),
        _restated(report, row),
        *_judged(report, row, usual),
    )
    return " ".join(part for part in parts if part)


def _judged(report: Report, row: Explained, usual: Usual | None) -> tuple[str, ...]:
    """The claim and the verdict, or what is more than the usual ones."""
    if usual is None or not usual.covers(row.compared):
        return (_claim(report, row.compared, row.interval), _verdict(report, row.compared))
    more = [reason for reason in row.compared.further_reasons if reason not in usual.reasons]
    return (f"Also {listed(more)}.",) if more else ()


def name_of(report: Report, compared: Compared) -> str:
    """Who is compared: "Other clouds (neocloud, hyperscaler and hosting)", "Chicago in US-East"."""
    defined = f" ({compared.definition})" if compared.definition else ""
    return f"{compared.label}{defined}{_region_of(report, compared)}"


def _region_of(report: Report, compared: Compared) -> str:
    if compared.dimension != "metro":
        return ""
    region = compared.member.partition("/")[0]
    return "" if region == _units.WITHHELD else f" in {report.region(region).label}"


def _quarters(report: Report) -> tuple[str, str]:
    return report.window.spoken, report.previous.spoken if report.previous else "the quarter before"


def _values(report: Report, compared: Compared) -> str:
    now, before = _quarters(report)
    heading = f"{name_of(report, compared)}, {inside(measure_of(compared.metric)[0])}"
    if compared.is_withheld:
        return f"{heading}: withheld in {now} or {before}."
    if compared.value is None and compared.previous_value is None:
        return f"{heading}: no value in {now} nor in {before}."
    if compared.value is None or compared.previous_value is None:
        when, lacking = (before, now) if compared.value is None else (now, before)
        told = compared.previous_text if compared.value is None else compared.value_text
        return f"{heading}: {told} in {when}, no value in {lacking}."
    return f"{heading}: {compared.value_text} in {now}, {compared.previous_text} in {before}, {change_text(compared)}."


def change_text(compared: Compared) -> str:
    """A difference in its unit and as a part of the value before: "+13.4 points (+37%)"."""
    if not compared.metric.startswith("share_") or compared.value is None or not compared.previous_value:
        return compared.difference_text
    relation = _units.relative_change(compared.value, compared.previous_value)
    return f"{compared.difference_text} ({relation})"


def interval_text(metric: str, interval: Interval | None) -> str:
    """An interval of differences in its metric's unit: "\u22123.1 to +0.2 points"."""
    if interval is None:
        return _units.NO_VALUE
    low, high = (effect_text(metric, end) for end in (interval.low, interval.high))
    return f"{low.removesuffix(' points')} to {high}"


def _range(row: Explained) -> str:
    if row.interval is None:
        return ""
    by = "The variability from week to week" if row.interval.of == WEEKS else "The error of sampling"
    with_zero = ", a range that includes zero" if row.interval.holds_zero else ""
    return f"{by} puts it at {interval_text(row.compared.metric, row.interval)}{with_zero}."


def _parts(row: Explained) -> str:
    """What the difference is made of; nothing where the parts are not told or there is no difference."""
    told = {name: effect for name, effect in row.effects.items() if effect}
    if not told or row.compared.difference is None:
        return ""
    if [*told] == ["traffic"]:
        return "All of the difference is traffic."
    parts = [f"{effect_text(row.compared.metric, effect)} of {name}" for name, effect in told.items()]
    return f"It is made of {listed(parts)}."


def _restated(report: Report, row: Explained) -> str:
    """The value before under today's map, where it reads otherwise than as published."""
    if row.previous_value_restated is None or row.compared.previous_value is None:
        return ""
    now, before = _quarters(report)
    restated = _units.by_column(row.compared.metric, row.previous_value_restated)
    if restated == row.compared.previous_text:
        return ""
    return f"Under the map and definitions of {now}, {before} has {restated}."


def _claim(report: Report, compared: Compared, interval: Interval | None) -> str:
    """Whether it may be called a rise or a fall, and why not."""
    if compared.is_withheld or compared.difference is None:
        return ""
    if compared.level <= LEVEL_NOT_TO_COMPARE:
        return f"No rise or fall is claimed, since {_why(report, compared)}."
    if interval is not None and interval.holds_zero:
        return "No rise or fall is claimed, since the range includes zero."
    if compared.level < LEVEL_TO_CLAIM or not compared.difference:
        return ""
    return "It rose." if compared.difference > 0 else "It fell."


def _why(report: Report, compared: Compared) -> str:
    """The reason of a verdict; of a partial quarter, which one and how far it was observed."""
    windows = (report.window, report.previous)
    partial = [f"{one.spoken} is {one.why_partial}" for one in windows if one is not None and one.is_partial]
    if compared.verdict == PARTIAL and partial:
        return " and ".join(partial)
    meanings = {verdict.verdict: verdict.meaning for verdict in report.verdicts}
    return inside(meanings.get(compared.verdict, compared.verdict)).rstrip(".")


def _verdict(report: Report, compared: Compared) -> str:
    """The verdict, with its reason unless a sentence before has told it, and what else applies."""
    is_told = compared.level <= LEVEL_NOT_TO_COMPARE and compared.difference is not None
    why = "" if is_told else f": {_why(report, compared)}"
    further = f"; also {listed(compared.further_reasons)}" if compared.further_reasons else ""
    return f"Verdict: {compared.verdict} ({compared.level} of {BEST_LEVEL}){why}{further}."
