"""The sources of flow exports: folders of this machine, and those of others, a module for each scheme of an address.

A module named for its scheme has `opened(address)`, which gives a Remote (_remote). Belongs here: what is offered for a
day. Does not belong here: what is in a file (assets.exports.copies), what becomes of it (assets.exports.flow_exports).
"""

from collections.abc import Iterator
from datetime import date

from assets.exports.sources._folders import files_at
from assets.exports.sources._landing import LANDED, Landing, NoRoomError, faults_told, with_landings
from assets.exports.sources._notes import landed_of_days, was_looked_at
from assets.exports.sources._places import MEND_ACCESS, OfferedFile, Place, place_of, places_of
from assets.operator import Operator

__all__ = [
    "LANDED",
    "MEND_ACCESS",
    "Landing",
    "NoRoomError",
    "OfferedFile",
    "Place",
    "files_at",
    "files_offered",
    "landed_of_days",
    "place_of",
    "places_of",
    "was_looked_at",
    "with_landings",
]


def files_offered(operator: Operator, export_on: date) -> Iterator[OfferedFile]:
    """What all places hold for a day, in the order of the sources and then of names; what can't be used is told."""
    for place in places_of(operator, export_on):
        yield from files_at(place)
        yield from faults_told(place, export_on)
