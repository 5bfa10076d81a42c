"""What is found in the newest exports beside the rows of the operator folder.

Belongs here: what is there without a row, rows without traffic, and what a report would leave out. Does not belong
here: reading exports (orchestration.commands.newest_exports), types of networks (unclassified).
"""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa

from assets.exports import survey as export_survey
from assets.exports.sources import was_looked_at
from assets.exports.survey import ExporterSeen, InterfaceSeen, Judged, Rows
from assets.exports.survey.newest import (
    A_DAY_AHEAD,
    NewestDay,
    days_with_files,
    folders_of_nobody,
    names_of_exporters,
)
from assets.exports.survey.sides import REASONS, is_in_force
from assets.ground.addresses import sixteen_bytes
from assets.operator import Operator
from orchestration.commands.diagnosis.finding import BLOCKS, NOTE, WARNING, Finding, listed
from orchestration.commands.newest_exports import NewestExports, days_of_source, look

REFUSED_SHOWN = 10
CLOCK_TOLERANCE_S = 300
A_DAY = timedelta(days=1)
"""Of a day that has just begun, some exporters have files before others."""
BLOCKING_SHARE, WARNING_SHARE = 0.5, 0.05
REMEDIES = {
    "implausible times": "set the routers' clocks by NTP, and active_timeout_s in exporters.csv to what they use",
    "implausible amounts": "see which exporter writes them with `netstats decode`; its counters are broken",
    "kept one of two": "that is as it should be at routers that meter both ways",
    "transit": "neither end is in own_prefixes.csv, or both interfaces are external: complete prefixes and roles",
    "internal": "both ends are in own_prefixes.csv, or both interfaces are internal: mend prefixes that are too wide",
    "unknown sampling": "write sampling_interval into exporters.csv, 1 for a router that does not sample",
}
USUAL, TRANSIT = {"kept one of two"}, "transit"


@dataclass
class Exports:
    """An operator's newest exports, and what its rows make of them; `days` is each exporter's newest day of files."""

    operator: Operator
    found: NewestExports
    rows: Rows
    judged: Judged
    on: date
    days: dict[bytes, date]

    @cached_property
    def heard(self) -> dict[bytes, dict[str, int]]:
        """When each exporter was heard."""
        return {row["exporter"]: row for row in self.found.survey.conversations.heard().to_pylist()}

    @cached_property
    def shares(self) -> dict[bytes, float]:
        """The share of bytes of each exporter, as rows scale them."""
        exporter = self.found.survey.table["exporter"].combine_chunks().dictionary_encode()
        which, count = exporter.indices.to_numpy(), len(exporter.dictionary)
        octets = np.bincount(which, self.judged.octets, minlength=count) / (self.judged.octets.sum() or 1.0)
        return dict(zip(exporter.dictionary.to_pylist(), octets.tolist(), strict=True))

    @classmethod
    def of(cls, operator: Operator, *, reads_all: bool) -> "Exports":
        timeouts = {sixteen_bytes(one.exporter): one.active_timeout_s for one in operator.exporters}
        counters = {sixteen_bytes(one.exporter): one.out_counters for one in operator.exporters if one.out_counters}
        found = look(
            operator.flow_sources, operator.folder, names_of_exporters(operator), reads_all=reads_all,
            timeouts_s=timeouts, out_counters=counters,
        )  # fmt: skip
        on = max((one.on for one in found.newest if one.on), default=datetime.now(UTC).date())
        days = {one.exporter: max(found.days_of(one), default=on) for one in found.exporters}
        rows = Rows.of(operator, on, days)
        return cls(operator, found, rows, export_survey.judged(found.survey.table, rows), on, days)


def findings(exports: Exports) -> Iterator[Finding]:
    """Findings of the newest exports, by what has no row, what is not right and what would be left out."""
    for day in exports.found.newest:
        yield Finding(NOTE, "source", days_of_source(day, exports.operator.folder))
        yield from _days_ahead(day)
    yield from _refused(exports)
    if not exports.found.exporters:
        return
    yield from _exporters(exports)
    yield from _interfaces(exports)
    for one in exports.found.exporters:
        yield from _sampling(exports, one)
        yield from _clock(exports, one)
        yield from _as_numbers(exports, one)
    yield from _set_apart(exports)


def _days_ahead(day: NewestDay) -> Iterator[Finding]:
    """Days that have not come: no build takes their files before, however long that is."""
    latest = datetime.now(UTC).date() + A_DAY_AHEAD
    ahead = [str(on) for on in day.days if on > latest]
    if ahead:
        said = (
            f"{day.source.address}: has files of {listed(ahead)}, which has not come yet, so that no build takes them"
        )
        remedy = "set the collector's clock, and file them under the day on which they came"
        yield Finding(WARNING, "days_ahead", said, remedy)


