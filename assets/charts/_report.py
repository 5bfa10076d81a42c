"""What the charts of a quarter share: operator, window, coverage, sampling, network types, regions, sources.

Belongs here: the small marts that describe a report, as typed values. Does not belong here: traffic
(each chart reads its own mart) and how anything looks.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from assets.charts._calendar import quarter_before, quarter_dates, spoken
from assets.charts._marts import ChartError, Marts, Row


@dataclass(frozen=True)
class NetworkType:
    """A network type as reviewed data describe it; `colour` is #rrggbb."""

    network_type: str
    label: str
    position: int
    colour: str
    definition: str


@dataclass(frozen=True)
class Region:
    region: str
    label: str
    position: int


@dataclass(frozen=True)
class Window:
    """A quarter and how much of it was observed: days, 5-minute bins and flow records."""

    quarter: str
    began_on: date
    ended_on: date
    tracking_began_on: date
    days_expected: int
    days_present: int
    bins_expected: int
    bins_present: int
    records_expected: int
    records_received: int
    records_lost: int
    is_lost_estimated: bool
    files_quarantined: int
    malformed_datagrams: int
    undecoded_sets: int

    @property
    def is_partial(self) -> bool:
        return self.days_present < self.days_expected

    @property
    def observed_from(self) -> date:
        return max(self.began_on, self.tracking_began_on)

    @property
    def last_export_on(self) -> date:
        """The last day of export that a quarter reads: one past its end, for flows that ended in it."""
        return self.ended_on + timedelta(days=1)

    @property
    def share_of_records(self) -> float | None:
        return self.records_received / self.records_expected if self.records_expected else None

    @property
    def share_of_bins(self) -> float | None:
        return self.bins_present / self.bins_expected if self.bins_expected else None

    @property
    def spoken(self) -> str:
        return spoken(self.quarter)

    @property
    def days(self) -> str:
        return f"{self.days_present} of {self.days_expected} days"

    @property
    def why_partial(self) -> str:
        """One clause that stands beside every comparison with a partial quarter; empty for a whole one."""
        if not self.is_partial:
            return ""
        if self.tracking_began_on > self.began_on:
            return f"partial: tracking began {self.tracking_began_on.isoformat()}, {self.days}"
        return f"partial: {self.days} observed"


@dataclass(frozen=True)
class SamplingShare:
    """A sampling interval (1 in N packets; None is unknown) and the share of bits measured with it."""

    sampling_interval: float | None
    share_of_bits: float


@dataclass(frozen=True)
class Source:
    """A registry in use, with the credit that its licence wants to see."""

    source: str
    producer: str
    title: str
    address: str
    licence: str
    citation: str
    as_of: date | None
    visible_credit: str | None
    visible_credit_address: str | None


@dataclass(frozen=True)
class Verdict:
    verdict: str
    level: int
    meaning: str


@dataclass(frozen=True)
class Report:
    """One quarter's report of one operator; the previous window is None where nothing was observed before."""

    operator: str
    is_simulated: bool
    timezone: str
    window: Window
    previous: Window | None
    network_types: tuple[NetworkType, ...]
    regions: tuple[Region, ...]
    sampling: tuple[SamplingShare, ...]
    sources: tuple[Source, ...]
    verdicts: tuple[Verdict, ...]

    @property
    def quarter(self) -> str:
        return self.window.quarter

    def network_type(self, network_type: str) -> NetworkType:
        """The description of a network type; ChartError if reviewed data do not have it."""
        return _found(self.network_types, "network_type", network_type, "marts.network_types")

    def is_network_type(self, name: str) -> bool:
        return any(described.network_type == name for described in self.network_types)

    def region(self, region: str) -> Region:
        """The description of a region; ChartError if the operator's regions do not have it."""
        return _found(self.regions, "region", region, "marts.regions")


Described = TypeVar("Described", NetworkType, Region)


def _found(among: tuple[Described, ...], key: str, name: str, mart: str) -> Described:
    for described in among:
        if getattr(described, key) == name:
            return described
    raise ChartError(
        f"{key} {name!r} has traffic but no row in {mart}; add it to the seed that makes that mart"
    )


