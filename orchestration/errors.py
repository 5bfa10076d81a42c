"""Errors of libraries in words for a person.

Belongs here: wording. Does not belong here: where errors are caught.
"""

import re

RAISED_AS = re.compile(r"^(?:\w+\.)+\w+: ")
LOCKED = re.compile(r"Could not set lock on file.*?\(PID (\d+)\)", re.DOTALL)


def plain(message: str) -> str:
    """An error's message without the class it was raised as; a warehouse in use is told with what to do."""
    if locked := LOCKED.search(message):
        return (
            f"the warehouse is in use by another run or reader (process {locked[1]}); wait until it has ended, and run "
            "the same again"
        )
    return RAISED_AS.sub("", message.strip())