def _refused(exports: Exports) -> Iterator[Finding]:
    survey = exports.found.survey
    for line in survey.refused[:REFUSED_SHOWN]:
        yield Finding(WARNING, "no_export", f"not an export: {line}", "docs/operate.md says what can be read")
    if len(survey.refused) > REFUSED_SHOWN:
        yield Finding(WARNING, "no_export", f"{len(survey.refused) - REFUSED_SHOWN} more files are not exports")
    for line in survey.repeated[:REFUSED_SHOWN]:
        yield Finding(NOTE, "repeated", line)
    if len(survey.repeated) > REFUSED_SHOWN:
        yield Finding(NOTE, "repeated", f"{len(survey.repeated) - REFUSED_SHOWN} more files hold the same as others")
    if not survey.is_whole:
        statement = f"read {survey.files_read} of {survey.files_offered} files, in part, of the newest days"
        yield Finding(NOTE, "part", statement, "`netstats doctor --all` reads them whole")


def _exporters(exports: Exports) -> Iterator[Finding]:
    seen = {one.exporter for one in exports.found.exporters}
    for one in exports.found.exporters:
        if one.exporter not in exports.rows.exporters:
            yield _exporter_without_row(exports, one)
    for address, row in exports.rows.exporters.items():
        since = exports.days.get(address)
        if address not in seen or (since and since < exports.on - A_DAY and is_in_force(row, exports.on)):
            when = f"after {since}" if since else "on the newest day"
            statement = f"exporters.csv: {row.name} ({row.exporter}) sent nothing {when}"
            yield Finding(
                WARNING, "row_without_exporter", statement, "see that it exports, or write valid_to if it is gone"
            )


def _exporter_without_row(exports: Exports, one: ExporterSeen) -> Finding:
    statement = f"exporter {one.address} ({exports.shares[one.exporter]:.1%} of bytes)"
    if any(sixteen_bytes(row.exporter) == one.exporter for row in exports.operator.exporters):
        said = f"{statement} has rows in exporters.csv of which none is in force on the newest day"
        return Finding(WARNING, "exporter_without_row", said, "mend valid_from and valid_to")
    return Finding(WARNING, "exporter_without_row", f"{statement} has no row in exporters.csv", _add(exports))


def _add(exports: Exports) -> str:
    return f"{_init(exports.operator)} adds one"


def _init(operator: Operator) -> str:
    return f"`netstats init {shlex.quote(str(operator.folder))}`"


def _interfaces(exports: Exports) -> Iterator[Finding]:
    seen, rows = dict[bytes, list[InterfaceSeen]](), dict[bytes, list[int]]()
    for one in export_survey.interfaces_seen(exports.found.survey, exports.rows.own):
        seen.setdefault(one.exporter, []).append(one)
    for address, index in exports.rows.roles:
        rows.setdefault(address, []).append(index)
    ever = {(sixteen_bytes(one.exporter), one.if_index) for one in exports.operator.interfaces}
    for exporter in exports.found.exporters:
        own = seen.get(exporter.exporter, [])
        if not own:
            statement = f"{exporter.address}: tells no interface, so that own_prefixes.csv alone decides sides"
            yield Finding(NOTE, "no_interface", statement, "have it export interfaces, if it can")
        without = [one for one in own if (one.exporter, one.if_index) not in exports.rows.roles]
        over = [one for one in without if (one.exporter, one.if_index) in ever]
        if missing := [one for one in without if (one.exporter, one.if_index) not in ever]:
            yield _without_row(exporter, missing, "no row in interfaces.csv", _add(exports))
        if over:
            statement = "no row in force in interfaces.csv on the newest day"
            yield _without_row(exporter, over, statement, "mend valid_from and valid_to")
        used = {one.if_index for one in own}
        idle = [str(index) for index in rows.get(exporter.exporter, []) if index not in used]
        if idle:
            statement = f"interfaces.csv: {exporter.address} had no traffic by the interfaces {listed(idle)}"
            yield Finding(NOTE, "row_without_interface", statement, "see that their if_index is right")


def _without_row(exporter: ExporterSeen, missing: list[InterfaceSeen], what: str, remedy: str) -> Finding:
    carried = max(sum(one.bytes_in for one in missing), sum(one.bytes_out for one in missing))
    indexes = listed([f"{one.if_index} ({one.name})" if one.name else str(one.if_index) for one in missing])
    share = carried / (exporter.octets or 1)
    statement = f"{exporter.address}: {what} for {indexes}, with {share:.1%} of its bytes"
    return Finding(WARNING, "interface_without_row", statement, remedy)


