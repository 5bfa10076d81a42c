"""What the charts of a quarter share: operator, window, coverage, sampling, network types, regions, sources.

Belongs here: what describes a report, as typed values. Does not belong here: how it is read
(`_report_marts`), traffic (each chart reads its own mart) and how anything looks.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from assets.reports.charts._calendar import spoken
from assets.reports.charts._marts import ChartError
from assets.reports.charts._words import inside, listed

LOW_PRECISION = "low precision"


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
    """A sampling interval (1 in N packets; None is unknown) and the share of bits measured with it (None: withheld)."""

    sampling_interval: float | None
    share_of_bits: float | None


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
class ShareGroup:
    """Network types that are counted together, by their ids."""

    share_group: str
    label: str
    network_types: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    verdict: str
    level: int
    meaning: str
    limit: float | None


@dataclass(frozen=True)
class Report:
    """One quarter's report of one operator; the previous window is None where nothing was observed before."""

    operator: str
    is_simulated: bool
    timezone: str
    window: Window
    previous: Window | None
    since_tracking_began: Window
    network_types: tuple[NetworkType, ...]
    regions: tuple[Region, ...]
    sampling: tuple[SamplingShare, ...]
    sources: tuple[Source, ...]
    verdicts: tuple[Verdict, ...]
    share_groups: tuple[ShareGroup, ...]

    @property
    def quarter(self) -> str:
        return self.window.quarter

    def network_type(self, network_type: str) -> NetworkType:
        """The description of a network type; ChartError if reviewed data do not have it."""
        return _found(self.network_types, "network_type", network_type, "marts.network_types")

    def is_network_type(self, name: str) -> bool:
        return any(described.network_type == name for described in self.network_types)

    @property
    def low_precision_above(self) -> float:
        """The part that 1.96 relative standard errors may be; ChartError if the verdicts do not have it."""
        limit = _found(self.verdicts, "verdict", LOW_PRECISION, "marts.verdicts").limit
        if limit is None:
            raise ChartError(f"marts.verdicts: {LOW_PRECISION} has no limit; make the marts again")
        return limit

    @property
    def low_precision(self) -> str:
        """What low precision is, in words."""
        return f"1.96 times the relative standard error is over {100 * self.low_precision_above:g}%"

    def share_group(self, share_group: str) -> ShareGroup:
        """The description of a share group; ChartError if reviewed data do not have it."""
        return _found(self.share_groups, "share_group", share_group, "marts.share_groups")

    def members_of(self, share_group: str) -> str:
        """The types of a share group in words: "neocloud, hyperscaler and hosting"."""
        kinds = [self.network_type(kind) for kind in self.share_group(share_group).network_types]
        return listed([inside(kind.label) for kind in sorted(kinds, key=lambda kind: kind.position)])

    def region(self, region: str) -> Region:
        """The description of a region; ChartError if the operator's regions do not have it."""
        return _found(self.regions, "region", region, "marts.regions")


Described = TypeVar("Described", NetworkType, Region, ShareGroup, Verdict)


def _found(among: tuple[Described, ...], key: str, name: str, mart: str) -> Described:
    for described in among:
        if getattr(described, key) == name:
            return described
    raise ChartError(f"{key} {name!r} has traffic but no row in {mart}; add it to the seed that makes that mart")
