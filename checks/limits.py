"""The limit and severity of a check: the project's, each with its date and reason, or the operator's own.

Belongs here: which limit holds. Does not belong here: what is checked (one file a topic), the limits themselves
(limits.csv beside this file, in the columns of an operator's check_limits.csv; a limit that decides on a verdict too is
named by the verdict, of the seed verdict_limits).
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg

from assets.operator import Operator

LIMITS = Path(__file__).with_name("limits.csv")
VERDICT_LIMITS = LIMITS.parents[1] / "dbt_project" / "seeds" / "limits" / "verdict_limits.csv"
SEVERITIES = {"warn": dg.AssetCheckSeverity.WARN, "block": dg.AssetCheckSeverity.ERROR}


class UnknownCheckError(Exception):
    """A row of check_limits.csv fits no check, so that it would hold nothing."""


@dataclass(frozen=True)
class Limit:
    """What a check holds its result against; `severity` is off, warn or block."""

    check: str
    limit: float
    severity: str
    reason: str
    decided_on: date

    @property
    def is_off(self) -> bool:
        return self.severity == "off"

    @property
    def dagster_severity(self) -> dg.AssetCheckSeverity:
        return SEVERITIES[self.severity]

    @property
    def metadata(self) -> dict[str, Any]:
        return {
            "limit_of": self.check,
            "limit": self.limit,
            "severity": self.severity,
            "reason": self.reason,
            "decided_on": str(self.decided_on),
        }


@cache
def project_limits() -> dict[str, Limit]:
    """The limits of limits.csv by the name of their check."""
    of_verdicts = {row["verdict"]: row["number"] for row in _rows(VERDICT_LIMITS)}
    return {
        row["check"]: Limit(
            row["check"],
            float(of_verdicts.get(row["limit"], row["limit"])),
            row["severity"],
            row["reason"],
            date.fromisoformat(row["decided_on"]),
        )
        for row in _rows(LIMITS)
    }


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def limit_of(operator: Operator, default: Limit) -> Limit:
    """The operator's last row in check_limits.csv whose pattern fits the check, else the project's own limit.

    UnknownCheckError names a row that fits no check at all.
    """
    _refuse_unknown((row.check for row in operator.check_limits), {*project_limits(), default.check})
    fitting = [row for row in operator.check_limits if fnmatchcase(default.check, row.check)]
    if not fitting:
        return default
    row = fitting[-1]
    return Limit(
        default.check,
        default.limit if row.limit is None else row.limit,
        row.severity,
        row.reason,
        row.decided_on,
    )


def _refuse_unknown(patterns: Iterable[str], checks: set[str]) -> None:
    for pattern in patterns:
        if not any(fnmatchcase(check, pattern) for check in checks):
            near = get_close_matches(pattern, sorted(checks), n=1, cutoff=0)
            raise UnknownCheckError(
                f"check_limits.csv, column check: {pattern!r} fits no check; "
                f"write one of those in docs/checks.md, such as {near[0]}"
            )
