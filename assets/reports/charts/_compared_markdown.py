"""The comparison of two quarters as Markdown, to be pasted into a post or a ticket.

Belongs here: its layout and what Markdown would read as markup. Does not belong here: words, numbers.
"""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from assets.reports.charts._explained import EFFECTS
from assets.reports.charts._words import opening, seen

if TYPE_CHECKING:
    from assets.reports.charts._compared_files import Measure, Told

MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~&!])")
HOW_TO_READ = (
    "An interval is the 5th to 95th percentile of the difference when each quarter's weeks are drawn anew; of metros, "
    "the error of sampling (1.96 standard errors of both values). What a difference is made of adds up exactly; "
    "“restated” is the quarter before under the map and definitions of this one. Withheld members stand for too few "
    "addresses, or would give others away."
)


def markdown_of(told: "Told") -> str:
    """The whole comparison as one Markdown text."""
    return "".join(f"{seen(line)}\n" for line in _lines(told))


def plain(text: str) -> str:
    """A text that Markdown shows as it is."""
    return MARKUP.sub(r"\\\1", text)


def _lines(told: "Told") -> Iterator[str]:
    report = told.report
    before = report.previous.spoken if report.previous else None
    yield f"# {plain(report.operator)}: {report.window.spoken}" + (f" beside {before}" if before else "")
    yield ""
    if told.footer.simulated:
        yield from (f"**Simulated data.** {plain(told.footer.simulated)}", "")
    yield from (f"{report.window.spoken}: {plain(told.footer.window)}.", "")
    if not told.rows:
        yield "There is no earlier quarter to compare with."
        return
    if told.usually:
        yield from (plain(told.usually), "")
    elif report.previous and report.previous.is_partial:
        yield from (f"{before} is {report.previous.why_partial}.", "")
    yield from (HOW_TO_READ, "", "## In words", "")
    yield from (f"- {plain(sentence)}" for one in told.measures for sentence in one.sentences)
    for measure in told.measures:
        yield from _table(measure, report.window.spoken, before or "before")
        if measure.is_bridged:
            yield from _bridge(measure, before or "before")
    yield from ("", "## What the verdicts mean", "")
    yield from (f"- {opening(one.verdict)} ({one.level} of 5): {plain(one.meaning)}" for one in report.verdicts)


def _table(measure: "Measure", now: str, before: str) -> Iterator[str]:
    yield from ("", f"## {measure.heading}", "", measure.explanation, "")
    yield from _head("Member", now, before, "Difference", "Interval", "Verdict")
    for line in measure.lines:
        verdict = f"{line.level}/5 {', '.join((line.verdict, *line.reasons))}"
        yield _cells((line.name, line.now, line.before, line.change, line.interval, verdict))


def _bridge(measure: "Measure", before: str) -> Iterator[str]:
    yield from ("", f"### {measure.heading}: what the difference is made of", "")
    yield from _head("Member", before, f"{before}, restated", *map(opening, EFFECTS))
    for line in measure.lines:
        if line.parts:
            yield _cells((line.name, line.before, line.restated, *line.parts))


def _head(*names: str) -> Iterator[str]:
    yield _cells(names)
    yield "|---|" + "---:|" * (len(names) - 1)


def _cells(texts: Sequence[str]) -> str:
    return f"| {' | '.join(map(plain, texts))} |"
