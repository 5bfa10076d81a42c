"""Whether a quarter's report says what the marts do, before it takes the place of the one that is published.

Belongs here: the list of checks of drawn pages. Does not belong here: what each looks at (checks._pages), the marts
themselves (checks.marts).
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import dagster as dg

from assets.ground.workspace import Workspace
from assets.reports.bundles import drawn_folders, tell_checked
from checks import _pages
from checks._bounds import Row, at_most
from checks._pages import Judge
from checks._topic import TopicCheck, guard, together


@dataclass(frozen=True)
class PageCheck(TopicCheck):
    """A check of the drawn pages: one that fails keeps its own quarter's page back, and no other."""

    judge: Judge = field(kw_only=True)

    def rows(self, workspace: Workspace) -> list[Row]:
        """What the judge says of each drawn page that is of the marts as they are published now."""
        return _pages.rows_of(workspace, self.judge)

    def keep(self, workspace: Workspace, result: dg.AssetCheckResult, shut: Container[str] | None = None) -> None:
        """Note of each drawn page whether it may be published, as far as this check goes."""
        is_refused = not result.passed and result.severity is dg.AssetCheckSeverity.ERROR
        broken = set(map(str, _quarters(result))) if is_refused else set()
        for quarter in drawn_folders(workspace):
            said = result.description if str(quarter) in broken else None
            tell_checked(workspace, quarter, self.default.check, said)


def _quarters(result: dg.AssetCheckResult) -> Sequence[Any]:
    """The quarters of the rows that broke the limit."""
    told = result.metadata["quarters"].value
    return told if isinstance(told, list) else ()


def page_check(check: str, description: str, judge: Judge, column: str, remedy: str) -> TopicCheck:
    """A check of what a judge says of the drawn pages, by its name."""
    kind = partial(PageCheck, judge=judge)
    return guard(check, "reports/drawn_bundle", description, "", at_most(column), remedy, kind=kind, may_be_empty=True)


FAULT = "this is a fault of the platform: keep the state, and report it with these rows; the page before stays"
CHECKS = (
    page_check(
        "reports.windows_are_told",
        "Of a quarter that was not observed whole the page tells the days, and each comparison with it that it is so.",
        _pages.windows,
        "comparisons_that_do_not_say_so",
        FAULT,
    ),
    page_check(
        "reports.charts_are_whole",
        "Every chart has its figure, data, table, alternative text and footer.",
        _pages.charts,
        "parts_missing",
        FAULT,
    ),
    page_check(
        "reports.withheld_is_not_told",
        "No cell that the marts withhold has a number in the data of a chart.",
        _pages.withheld,
        "cells_told",
        FAULT,
    ),
    page_check(
        "reports.numbers_are_the_marts",
        "The figures on top, and the numbers in each chart's data, are those of the published marts.",
        _pages.numbers,
        "wrong_numbers",
        FAULT,
    ),
)


def define(workspace: Workspace) -> list[dg.AssetChecksDefinition]:
    """Windows, charts, what is withheld, and numbers; they block the publication of the page."""
    return together(workspace, CHECKS)
