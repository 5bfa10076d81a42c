"""Pulling a day: what is offered now beside what was held before, and the rows and copies that follow.

Belongs here: which content is new, again there, or there twice. Does not belong here: finding files
(assets.exports.sources), recognising and copying them (assets.exports.copies), what leaves (assets.exports.leaving).
"""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import PurePosixPath

from assets.exports.copies import Contained, Examined, NotKept, bytes_of, examine, keep, set_aside
from assets.exports.days import held_elsewhere, told_over_days
from assets.exports.growth import grown
from assets.exports.leaving import Leaving, settings_of
from assets.exports.names import TakenPaths, kept_name, without_compression
from assets.exports.retired_days import is_retired
from assets.exports.rows import Row, is_held, kept_path, read_rows, root, write_rows
from assets.exports.sources import files_offered, places_of
from assets.ground.lake import Partition
from assets.ground.workspace import Workspace
from assets.operator import Operator

DELIVERED_TWICE = "nothing needs to be done; what it holds counts once"


@dataclass
class Pull:
    """A day while it is pulled; `offers` are the exports that are offered now, by their content."""

    workspace: Workspace
    export_on: date
    before: list[Row]
    offers: dict[str, list[Examined]] = field(default_factory=lambda: defaultdict(list))
    unused: list[Examined] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    copies: TakenPaths = field(default_factory=TakenPaths)

    def __post_init__(self) -> None:
        for row in self.held_before:
            self.take(row)

    def take(self, row: Row) -> None:
        """Have no other content of the day called as this row's, or kept where it is."""
        self.names.add(row["source_file"])
        self.copies.add(row["kept_as"])

    @property
    def held_before(self) -> list[Row]:
        """The rows whose content was kept, whether it counts or left since."""
        return [row for row in self.before if row["kept_as"] is not None]


def pull_day(workspace: Workspace, operator: Operator, export_on: date) -> list[str]:
    """Bring a day's rows and copies up to date with what its sources offer; what is worth a warning, a line each.

    A content keeps the name that it was first pulled under, so that records made of it stay as they are.
    """
    partition = Partition("export_on", export_on)
    if is_retired(workspace.lake, export_on):
        return _not_taken(operator, export_on, read_rows(workspace.lake, partition))
    pull = Pull(workspace, export_on, read_rows(workspace.lake, partition))
    _examine(pull, operator)
    _take_what_is_new(pull)
    gone = [row for row in pull.held_before if row["content_sha256"] not in pull.offers]
    newer = grown(workspace.lake, [row for row in pull.rows if row["kept_as"]], gone)
    exports = [examined for offers in pull.offers.values() for examined in offers]
    counted = [row for row in pull.before if is_held(row)]
    leaving = Leaving(list(places_of(operator, export_on)), exports, pull.unused, counted, newer)
    for row in pull.held_before:
        offers = pull.offers.get(row["content_sha256"])
        pull.rows += _offered_again(pull, row, offers) if offers else [leaving.row(row)]
    warnings = leaving.warnings(export_on, pull.rows, pull.before)
    _tell_what_is_unused(pull)
    write_rows(workspace.lake, partition, told_over_days(workspace.lake, export_on, pull.rows))
    return warnings


def _not_taken(operator: Operator, export_on: date, rows: list[Row]) -> list[str]:
    """A line on the files that are offered for a day whose exports were let go and were not there before."""
    known = {without_compression(row["offered_as"]) for row in rows if row["offered_as"]}
    offered = [one.source_file for one in files_offered(operator, export_on)]
    new = [name for name in offered if without_compression(name) not in known]
    if not new:
        return []
    return [
        f"{export_on}: its exports were let go by `netstats retire`, so {len(new)} files that are offered for it now "
        f"are not taken ({', '.join(new[:3])}); what comes so late needs more retention_days.exports in operator.yaml"
    ]


def _examine(pull: Pull, operator: Operator) -> None:
    known = {(row["sha256"], row["exporter_hint"]): _contained(row) for row in pull.held_before if row["is_complete"]}
    found = [examine(offered, known) for offered in files_offered(operator, pull.export_on)]
    pull.unused = [examined for examined in found if examined.content is None]
    names = _Contents({row["content_sha256"]: row["exporter_hint"] for row in pull.held_before})
    # Those whose address names an exporter come first: the others may hold the same.
    for examined in sorted(found, key=lambda one: one.offered.place.exporter is None):
        if examined.content is not None:
            content = names.known_as(examined.content, examined.offered.place.exporter)
            pull.offers[content].append(replace(examined, content=content))


def _contained(row: Row) -> Contained:
    return Contained(row["content_sha256"], True, row["content_bytes"], row["beginning_sha256"])


class _Contents:
    """What the contents of a day are called: the exporter of one may be told by now, or have been told before."""

    def __init__(self, held: dict[str, str | None]) -> None:
        self._held, self._taken = held, set(held)
        self._by_bytes = {bytes_of(content): content for content in reversed(held)}

    def known_as(self, content: str, exporter: str | None) -> str:
        """What a content is called of which the address of its file names this exporter, or none."""
        plain = bytes_of(content)
        if content not in self._taken:
            if exporter is None:
                content = self._by_bytes.get(plain, content)
            elif plain in self._held and self._held[plain] in {None, exporter}:
                content, self._held[plain] = plain, exporter
        self._taken.add(content)
        self._by_bytes.setdefault(plain, content)
        return content


