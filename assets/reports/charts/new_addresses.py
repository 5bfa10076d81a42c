"""New and returning addresses: how many of a month's addresses were seen in no month before, and what they carry."""

from collections.abc import Sequence
from datetime import date

from assets.reports.charts import _units
from assets.reports.charts._cells import OF_TRAFFIC
from assets.reports.charts._chart import IS_WITHHELD, Chart, Drawing, Table
from assets.reports.charts._lanes import Room, Words, dots, lanes_drawing, percent_axis, type_lanes
from assets.reports.charts._marts import Row
from assets.reports.charts._report import Report
from assets.reports.charts._words import inside, listed, month_name

SQL = """
select month, network_type, history_began_on, unique_ips, new_ips, returning_ips, new_share_of_bits, is_suppressed
from marts.new_addresses_monthly
where quarter = $quarter
order by month, network_type
"""
COLUMNS = {
    "month": "month",
    "network_type": "network_type",
    "history_began_on": "history_began_on",
    "unique_ips": "unique_ips",
    "new_ips": "new_ips",
    "returning_ips": "returning_ips",
    "new_share_of_bits": "new_share_of_bits",
    IS_WITHHELD: "is_suppressed",
}
SYMBOLS = ("circle-open", "diamond-open", "circle")


def draw(report: Report, rows: Sequence[Row]) -> Drawing:
    """A mark for each month in each type's lane, the last one full."""
    parts = parts_of(rows)
    months = sorted({row.day("month") for row in rows})
    told = {kind for _, kind in parts}
    texts = {kind: _text(parts, months, kind) for kind in told}
    lanes = type_lanes(report, rows, texts)
    axis = percent_axis(max(parts.values(), default=0.0))
    traces = []
    for month, symbol in zip(months, SYMBOLS[-len(months) :], strict=False):
        values = [parts.get((month, lane.key)) for lane in lanes]
        name = month_name(month)
        traces.append(dots(lanes, values, name, symbol, hovertemplate=f"{name}: %{{x:.1%}} new<extra></extra>"))
    words = Words(
        title=_title(report, rows, parts),
        subtitle="New addresses as a part of each month's addresses, by network type; on the right the last month told",
        alternative_text=_alternative_text(report, parts, months),
        units="share of the month's unique addresses",
        notes=_notes(rows, parts),
    )
    return lanes_drawing(lanes, axis, traces, Table.of(rows, COLUMNS), words, Room(legend=len(months)))


def parts_of(rows: Sequence[Row]) -> dict[tuple[date, str], float]:
    """The part of new addresses in those of each month and type that tells it."""
    return {
        (row.day("month"), row.text("network_type")): row.number("new_ips") / row.number("unique_ips")
        for row in rows
        if row.number_or_none("new_ips") is not None and row.number_or_none("unique_ips")
    }


def _text(parts: dict[tuple[date, str], float], months: Sequence[date], kind: str) -> str:
    last = max(month for month in months if (month, kind) in parts)
    return _units.percent(parts[last, kind])


def _title(report: Report, rows: Sequence[Row], parts: dict[tuple[date, str], float]) -> str:
    named = {key: part for key, part in parts.items() if key[1] != _units.WITHHELD}
    if not named:
        begun = rows[0].day_or_none("history_began_on")
        return (
            "New addresses can't be told yet"
            if begun and not any(map(_is_withheld, rows))
            else "New addresses are withheld"
        )
    month, kind = max(named, key=lambda key: (named[key], key))
    label = inside(report.network_type(kind).label)
    part = _units.percent(named[month, kind])
    return f"At most {part} of a type's addresses are new in a month: {label} in {month_name(month)}"


def _is_withheld(row: Row) -> bool:
    return row.flag("is_suppressed")


def _notes(rows: Sequence[Row], parts: dict[tuple[date, str], float]) -> tuple[str, ...]:
    begun = min((day for row in rows if (day := row.day_or_none("history_began_on"))), default=None)
    notes = []
    if begun:
        notes.append(
            f"New is what was seen in no month since {begun.isoformat()}, of whatever type; the first month of that "
            "history has no new ones, and the longer it is, the fewer are new."
        )
    if untold := len(rows) - len(parts):
        notes.append(
            f"Of {untold} of {len(rows)} months and types nothing is told: withheld, or the first of the history."
        )
    return tuple(notes)


def _alternative_text(report: Report, parts: dict[tuple[date, str], float], months: Sequence[date]) -> str:
    if not parts:
        return "No figure: nothing is told of new addresses."
    texts = []
    for month in months:
        found = [
            f"{inside(report.network_type(kind).label)} {_units.percent(part)}"
            for (of, kind), part in parts.items()
            if of == month
        ]
        texts.append(f"{month_name(month)}: {listed(found)}" if found else f"{month_name(month)}: nothing is told")
    return f"New addresses as a part of each month's. {'; '.join(texts)}."


CHART = Chart(
    position=140,
    heading="New and returning addresses",
    mart="new_addresses_monthly",
    made_from=OF_TRAFFIC,
    sql=SQL,
    draw=draw,
)
