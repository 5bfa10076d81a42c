"""Countries: bits to and from peers by the country that their addresses are registered in."""

from collections.abc import Sequence

from assets.reports.charts import _units
from assets.reports.charts._cells import MADE_FROM, MEASURED
from assets.reports.charts._chart import IS_WITHHELD, Chart, Drawing, Table
from assets.reports.charts._lanes import Lane, Room, Words, bars, bits_axis, lanes_drawing, not_drawn
from assets.reports.charts._marts import Row
from assets.reports.charts._report import Report
from assets.reports.charts._theme import INK, MUTED
from assets.reports.charts._words import counted, if_told, listed, readable

SQL = """
select country, bits, share_of_bits, unique_ips, magnitude,
    relative_standard_error, relative_standard_error_upper, is_low_precision, is_suppressed
from marts.country_quarterly
where quarter = $quarter
order by bits desc nulls last, country
"""
COLUMNS = {"country": "country", **MEASURED, IS_WITHHELD: "is_suppressed"}
COLOUR = "#3f6f8f"
MOST = 14
INTERVAL = 1.96
UNKNOWN = "unknown"
OF_NO_COUNTRY = {UNKNOWN, _units.WITHHELD}


def draw(report: Report, rows: Sequence[Row]) -> Drawing:
    """The largest countries as bars, each with the interval of its sampling error; what has no country is grey."""
    told = [row for row in rows if row.number_or_none("bits") is not None]
    shown = told[:MOST]
    lanes = [_lane(row) for row in shown]
    values = [row.number("bits") for row in shown]
    errors = [INTERVAL * (row.number_or_none("relative_standard_error") or 0.0) for row in shown]
    whiskers = {
        "type": "data", "array": [error * value for error, value in zip(errors, values, strict=True)],
        "thickness": 1.5, "width": 3, "color": INK,
    }  # fmt: skip
    hover = "%{customdata}<extra></extra>"
    trace = bars(lanes, values, "bits", error_x=whiskers, customdata=[*map(_hover, shown)], hovertemplate=hover)
    words = Words(
        title=_title(told, len(told) < len(rows)),
        subtitle="Bits in the quarter by the country of the peer's address",
        alternative_text=_alternative_text(told),
        units="bit in the quarter; whiskers are 95% intervals of sampling",
        notes=_notes(rows, told, shown),
    )
    return lanes_drawing(lanes, bits_axis(values), [trace], Table.of(rows, COLUMNS), words, Room())


def _lane(row: Row) -> Lane:
    country = row.text("country")
    share = row.number_or_none("share_of_bits")
    text = _units.bits(row.number("bits")) if share is None else _units.percent(share)
    return Lane(country, _label(row), MUTED if country in OF_NO_COUNTRY else COLOUR, text)


def _label(row: Row) -> str:
    country = row.text("country")
    return readable(country) if country in OF_NO_COUNTRY else country


def _hover(row: Row) -> str:
    addresses = _units.or_withheld("unique_ips", row.whole_or_none("unique_ips"))
    return f"{_units.bits(row.number('bits'))}, {addresses} unique IPs"


def _title(told: Sequence[Row], is_in_part: bool) -> str:
    if not told:
        return "Which countries peers are in is withheld"
    named = [row for row in told if row.text("country") not in OF_NO_COUNTRY]
    if not named:
        return "Of what is told, no peer's country is known" if is_in_part else "No peer's country is known"
    share = _units.percent(named[0].number_or_none("share_of_bits") or 0.0)
    return f"{share} of traffic is with peers in {_label(named[0])}, the most of any country{if_told(is_in_part)}"


def _notes(rows: Sequence[Row], told: Sequence[Row], shown: Sequence[Row]) -> tuple[str, ...]:
    notes = [
        "A country is that of the registration of an address's range, or what its cloud says: where a network is at "
        "home, and not where a host stands."
    ]
    notes += not_drawn(told, shown)
    if len(told) < len(rows):
        untold = counted(len(rows) - len(told), "country is", "countries are")
        notes.append(f"{untold} withheld, too few addresses or one network standing for them.")
    return tuple(notes)


def _alternative_text(told: Sequence[Row]) -> str:
    if not told:
        return "No figure: every country is withheld."
    values = [f"{_label(row)} {_units.bits(row.number('bits'))}" for row in told[:MOST]]
    return f"Horizontal bars of bits by country, largest first: {listed(values)}."


CHART = Chart(
    position=105,
    heading="Countries",
    mart="country_quarterly",
    made_from=MADE_FROM,
    sql=SQL,
    draw=draw,
)
