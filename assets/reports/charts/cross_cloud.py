"""Cross-cloud traffic: bits to and from each cloud, by provider and the cloud's region where its list tells it."""

from collections.abc import Sequence
from dataclasses import dataclass

from assets.reports.charts import _units
from assets.reports.charts._cells import MADE_FROM
from assets.reports.charts._chart import IS_WITHHELD, Chart, Drawing, Table
from assets.reports.charts._lanes import Lane, bars, bits_axis, lanes_figure, narrow_lanes, not_drawn
from assets.reports.charts._marts import Row
from assets.reports.charts._report import Report
from assets.reports.charts._words import counted, if_told, listed

SQL = """
select provider, cloud_region, name, bits, share_of_bits, unique_ips, magnitude,
    bits_per_second_average, bits_per_second_p95, bits_per_second_max,
    relative_standard_error, relative_standard_error_upper, is_low_precision, is_suppressed
from marts.cross_cloud_quarterly
where quarter = $quarter
order by bits desc nulls last, provider, cloud_region
"""
COLUMNS = {
    "provider": "provider",
    "cloud_region": "cloud_region",
    "name": "name",
    "bits": "bits",
    "share_of_bits": "share_of_bits",
    "unique_ips": "unique_ips",
    "magnitude_bits_per_unique_ip": "magnitude",
    "bits_per_second_average": "bits_per_second_average",
    "bits_per_second_p95": "bits_per_second_p95",
    "bits_per_second_max": "bits_per_second_max",
    "relative_standard_error": "relative_standard_error",
    "relative_standard_error_upper": "relative_standard_error_upper",
    "is_low_precision": "is_low_precision",
    IS_WITHHELD: "is_suppressed",
}
COLOUR = "#3f6f8f"
MOST = 18
INTERVAL = 1.96


@dataclass(frozen=True)
class Place:
    """A cloud, or a region of one that its list tells."""

    label: str
    row: Row

    @property
    def key(self) -> str:
        return f"{self.row.text('provider')}/{self.row.text('cloud_region')}"


def draw(report: Report, rows: Sequence[Row]) -> Drawing:
    """The largest places as bars, each with the interval of its sampling error."""
    told, withheld = _places(rows)
    shown = told[:MOST]
    lanes = [Lane(place.key, place.label, COLOUR, _units.bits(place.row.number("bits"))) for place in shown]
    lanes += [Lane(place.key, place.label, COLOUR, _units.WITHHELD, True) for place in withheld[: MOST - len(shown)]]
    axis = bits_axis([place.row.number("bits") for place in shown])
    figure = lanes_figure(lanes, axis, has_legend=False)
    values = [place.row.number("bits") for place in shown]
    margins = [INTERVAL * (place.row.number_or_none("relative_standard_error") or 0.0) for place in shown]
    margins = [margin * value for margin, value in zip(margins, values, strict=True)]
    hovers = [_hover(place.row) for place in shown]
    figure.add_trace(
        bars(
            lanes[: len(shown)],
            values,
            "bits",
            error_x={"type": "data", "array": margins, "thickness": 1.5, "width": 3, "color": "#1c1f26"},
            customdata=hovers,
            hovertemplate="%{customdata}<extra></extra>",
        )
    )
    return Drawing(
        figure=figure,
        data=Table.of(rows, COLUMNS),
        title=_title(told, len(told) < len(rows)),
        subtitle="Bits to and from clouds in the quarter, by provider and the region that its list tells",
        alternative_text=_alternative_text(told),
        units="bit in the quarter; whiskers are 95% intervals of sampling",
        notes=_notes(told, withheld, shown),
        narrow=narrow_lanes(lanes, axis),
    )


def _hover(row: Row) -> str:
    addresses = _units.or_withheld("unique_ips", row.whole_or_none("unique_ips"))
    return f"{_units.bits(row.number('bits'))}, {addresses} unique IPs"


def _places(rows: Sequence[Row]) -> tuple[list[Place], list[Place]]:
    """Places that are told, largest first, and those that are withheld."""
    places = [Place(_label(row), row) for row in rows]
    told = [place for place in places if place.row.number_or_none("bits") is not None]
    return told, [place for place in places if place.row.number_or_none("bits") is None]


def _label(row: Row) -> str:
    name = row.text_or_none("name") or row.text("provider")
    region = row.text("cloud_region")
    return name if region in {"unknown", name} else f"{name}, {region}"


def _title(told: Sequence[Place], is_in_part: bool) -> str:
    named = [place for place in told if place.row.text("provider") != _units.WITHHELD]
    if not named:
        return "Traffic with clouds is withheld"
    first = named[0]
    share = _units.percent(first.row.number_or_none("share_of_bits") or 0.0)
    whole = sum(place.row.number_or_none("share_of_bits") or 0.0 for place in told)
    return f"{_units.percent(whole)} of traffic is with clouds, {share} with {first.label} alone{if_told(is_in_part)}"


def _notes(told: Sequence[Place], withheld: Sequence[Place], shown: Sequence[Place]) -> tuple[str, ...]:
    notes = ["A cloud's region is the one that the cloud's own list gives an address; without a list a cloud is whole."]
    notes += not_drawn(told, shown)
    if withheld:
        notes.append(
            f"{counted(len(withheld), 'place is', 'places are')} withheld, too few addresses standing for them."
        )
    return tuple(notes)


def _alternative_text(told: Sequence[Place]) -> str:
    if not told:
        return "No figure: every cloud is withheld."
    values = [f"{place.label} {_units.bits(place.row.number('bits'))}" for place in told[:MOST]]
    return f"Horizontal bars of bits by cloud, largest first: {listed(values)}."


CHART = Chart(
    position=100,
    heading="Cross-cloud",
    mart="cross_cloud_quarterly",
    made_from=MADE_FROM,
    sql=SQL,
    draw=draw,
)
