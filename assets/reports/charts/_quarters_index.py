"""The page over all quarters: which reports there are, and the figures on top of each.

Belongs here: what the page shows of each quarter. Does not belong here: a quarter's own page (`_page`), when it is
written (assets.reports.chart_bundle).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assets.reports.charts._citation import Citation, citation_of
from assets.reports.charts._comparison import read_comparison
from assets.reports.charts._editions import read_editions
from assets.reports.charts._footer import Footer, footer_of
from assets.reports.charts._headline import Headline, headlines
from assets.reports.charts._marts import Marts
from assets.reports.charts._page import render
from assets.reports.charts._report import Report
from assets.reports.charts._report_marts import read_report


@dataclass(frozen=True)
class Entry:
    """A quarter's report as the page over all quarters names it."""

    report: Report
    footer: Footer
    headlines: tuple[Headline, ...]
    citation: Citation
    is_running: bool


def quarters_page(database: Path, quarters: Sequence[str]) -> str:
    """The page that lists the reports of quarters, newest first; each lies in a folder beside it."""
    with Marts(database) as marts:
        entries = [_entry(marts, quarter) for quarter in sorted(quarters, reverse=True)]
    return render("quarters.html.j2", {"entries": entries, "report": entries[0].report, "footer": entries[0].footer})


def _entry(marts: Marts, quarter: str) -> Entry:
    report = read_report(marts, quarter)
    comparison, editions = read_comparison(marts, report), read_editions(marts, report)
    return Entry(
        report=report,
        footer=footer_of(report),
        headlines=headlines(marts, report, comparison, editions),
        citation=citation_of(report, editions),
        is_running=editions.is_running,
    )
