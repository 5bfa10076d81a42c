"""What the checks of the data found when they were last run, and rows of check_limits.csv that fit none.

Belongs here: wording the newest finding of each check. Does not belong here: running checks (checks/), or keeping what
they find (assets.warehouse.check_history).
"""

from collections.abc import Iterator
from textwrap import shorten

from assets.ground.workspace import Workspace
from assets.operator import Operator
from assets.warehouse import check_history
from checks.limits import UnknownCheckError, project_limits, refuse_unknown
from orchestration.commands.diagnosis.finding import BLOCKS, NOTE, WARNING, Finding, listed

SHOWN = 300


def misspelt(operator: Operator) -> Iterator[Finding]:
    """The first row of check_limits.csv that fits no check: every build would end with it."""
    try:
        refuse_unknown(operator)
    except UnknownCheckError as error:
        yield Finding(BLOCKS, "check_limits", str(error))


def findings(workspace: Workspace) -> Iterator[Finding]:
    """A finding for each check that does not hold, and one that says how many there are; none before the first run."""
    there = project_limits()
    kept = check_history.last_findings(check_history.history_path(workspace.published))
    last = [one for one in kept if one.check in there]
    if not last:
        return
    broken = [one for one in last if not one.passed]
    newest = max(one.checked_at for one in last)
    what = f"{len(last)} checks were run, the last {newest:%Y-%m-%d %H:%M} UTC; {len(broken)} do not hold"
    yield Finding(NOTE, "checks", what)
    if off := [one.check for one in last if one.severity == "off"]:
        what = f"{len(off)} checks are switched off by check_limits.csv: {listed(off)}"
        yield Finding(WARNING, "checks_off", what, "take the rows out once their reasons are gone")
    for one in sorted(broken, key=lambda one: (one.severity != "block", one.check)):
        found = shorten(one.found.removesuffix(f"; {one.remedy}"), SHOWN, placeholder=" ...")
        level = BLOCKS if one.severity == "block" else WARNING
        yield Finding(level, "checks", f"check {one.check}: {one.holds} {found}", one.remedy or None)
