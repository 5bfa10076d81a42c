"""What stood between the exports and the page: checks that warn of the quarter, and records left out by reason.

Belongs here: what checks found, as the marts tell it. Does not belong here: errors and coverage (_confidence).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from assets.reports.charts import _units
from assets.reports.charts._marts import Marts, Row
from assets.reports.charts._report import Report
from assets.reports.charts._words import counted, readable

# A check looks at the newest quarter and the two before: what it finds later is not of this quarter any more. Those of
# the page itself come after it.
CHECKS_SQL = """
with of_quarter as (
    select *, row_number() over (partition by check_name order by finding_number desc) as age
    from marts.check_history
    where asset not like 'reports/%'
        and coalesce(last_day, date '{began_on}') between date '{began_on}' and date '{began_on}' + interval 9 month
)
select check_name, severity, limit_value, rows_broken, holds, remedy,
    passed or not list_contains(quarters, '{quarter}') as is_passed
from of_quarter where age = 1 order by check_name
"""
SET_APART_SQL = """
select reason, records, share_of_bytes from marts.set_apart_quarterly
where quarter = '{quarter}' order by reason <> 'published', share_of_bytes desc nulls last, reason
"""
REASONS = {
    "published": "In this report",
    "transit": "Left out: passed through, between others",
    "internal": "Left out: stayed within the network",
    "kept_one_of_two": "Left out: metered twice, and counted at the other end",
    "unknown_sampling": "Left out: the sampling interval is not known",
    "outside_window": "Left out: before tracking began",
    "implausible_time": "Left out: times that can't be",
    "implausible_amount": "Left out: amounts that can't be",
}


@dataclass(frozen=True)
class Warned:
    """A check that does not hold: what it says, by how many rows it is broken beyond which limit, what to do."""

    check: str
    holds: str
    found: str
    remedy: str


@dataclass(frozen=True)
class ReasonLine:
    """What became of a part of the records that were read."""

    reason: str
    records: str
    share: str


@dataclass(frozen=True)
class Quality:
    """Everything that the section on quality shows; `sentence` says how many checks there are and how many warn."""

    sentence: str
    warnings: tuple[Warned, ...]
    reasons: tuple[ReasonLine, ...]


def read_quality(marts: Marts, report: Report) -> Quality:
    """What checks and reasons the marts tell of the quarter."""
    checks = marts.rows(checks_sql(report))
    apart = marts.rows(SET_APART_SQL.format(quarter=report.quarter))
    warnings = tuple(_warning(row) for row in checks if not row.flag("is_passed"))
    return Quality(_sentence(checks, warnings), warnings, tuple(_reason(row) for row in apart))


def checks_sql(report: Report) -> str:
    """The query of the checks of a report's quarter."""
    return CHECKS_SQL.format(quarter=report.quarter, began_on=report.window.began_on.isoformat())


def _sentence(checks: Sequence[Row], warnings: Sequence[Warned]) -> str:
    off = sum(row.text("severity") == "off" for row in checks)
    if not checks:
        return "No check was run on these marts yet."
    stood = f"{counted(len(checks) - off, 'check')} stood between the flow exports and this page"
    if off:
        stood += f", {counted(off, 'other is', 'others are')} switched off"
    if not warnings:
        return f"{stood}; none has found anything wrong with this quarter."
    return f"{stood}; {counted(len(warnings), 'of them warns', 'of them warn')} of this quarter:"


def _warning(row: Row) -> Warned:
    rows = counted(row.whole("rows_broken"), "day, router or network is", "days, routers or networks are")
    found = f"{rows} beyond the limit of {row.number('limit_value'):g}" if row.whole("rows_broken") else "not met"
    return Warned(row.text("check_name"), row.text("holds"), found, row.text("remedy"))


def _reason(row: Row) -> ReasonLine:
    records, share = row.whole_or_none("records"), row.number_or_none("share_of_bytes")
    return ReasonLine(
        reason=REASONS.get(row.text("reason"), f"Left out: {readable(row.text('reason')).lower()}"),
        records=_units.WITHHELD if records is None else _units.count(records),
        share=_units.WITHHELD if share is None else _units.percent(share),
    )
