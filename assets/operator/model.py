"""What an operator folder says, as frozen values.

Belongs here: the shape of a valid operator. Does not belong here: how a file is read or why one is refused.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from assets.ground.addresses import IPAddress, IPNetwork
from assets.operator import addresses


@dataclass(frozen=True)
class FlowSource:
    """Where exports lie (assets.operator.addresses); starts at the operator's folder if relative.

    What a source that deletes what it delivered no longer offers still counts. `landing` is the folder of this machine
    into which the files of another one are brought.
    """

    address: str
    format: str = "auto"
    is_scaled: bool = False
    deletes_delivered: bool = False
    landing: Path | None = None

    @property
    def lies_at(self) -> str:
        """The address at which its files are read: below the landing if they come from another machine."""
        if self.landing is None:
            return self.address
        return f"{self.landing}/{addresses.split_remote(self.address)[1]}"


@dataclass(frozen=True)
class RegistrySource:
    """A registry that the operator uses; without an address, the one that its source declares.

    `dated` is the day of which what lies at the address is, where that is neither today nor told by the file; `origin`
    and `licence` say who made it and what it may be used for, where that is not the source's own to say.
    """

    name: str
    address: str | None = None
    dated: date | None = None
    origin: str | None = None
    licence: str | None = None


@dataclass(frozen=True)
class AlertTarget:
    """Whom to tell; its secret stands in the environment under the given name, never in the folder."""

    name: str
    secret_environment: str


@dataclass(frozen=True)
class RetentionDays:
    """For how many days exports, addresses and keyed hashes are kept."""

    exports: int = 400
    addresses: int = 200
    hashes: int = 800


@dataclass(frozen=True)
class Suppression:
    """When a cell is too small or too much one network's to be published; a limit of 1 switches it off.

    The defaults suppress: who wants everything shown says so.
    """

    minimum_unique_ips: int = 10
    maximum_share_of_one_network: float = 0.9


@dataclass(frozen=True)
class Settings:
    """What operator.yaml says; `timezone` is for display only."""

    name: str
    tracking_began_on: date
    flow_sources: tuple[FlowSource, ...]
    is_simulated: bool = False
    own_asns: tuple[int, ...] = ()
    contact: str | None = None
    timezone: str = "UTC"
    registries: tuple[RegistrySource, ...] = ()
    retention_days: RetentionDays = RetentionDays()
    suppression: Suppression = Suppression()
    alert_targets: tuple[AlertTarget, ...] = ()


@dataclass(frozen=True)
class Exporter:
    """A router that exports flows, for as long as the row is valid (both days inclusive).

    `out_counters` says what its OUT_BYTES and OUT_PKTS count beside the IN ones: the other direction (`reverse`) or the
    same packets behind a middlebox (`post`); None leaves it to the template.
    """

    exporter: IPAddress
    name: str
    site: str | None
    sampling_interval: float | None
    as_numbers: str
    metering: str
    out_counters: str | None
    active_timeout_s: int
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True)
class Interface:
    """An interface of an exporter: on which side it lies and what connects there; no role means unknown."""

    exporter: IPAddress
    interface: str
    if_index: int
    role: str | None
    connectivity: str | None
    provider: str | None
    speed_bps: int | None
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True)
class Site:
    """Where routers stand."""

    site: str
    metro: str
    region: str


@dataclass(frozen=True)
class Region:
    """What sites add up to; `position` orders tables and charts."""

    region: str
    label: str
    position: int


@dataclass(frozen=True)
class MetroPosition:
    """Where maps show a metro of sites.csv, in degrees."""

    metro: str
    latitude: float
    longitude: float


@dataclass(frozen=True)
class OwnPrefix:
    """Addresses of the operator."""

    prefix: IPNetwork
    label: str


@dataclass(frozen=True)
class Override:
    """A person's decision on the type of a prefix, an AS or an organisation (one of them), with reason."""

    prefix: IPNetwork | None
    asn: int | None
    organisation: str | None
    network_type: str
    reason: str
    author: str
    decided_on: date
    expires_on: date | None


@dataclass(frozen=True)
class CheckLimit:
    """A check's own limit or severity at this operator; `check` is `<topic>.<check>`, with `*` allowed."""

    check: str
    limit: float | None
    severity: str
    reason: str
    decided_on: date


@dataclass(frozen=True)
class Operator:
    """A valid operator folder."""

    folder: Path
    settings: Settings
    exporters: tuple[Exporter, ...]
    interfaces: tuple[Interface, ...]
    sites: tuple[Site, ...]
    regions: tuple[Region, ...]
    own_prefixes: tuple[OwnPrefix, ...]
    overrides: tuple[Override, ...]
    check_limits: tuple[CheckLimit, ...]
    metro_positions: tuple[MetroPosition, ...]

    @property
    def name(self) -> str:
        return self.settings.name

    @property
    def is_simulated(self) -> bool:
        return self.settings.is_simulated

    @property
    def tracking_began_on(self) -> date:
        return self.settings.tracking_began_on

    @property
    def flow_sources(self) -> tuple[FlowSource, ...]:
        return self.settings.flow_sources

    @property
    def registries(self) -> tuple[RegistrySource, ...]:
        return self.settings.registries