def _take_what_is_new(pull: Pull) -> None:
    """A row and a copy for each content that the day has not held; another day's copy serves as well."""
    held = {row["content_sha256"] for row in pull.held_before}
    new = [content for content in pull.offers if content not in held]
    elsewhere = held_elsewhere(pull.workspace.lake, pull.export_on, new)
    for content in new:
        other = elsewhere.get(content)
        if other and is_retired(pull.workspace.lake, other["export_on"]):
            pull.rows += [_second_of_day(pull, one, other) for one in pull.offers[content]]
            continue
        kept_as = other["kept_as"] if other and kept_path(pull.workspace.lake, other).exists() else None
        for place, examined in enumerate(pull.offers[content]):
            kept_as = kept_as or _copied(pull, examined, _free_copy(pull, examined))
            if kept_as is not None:
                row = {**_row_of(pull, examined), "source_file": _free_name(pull, examined), "kept_as": kept_as}
                pull.take(row)
                pull.rows += [row, *(_second(pull, one, row) for one in pull.offers[content][place + 1 :])]
                break


def _offered_again(pull: Pull, row: Row, offers: list[Examined]) -> list[Row]:
    """A held row under its old name with what its source says now, and a row for each further file of its content."""
    chosen = next((one for one in offers if one.offered.source_file == row["offered_as"]), offers[0])
    now = _row_of(pull, chosen)
    if not kept_path(pull.workspace.lake, row).exists() and not _is_counted_by_a_retired_day(pull, row):
        _copied(pull, chosen, row["kept_as"])
    as_pulled = ("source_file", "kept_as", "file_bytes", "sha256")
    again = {**now, **{name: row[name] for name in as_pulled}}
    again["exporter_hint"] = now["exporter_hint"] or row["exporter_hint"]
    return [again, *(_second(pull, one, again) for one in offers if one is not chosen)]


def _row_of(pull: Pull, examined: Examined) -> Row:
    offered, place = examined.offered, examined.offered.place
    return {
        "export_on": pull.export_on,
        "source": place.source.address,
        "source_file": offered.source_file,
        "offered_as": offered.source_file,
        "kept_as": None,
        "exporter_hint": place.exporter,
        **settings_of(place),
        "file_bytes": examined.version.size if examined.version else None,
        "sha256": examined.sha256,
        "content_sha256": examined.content,
        "content_bytes": examined.content_bytes,
        "beginning_sha256": examined.beginning_sha256,
        "is_complete": examined.is_complete,
        "state": examined.state,
        "reason": examined.reason,
        "remedy": examined.remedy,
    }


def _second(pull: Pull, examined: Examined, row: Row) -> Row:
    """The row of a file whose content another row of the day stands for."""
    reason = f"holds the same as {row['source_file']}"
    return {**_row_of(pull, examined), "state": "duplicate", "reason": reason, "remedy": DELIVERED_TWICE}


def _second_of_day(pull: Pull, examined: Examined, other: Row) -> Row:
    """The row of a file whose content a day counts whose exports were let go: no copy of it is made again."""
    reason = f"holds the same as {other['source_file']} of {other['export_on']}, which counts it"
    return {**_row_of(pull, examined), "state": "duplicate", "reason": reason, "remedy": DELIVERED_TWICE}


def _is_counted_by_a_retired_day(pull: Pull, row: Row) -> bool:
    other = held_elsewhere(pull.workspace.lake, pull.export_on, [row["content_sha256"]])
    return any(is_retired(pull.workspace.lake, one["export_on"]) for one in other.values())


def _copied(pull: Pull, examined: Examined, kept_as: str) -> str | None:
    """Where the copy of a file now lies; None, and the file is told as unused, if it could not be copied."""
    try:
        keep(examined, root(pull.workspace.lake) / kept_as)
    except NotKept as error:
        pull.unused.append(Examined(examined.offered, error.state, error.reason, error.remedy, examined.version))
        return None
    return kept_as


def _free_copy(pull: Pull, examined: Examined) -> str:
    """The name of a new copy: the file's own below its source, or below its hash where that would be in the way."""
    files = f"{Partition('export_on', pull.export_on).folder}/files"
    source, _, name = examined.offered.source_file.partition("/")
    own = f"{files}/{source}/{kept_name(name)}"
    last = kept_name(PurePosixPath(name).name)
    return own if pull.copies.is_free(own) else f"{files}/{source}/{(examined.content or '')[:16]}/{last}"


def _free_name(pull: Pull, examined: Examined) -> str:
    """The file's name, with a part of its hash where another content of the day has that name already."""
    name = examined.offered.source_file
    return name if name not in pull.names else f"{name}@{(examined.content or '')[:8]}"


def _tell_what_is_unused(pull: Pull) -> None:
    """A row for each file that can't be used; what is not an export is set aside, once for each of its versions."""
    before = {(row["source_file"], row["sha256"]) for row in pull.before if row["state"] == "quarantined"}
    for examined in pull.unused:
        row = _row_of(pull, examined)
        source, _, name = row["source_file"].partition("/")
        aside = pull.workspace.quarantine / pull.export_on.isoformat() / source / kept_name(name)
        if row["state"] == "quarantined" and not ((row["source_file"], row["sha256"]) in before and aside.exists()):
            set_aside(examined, aside)
        pull.rows.append(row)
