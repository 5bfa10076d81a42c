"""How often Python looks for garbage that refers to itself: seldom, in processes that make millions of objects and end.

Belongs here: the setting. Does not belong here: which processes want it (the command line, dbt's, tests).
"""

import atexit
import gc

OBJECTS_BETWEEN_LOOKS = 200_000
"""New objects, less those that went, before the youngest are looked at; Python's own is 700 to 2,000."""


# What is there is looked at once more at the end: libraries in C++ tell of what they take for lost.
atexit.register(gc.unfreeze)


def look_seldom() -> None:
    """Look for such garbage after many new objects alone, and never among what is there now, as after imports.

    A build made a seventh of its CPU of these looks; what they would have found is a few megabytes.
    """
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_LOOKS, *gc.get_threshold()[1:])
