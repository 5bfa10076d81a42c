"""Which files of a day a survey reads: of each place so many bytes, spread over the day.

Belongs here: choosing files, and saying which can't be read or hold what another one does. Does not belong here: what
is in them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from assets.exports import formats
from assets.exports.copies import content_of
from assets.exports.sources import MEND_ACCESS, OfferedFile, Place, files_at
from assets.ground.addresses import parse_address, sixteen_bytes

PLACE_BYTES = 32 << 20
"""Of a place, so many bytes of files are read unless all are asked for; half a million records, about."""


@dataclass(frozen=True)
class FilesOfPlace:
    """What a place offers on a day: the exports, those that are read, and a line for each file that is none."""

    place: Place
    on: date
    exports: list[OfferedFile]
    chosen: list[OfferedFile]
    refused: list[str]

    def holds(self, source_file: str) -> bool:
        """Whether a file lies at the place, by its name."""
        return source_file.startswith(f"{self.place.name}/")


def files_of(place: Place, on: date, most_bytes: int | None = PLACE_BYTES) -> FilesOfPlace:
    """The files of a place on a day, of which so many bytes are chosen, at least one file; None: all."""
    exports, refused = list[OfferedFile](), list[str]()
    for offered in files_at(place):
        fault = offered.fault or _reason(offered, place)
        if fault is None:
            exports.append(offered)
        else:
            refused.append(f"{offered.source_file}: {fault}")
    return FilesOfPlace(place, on, exports, _spread(exports, most_bytes), refused)


def _reason(offered: OfferedFile, place: Place) -> str | None:
    try:
        return formats.reason_not_an_export(offered.path, place.source.format)
    except OSError as error:
        return f"can't be read ({error.strerror or error}); {MEND_ACCESS}"


def _spread(exports: list[OfferedFile], most_bytes: int | None) -> list[OfferedFile]:
    """As many files as their average size allows, at equal distances from the first to the last."""
    total = sum(one.path.stat().st_size for one in exports)
    if most_bytes is None or total <= most_bytes:
        return exports
    count = max(1, most_bytes * len(exports) // total)
    return [exports[(2 * number + 1) * len(exports) // (2 * count)] for number in range(count)]


def as_exports(found: Iterable[FilesOfPlace]) -> tuple[list[formats.ExportFile], list[str]]:
    """The chosen files as the decoder takes them, each content once; and a line for each file that is left out."""
    first, repeated = dict[str, OfferedFile](), list[str]()
    for offered in (offered for one in found for offered in one.chosen):
        content = _content(offered)
        if content in first:
            repeated.append(f"{offered.source_file} holds the same as {first[content].source_file}, and counts once")
        else:
            first[content] = offered
    return [_as_export(offered) for offered in first.values()], repeated


def _content(offered: OfferedFile) -> str:
    """What the file holds; of one that can't be read, which the decoder tells, its name."""
    try:
        return content_of(offered)
    except OSError:
        return str(offered.path)


def _as_export(offered: OfferedFile) -> formats.ExportFile:
    place = offered.place
    return formats.ExportFile(
        path=offered.path,
        name=offered.source_file,
        exporter=sixteen_bytes(parse_address(place.exporter)) if place.exporter else None,
        is_scaled=place.source.is_scaled,
        format=place.source.format,
    )
