"""Metros and IP versions beside the quarter before: the marts publish both quarters, and compare neither.

Belongs here: differences of published values, and their verdicts. Does not belong here: what the marts compare
(`_explained`). Nothing is told here that two published cells do not tell.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assets.reports.charts import _units
from assets.reports.charts._comparison import BEST_LEVEL, Compared
from assets.reports.charts._explained import SAMPLING, Explained, Interval
from assets.reports.charts._marts import Marts, Row
from assets.reports.charts._report import LOW_PRECISION, Report
from assets.reports.charts._words import readable, seen

METROS_SQL = """
select
    quarter, region, metro, metro_source, is_suppressed, bits, share_of_bits, bits_per_second_average, unique_ips,
    magnitude, relative_standard_error
from marts.metro_quarterly
where quarter in ('{quarter}', '{previous}') and metro != 'withheld'
order by quarter, region, metro, metro_source
"""
# A region of which a type is withheld has metros that are told without that type.
REGIONS_SQL = """
select distinct region
from marts.region_network_type_quarterly
where quarter in ('{quarter}', '{previous}') and is_suppressed
order by region
"""
VERSIONS_SQL = """
select quarter, network_type, ip_version, bool_or(is_suppressed) as is_suppressed, sum(bits) as bits
from marts.ip_version_monthly
where quarter in ('{quarter}', '{previous}')
group by quarter, network_type, ip_version
order by quarter, network_type, ip_version
"""
METRO_METRICS = ("share_of_bits", "bits", "bits_per_second_average", "unique_ips", "magnitude")
WITHOUT_TRAFFIC = {"share_of_bits": 0.0, "bits": 0.0, "bits_per_second_average": 0.0, "unique_ips": 0.0}
SITE = "interconnect_site"
# Verdicts that hold for two quarters and all that is compared of them.
OF_THE_PAIR = ("not comparable", "partial quarter", "low coverage", "one pair is not a trend", "comparable")
CONFIDENCE = 1.96


@dataclass(frozen=True)
class _Value:
    """A value of one quarter; its relative standard error is 0 where none is told."""

    value: float | None
    is_withheld: bool = False
    error: float = 0.0


@dataclass(frozen=True)
class _Pair:
    """The report, and the verdicts that hold for all that is compared of its quarter and the one before."""

    report: Report
    quarters: tuple[str, str]
    reasons: Sequence[str]

    def of(self, rows: Sequence[Row], quarter: str) -> list[Row]:
        """The rows of one of the quarters."""
        return [row for row in rows if row.text("quarter") == quarter]

    def compared(self, metric: str, dimension: str, member: str, label: str, now: _Value, before: _Value) -> Explained:
        """A value beside the one before, judged as the marts judge theirs."""
        is_withheld = now.is_withheld or before.is_withheld
        verdict, level, reasons = self._judged(now, before, is_withheld=is_withheld)
        value, previous = (None if is_withheld else side.value for side in (now, before))
        difference = None if value is None or previous is None else value - previous
        compared = Compared(
            metric, dimension, member, seen(label), "", value, previous, difference, verdict, level, reasons
        )
        return Explained(compared, _interval(metric, now, before) if difference is not None else None)

    def _judged(self, now: _Value, before: _Value, *, is_withheld: bool) -> tuple[str, int, tuple[str, ...]]:
        levels = {verdict.verdict: verdict.level for verdict in self.report.verdicts}
        reasons = [*self.reasons]
        if is_withheld:
            reasons.append(_units.WITHHELD)
        elif now.value is None or before.value is None:
            reasons.append("not comparable")
        elif CONFIDENCE * max(now.error, before.error) > self.report.low_precision_above:
            reasons.append(LOW_PRECISION)
        # A verdict that no row describes is trusted least.
        ordered = sorted(set(reasons), key=lambda reason: (levels.get(reason, 1), _place(reason), reason))
        told = tuple(reason for reason in ordered if levels.get(reason, 1) < BEST_LEVEL)
        return ordered[0], levels.get(ordered[0], 1), told


def _place(reason: str) -> int:
    """Where a verdict stands among those of its level."""
    return OF_THE_PAIR.index(reason) if reason in OF_THE_PAIR else -1


def _interval(metric: str, now: _Value, before: _Value) -> Interval | None:
    """How far the difference could be another by the error of sampling; shares and addresses tell none."""
    if metric not in {"bits", "bits_per_second_average"} or now.value is None or before.value is None:
        return None
    error = CONFIDENCE * math.hypot(now.value * now.error, before.value * before.error)
    return Interval(now.value - before.value - error, now.value - before.value + error, SAMPLING)


def read_places(marts: Marts, report: Report, explained: Sequence[Explained]) -> list[Explained]:
    """Metros and IP versions of a quarter beside the one before; `explained` is what the marts compare of them."""
    totals = [row.compared for row in explained if row.compared.dimension == "total"]
    if report.previous is None or not totals:
        return []
    reasons = {reason for row in totals for reason in (row.verdict, *row.reasons) if reason in OF_THE_PAIR}
    quarters = report.quarter, report.previous.quarter
    pair = _Pair(report, quarters, [reason for reason in OF_THE_PAIR if reason in reasons])
    names = {"quarter": report.quarter, "previous": report.previous.quarter}
    return [
        *_metros(pair, marts.rows(METROS_SQL.format(**names)), marts.rows(REGIONS_SQL.format(**names))),
        *_versions(pair, marts.rows(VERSIONS_SQL.format(**names))),
    ]


def _metros(pair: _Pair, rows: Sequence[Row], withheld: Sequence[Row]) -> Iterator[Explained]:
    untold = {row.text("region") for row in withheld} | {_units.WITHHELD}
    cells = {(row.text("quarter"), _metro(row)): row for row in rows}
    for metro in sorted({metro for _, metro in cells}):
        region, name, source = metro
        label = readable(name) if name == "unknown" else name
        member = f"{region}/{name}" if source == SITE else f"{region}/{name}/{source}"
        for metric in METRO_METRICS:
            now, before = (
                _metro_value(cells.get((quarter, metro)), metric, is_untold=region in untold)
                for quarter in pair.quarters
            )
            yield pair.compared(
                metric, "metro", member, label if source == SITE else f"{label}, of a cloud", now, before
            )


def _metro(row: Row) -> tuple[str, str, str]:
    return row.text("region"), row.text("metro"), row.text("metro_source")


def _metro_value(row: Row | None, metric: str, *, is_untold: bool) -> _Value:
    if row is None:
        return _Value(WITHOUT_TRAFFIC.get(metric), is_untold)
    if is_untold or row.flag("is_suppressed"):
        return _Value(None, is_withheld=True)
    return _Value(row.number_or_none(metric), error=row.number_or_none("relative_standard_error") or 0.0)


def _versions(pair: _Pair, rows: Sequence[Row]) -> Iterator[Explained]:
    """The two versions of all traffic, and of each type how much of its own is IPv6."""
    for version in (4, 6):
        now, before = (_share(pair.of(rows, quarter), version) for quarter in pair.quarters)
        yield pair.compared("share_of_bits", "ip_version", str(version), f"IPv{version}", now, before)
    for kind in sorted({row.text("network_type") for row in rows} - {_units.WITHHELD}):
        now, before = (
            _share([row for row in pair.of(rows, quarter) if row.text("network_type") == kind], 6)
            for quarter in pair.quarters
        )
        label = f"{pair.report.network_type(kind).label}, IPv6"
        yield pair.compared("share_of_type_bits", "network_type_ip_version", f"{kind}/6", label, now, before)


def _share(rows: Sequence[Row], version: int) -> _Value:
    """An IP version's part of the bits of rows; of none there is no part, and one that is withheld withholds it."""
    if any(row.flag("is_suppressed") for row in rows):
        return _Value(None, is_withheld=True)
    bits = sum(row.number("bits") for row in rows)
    of_version = sum(row.number("bits") for row in rows if row.whole("ip_version") == version)
    return _Value(of_version / bits if bits else None)
