"""What stays: addresses that are active on half of the days, and the part of bits that they carry."""

from collections.abc import Sequence

from assets.reports.charts import _units
from assets.reports.charts._cells import OF_ADDRESSES
from assets.reports.charts._chart import IS_WITHHELD, Chart, Drawing, Table
from assets.reports.charts._lanes import (
    Room,
    Words,
    dots,
    lanes_drawing,
    percent_axis,
    spans,
    type_lanes,
)
from assets.reports.charts._marts import Row
from assets.reports.charts._report import Report
from assets.reports.charts._theme import MUTED
from assets.reports.charts._words import if_told, inside, listed

SQL = """
select
    network_type, days_present, unique_ips, persistent_ips, persistent_share_of_bits,
    active_days_mean, active_hours_mean, is_suppressed
from marts.persistence_quarterly
where quarter = $quarter
order by network_type
"""
COLUMNS = {
    "network_type": "network_type",
    "days_present": "days_present",
    "unique_ips": "unique_ips",
    "persistent_ips": "persistent_ips",
    "persistent_share_of_bits": "persistent_share_of_bits",
    "active_days_mean": "active_days_mean",
    "active_hours_mean": "active_hours_mean",
    IS_WITHHELD: "is_suppressed",
}


def draw(report: Report, rows: Sequence[Row]) -> Drawing:
    """From the part of addresses that stay (hollow) to the part of bits that they carry (full), for each type."""
    pairs = pairs_of(rows)
    lanes = type_lanes(report, rows, {kind: f"{_units.percent(bits)} of bits" for kind, (_, bits) in pairs.items()})
    axis = percent_axis(1.0)
    found = [pairs.get(lane.key) for lane in lanes]
    addresses, bits = ([pair[place] if pair else None for pair in found] for place in (0, 1))
    told = "%{x:.1%} of "
    traces = [
        spans(lanes, found, "difference", 3, MUTED, showlegend=False),
        dots(lanes, addresses, "of addresses", "circle-open", hovertemplate=f"{told}addresses<extra></extra>"),
        dots(lanes, bits, "of bits", "circle", is_coloured=True, hovertemplate=f"{told}bits<extra></extra>"),
    ]
    words = Words(
        title=_title(report, rows, pairs),
        subtitle="Addresses active on at least half of the days present: their part of all addresses, and of all bits",
        alternative_text=_alternative_text(report, pairs),
        units="share of the type's addresses, and of its bits",
        notes=("A fixed address that is always at work stays; one of a pool that changes hands does not.",),
    )
    room = Room(right=112, narrow_right=104, legend=2)
    return lanes_drawing(lanes, axis, traces, Table.of(rows, COLUMNS), words, room)


def pairs_of(rows: Sequence[Row]) -> dict[str, tuple[float, float]]:
    """For each type the part of its addresses that stays, and the part of its bits that these carry."""
    return {
        row.text("network_type"): (row.number("persistent_ips") / row.number("unique_ips"), bits)
        for row in rows
        if (bits := row.number_or_none("persistent_share_of_bits")) is not None and row.number_or_none("unique_ips")
    }


def _title(report: Report, rows: Sequence[Row], pairs: dict[str, tuple[float, float]]) -> str:
    named = {kind: pair for kind, pair in pairs.items() if kind != _units.WITHHELD}
    if not named:
        return "What stays is withheld"
    most = max(named, key=lambda kind: (named[kind][1], kind))
    addresses, bits = named[most]
    told = if_told(len(pairs) < len(rows))
    label = inside(report.network_type(most).label)
    return (
        f"{_units.percent(addresses)} of {label} addresses are there on at least half of the days and carry "
        f"{_units.percent(bits)} of its bits, the most of any type{told}"
    )


def _alternative_text(report: Report, pairs: dict[str, tuple[float, float]]) -> str:
    if not pairs:
        return "No figure: every type is withheld."
    values = [
        f"{inside(report.network_type(kind).label)} {_units.percent(addresses)} and {_units.percent(bits)}"
        for kind, (addresses, bits) in pairs.items()
    ]
    return f"For each network type the part of addresses that stay, and of bits that they carry: {listed(values)}."


CHART = Chart(
    position=120,
    heading="Persistence",
    mart="persistence_quarterly",
    made_from=(*OF_ADDRESSES, "covered_bins", "networks"),
    sql=SQL,
    draw=draw,
)
