"""Elephants and mice: how large the flow records are that carry each network type's bits."""

from collections.abc import Sequence
from math import ceil, floor, log10

from assets.reports.charts import _units
from assets.reports.charts._cells import OF_ADDRESSES
from assets.reports.charts._chart import IS_WITHHELD, Chart, Drawing, Table
from assets.reports.charts._lanes import Axis, Room, Words, dots, lanes_drawing, spans, type_lanes
from assets.reports.charts._marts import Row
from assets.reports.charts._report import Report
from assets.reports.charts._theme import MUTED
from assets.reports.charts._words import counted, inside, listed

SQL = """
select network_type, size_class, bytes_from, bytes_below, flow_records, bits, share_of_bits, is_suppressed
from marts.flow_size_quarterly
where quarter = $quarter
order by network_type, size_class
"""
COLUMNS = {
    "network_type": "network_type",
    "size_class": "size_class",
    "bytes_from": "bytes_from",
    "bytes_below": "bytes_below",
    "flow_records": "flow_records",
    "bits": "bits",
    "share_of_bits": "share_of_bits",
    IS_WITHHELD: "is_suppressed",
}
PARTS = (0.1, 0.25, 0.5, 0.75, 0.9)


def draw(report: Report, rows: Sequence[Row]) -> Drawing:
    """For each type a line over the middle 80% of its bits by size of record, a thicker one over the middle half."""
    by_bits, by_records = sizes_of(rows, "bits"), sizes_of(rows, "flow_records")
    lanes = type_lanes(report, rows, {kind: _units.data_size(sizes[2]) for kind, sizes in by_bits.items()})
    axis = _axis([size for sizes in (*by_bits.values(), *by_records.values()) for size in sizes])
    found = [by_bits.get(lane.key) for lane in lanes]
    middles = [one[2] if one else None for one in found]
    records = [sizes[2] if (sizes := by_records.get(lane.key)) else None for lane in lanes]
    traces = [
        spans(lanes, [(one[0], one[4]) if one else None for one in found], "80% of bits", 3, MUTED),
        spans(lanes, [(one[1], one[3]) if one else None for one in found], "half of bits", 11, "#b9bdc6"),
        dots(lanes, middles, "middle of bits", "circle", is_coloured=True, hoverinfo="skip"),
        dots(lanes, records, "middle of records", "line-ns", size=15, hoverinfo="skip"),
    ]
    words = Words(
        title=_title(report, rows, by_bits),
        subtitle="Size of flow records by the bits that they carry: the middle, and where half and 80% of bits lie",
        alternative_text=_alternative_text(report, by_bits),
        units="byte of a flow record (scaled by sampling), logarithmic axis",
        notes=(
            "Routers cut long flows at their active timeout, so that one transfer may be many records.",
            *_withheld(rows),
        ),
    )
    return lanes_drawing(lanes, axis, traces, Table.of(rows, COLUMNS), words, Room(every=3, legend=4))


def sizes_of(rows: Sequence[Row], weight: str) -> dict[str, tuple[float, ...]]:
    """For each type the sizes in bytes below which 10, 25, 50, 75 and 90% of the weight lie.

    Sizes are spread evenly over the logarithm within a class; classes that are withheld count nothing.
    """
    found: dict[str, list[Row]] = {}
    for row in rows:
        if row.number_or_none(weight):
            found.setdefault(row.text("network_type"), []).append(row)
    return {kind: tuple(_size_at(classes, weight, part) for part in PARTS) for kind, classes in found.items()}


def _size_at(classes: Sequence[Row], weight: str, part: float) -> float:
    wanted = part * sum(row.number(weight) for row in classes)
    for row in classes:
        amount = row.number(weight)
        if wanted <= amount:
            low, high = row.number("bytes_from"), row.number("bytes_below")
            return float(low * (high / low) ** (wanted / amount))
        wanted -= amount
    return classes[-1].number("bytes_below")


def _axis(sizes: Sequence[float]) -> Axis:
    low, high = (floor(log10(min(sizes))), ceil(log10(max(sizes)))) if sizes else (3, 4)
    ticks = tuple(10.0**power for power in range(low, max(high, low + 1) + 1))
    return Axis(ticks, tuple(_units.tick(tick, "B") for tick in ticks), is_logarithmic=True)


def _withheld(rows: Sequence[Row]) -> tuple[str, ...]:
    withheld = sum(row.flag("is_suppressed") for row in rows)
    if not withheld:
        return ()
    return (
        f"{counted(withheld, 'class of size is', 'classes of size are')} withheld, and left out of lines and marks.",
    )


def _title(report: Report, rows: Sequence[Row], sizes: dict[str, tuple[float, ...]]) -> str:
    named = {kind: found for kind, found in sizes.items() if kind != _units.WITHHELD}
    if not named:
        return "The sizes of flows are withheld"
    most = max(named, key=lambda kind: (named[kind][2], kind))
    least = min(named, key=lambda kind: (named[kind][2], kind))
    told = ", of the sizes that are told" if any(row.flag("is_suppressed") for row in rows) else ""
    label, size = inside(report.network_type(most).label), named[most][2]
    text = f"Half of {label} bits come in flow records over {_units.data_size(size)}"
    if least == most:
        return f"{text}{told}"
    other = inside(report.network_type(least).label)
    return f"{text}, {_units.times(size / named[least][2])} the size of {other}'s{told}"


def _alternative_text(report: Report, sizes: dict[str, tuple[float, ...]]) -> str:
    if not sizes:
        return "No figure: every size is withheld."
    values = [
        f"{inside(report.network_type(kind).label)} {_units.data_size(found[2])} "
        f"(80% from {_units.data_size(found[0])} to {_units.data_size(found[4])})"
        for kind, found in sizes.items()
    ]
    return f"Size of the flow record in the middle of each network type's bits: {listed(values)}."


CHART = Chart(
    position=130,
    heading="Elephants and mice",
    mart="flow_size_quarterly",
    made_from=(*OF_ADDRESSES, "typed_flow_sizes"),
    sql=SQL,
    draw=draw,
)
