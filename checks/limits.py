"""The limit and severity of a check: the project's, each with its date and reason, or the operator's own.

Belongs here: which limit holds. Does not belong here: what is checked (one file a topic), the limits themselves
(limits.csv beside this file, in the columns of an operator's check_limits.csv; one that SQL goes by, too, has the name
that it has there, assets.operator.limits).
"""

import csv
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg

from assets.operator import Operator
from assets.operator.limits import row_that_holds, shared_limits

LIMITS = Path(__file__).with_name("limits.csv")
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
    shared = shared_limits()
    return {
        row["check"]: Limit(
            row["check"],
            shared[row["limit"]].number if row["limit"] in shared else float(row["limit"]),
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
    refuse_unknown(operator, default.check)
    place = row_that_holds([row.check for row in operator.check_limits], default.check)
    if place is None:
        return default
    row = operator.check_limits[place]
    return Limit(
        default.check,
        default.limit if row.limit is None else row.limit,
        row.severity,
        row.reason,
        row.decided_on,
    )


def refuse_unknown(operator: Operator, *more: str) -> None:
    """UnknownCheckError names a row of check_limits.csv that fits no check or limit of the project, nor `more`."""
    checks = {*project_limits(), *(one.set_by for one in shared_limits().values()), *more}
    for pattern in (row.check for row in operator.check_limits):
        if all(row_that_holds([pattern], check) is None for check in checks):
            near = get_close_matches(pattern, sorted(checks), n=1, cutoff=0)
            raise UnknownCheckError(
                f"check_limits.csv, column check: {pattern!r} fits no check; "
                f"write one of those in docs/checks.md, such as {near[0]}"
            )
