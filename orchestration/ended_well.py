"""When a build last ended well over all days that there are: what had failed before it is then current.

Belongs here: noting it in the state, and reading it. Does not belong here: what is current (orchestration.due), or
which failures it answers (orchestration.commands.standing).
"""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from assets.exports.rows import KEY as FLOW_EXPORTS
from assets.ground.lake import replacing
from assets.ground.workspace import Workspace

NAME = "built_well_at"


def note(workspace: Workspace, days: Sequence[date], began_at: datetime) -> None:
    """Keep when a build of these days began that ended well; one that left out some that were pulled is no answer."""
    pulled = [one.on for one in workspace.lake.partitions(FLOW_EXPORTS, "export_on")]
    if pulled and days[0] <= pulled[0] and pulled[-1] <= days[-1]:
        with replacing(_path(workspace)) as temporary:
            temporary.write_text(began_at.isoformat(), encoding="utf-8")


def ended_well(workspace: Workspace) -> datetime | None:
    """When the last of them began; None where there was none, or what was noted is damaged."""
    try:
        return datetime.fromisoformat(_path(workspace).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None


def _path(workspace: Workspace) -> Path:
    return workspace.state / NAME
