"""Elephants: the networks with the largest single conversations, how many these are and what they carry."""

from collections.abc import Sequence

from assets.reports.charts import _units
from assets.reports.charts._cells import OF_ADDRESSES
from assets.reports.charts._chart import IS_WITHHELD, Chart, Drawing, Table
from assets.reports.charts._lanes import Lane, Room, Words, bars_by_type, bits_axis, lanes_drawing, not_drawn
from assets.reports.charts._marts import Row
from assets.reports.charts._report import Report
from assets.reports.charts._theme import plain
from assets.reports.charts._words import counted, if_told, listed

SQL = """
select network_type, network_key, direction, elephants, bits, share_of_bits, own_addresses, unique_ips,
    seconds_median, seconds_max, bits_per_second_median, bits_per_second_max, is_suppressed
from marts.elephant_flows
where quarter = $quarter
order by bits desc nulls last, network_type, network_key, direction
"""
COLUMNS = {
    "network_type": "network_type",
    "network_key": "network_key",
    "direction": "direction",
    "elephants": "elephants",
    "bits": "bits",
    "share_of_bits": "share_of_bits",
    "own_addresses": "own_addresses",
    "unique_ips": "unique_ips",
    "seconds_median": "seconds_median",
    "seconds_max": "seconds_max",
    "bits_per_second_median": "bits_per_second_median",
    "bits_per_second_max": "bits_per_second_max",
    IS_WITHHELD: "is_suppressed",
}
MOST = 14


def draw(report: Report, rows: Sequence[Row]) -> Drawing:
    """A bar for each network and direction, in the colour of its type, with the number of elephants beside it."""
    told = [row for row in rows if row.number_or_none("bits") is not None]
    shown = told[:MOST]
    lanes = [_lane(report, row) for row in shown]
    values = [row.number("bits") for row in shown]
    kinds = [row.text("network_type") for row in shown]
    words = Words(
        title=_title(told, rows),
        subtitle="Bits of elephants by network and direction; on the right how many, and their part of its bits",
        alternative_text=_alternative_text(told),
        units="bit in the quarter",
        notes=_notes(rows, told, shown),
    )
    traces = bars_by_type(report, lanes, kinds, values, customdata=[*map(_hover, shown)])
    room = Room(right=128, narrow_right=112, legend=len(set(kinds)))
    return lanes_drawing(lanes, bits_axis(values), traces, Table.of(rows, COLUMNS), words, room)


def _lane(report: Report, row: Row) -> Lane:
    colour = report.network_type(row.text("network_type")).colour
    key = f"{row.text('direction')} {row.text('network_type')} {row.text('network_key')}"
    return Lane(key, _label(row), colour, f"{_units.count(row.whole('elephants'))}: {_share(row)}")


def _label(row: Row) -> str:
    way = {"ingress": "from", "egress": "to"}.get(row.text("direction"), "with")
    return f"{way} {row.text('network_key').upper().replace('AS:', 'AS')}"


def _share(row: Row) -> str:
    return _units.or_withheld("share_", row.number_or_none("share_of_bits"))


def _hover(row: Row) -> str:
    minutes = row.number("seconds_median") / 60
    median, most = (_units.bits_per_second(row.number(f"bits_per_second_{name}")) for name in ("median", "max"))
    own, peer = (_units.count(row.whole(column)) for column in ("own_addresses", "unique_ips"))
    lines = (
        f"<b>{plain(_label(row))}</b>",
        f"{counted(row.whole('elephants'), 'elephant')}, {_units.bits(row.number('bits'))}, {_share(row)} of its bits",
        f"median {minutes:.0f} minutes at {median}; at most {most}",
        f"{own} addresses of ours, {peer} of the peer",
    )
    return "<br>".join(lines)


def _title(told: Sequence[Row], rows: Sequence[Row]) -> str:
    if not told:
        return "Every network's elephants are withheld"
    first = told[0]
    number = counted(first.whole("elephants"), "elephant")
    verb = "carries" if first.whole("elephants") == 1 else "carry"
    told_of = if_told(len(told) < len(rows))
    return (
        f"{number} {_label(first)} {verb} {_units.bits(first.number('bits'))}, the most of any network{told_of}, and "
        f"{_share(first)} of its bits that way"
    )


def _notes(rows: Sequence[Row], told: Sequence[Row], shown: Sequence[Row]) -> tuple[str, ...]:
    notes = [
        "An elephant: a conversation of one address of ours with one of the peer that is large, fast and long "
        "(docs/method.md); one that pauses for long counts again."
    ]
    notes += not_drawn(told, shown)
    if len(told) < len(rows):
        untold = counted(len(rows) - len(told), "network and direction is", "networks and directions are")
        notes.append(f"{untold} withheld, too few addresses standing for their elephants.")
    return tuple(notes)


def _alternative_text(told: Sequence[Row]) -> str:
    if not told:
        return "No figure: the elephants of every network are withheld."
    values = [f"{_label(row)} {_units.bits(row.number('bits'))} in {row.whole('elephants')}" for row in told[:MOST]]
    return f"Horizontal bars of elephants' bits by network and direction, largest first: {listed(values)}."


CHART = Chart(
    position=135,
    heading="Elephants by network",
    mart="elephant_flows",
    made_from=(*OF_ADDRESSES, "links", "networks", "peer_places", "traffic_bins", "typed_elephant_bins"),
    sql=SQL,
    draw=draw,
    none="no elephant in this quarter",
)
