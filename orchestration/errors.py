"""Errors of libraries in words for a person.

Belongs here: wording. Does not belong here: where errors are caught.
"""

import errno
import os
import re

RAISED_AS = re.compile(r"^(?:\w+\.)+\w+: ")
LOCKED = re.compile(r"Could not set lock on file.*?\(PID (\d+)\)", re.DOTALL)
REMEDIES = {
    errno.ENOSPC: "make room on its disk",
    errno.EDQUOT: "make room within the quota",
    errno.EROFS: "mount its disk for writing",
    errno.EACCES: "let the user of netstats read and write there",
    errno.EPERM: "let the user of netstats read and write there",
}
"""Of what the system refuses."""
COMPLETES = "and run the same again, which completes it"


def plain(message: str) -> str:
    """An error's message without the class it was raised as; a warehouse in use, and what the system refused, is told
    with what to do.
    """
    if locked := LOCKED.search(message):
        return (
            f"the warehouse is in use by another run or reader (process {locked[1]}); wait until it has ended, and run "
            "the same again"
        )
    told = RAISED_AS.sub("", message.strip())
    remedies = (remedy for code, remedy in REMEDIES.items() if os.strerror(code) in told)
    remedy = next(remedies, None)
    return told if remedy is None or remedy in told else f"{told}; {remedy}, {COMPLETES}"
