"""Networks that changed their type since the quarter before: from which to which, why, and the bits that moved."""

from collections.abc import Sequence

from assets.reports.charts import _units
from assets.reports.charts._cells import OF_ADDRESSES
from assets.reports.charts._chart import IS_WITHHELD, Chart, Drawing, Table
from assets.reports.charts._lanes import Lane, Room, Words, bars_by_type, bits_axis, lanes_drawing, not_drawn
from assets.reports.charts._marts import Row
from assets.reports.charts._report import Report
from assets.reports.charts._theme import plain
from assets.reports.charts._words import counted, inside, listed

SQL = """
select network_key, name, previous_network_type, network_type, bits, previous_bits, changed_on, previous_rule, rule,
    confidence, reason, is_suppressed
from marts.classification_changes
where quarter = $quarter
order by bits desc nulls last, network_key, previous_network_type, network_type
"""
COLUMNS = {
    "network_key": "network_key",
    "name": "name",
    "previous_network_type": "previous_network_type",
    "network_type": "network_type",
    "bits": "bits",
    "previous_bits": "previous_bits",
    "changed_on": "changed_on",
    "previous_rule": "previous_rule",
    "rule": "rule",
    "confidence": "confidence",
    "reason": "reason",
    IS_WITHHELD: "is_suppressed",
}
MOST = 14
MANY = "networks changed their type"


def draw(report: Report, rows: Sequence[Row]) -> Drawing:
    """A bar for each network that moved, in the colour of its type now, which stands beside the one before."""
    told = [row for row in rows if row.number_or_none("bits") is not None]
    shown = told[:MOST]
    lanes = [_lane(report, row) for row in shown]
    values = [row.number("bits") for row in shown]
    kinds = [row.text("network_type") for row in shown]
    words = Words(
        title=_title(report, told, rows),
        subtitle="Bits of networks that count under another type than in the quarter before",
        alternative_text=_alternative_text(report, told),
        units="bit in the quarter",
        notes=_notes(rows, told, shown),
    )
    traces = bars_by_type(report, lanes, kinds, values, customdata=[_hover(report, row) for row in shown])
    room = Room(right=128, narrow_right=112, legend=len(set(kinds)))
    return lanes_drawing(lanes, bits_axis(values), traces, Table.of(rows, COLUMNS), words, room)


def _lane(report: Report, row: Row) -> Lane:
    before, _now = _types(report, row)
    colour = report.network_type(row.text("network_type")).colour
    key = " ".join(row.text(column) for column in ("network_key", "previous_network_type", "network_type"))
    return Lane(key, _label(row), colour, f"was {inside(before)}")


def _label(row: Row) -> str:
    return row.text_or_none("name") or row.text("network_key").upper().replace("AS:", "AS")


def _types(report: Report, row: Row) -> tuple[str, str]:
    """The labels of the type before and now."""
    before, now = (report.network_type(row.text(column)) for column in ("previous_network_type", "network_type"))
    return before.label, now.label


def _hover(report: Report, row: Row) -> str:
    before, now = _types(report, row)
    lines = (
        f"<b>{plain(_label(row))}</b>, {plain(before)} to {plain(now)}",
        f"{_units.bits(row.number('bits'))}; {_units.bits(row.number_or_none('previous_bits') or 0)} before",
        plain(row.text_or_none("reason") or ""),
    )
    return "<br>".join(lines)


def _title(report: Report, told: Sequence[Row], rows: Sequence[Row]) -> str:
    if not told:
        return "Which networks changed their type is withheld"
    before, now = _types(report, told[0])
    networks = counted(len({row.text("network_key") for row in rows}), "network changed its type", MANY)
    way = f"from {inside(before)} to {inside(now)}"
    told_of = ", of what is told" if len(told) < len(rows) else ""
    return f"{networks}; most bits moved with {_label(told[0])}, {way}: {_units.bits(told[0].number('bits'))}{told_of}"


def _notes(rows: Sequence[Row], told: Sequence[Row], shown: Sequence[Row]) -> tuple[str, ...]:
    notes = ["What they carry is not growth of a type: the bridge between quarters tells it as reclassification."]
    notes += not_drawn(told, shown)
    if len(told) < len(rows):
        notes.append(f"{counted(len(rows) - len(told), 'change is', 'changes are')} withheld.")
    return tuple(notes)


def _alternative_text(report: Report, told: Sequence[Row]) -> str:
    if not told:
        return "No figure: every change is withheld."
    values = []
    for row in told[:MOST]:
        before, now = map(inside, _types(report, row))
        values.append(f"{_label(row)} from {before} to {now} {_units.bits(row.number('bits'))}")
    return f"Horizontal bars of bits of networks that changed their type, largest first: {listed(values)}."


CHART = Chart(
    position=57,
    heading="Networks that changed their type",
    mart="classification_changes",
    made_from=(*OF_ADDRESSES, "network_types_by_quarter", "networks", "typed_peer_address_days", "typed_traffic_bins"),
    sql=SQL,
    draw=draw,
    none="none since the quarter before",
)
