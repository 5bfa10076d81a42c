"""How a report is cited: a line for a text, and one for BibTeX.

Belongs here: their words. Does not belong here: how the software is cited (CITATION.cff).
"""

import re
from dataclasses import dataclass

from assets.reports.charts._editions import Editions
from assets.reports.charts._report import Report

# What BibTeX and LaTeX read as their own, and how it is written as itself.
SPECIAL = re.compile(r"[&%$#_{}~^\\]")
SPELT = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


@dataclass(frozen=True)
class Citation:
    """A report's citation; both name the edition, since numbers may be restated."""

    text: str
    bibtex: str


def citation_of(report: Report, editions: Editions) -> Citation:
    """The citation of a report's newest edition."""
    simulated = " Simulated data." if report.is_simulated else ""
    edition = editions.name or "before its first edition"
    year = editions.year or report.quarter[:4]
    note = f"{edition[:1].upper()}{edition[1:]}.{simulated}"
    return Citation(
        text=f"{report.operator}: Network Stats {report.window.spoken}. {note}",
        bibtex=(
            f"@techreport{{networkstats{report.quarter.lower()}, author = {{{{{_plain(report.operator)}}}}}, "
            f"title = {{Network Stats {report.window.spoken}}}, year = {{{year}}}, note = {{{_plain(note)}}}}}"
        ),
    )


def _plain(text: str) -> str:
    return SPECIAL.sub(lambda sign: SPELT.get(sign[0], f"\\{sign[0]}"), text)
