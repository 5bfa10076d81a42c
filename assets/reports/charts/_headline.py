"""The few figures on top of a report, each with the quarter before and whether that was partial.

Belongs here: which numbers stand on top and their words. Does not belong here: charts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from assets.reports.charts import _units
from assets.reports.charts._comparison import Compared, ComparedMeasure
from assets.reports.charts._editions import Editions
from assets.reports.charts._marts import Marts, Row
from assets.reports.charts._report import Report
from assets.reports.charts._words import if_told, inside

GROUPS_SQL = """
select share_group, bits, share_of_bits from marts.share_group_quarterly
where quarter = '{quarter}' and direction = 'both' order by share_of_bits desc nulls last, share_group
"""
TYPES_SQL = """
select network_type, bits, share_of_bits, unique_ips, magnitude from marts.network_type_quarterly
where quarter = '{quarter}' order by bits desc nulls last, network_type
"""


@dataclass(frozen=True)
class Headline:
    """One figure: its number, what it is, how it was before, and how the edition before told it if otherwise."""

    number: str
    name: str
    before: str
    restated: str = ""

    @property
    def after(self) -> str:
        """What is to be said after the figure: how it was before, and how it was published."""
        return "; ".join(text for text in (self.before, self.restated) if text)

    @property
    def sentence(self) -> str:
        """The figure on one line: "Other clouds, share of traffic: 49.6%; 36.2% the quarter before"."""
        return f"{self.name}: {self.number}" + (f"; {self.after}" if self.after else "")


def headlines(
    marts: Marts, report: Report, measures: Sequence[ComparedMeasure], editions: Editions
) -> tuple[Headline, ...]:
    """Share groups, the type that gained most, the total, and the greatest magnitude."""
    types = marts.rows(TYPES_SQL.format(quarter=report.quarter))
    groups = marts.rows(GROUPS_SQL.format(quarter=report.quarter))
    compared = {(row.metric, row.dimension, row.member): row for measure in measures for row in measure.rows}
    found = _group(report, groups, compared, editions)
    found += _gain(report, compared, editions)
    found += _total(report, types, compared, editions)
    found += _magnitude(report, types, editions)
    return tuple(found)


ByMember = dict[tuple[str, str, str], Compared]


def _before(report: Report, compared: Compared | None) -> str:
    """The value before with its caution: "36.2% the quarter before (partial: tracking began ...)"."""
    if compared is not None and compared.is_withheld:
        return "not to be compared: withheld in one of the quarters"
    if compared is None or compared.previous_value is None:
        return "no quarter before to compare with" if report.previous is None else "no value the quarter before"
    caution = report.previous.why_partial if report.previous else ""
    own = f"; this quarter {report.window.why_partial}" if report.window.is_partial else ""
    text = f"{compared.previous_text} the quarter before"
    return f"{text} ({(caution + own).lstrip('; ')})" if caution or own else text


def _group(report: Report, rows: Sequence[Row], compared: ByMember, editions: Editions) -> list[Headline]:
    """The share group (of more than one type) whose share changed most, or else the largest, of those that are told."""
    groups = {row.text("share_group"): row for row in rows if not report.is_network_type(row.text("share_group"))}
    if not groups:
        return []
    changes = {group: compared.get(("share_of_bits", "share_group", group)) for group in groups}
    sizes = {group: abs(change.difference or 0.0) if change else 0.0 for group, change in changes.items()}
    shares = {group: row.number_or_none("share_of_bits") for group, row in groups.items()}
    group = max(groups, key=lambda name: (shares[name] is not None, sizes[name], shares[name] or 0.0, name))
    share = _units.WITHHELD if (told_bits := shares[group]) is None else _units.percent(told_bits)
    restated = editions.as_published("share_of_bits", "share_group", group)
    name = f"{report.share_group(group).label} ({report.members_of(group)}), share of traffic"
    return [Headline(share, name, _before(report, changes[group]), restated)]


def _gain(report: Report, compared: ByMember, editions: Editions) -> list[Headline]:
    """The network type whose share rose most."""
    gains = [
        row
        for row in compared.values()
        if row.metric == "share_of_bits" and row.dimension == "network_type" and row.difference
    ]
    if not gains:
        return []
    most = max(gains, key=lambda row: (row.difference or 0.0, row.member))
    if (most.difference or 0.0) <= 0:
        return []
    told_bits = if_told(any(row.is_withheld and row.dimension == "network_type" for row in compared.values()))
    restated = editions.as_published("share_of_bits", "network_type", most.member)
    name = f"{most.label}, the largest gain in share{told_bits}"
    return [Headline(most.value_text, name, _before(report, most), restated)]


def _total(report: Report, types: Sequence[Row], compared: ByMember, editions: Editions) -> list[Headline]:
    if not types:
        return []
    told_bits = [bits for row in types if (bits := row.whole_or_none("bits")) is not None]
    daily = next((row for row in compared.values() if _is_total_a_day(row)), None)
    text = f"{daily.value_text} a day, {_before(report, daily)}" if daily else ""
    total = _units.bits(sum(told_bits)) if told_bits else _units.WITHHELD
    restated = editions.as_published("bits", "total", "all")
    return [Headline(total, "crossed the boundary in both directions", text, restated)]


def _is_total_a_day(row: Compared) -> bool:
    return row.metric == "bits_daily_average" and row.dimension == "total"


def _magnitude(report: Report, types: Sequence[Row], editions: Editions) -> list[Headline]:
    known = [row for row in types if row.number_or_none("magnitude") and row.text("network_type") != _units.WITHHELD]
    if not known:
        return []
    ranked = sorted(known, key=lambda row: (-row.number("magnitude"), row.text("network_type")))
    first = ranked[0]
    label = inside(report.network_type(first.text("network_type")).label)
    least = report.network_type(ranked[-1].text("network_type"))
    ratio = first.number("magnitude") / ranked[-1].number("magnitude")
    told_bits = if_told(any(row.number_or_none("magnitude") is None for row in types))
    after = f"{_units.times(ratio)} that of {inside(least.label)}, the least{told_bits}" if len(ranked) > 1 else ""
    what = f"for each {label} address on average, the greatest magnitude{told_bits}"
    restated = editions.as_published("magnitude", "network_type", first.text("network_type"))
    return [Headline(_units.bits(first.number("magnitude")), what, after, restated)]
