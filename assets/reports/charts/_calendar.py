"""Quarters as a report names them.

Belongs here: their dates and spoken form. Does not belong here: which days were observed.
"""

from datetime import date

from assets.ground.quarters import Quarter
from assets.reports.charts._marts import ChartError


def quarter_dates(quarter: str) -> tuple[date, date]:
    """The first and last day of a quarter written `2025Q4`; ChartError for anything else."""
    try:
        parsed = Quarter.parse(quarter)
    except ValueError as error:
        raise ChartError(str(error)) from error
    if str(parsed) != quarter:
        raise ChartError(f"{quarter!r} is not a quarter; write it like 2025Q4")
    return parsed.began_on, parsed.ended_on


def quarter_before(quarter: str) -> str:
    """The quarter before one: "2025Q1" -> "2024Q4"."""
    return str(Quarter.of(quarter_dates(quarter)[0]).previous)


def spoken(quarter: str) -> str:
    """A quarter for a headline: "2025Q4" -> "Q4 2025"."""
    return f"{quarter[4:]} {quarter[:4]}"
