"""What `netstats collect` counted in the folders that flow_sources name: is it running, and what did it lose.

Belongs here: finding its counts, and judging them. Does not belong here: counting (assets.exports.collecting).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from assets.exports.collecting.counts import Counts, counts_in
from assets.exports.collecting.filing import OTHERS
from assets.operator import Operator, addresses

SILENT_AFTER = timedelta(minutes=2)
LOOKED_BACK_DAYS = 2


@dataclass(frozen=True)
class Collecting:
    """The counts of one process of a collector, and the folder that it writes to."""

    folder: Path
    counts: Counts

    @property
    def name(self) -> str:
        return f"{self.folder} (process {self.counts.process})"


def collectors_of(operator: Operator) -> list[Collecting]:
    """All processes that ever wrote to a folder of a source; none for sources of other collectors."""
    folders = dict.fromkeys(folder for one in operator.flow_sources if (folder := _folder(operator, one.address)))
    return [Collecting(folder, counts) for folder in folders for counts in counts_in(folder)]


def _folder(operator: Operator, address: str) -> Path | None:
    """The folder before the first part of an address that differs by day or exporter; none of what lies elsewhere."""
    if "://" in address:
        return None
    fixed = []
    for part in address.split("/"):
        if addresses.HOLE.search(part) or addresses.has_wildcard(part):
            break
        fixed.append(part)
    return operator.folder / ("/".join(fixed) or "/")


def warnings_of(one: Collecting, now: datetime) -> Iterator[str]:
    """A line, with its remedy, for all that was lost or set apart today or yesterday."""
    for day, counts in one.counts.days.items():
        if (now.date() - day).days >= LOOKED_BACK_DAYS:
            continue
        if counts.dropped:
            what = f"the kernel dropped {counts.dropped:,} datagrams on {day}"
            yield f"collector of {one.name}: {what}; give it a larger --buffer or more --processes"
        if counts.unwritten:
            yield f"collector of {one.name}: {counts.unwritten:,} datagrams of {day} could not be written; make room"
        if counts.apart:
            what = f"{counts.apart:,} datagrams of {day} came from more exporters than have folders"
            yield f"collector of {one.name}: {what}; they lie in {one.folder / OTHERS}: name routers in exporters.csv"


def silence_of(one: Collecting, now: datetime) -> str | None:
    """Why a collector receives nothing, with the remedy; None while it is running."""
    told_at = one.counts.told_at
    since = f"{told_at:%Y-%m-%d %H:%M} UTC" if told_at else "its start"
    if not one.counts.is_running:
        return (
            f"collector of {one.name}: ended at {since}; start it, or remove its .collector files if it is not needed"
        )
    if told_at is None or now - told_at > SILENT_AFTER:
        return f"collector of {one.name}: has said nothing since {since}; start it again"
    return None
