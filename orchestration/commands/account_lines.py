"""What a build made of its days, in lines for a person: what came, what was lost or set apart, and what to do about it.

Belongs here: wording, with a remedy for each thing that keeps traffic out of a report. Does not belong here: counting
(orchestration.commands.account).
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from assets.exports.sources import places_of
from assets.operator import Operator
from orchestration.commands.account import Arrived, Traffic

RANGES_SHOWN = 5
LINES_SHOWN = 5
INDENT = " " * 15
SET_APART = {
    "transit": (
        "neither end is yours, or both interfaces are external; if that is not so, list your addresses in "
        "own_prefixes.csv, or mend the roles in interfaces.csv"
    ),
    "internal": "both ends are yours; if that is not so, own_prefixes.csv or a role in interfaces.csv is too wide",
    "kept_one_of_two": "metered at both ends of a router, and counted at the other",
    "unknown_sampling": "write the routers' sampling_interval into exporters.csv (1 if they do not sample)",
    "outside_window": "before the tracking_began_on of operator.yaml",
    "implausible_time": (
        "set the routers' clocks (NTP), and their active_timeout_s in exporters.csv to what they are configured to"
    ),
    "implausible_amount": "more than the interface can carry: look at its speed_bps in interfaces.csv",
}
"""Why a record is set apart, and what to do where it should not be; the reasons are those of core.conservation."""


def heading(first: date, last: date) -> str:
    """What the lines below are about."""
    return f"Export day {first}" if first == last else f"Export days {first} to {last}"


def why_nothing(came: Arrived, made: Traffic) -> Iterator[str]:
    """The one cause of a build that has nothing to publish; none if there is something, or it was not looked at yet."""
    if len(came.without_files) == len(came.rows):
        yield "no file came for any of the days: nothing new is published"
    elif not came.days_with_exports:
        yield "no file of any of the days can be used: nothing new is published"
    elif made.is_all_set_apart:
        reason, counted = next(iter(made.set_apart.items()))
        yield (
            f"all traffic was set apart, {share_text(counted.exported_bytes, made.exported_bytes)} of it as "
            f"{reason.replace('_', ' ')}: {SET_APART[reason]}"
        )


def arrival_lines(operator: Operator, came: Arrived) -> Iterator[str]:
    """How many days have exports, which have none, which sources gave nothing, and which files can't be used."""
    days = list(came.rows)
    yield _line("days", f"{came.days_with_exports} of {len(days)} with flow exports ({_counted(came.files, 'file')})")
    if missing := came.without_files:
        which = "any of the days" if len(missing) == len(days) else days_text(missing)
        looked = sorted({place.address_on(missing[0]) for place in places_of(operator, missing[0])})
        yield INDENT + (
            f"no file came for {which}; looked for {missing[0]} in {', '.join(looked[:LINES_SHOWN])}: if they lie "
            "elsewhere, mend the addresses in flow_sources of operator.yaml"
        )
    if came.without_exports:
        yield f"{INDENT}no file can be used of {days_text(came.without_exports)}"
    yield from _source_lines(operator, came)
    aside = came.set_aside
    yield from (f"{INDENT}set aside: {line}" for line in aside[:LINES_SHOWN])
    if len(aside) > LINES_SHOWN:
        yield f"{INDENT}and {len(aside) - LINES_SHOWN} more files set aside; `netstats doctor` names them"


def _source_lines(operator: Operator, came: Arrived) -> Iterator[str]:
    """The sources that gave nothing for days for which others gave files."""
    for source in operator.flow_sources:
        others = set(came.without_files) | set(came.without_exports)
        if missing := [day for day in came.days_without(source.address) if day not in others]:
            yield f"{INDENT}the source {source.address} gave nothing for {days_text(missing)}"


def traffic_lines(made: Traffic) -> Iterator[str]:
    """Records, losses, what is set apart by reason, exporters without a row and the unclassified share."""
    if made.records or made.lost:
        yield _line("records", f"{made.records:,}, {_lost_text(made)}")
    for number, one in enumerate(made.not_read):
        yield _line("not read" if not number else "", f"{one.reason.replace('_', ' ')} {one.losses:,}: {one.remedy}")
    yield from _set_apart_lines(made)
    for number, (exporter, count) in enumerate(list(made.without_row.items())[:LINES_SHOWN]):
        name = "without a row" if not number else ""
        yield _line(name, f"exporter {exporter}, {share_text(count, made.exported_bytes)} of bytes: {NO_ROW}")
    if len(made.without_row) > LINES_SHOWN:
        yield f"{INDENT}and {len(made.without_row) - LINES_SHOWN} more exporters"
    if made.unclassified is not None:
        remedy = ": `netstats review` lists the networks to decide on" if made.unclassified else ""
        yield _line("unclassified", f"{share_text(made.unclassified, 1)} of bits{remedy}")


def _lost_text(made: Traffic) -> str:
    """What sequence numbers miss; files without any can't tell."""
    if made.lost:
        return f"and {'about ' if made.is_lost_estimated else ''}{made.lost:,} lost on the way to the collector"
    return "and none lost on the way to the collector" if made.expected else "of files that do not tell what was lost"


NO_ROW = "add its row to exporters.csv, else its site and region are unknown"


def _set_apart_lines(made: Traffic) -> Iterator[str]:
    if made.is_all_set_apart:
        yield _line("published", "nothing: all traffic was set apart")
    for number, (reason, counted) in enumerate(made.set_apart.items()):
        yield _line(
            "set apart" if not number else "",
            f"{reason.replace('_', ' ')}, {share_text(counted.exported_bytes, made.exported_bytes)} of bytes "
            f"({_counted(counted.records, 'record')}): {SET_APART[reason]}",
        )


def share_text(part: float, whole: float) -> str:
    """A share in percent that says neither nothing nor all where there is something, or something else."""
    percent = 100 * part / whole if whole else 0.0
    if 0 < percent < 0.05:
        return "under 0.1%"
    if 99.95 <= percent < 100:
        return "over 99.9%"
    return f"{percent:.1f}%"


def ranges_text(days: Sequence[date]) -> str:
    """Days in words, those in a row as a range: `2025-11-03, 2025-11-07 to 2025-11-09`."""
    ranges: list[tuple[date, date]] = []
    for day in sorted(days):
        if ranges and day - ranges[-1][1] == timedelta(days=1):
            ranges[-1] = (ranges[-1][0], day)
        else:
            ranges.append((day, day))
    shown_ranges = [f"{first}" if first == last else f"{first} to {last}" for first, last in ranges[:RANGES_SHOWN]]
    return ", ".join(shown_ranges) + (
        f" and {len(ranges) - RANGES_SHOWN} more gaps" if len(ranges) > RANGES_SHOWN else ""
    )


def days_text(days: Sequence[date]) -> str:
    """How many days, and which."""
    return f"{_counted(len(days), 'day')}: {ranges_text(days)}"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _line(name: str, text: str) -> str:
    return f"{name:<15}{text}"
