"""The limit and severity of a check: the project's, each with its date and reason, or the operator's own.

Belongs here: which limit holds. Does not belong here: what is checked (one file a topic).
"""

from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

import dagster as dg

from assets.operator import Operator

SEVERITIES = {"warn": dg.AssetCheckSeverity.WARN, "block": dg.AssetCheckSeverity.ERROR}


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
        return {"limit_of": self.check, "limit": self.limit, "reason": self.reason, "decided_on": str(self.decided_on)}


def limit_of(operator: Operator, default: Limit) -> Limit:
    """The operator's last row in check_limits.csv whose pattern fits the check, else the project's own limit."""
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
