"""Where the sources of flow exports lie on a day, and what one of them offers.

Belongs here: what an address means. Does not belong here: walking folders (_folders), bringing files of other machines
(_landing).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from assets.exports.names import printable, source_key
from assets.operator import Exporter, FlowSource, Operator, addresses

MEND_ACCESS = "let the user that runs netstats read it, or take it out of the source"


@dataclass(frozen=True)
class Place:
    """A folder or file that a source's address means on a day; `name` begins the names of all that lies there.

    Of an address with wildcards, `path` is the folder before the first, and `below` the parts that follow. `folder` is
    what stands for `{exporter}`.
    """

    source: FlowSource
    path: Path
    name: str
    exporter: str | None
    below: tuple[str, ...] = ()
    folder: str | None = None

    def address_on(self, export_on: date) -> str:
        """Where its files were looked for, as the operator knows it."""
        if not addresses.is_remote(self.source.address):
            return str(self.path)
        return addresses.on_day(self.source.address, export_on).replace(addresses.EXPORTER_HOLE, self.folder or "*")


@dataclass(frozen=True)
class OfferedFile:
    """What a source offers for a day; a `fault` says why it can't be used (then it may be a folder), as `state`."""

    place: Place
    path: Path
    source_file: str
    fault: str | None = None
    remedy: str | None = None
    state: str = "unreadable"


def places_of(operator: Operator, export_on: date) -> Iterator[Place]:
    """The places of all sources on a day; `{exporter}` is the exporter's name and its address."""
    for source in operator.flow_sources:
        if addresses.EXPORTER_HOLE not in source.address:
            yield place_of(operator.folder, source, export_on)
            continue
        for folder, exporter in sorted(names_of_folders(operator, export_on).items()):
            yield place_of(operator.folder, source, export_on, folder, str(exporter.exporter))


def place_of(
    base: Path, source: FlowSource, export_on: date, folder: str | None = None, exporter: str | None = None
) -> Place:
    """The place of a source on a day, relative ones below `base`; `folder` is what stands for `{exporter}`."""
    address, key = addresses.on_day(source.lies_at, export_on), source_key(source.address)
    if folder is not None:
        address, key = address.replace(addresses.EXPORTER_HOLE, folder), f"{key}/{printable(folder)}"
    fixed, below = addresses.split_at_wildcard(address)
    return Place(source, base / fixed, key, exporter, below, folder)


def names_of_folders(operator: Operator, export_on: date) -> dict[str, Exporter]:
    """What may stand for `{exporter}`: names and addresses, with the exporter that each means on the day.

    Where several rows have one, it is that of the row in force.
    """
    rows = sorted(operator.exporters, key=lambda row: (_is_in_force(row, export_on), row.valid_from or date.min))
    return {**{row.name: row for row in rows}, **{str(row.exporter): row for row in rows}}


def _is_in_force(row: Exporter, export_on: date) -> bool:
    return (row.valid_from or date.min) <= export_on <= (row.valid_to or date.max)
