"""The newest exports of an operator's sources, read once, for `netstats init` and `netstats doctor`.

Belongs here: from patterns to sources, and from sources to a survey of their newest days. Does not belong here: reading
files (assets.exports.survey), or what is made of what they show.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path

from assets.exports import survey as export_survey
from assets.exports.layout import addresses_of_folder, found_at
from assets.exports.survey.newest import NewestDay, newest_day
from assets.ground.addresses import IPNetwork
from assets.operator import FlowSource, addresses
from assets.registry.announcements import origins_at_hand, plan_of
from orchestration.commands.terminal import Lines

HOW_TO_DATE = (
    "write a date into it, such as '{folder}/{{date}}' for folders like 2026-01-05 or "
    "'{folder}/nfcapd.{{date:%Y%m%d}}*' for files like nfcapd.202601051200"
)


@dataclass
class NewestExports:
    """What the sources hold on their newest days."""

    newest: list[NewestDay]
    survey: export_survey.Survey

    @cached_property
    def exporters(self) -> list[export_survey.ExporterSeen]:
        return export_survey.exporters_seen(self.survey, plan_of(origins_at_hand(None)))

    @cached_property
    def suggested_prefixes(self) -> list[IPNetwork]:
        octets, _ = export_survey.scaled(self.survey.table)
        return export_survey.suggested_prefixes(self.survey.table, octets)

    def days_of(self, exporter: export_survey.ExporterSeen) -> set[date]:
        """The days of the files that an exporter was seen in."""
        places = [one for day in self.newest for one in day.files]
        return {one.on for one in places if any(one.holds(name) for name in exporter.files)}

    @property
    def began_on(self) -> date:
        """The first day that a source has files for; where addresses tell no day, that of the first export."""
        dated = [one.days[0] for one in self.newest if addresses.is_dated(one.source.address) and one.days]
        first_ms = self.survey.conversations.heard()["first_ms"].to_pylist()
        heard = [datetime.fromtimestamp(ms / 1000, UTC).date() for ms in first_ms]
        return min(dated or heard or [datetime.now(UTC).date()])


def sources_of_patterns(
    patterns: Sequence[str], base: Path, file_format: str, *, is_scaled: bool
) -> tuple[FlowSource, ...]:
    """The sources that patterns mean: as they are where they tell a day, else by the names of the files below."""
    found = list[FlowSource]()
    for pattern in patterns:
        if not pattern.strip():
            raise Lines("--flows '': names nothing; name the folder that exports lie in, or an address with {date}")
        try:
            address = absolute(addresses.judged(pattern))
        except ValueError as error:
            raise Lines(f"--flows {pattern}: {error}") from error
        if addresses.is_remote(address):
            found.append(FlowSource(address, file_format, is_scaled))
            continue
        named = [address]
        if not addresses.is_dated(address) and Path(address).is_dir():
            named = addresses_of_folder(Path(address)) or named
        for one in named:
            if not found_at(one, base):
                raise Lines(f"--flows {pattern}: nothing is there; name a folder that is, or {how_to_date(address)}")
            found.append(FlowSource(from_folder(one, base), file_format, is_scaled))
    return tuple(dict.fromkeys(found))


def absolute(pattern: str) -> str:
    """A pattern from the root; what is given relative starts where the command was called."""
    return pattern if pattern.startswith("/") or addresses.is_remote(pattern) else str(Path.cwd() / pattern)


def absolute_from(address: str, base: Path) -> str:
    """An address as operator.yaml has it, from the root."""
    return address if address.startswith("/") or addresses.is_remote(address) else f"{base}/{address}"


def from_folder(address: str, base: Path) -> str:
    """An address as operator.yaml has it: from its own folder, where it lies below."""
    return address.removeprefix(f"{base}/")


def number_of(count: int, what: str) -> str:
    """A count in words, such as `1 day`."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def how_to_date(address: str) -> str:
    """What an address that tells a day looks like."""
    return HOW_TO_DATE.format(folder=address.split("{")[0].rstrip("/"))


def look(
    sources: Sequence[FlowSource], base: Path, names: Mapping[str, str], *, reads_all: bool,
    timeouts_s: Mapping[bytes, int] | None = None, out_counters: Mapping[bytes, str] | None = None,
) -> NewestExports:  # fmt: skip
    """The newest day of each source, decoded; `names` are the addresses of exporters by what stands for them."""
    today = datetime.now(UTC).date()
    most = None if reads_all else export_survey.PLACE_BYTES
    newest = [newest_day(source, base, today, names, most) for source in sources]
    files = [one for day in newest for one in day.files]
    most_records = None if reads_all else export_survey.MOST_RECORDS
    return NewestExports(newest, export_survey.survey(files, timeouts_s, out_counters, most_records))


def days_of_source(day: NewestDay, base: Path) -> str:
    """A line on the days of a source and the one that is looked at."""
    address = day.source.address
    if not day.days:
        return f"{address}: nothing is there on any day"
    if day.on is None:
        refused = [line for one in day.files for line in one.refused]
        why = f" ({refused[0]})" if refused else ""
        return f"{address}: no exports on {number_of(len(day.days), 'day')}{why}; docs/operate.md says what can be read"
    if not addresses.is_dated(address):
        how = how_to_date(str(base / address))
        return f"{address}: tells no day, so all files count for the first day built after they came; {how}"
    line = f"{address}: {number_of(len(day.days), 'day')} from {day.days[0]} to {day.days[-1]}; looking at {day.on}"
    if not day.older:
        return line
    return f"{line}, and of {len(day.older)} {addresses.EXPORTER_HOLE} at an older day, the newest that it has"