def _sampling(exports: Exports, one: ExporterSeen) -> Iterator[Finding]:
    row = exports.rows.exporters.get(one.exporter)
    if one.unknown_sampling_share and (row is None or row.sampling_interval is None):
        statement = f"exporter {one.address}: the sampling of {one.unknown_sampling_share:.0%} of its bytes is unknown"
        yield Finding(
            WARNING, "unknown_sampling", f"{statement}, and they will be left out", REMEDIES["unknown sampling"]
        )


def _clock(exports: Exports, one: ExporterSeen) -> Iterator[Finding]:
    offset = one.clock_offset_s or 0
    if abs(offset) > CLOCK_TOLERANCE_S:
        statement = f"exporter {one.address}: its clock is {abs(offset):,.0f} s {'ahead' if offset > 0 else 'behind'}"
        yield Finding(WARNING, "clock", statement, "set it by NTP: its traffic counts at the wrong time, or not at all")
        return
    days = exports.found.days_of(one)
    if one.exporter in exports.heard and days:
        first, last = (_day(exports.heard[one.exporter][end]) for end in ("first_ms", "last_ms"))
        if (min(days) - last).days > 1 or (first - max(days)).days > 1:
            statement = f"exporter {one.address}: its datagrams of {first} to {last} lie in the files of {max(days)}"
            yield Finding(
                WARNING, "clock", statement, "set its clock by NTP, or see that the address tells the right day"
            )


def _as_numbers(exports: Exports, one: ExporterSeen) -> Iterator[Finding]:
    """AS numbers that are taken for those of origins, and are not."""
    row = exports.rows.exporters.get(one.exporter)
    if row is not None and row.as_numbers == "origin" and one.as_numbers == "peer":
        share = one.as_numbers_agree or 0.0
        statement = f"exporters.csv: {row.name} has as_numbers origin, and {share:.0%} of those of known networks are"
        yield Finding(WARNING, "as_numbers", statement, "write peer, or have the router export origin AS numbers")


def _day(moment_ms: int) -> date:
    return datetime.fromtimestamp(moment_ms / 1000, UTC).date()


def _set_apart(exports: Exports) -> Iterator[Finding]:
    """What a report would leave out of the bytes that were read, by reason; rates of interfaces are not judged here."""
    shares = exports.judged.shares()
    for reason, share in shares.items():
        if reason in USUAL:
            level = NOTE
        elif share >= BLOCKING_SHARE:
            level = BLOCKS
        else:
            level = WARNING if share >= WARNING_SHARE else NOTE
        statement = f"{share:.1%} of the bytes of the newest files would be set apart: {reason}"
        yield Finding(
            level, "set_apart", statement, REMEDIES[reason] + (_likely_own(exports) if reason == TRANSIT else "")
        )
    if not shares:
        yield Finding(NOTE, "set_apart", "nothing of the newest files would be set apart")


def _likely_own(exports: Exports) -> str:
    """The steady side of what counts as transit, if it has one."""
    is_transit = exports.judged.reason == REASONS.index(TRANSIT)
    table = exports.found.survey.table.filter(pa.array(is_transit))
    prefixes = export_survey.suggested_prefixes(table, exports.judged.octets[is_transit])
    return f" (of own prefixes that are missing: {listed([str(one) for one in prefixes])}?)" if prefixes else ""


def days_without_files(operator: Operator, today: date) -> Iterator[Finding]:
    """How many days each source has files for since tracking began, and the first ones that have none."""
    since_it_began = [date.fromordinal(one) for one in range(operator.tracking_began_on.toordinal(), today.toordinal())]
    names = names_of_exporters(operator)
    has_any = False
    for source in operator.flow_sources:
        days = [day for day in since_it_began if source.landing is None or was_looked_at(source, day)]
        with_files = days_with_files(source, operator.folder, names)
        empty = [str(day) for day in days if day not in with_files and None not in with_files]
        has_any = has_any or bool(with_files)
        since = operator.tracking_began_on
        statement = f"{source.address}: {len(days) - len(empty)} of {len(days)} days since {since} have files"
        if empty:
            yield Finding(
                WARNING, "days_without_files", f"{statement}; none on {listed(empty)}",
                "see that the collector wrote them, and that the address is the one that it writes to",
            )  # fmt: skip
        else:
            yield Finding(NOTE, "days", statement)
        for one in folders_of_nobody(source, operator.folder, names):
            statement = f"folder {_shown(one.path, one.folder)} is not read: no exporter has that name or address"
            remedy = f"write {one.folder} as the name of a row of exporters.csv, or {_init(operator)}"
            yield Finding(WARNING, "folder_of_nobody", statement, remedy)
    if not has_any:
        yield Finding(
            BLOCKS,
            "no_files",
            "no source has a file on any day",
            "see flow_sources in operator.yaml against the folders",
        )


def _shown(path: Path, folder: str | None) -> str:
    """The path up to the folder that stands for an exporter."""
    parts = path.parts
    return str(Path(*parts[: parts.index(folder) + 1])) if folder in parts else str(path)
