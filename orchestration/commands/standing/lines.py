"""A standing in lines for a person, on one screen.

Belongs here: wording and order. Does not belong here: reading or judging.
"""

from collections.abc import Iterable, Iterator
from datetime import date

from assets.exports.collecting.counts import DayCounts
from assets.registry.pulls import STAND_IN
from orchestration.commands.account_lines import arrival_lines, heading, traffic_lines
from orchestration.commands.standing.collectors import Collecting
from orchestration.commands.standing.disk import bytes_text
from orchestration.commands.standing.facts import Registry, Stage, Standing
from orchestration.commands.standing.problems import Noted

FOLDERS_SHOWN = 3


def lines(standing: Standing, noted: list[Noted], to_build: Iterable[str]) -> Iterator[str]:
    """Days, routers and traffic; how far each stage came; runs, pages, registries, disk; what must be looked at."""
    yield heading(standing.days[0], standing.days[-1])
    yield from arrival_lines(standing.operator, standing.arrived)
    yield from _routers(standing)
    if standing.traffic is not None:
        yield from traffic_lines(standing.traffic)
    yield from _named("stages", [_stage(one) for one in standing.stages if one.last])
    yield from _named("to build", list(to_build))
    yield from _runs(standing)
    yield from _published(standing)
    yield from _named("registries", [_registry(one, standing.at.date()) for one in standing.registries])
    yield from _checks(standing)
    yield from _disk(standing)
    yield from _named("alerts", [f"{name}: {_reached(standing, name)}" for name in standing.alerts])
    yield from _named("collectors", [_collector(one) for one in standing.collectors])
    for one in noted:
        yield f"{one.level:<15}{one.line}"


def _named(name: str, found: list[str]) -> Iterator[str]:
    for number, line in enumerate(found):
        yield f"{name if not number else '':<15}{line}"


def _routers(standing: Standing) -> Iterator[str]:
    names = {str(row.exporter): row.name for row in standing.operator.exporters}
    addresses = sorted({*standing.heard, *names}, key=lambda one: (names.get(one, ""), one))
    shown = [f"{names[one]} ({one})" if one in names else f"{one}, without a row" for one in addresses]
    of_all = len(standing.days)
    found = zip(addresses, shown, strict=True)
    if standing.traffic is not None:
        lines_of = [f"{name}: heard on {standing.heard.get(one, 0)} of {of_all} days" for one, name in found]
        yield from _named("routers", lines_of)


def _stage(one: Stage) -> str:
    if one.first is None:
        return f"{one.name:<10}up to {one.last}"
    return f"{one.name:<10}{one.first} to {one.last}, {one.days} {'day' if one.days == 1 else 'days'}"


def _runs(standing: Standing) -> Iterator[str]:
    """The newest run of each job, the last of all in front."""
    told = []
    for run in reversed(standing.runs):
        at = run.ended_at or run.began_at
        told.append(f"{run.title}: {run.status}, {at:%Y-%m-%d %H:%M} UTC")
    yield from _named("last run", told)


def _published(standing: Standing) -> Iterator[str]:
    found = []
    for quarter in standing.quarters:
        page = standing.workspace.reports / quarter / "index.html"
        shown = str(page) if page.exists() else f"no report yet; run `netstats report {quarter}`"
        found.append(f"{quarter}: {shown}")
    yield from _named("published", found)


def _registry(one: Registry, today: date) -> str:
    if one.confirmed_on is None:
        return f"{one.source}: none in force"
    if one.source == STAND_IN:
        return f"{one.source} of {one.as_of}, bundled"
    days = (today - one.confirmed_on).days
    return f"{one.source} of {one.as_of}, confirmed {days} days ago"


def _checks(standing: Standing) -> Iterator[str]:
    if standing.checks:
        broken = standing.broken_checks
        counts = {level: sum(one.severity == level for one in broken) for level in ("block", "warn")}
        yield f"{'checks':<15}{len(standing.checks)} ran, {counts['block']} fail, {counts['warn']} warn"


def _disk(standing: Standing) -> Iterator[str]:
    disk = standing.disk
    largest = ", ".join(f"{name} {bytes_text(size)}" for name, size in list(disk.of_folders.items())[:FOLDERS_SHOWN])
    taken = f"{bytes_text(disk.of_state)} ({largest})"
    yield f"{'disk':<15}{taken}; {bytes_text(disk.free)} of {bytes_text(disk.size)} are free"


def _collector(one: Collecting) -> str:
    day, counts = max(one.counts.days.items(), default=(None, DayCounts()))
    return f"{one.name}: {counts.datagrams:,} datagrams on {day}, {counts.lost:,} lost"


def _reached(standing: Standing, name: str) -> str:
    reached = standing.alerts[name]
    sent = max((one.sent_at for one in reached.kinds.values() if one.sent_at), default=None)
    waiting = sum(one.count for one in reached.kinds.values())
    told = f"last told {sent[:16].replace('T', ' ')} UTC" if sent else "told nothing yet"
    return f"{told}, {waiting} wait" if waiting else told
