"""What the next build makes, as that build would find it, in lines for a person.

Belongs here: asking and wording it. Does not belong here: finding it (orchestration.due), which takes seconds to import
and longer the more days there are: programs that ask every minute are not told.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import duckdb

from assets.ground.workspace import Workspace
from orchestration.commands.account_lines import days_text
from orchestration.errors import plain


def to_build(workspace: Workspace, days: Sequence[date], today: date) -> Iterator[str]:
    """What of these days, and of what they share, the next build makes or looks through."""
    from orchestration import due

    if not workspace.warehouse.exists():
        yield "all of it; nothing was built yet"
        return
    try:
        wanted = due.what_is_due(workspace, days[0], days[-1])
    except (duckdb.Error, OSError) as error:
        yield f"not known now: {plain(str(error))}"
        return
    of_days = days_text(wanted.stale) if wanted.stale else "what the days share, and the marts"
    said = f"{of_days}; `netstats build` makes what of it is not current"
    yield "nothing: all of it is current" if wanted.is_nothing else said
    if days[-1] < today - timedelta(days=1):
        yield f"no day after {days[-1]} was pulled yet"
