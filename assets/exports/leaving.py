"""What becomes of a file that was pulled for a day and is not offered when the day is pulled again.

Belongs here: whether it leaves the day. Does not belong here: what is offered (assets.exports.pull).
Why it is so: docs/decisions/0006.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from operator import itemgetter

from assets.exports.copies import Examined
from assets.exports.names import without_compression
from assets.exports.rows import Row
from assets.exports.sources import Place

IS_DELETED = "if the source deletes what it delivered, set its deletes_delivered: true in operator.yaml"

MISSING = "its source offers other files for the day, and no longer this one"


@dataclass
class Leaving:
    """What the sources of a day offer, and what counted before, as far as it tells what left.

    `grown` names the files that go on from contents under another name; warnings gather what was kept or withdrawn.
    """

    places: list[Place]
    exports: list[Examined]
    unused: list[Examined]
    counted: list[Row]
    grown: dict[str, str]
    kept_by_place: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._offered = _by_name(one.offered.source_file for one in self.exports)
        self._counted = _by_name(row["offered_as"] for row in self.counted)
        self._offering = {one.offered.place.name for one in self.exports}

    def row(self, row: Row) -> Row:
        """The row of a content that no source offers: as it was, or withdrawn with the reason."""
        place = self._place_of(row)
        if place is not None:
            row = {**row, **settings_of(place), "exporter_hint": place.exporter or row["exporter_hint"]}
        if row["state"] == "withdrawn" and row["content_sha256"] not in self.grown:
            return {**row, "state": "pulled"} if self._comes_back(row) else row
        reason = self._reason(row, place)
        return row if reason is None else {**row, "state": "withdrawn", "reason": reason, "remedy": IS_DELETED}

    def _comes_back(self, row: Row) -> bool:
        """Whether it only left for being missing, and its source turns out to delete what it delivered."""
        name = without_compression(row["offered_as"])
        is_replaced = name in self._offered or name in self._counted
        return bool(row["reason"] == MISSING and row["deletes_delivered"] and not is_replaced)

    def _reason(self, row: Row, place: Place | None) -> str | None:
        if any(_is_at_or_below(row["offered_as"], one.offered.source_file) for one in self.unused):
            return None
        newer = self._offered.get(without_compression(row["offered_as"])) or self.grown.get(row["content_sha256"])
        if newer:
            return f"{newer} holds a newer version of it"
        if row["deletes_delivered"]:
            return None
        if not self._offering or (place is not None and place.name not in self._offering):
            where = row["source"] if place is None else place.name
            self.kept_by_place[where] = self.kept_by_place.get(where, 0) + 1
            return None
        if place is None:
            return "operator.yaml no longer names its source, and other sources offer files for the day"
        return MISSING

    def _place_of(self, row: Row) -> Place | None:
        """The place that a row's file was offered at last, if the operator still names it."""
        of_source = [place for place in self.places if place.source.address == row["source"]]
        return next((place for place in of_source if row["offered_as"].startswith(f"{place.name}/")), None)

    def warnings(self, export_on: date, rows: Iterable[Row], before: Iterable[Row]) -> list[str]:
        """A line for each place that offers nothing any more, and for each file that leaves with this pull."""
        kept = [
            f"{export_on}/{where}: offers no exports for the day any more, and the {count} pulled before still count; "
            f"{IS_DELETED}, else see why they are gone"
            for where, count in sorted(self.kept_by_place.items())
        ]
        gone = {row["source_file"] for row in before if row["state"] == "withdrawn"}
        now = [row for row in rows if row["state"] == "withdrawn" and row["source_file"] not in gone]
        left = sorted(now, key=itemgetter("source_file"))
        return kept + [f"{export_on}/{row['source_file']}: {row['reason']}; {row['remedy']}" for row in left]


def _by_name(names: Iterable[str]) -> dict[str, str]:
    """Names of files by what they are called when they are not compressed."""
    return {without_compression(name): name for name in names}


def settings_of(place: Place) -> Row:
    """What a row keeps of the source that offers its file, so that it can be read when the source is gone."""
    source = place.source
    return {"format": source.format, "is_scaled": source.is_scaled, "deletes_delivered": source.deletes_delivered}


def _is_at_or_below(name: str, other: str) -> bool:
    return name == other or name.startswith(f"{other}/")
