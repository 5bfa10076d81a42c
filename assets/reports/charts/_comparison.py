"""Quarter over quarter: each measure's values beside the quarter before, with verdict and reasons in words.

Belongs here: rows of `marts.quarter_over_quarter` as tables for people. Does not belong here: how a
verdict is reached (dbt does that).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from assets.reports.charts import _units
from assets.reports.charts._marts import Marts, Row
from assets.reports.charts._report import Report
from assets.reports.charts._words import readable

SQL = """
select metric, dimension, member, previous_quarter, value, previous_value, difference, verdict, level, reasons
from marts.quarter_over_quarter
where quarter = '{quarter}'
order by metric, dimension, member
"""

# Measures in the order in which they are read, with a name and what to know; others follow by name.
MEASURES: dict[str, tuple[str, str]] = {
    "share_of_bits": ("Share of traffic", "Part of all boundary bits, migration and unclassified included."),
    "bits_daily_average": (
        "Bits a day",
        "Mean of daily bits: comparable between quarters of unequal length.",
    ),
    "unique_ips_daily_average": ("Unique addresses a day", "Mean of each day's unique peer addresses."),
    "magnitude_daily_average": ("Magnitude of a day", "Mean of each day's bits over its unique addresses."),
    "bits_per_second_average": (
        "Mean rate",
        "Over covered 5-minute bins: comparable between quarters of unequal length.",
    ),
    "share_of_type_bits": ("Share of the type's own traffic", "IPv6 beside IPv4, within each type."),
    "bits": ("Bits in the quarter", "Totals: a quarter observed in part has less to add up."),
    "unique_ips": ("Unique addresses in the quarter", "A longer window finds more addresses."),
    "magnitude": (
        "Magnitude of the quarter",
        "Bits over unique addresses of all observed days: it grows with the window.",
    ),
    "unique_ips_matched_days": (
        "Unique addresses over the same days",
        "Of the days that both quarters cover, counted from their begin.",
    ),
    "magnitude_matched_days": (
        "Magnitude over the same days",
        "Bits over unique addresses of the days that both quarters cover, counted from their begin.",
    ),
}
BEST_LEVEL = 5
DIMENSIONS = (
    "total", "share_group", "network_type", "region", "region_network_type", "metro", "ip_version",
    "network_type_ip_version",
)  # fmt: skip


@dataclass(frozen=True)
class Compared:
    """One value beside the one before; None where a quarter had none. `definition` says what a share group holds."""

    metric: str
    dimension: str
    member: str
    label: str
    definition: str
    value: float | None
    previous_value: float | None
    difference: float | None
    verdict: str
    level: int
    reasons: tuple[str, ...]

    @property
    def is_withheld(self) -> bool:
        """Whether the member is withheld in one of the quarters, and so in the comparison."""
        return self.verdict == _units.WITHHELD

    @property
    def value_text(self) -> str:
        return _units.WITHHELD if self.is_withheld else _units.by_column(self.metric, self.value)

    @property
    def previous_text(self) -> str:
        return _units.WITHHELD if self.is_withheld else _units.by_column(self.metric, self.previous_value)

    @property
    def difference_text(self) -> str:
        if self.is_withheld:
            return _units.WITHHELD
        if self.value is None or self.previous_value is None:
            return _units.NO_VALUE
        return _units.difference(self.metric, self.value, self.previous_value)

    @property
    def further_reasons(self) -> tuple[str, ...]:
        """Reasons beside the one that became the verdict."""
        return tuple(reason for reason in self.reasons if reason != self.verdict)


@dataclass(frozen=True)
class ComparedMeasure:
    """All rows of one measure, totals and share groups first."""

    metric: str
    heading: str
    explanation: str
    rows: tuple[Compared, ...]

    @property
    def has_regions(self) -> bool:
        return any(row.dimension.startswith("region") for row in self.rows)

    @property
    def greatest(self) -> float:
        """The end of the scale on which the rows' values can be drawn."""
        return max((value for row in self.rows for value in (row.value, row.previous_value) if value), default=1.0)


def read_comparison(marts: Marts, report: Report) -> tuple[ComparedMeasure, ...]:
    """The comparison of a quarter, measure by measure; empty where there is no quarter before."""
    rows = [
        compared_of(report, row)
        for row in marts.rows(SQL.format(quarter=report.quarter))
        if not says_nothing_new(report, row)
    ]
    metrics = sorted({row.metric for row in rows}, key=place_of_measure)
    return tuple(
        ComparedMeasure(metric, *MEASURES.get(metric, (readable(metric), "")), _ordered(report, rows, metric))
        for metric in metrics
    )


def says_nothing_new(report: Report, row: Row) -> bool:
    """Whether a row repeats another: the share of all traffic is one, a share group of one type is that type."""
    if row.text("dimension") == "total":
        return row.text("metric").startswith("share_")
    return row.text("dimension") == "share_group" and report.is_network_type(row.text("member"))


def place_of_measure(metric: str) -> tuple[int, str]:
    """Where a measure stands among the others."""
    known = list(MEASURES)
    return (known.index(metric) if metric in known else len(known), metric)


def _ordered(report: Report, rows: Sequence[Compared], metric: str) -> tuple[Compared, ...]:
    of_metric = [row for row in rows if row.metric == metric]
    return tuple(sorted(of_metric, key=lambda row: place_of(report, row.dimension, row.member)))


def place_of(report: Report, dimension: str, member: str) -> tuple[int, list[int], str]:
    """Where a member stands among the rows of a measure: totals, groups and types first, each in its own order."""
    positions = {kind.network_type: kind.position for kind in report.network_types}
    positions |= {region.region: region.position for region in report.regions}
    of_dimension = DIMENSIONS.index(dimension) if dimension in DIMENSIONS else len(DIMENSIONS)
    return of_dimension, [positions.get(part, 0) for part in member.split("/")], member


def compared_of(report: Report, row: Row) -> Compared:
    """A row of `marts.quarter_over_quarter` with its name and definition for people."""
    dimension, member = row.text("dimension"), row.text("member")
    # The best verdict is not a reason for caution beside a worse one.
    best = {verdict.verdict for verdict in report.verdicts if verdict.level == BEST_LEVEL}
    return Compared(
        metric=row.text("metric"),
        dimension=dimension,
        member=member,
        label=label_of(report, dimension, member),
        definition=report.members_of(member) if dimension == "share_group" else "",
        value=row.number_or_none("value"),
        previous_value=row.number_or_none("previous_value"),
        difference=row.number_or_none("difference"),
        verdict=row.text("verdict"),
        level=row.whole("level"),
        reasons=tuple(reason for reason in row.texts("reasons") if reason not in best),
    )


def label_of(report: Report, dimension: str, member: str) -> str:
    """The member's name for people."""
    if dimension == "network_type":
        return report.network_type(member).label
    if dimension == "region":
        return report.region(member).label
    if dimension == "region_network_type":
        region, _, kind = member.partition("/")
        return f"{report.region(region).label}, {report.network_type(kind).label}"
    if dimension == "share_group":
        return report.share_group(member).label
    return "All traffic" if dimension == "total" else readable(member)
