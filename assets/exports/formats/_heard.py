"""When streams were heard, and of which of them what they told is kept for the next day.

Belongs here: the order in which streams are forgotten, and how much of all is kept. Does not belong here: what is
kept of a stream (_state).
"""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from assets.exports.formats._streams import Stream

# A domain that was not heard for so many days is forgotten: it says its templates and options again when it is back.
FORGOTTEN_AFTER_DAYS = 7
# What a day leaves to the next of templates, intervals and sequences; 500 interfaces that are followed take 0.1 MB.
MOST_BYTES = 18 << 20


class Heard(NamedTuple):
    """The last day on which a stream was heard, and the first one since it was forgotten last."""

    on: date
    since: date


def heard_lately(before: Mapping[Stream, Heard], heard: set[Stream], export_on: date) -> dict[Stream, Heard]:
    """All that were heard on a day or within FORGOTTEN_AFTER_DAYS before it."""
    now = {one: Heard(export_on, before[one].since if one in before else export_on) for one in heard}
    return {one: days for one, days in {**before, **now}.items() if (export_on - days.on).days < FORGOTTEN_AFTER_DAYS}


def within_bounds(heard: Mapping[Stream, Heard], sizes: Mapping[Stream, int]) -> dict[Stream, Heard]:
    """Those of which all is kept, by their bytes: those heard last before others, and of those the ones known longest.

    Who tells more than there is room for makes no room for itself.
    """

    def order(stream: Stream) -> tuple[int, date, Stream]:
        return -heard[stream].on.toordinal(), heard[stream].since, stream

    room, kept = MOST_BYTES, dict[Stream, Heard]()
    for stream in sorted(heard, key=order):
        if sizes[stream] <= room:
            room -= sizes[stream]
            kept[stream] = heard[stream]
    return kept


def told_forgotten(export_on: date, heard: int, kept: int) -> list[str]:
    """In words how many of those heard told more than is kept; nothing if none did."""
    if heard == kept:
        return []
    return [
        f"{export_on}: {heard - kept} of {heard} exporters' domains told more than is kept, and are new on the next "
        f"day; those heard longest ago and those known last go first; see in exports/export_health who sends so many"
    ]
