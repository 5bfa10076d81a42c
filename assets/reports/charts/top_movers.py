"""Top movers: the networks whose rate rose and fell most since the quarter before."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from assets.reports.charts import _units
from assets.reports.charts._cells import MADE_FROM
from assets.reports.charts._chart import Chart, Drawing, Table
from assets.reports.charts._lanes import Axis, Lane, bars_by_type, lanes_figure, narrow_lanes
from assets.reports.charts._marts import Row
from assets.reports.charts._report import Report
from assets.reports.charts._theme import round_ticks
from assets.reports.charts._words import counted, listed

# Without an earlier quarter nothing moved.
HAS_BEFORE = """exists (
    select 1 from marts.coverage_quarterly
    where quarter_began_on = date_trunc('quarter', $ended_on) - interval 3 month and days_present > 0
)"""
SQL = f"""
with networks as (
    select network_key, quarter,
        max_by(network_type, coalesce(bits_per_second_average, -1)) as network_type, any_value(name) as name,
        sum(bits_per_second_average) as bits_per_second_average, bool_or(is_suppressed) as is_suppressed
    from marts.network_quarterly
    where quarter_began_on between date_trunc('quarter', $ended_on) - interval 3 month and $ended_on
        and network_key != 'withheld' and not starts_with(network_key, 'link:')
    group by network_key, quarter
)
select network_key,
    max(network_type) filter (where quarter = $quarter) as network_type,
    max(network_type) filter (where quarter != $quarter) as previous_network_type,
    max(name) as name,
    max(bits_per_second_average) filter (where quarter = $quarter) as bits_per_second_average,
    max(bits_per_second_average) filter (where quarter != $quarter) as previous_bits_per_second_average,
    bool_or(is_suppressed) as is_withheld
from networks
where {HAS_BEFORE}
group by network_key
order by network_key
"""
COLUMNS = {
    "network_key": "network_key",
    "network_type": "network_type",
    "previous_network_type": "previous_network_type",
    "name": "name",
    "bits_per_second_average": "bits_per_second_average",
    "previous_bits_per_second_average": "previous_bits_per_second_average",
    "is_withheld": "is_withheld",
}
MOST = 14


@dataclass(frozen=True)
class Mover:
    """A network with its mean rates of both quarters, in bits per second; 0 where it had no traffic."""

    key: str
    name: str
    network_type: str
    is_reclassified: bool
    before: float
    now: float

    @property
    def change(self) -> float:
        return self.now - self.before


def draw(report: Report, rows: Sequence[Row]) -> Drawing:
    """Bars from zero: to the right what rose, to the left what fell, greatest changes first."""
    movers = movers_of(rows)
    shown = sorted(movers[:MOST], key=lambda one: (-one.change, one.key))
    lanes = [
        Lane(one.key, one.name, report.network_type(one.network_type).colour, signed_rate(one.change)) for one in shown
    ]
    axis = _axis([one.change for one in shown])
    figure = lanes_figure(lanes, axis, right=104)
    hovers = [f"{_units.bits_per_second(one.before)} before, {_units.bits_per_second(one.now)} now" for one in shown]
    kinds = [one.network_type for one in shown]
    for trace in bars_by_type(report, lanes, kinds, [one.change for one in shown], customdata=hovers):
        figure.add_trace(trace)
    before = report.previous.spoken if report.previous else "the quarter before"
    return Drawing(
        figure=figure,
        data=Table.of(rows, COLUMNS),
        title=_title(movers, before),
        subtitle=f"Mean rate of single networks in {report.window.spoken} less that in {before}",
        alternative_text=_alternative_text(shown),
        units="bit/s, mean over covered 5-minute bins",
        notes=_notes(report, rows, movers, shown),
        narrow=narrow_lanes(lanes, axis, right=108, legend=len(set(kinds))),
    )


def movers_of(rows: Sequence[Row]) -> list[Mover]:
    """Networks that neither quarter withholds, greatest change first."""
    movers = [
        Mover(
            row.text("network_key"),
            row.text_or_none("name") or row.text("network_key"),
            row.text_or_none("network_type") or row.text("previous_network_type"),
            None not in (kinds := (row.text_or_none("network_type"), row.text_or_none("previous_network_type")))
            and len(set(kinds)) > 1,
            row.number_or_none("previous_bits_per_second_average") or 0.0,
            row.number_or_none("bits_per_second_average") or 0.0,
        )
        for row in rows
        if not row.flag("is_withheld")
    ]
    return sorted(movers, key=lambda one: (-abs(one.change), one.key))


def signed_rate(value: float) -> str:
    """A change of a rate with its sign: "+4.31 Gbit/s"."""
    return f"{'+' if value > 0 else ''}{_units.bits_per_second(value)}"


def _axis(changes: Sequence[float]) -> Axis:
    """Round steps on both sides of zero, as far as each side reaches."""
    step = round_ticks(max(map(abs, changes), default=1.0))[1]
    low, high = (ceil(max([0.0, *(way * change for change in changes)]) / step) for way in (-1, 1))
    ticks = tuple(step * place for place in range(-low, max(high, 1 - low) + 1))
    return Axis(ticks, tuple(_units.tick(tick, "bit/s") if tick else "0" for tick in ticks))


def _title(movers: Sequence[Mover], before: str) -> str:
    if not movers:
        return "Which networks moved is withheld"
    most = movers[0]
    way = "rose" if most.change >= 0 else "fell"
    text = (
        f"{most.name} {way} most, from {_units.bits_per_second(most.before)} in {before} to "
        f"{_units.bits_per_second(most.now)}"
    )
    other = next((one for one in movers if one.change * most.change < 0), None)
    if other is None:
        return f"{text}; {'none fell' if most.change > 0 else 'none rose'}"
    return f"{text}; {other.name} {'fell' if other.change < 0 else 'rose'} most ({signed_rate(other.change)})"


def _notes(report: Report, rows: Sequence[Row], movers: Sequence[Mover], shown: Sequence[Mover]) -> tuple[str, ...]:
    notes = [
        "Means over what was observed, so that quarters of unequal length compare; two quarters are not a trend. "
        "Migration links are not networks, and are left out."
    ]
    changed = [one.name for one in shown if one.is_reclassified]
    if changed:
        notes.append(f"Of another type than in the quarter before: {listed(changed)}.")
    if len(movers) > len(shown):
        notes.append(f"Not drawn, but in the data: {len(movers) - len(shown)} that changed less.")
    if len(movers) < len(rows):
        notes.append(
            f"{counted(len(rows) - len(movers), 'network is', 'networks are')} withheld in one of the quarters."
        )
    return tuple(notes)


def _alternative_text(shown: Sequence[Mover]) -> str:
    if not shown:
        return "No figure: every network is withheld."
    return f"Bars of change of single networks: {listed([f'{one.name} {signed_rate(one.change)}' for one in shown])}."


CHART = Chart(
    position=75,
    heading="Top movers",
    mart="network_quarterly",
    made_from=(*MADE_FROM, "network_types_by_quarter"),
    sql=SQL,
    draw=draw,
    cells="quarter = $quarter and network_key != 'withheld' and not starts_with(network_key, 'link:') "
    f"and {HAS_BEFORE}",
)  # fmt: skip
