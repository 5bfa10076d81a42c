"""Quarters as dates. Belongs here: first and last days. Does not belong here: which days were observed."""

import re
from datetime import date, timedelta

from assets.reports.charts._marts import ChartError


def quarter_dates(quarter: str) -> tuple[date, date]:
    """The first and last day of a quarter written `2025Q4`; ChartError for anything else."""
    if not re.fullmatch(r"\d{4}Q[1-4]", quarter):
        raise ChartError(f"{quarter!r} is not a quarter; write it like 2025Q4")
    year, number = int(quarter[:4]), int(quarter[5])
    began_on = date(year, 3 * number - 2, 1)
    after = date(year + number // 4, number % 4 * 3 + 1, 1)
    return began_on, after - timedelta(days=1)


def quarter_before(quarter: str) -> str:
    """The quarter before one: "2025Q1" -> "2024Q4"."""
    day = quarter_dates(quarter)[0] - timedelta(days=1)
    return f"{day.year}Q{(day.month + 2) // 3}"


def spoken(quarter: str) -> str:
    """A quarter for a headline: "2025Q4" -> "Q4 2025"."""
    return f"{quarter[4:]} {quarter[:4]}"
