"""All faults, and the page that sets them beside the checks: `python -m tests.faults.catalogue` writes it.

Belongs here: the list and the page. Does not belong here: any one fault (one module a topic).
"""

from pathlib import Path

from checks import classification, flow_exports, flow_records, marts, registries, reports
from checks.limits import project_limits
from tests.faults import faults_of_exports, faults_of_networks, faults_of_pages, faults_of_records

FAULTS = (
    *faults_of_exports.FAULTS,
    *faults_of_records.FAULTS,
    *faults_of_networks.FAULTS,
    *faults_of_pages.FAULTS,
)
TOPICS = (flow_exports, flow_records, registries, classification, marts, reports)
PAGE = Path(__file__).parents[2] / "docs" / "checks.md"
HEAD = f"""\
# Checks: what each holds, and which faults it tells

Every check stands between what it looks at and what is made of it. One that **blocks** stops all that comes after its
asset, in this run and in later ones, until it passes; one that **warns** is told at the end of `netstats build`.
Limits, severities, dates and reasons stand in `checks/limits.csv`; a row of the operator's `check_limits.csv` (the same
columns) comes before them, and a name there that fits no check is an error. Numbers that SQL goes by, too, stand in the
seed `limits`, and are set in the same way: the verdicts' (`verdicts.not_comparable`, `verdicts.classification_changed`,
`verdicts.few_networks`, `verdicts.low_precision`, and `flow_exports.records_received` for *low coverage*), and how far
clocks may be off (`flow_records.record_clocks_agree`: all days of core are made anew). They have four decimals at
most; a check that is switched off sets its number all the same, the project's if its row has none. The page tells those
of verdicts.

Checks of exports and records look at the newest quarter with exports and the two before. What is *usual* is the median
of the same weekday of the eight weeks before, in logarithms and in units of its median deviation (a tenth at least),
and nothing is said with less than four such weekdays; a new level is told for a week. A flow counts as met twice if it
was met at two points at overlapping times; one in sixteen flows, chosen by its addresses and ports, is looked at.

Checks of reports look at the pages as drawn: one that fails keeps its quarter's page back, and the one that is
published stays. What each check finds is kept (`marts.check_history`, `netstats doctor`, the page's section on
quality), and what suites of Great Expectations find is a page of its own (`make docs`).

The faults of the last column are put into a good world one at a time (`tests/faults`): the check must tell each with
this severity and name what is wrong, and no check may speak of the good world, nor of ten drawn by chance. This page is
written by `python -m tests.faults.catalogue`; a test fails if it is out of date. {len(FAULTS)} faults.
"""


def matrix() -> tuple[str, Path]:
    """The page's text, and where it belongs."""
    parts = [HEAD]
    for topic in TOPICS:
        title = topic.__name__.partition(".")[2].replace("_", " ")
        parts.append(f"\n## {title[0].upper()}{title[1:]}\n")
        parts.append("| check | holds | limit | if not | faults that it tells |\n|---|---|---|---|---|")
        parts += [_row(check.default.check, check.description, check.remedy or "") for check in topic.CHECKS]
    return "\n".join(parts) + "\n", PAGE


def _row(name: str, description: str, remedy: str) -> str:
    limit = project_limits()[name]
    faults = "; ".join(fault.name for fault in FAULTS if fault.check == name)
    bound = f"{limit.limit:g}, {limit.severity}s"
    return f"| `{name}` | {description} | {bound} | {remedy} | {faults} |"


if __name__ == "__main__":
    text, page = matrix()
    page.write_text(text, encoding="utf-8")