def read_report(marts: Marts, quarter: str) -> Report:
    """Read what describes a quarter; ChartError if the quarter has not been made."""
    operator = _the_operator(marts)
    tracking_began_on = operator.day("tracking_began_on")
    window = _window(marts, quarter, tracking_began_on)
    if window is None:
        raise ChartError(
            f"{quarter} has no row in marts.coverage_quarterly; materialize that quarter's marts first"
        )
    return Report(
        operator=operator.text("operator"),
        is_simulated=operator.flag("is_simulated"),
        timezone=operator.text("timezone"),
        window=window,
        previous=_window(marts, quarter_before(quarter), tracking_began_on),
        network_types=_network_types(marts),
        regions=_regions(marts),
        sampling=_sampling(marts, quarter),
        sources=_sources(marts),
        verdicts=_verdicts(marts),
    )


def _the_operator(marts: Marts) -> Row:
    rows = marts.rows(
        "select operator, is_simulated, timezone, tracking_began_on from marts.operator_profile"
    )
    if len(rows) != 1:
        raise ChartError(
            f"marts.operator_profile has {len(rows)} rows where one is needed; materialize it again"
        )
    return rows[0]


COUNTS = (
    "days_expected",
    "days_present",
    "bins_expected",
    "bins_present",
    "records_expected",
    "records_received",
    "records_lost",
    "files_quarantined",
    "malformed_datagrams",
    "undecoded_sets",
)


def _window(marts: Marts, quarter: str, tracking_began_on: date) -> Window | None:
    began_on, ended_on = quarter_dates(quarter)
    rows = marts.rows(
        f"select {', '.join(COUNTS)}, is_lost_estimated from marts.coverage_quarterly "
        f"where quarter = '{quarter}'"
    )
    if not rows or not rows[0].whole_or_none("days_present"):
        return None
    counts = {column: rows[0].whole_or_none(column) or 0 for column in COUNTS}
    return Window(
        quarter=quarter,
        began_on=began_on,
        ended_on=ended_on,
        tracking_began_on=tracking_began_on,
        is_lost_estimated=rows[0].flag("is_lost_estimated"),
        **counts,
    )


def _network_types(marts: Marts) -> tuple[NetworkType, ...]:
    rows = marts.rows(
        "select network_type, label, position, colour, definition from marts.network_types "
        "order by position, network_type"
    )
    return tuple(
        NetworkType(
            row.text("network_type"),
            row.text("label"),
            row.whole("position"),
            _colour(row),
            row.text("definition"),
        )
        for row in rows
    )


def _colour(row: Row) -> str:
    colour = row.text("colour")
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise ChartError(
            f"network type {row.text('network_type')} has colour {colour!r}; write it as #rrggbb in its seed"
        )
    return colour.lower()


def _regions(marts: Marts) -> tuple[Region, ...]:
    rows = marts.rows("select region, label, position from marts.regions order by position, region")
    return tuple(Region(row.text("region"), row.text("label"), row.whole("position")) for row in rows)


def _sampling(marts: Marts, quarter: str) -> tuple[SamplingShare, ...]:
    rows = marts.rows(
        "select sampling_interval, share_of_bits from marts.sampling_quarterly "
        f"where quarter = '{quarter}' order by share_of_bits desc nulls last, sampling_interval"
    )
    return tuple(
        SamplingShare(row.number_or_none("sampling_interval"), row.number_or_none("share_of_bits") or 0.0)
        for row in rows
    )


def _sources(marts: Marts) -> tuple[Source, ...]:
    rows = marts.rows(
        "select source, producer, title, address, licence, citation, as_of, visible_credit, "
        "visible_credit_address from marts.data_sources order by source"
    )
    return tuple(
        Source(
            source=row.text("source"),
            producer=row.text_or_none("producer") or "",
            title=row.text_or_none("title") or row.text("source"),
            address=row.text_or_none("address") or "",
            licence=row.text_or_none("licence") or "not stated",
            citation=row.text_or_none("citation") or "",
            as_of=row.day_or_none("as_of"),
            visible_credit=row.text_or_none("visible_credit"),
            visible_credit_address=row.text_or_none("visible_credit_address"),
        )
        for row in rows
    )


def _verdicts(marts: Marts) -> tuple[Verdict, ...]:
    rows = marts.rows("select verdict, level, meaning from marts.verdicts order by level, verdict")
    return tuple(Verdict(row.text("verdict"), row.whole("level"), row.text("meaning")) for row in rows)
