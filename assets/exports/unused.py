"""Files of a day that do not count though they may hold traffic, in lines for a person.

Belongs here: wording. Does not belong here: why a file can't be used (assets.exports.pull). Commands read it, and
should not wait for Dagster.
"""

from collections.abc import Iterable, Iterator

from assets.exports.rows import Row

UNUSED = {"quarantined", "unreadable", "unstable"}


def lines_of_unused(rows: Iterable[Row]) -> Iterator[str]:
    """A line for each file that does not count though it may hold traffic: day, name, reason and remedy."""
    for row in rows:
        if row["state"] in UNUSED:
            yield f"{row['export_on']}/{row['source_file']}: {row['reason']}; {row['remedy']}"
