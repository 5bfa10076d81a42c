"""How much of each network type's traffic is IPv6, in the quarter and in each of its months."""

from collections.abc import Sequence

from assets.reports.charts import _units
from assets.reports.charts._cells import MADE_FROM
from assets.reports.charts._chart import IS_WITHHELD, Chart, Drawing, Table
from assets.reports.charts._lanes import (
    Lane,
    Room,
    Words,
    bars,
    dots,
    lanes_drawing,
    percent_axis,
    type_lanes,
)
from assets.reports.charts._marts import Row
from assets.reports.charts._report import Report
from assets.reports.charts._words import if_told, inside, listed, month_name

SQL = """
select
    month, network_type, ip_version, bits, share_of_bits, unique_ips,
    relative_standard_error, relative_standard_error_upper, is_low_precision, is_suppressed
from marts.ip_version_monthly
where quarter = $quarter
order by month, network_type, ip_version
"""
COLUMNS = {
    "month": "month",
    "network_type": "network_type",
    "ip_version": "ip_version",
    "bits": "bits",
    "share_of_bits": "share_of_bits",
    "unique_ips": "unique_ips",
    "relative_standard_error": "relative_standard_error",
    "relative_standard_error_upper": "relative_standard_error_upper",
    "is_low_precision": "is_low_precision",
    IS_WITHHELD: "is_suppressed",
}
SYMBOLS = ("circle-open", "diamond-open", "square-open")


def draw(report: Report, rows: Sequence[Row]) -> Drawing:
    """A bar for each type, the part of its bits that is IPv6, with a mark for each month."""
    parts = parts_of(rows)
    lanes = type_lanes(report, rows, {kind: _units.percent(part) for kind, part in parts.items()})
    months = sorted({row.day("month") for row in rows})
    by_month = {month: parts_of([row for row in rows if row.day("month") == month]) for month in months}
    axis = percent_axis(max([0.0, *parts.values(), *(part for found in by_month.values() for part in found.values())]))
    traces = [bars(lanes, [parts.get(lane.key) for lane in lanes], "quarter", hovertemplate="%{x:.1%}<extra></extra>")]
    for month, symbol in zip(months, SYMBOLS, strict=False):
        values = [by_month[month].get(lane.key) for lane in lanes]
        name = month_name(month)
        traces.append(dots(lanes, values, name, symbol, hovertemplate=f"{name}: %{{x:.1%}}<extra></extra>"))
    words = Words(
        title=_title(report, rows, parts),
        subtitle="IPv6 as a part of the bits of each network type: bars of the quarter, marks of its months",
        alternative_text=_alternative_text(lanes),
        units="share of the type's bits",
        notes=(
            "Of the months of which both versions are told. An IPv6 address counts as its /64, as customers get one.",
        ),
    )
    return lanes_drawing(lanes, axis, traces, Table.of(rows, COLUMNS), words, Room(legend=len(months)))


def parts_of(rows: Sequence[Row]) -> dict[str, float]:
    """The part of IPv6 in each type's bits, over months that withhold neither version; a version without a row is 0."""
    cells: dict[tuple[str, object], dict[int, float | None]] = {}
    for row in rows:
        cell = cells.setdefault((row.text("network_type"), row.day("month")), {})
        cell[row.whole("ip_version")] = row.number_or_none("bits")
    sums: dict[str, list[float]] = {}
    for (kind, _), versions in cells.items():
        told = {version: bits for version, bits in versions.items() if bits is not None}
        if len(told) == len(versions):
            pair = sums.setdefault(kind, [0.0, 0.0])
            pair[0] += told.get(6, 0.0)
            pair[1] += sum(told.values())
    return {kind: v6 / whole for kind, (v6, whole) in sums.items() if whole}


def _title(report: Report, rows: Sequence[Row], parts: dict[str, float]) -> str:
    told = [row for row in rows if row.number_or_none("bits") is not None]
    whole = sum(row.number("bits") for row in told)
    named = {kind: part for kind, part in parts.items() if kind != _units.WITHHELD}
    if not named or not whole:
        return "How much is IPv6 is withheld"
    six = sum(row.number("bits") for row in told if row.whole("ip_version") == 6) / whole
    most = max(named, key=lambda kind: (named[kind], kind))
    untold = if_told(len(told) < len(rows))
    label = inside(report.network_type(most).label)
    return (
        f"{_units.percent(six)} of traffic{untold} is IPv6; {label} has the largest part, {_units.percent(named[most])}"
    )


def _alternative_text(lanes: Sequence[Lane]) -> str:
    values = [f"{inside(lane.label)} {lane.text}" for lane in lanes]
    return f"Horizontal bars of the part of IPv6 in each network type's bits: {listed(values)}."


CHART = Chart(
    position=80,
    heading="IPv4 and IPv6",
    mart="ip_version_monthly",
    made_from=MADE_FROM,
    sql=SQL,
    draw=draw,
)
