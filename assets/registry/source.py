"""What every registry source declares, and the tables that sources yield.

Belongs here: Source, Origin and the schemas of the registry tables.
Does not belong here: fetching, or a source's format.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa

ADDRESS = pa.binary(16)

NETWORKS = pa.schema(
    [
        pa.field("as_of", pa.date32(), nullable=False),
        pa.field("asn", pa.uint32(), nullable=False),
        pa.field("name", pa.string(), nullable=False),
        pa.field("organisation", pa.string()),
        pa.field("country", pa.string()),
        pa.field("source", pa.string(), nullable=False),
        pa.field("ipv4_addresses", pa.uint64()),
    ]
)
"""One row per AS: its name, who runs it, and how many IPv4 addresses it originates."""

_RANGE = [
    pa.field("as_of", pa.date32(), nullable=False),
    pa.field("source", pa.string(), nullable=False),
    pa.field("ip_version", pa.uint8(), nullable=False),
    pa.field("first_address", ADDRESS, nullable=False),
    pa.field("last_address", ADDRESS, nullable=False),
]

PREFIX_ORIGINS = pa.schema(
    [*_RANGE, pa.field("origin_as", pa.uint32(), nullable=False), pa.field("seen_by", pa.uint32())]
)
"""One row per range and origin AS, several if there are several origins; `seen_by`: how many peers saw it."""

DELEGATIONS = pa.schema(
    [
        *_RANGE,
        pa.field("country", pa.string()),
        pa.field("status", pa.string(), nullable=False),
        pa.field("delegated_on", pa.date32()),
        pa.field("holder", pa.string()),
    ]
)
"""One row per range that a regional registry manages; `holder` is its opaque id of the organisation."""

CLOUD_RANGES = pa.schema(
    [
        *_RANGE,
        pa.field("cloud", pa.string(), nullable=False),
        pa.field("cloud_region", pa.string()),
        pa.field("metro", pa.string()),
        pa.field("country", pa.string()),
    ]
)
"""One row per range that a cloud publishes as its own, with the region it serves where it says so."""

SPECIAL_RANGES = pa.schema([*_RANGE, pa.field("special", pa.string(), nullable=False), pa.field("title", pa.string())])
"""One row per range set apart from the public Internet (private, documentation, multicast, bogon ...)."""

NETWORK_EVIDENCE = pa.schema(
    [
        pa.field("as_of", pa.date32(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("asn", pa.uint32(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("value", pa.string()),
        pa.field("number", pa.float64()),
    ]
)
"""One row per AS and thing said of it, as the source says it: `kind` tells what, `value` or `number` how it stands.

Kinds: type, tag, role (the source's own words for what the network is), says (what it says of itself in a text), name,
organisation (what the source calls it and who runs it), organisation_id (equal for siblings), providers, customers,
peers, customer_cone (counts of AS numbers), domains, sites (counts of what is hosted there), and whatever labelled
lists have.
"""

ADDRESS_RANGES = pa.schema(
    [
        pa.field("plan_as_of", pa.date32(), nullable=False),
        pa.field("range_id", pa.int32(), nullable=False),
        pa.field("ip_version", pa.uint8(), nullable=False),
        pa.field("first_address", ADDRESS, nullable=False),
        pa.field("last_address", ADDRESS, nullable=False),
        pa.field("origin_as", pa.uint32()),
        pa.field("origin_source", pa.string()),
        pa.field("is_own", pa.bool_(), nullable=False),
        pa.field("special", pa.string()),
        pa.field("cloud", pa.string()),
        pa.field("cloud_region", pa.string()),
        pa.field("country", pa.string()),
        pa.field("override", pa.string()),
    ]
)
"""The address plan, one row per range: disjoint, sorted by first_address, range_id counting from 0."""

SCHEMAS: Mapping[str, pa.Schema] = {
    "networks": NETWORKS,
    "prefix_origins": PREFIX_ORIGINS,
    "delegations": DELEGATIONS,
    "cloud_ranges": CLOUD_RANGES,
    "special_ranges": SPECIAL_RANGES,
    "network_evidence": NETWORK_EVIDENCE,
}


@dataclass(frozen=True)
class Origin:
    """Where a source comes from and what it may be used for; it travels with the data to the charts."""

    producer: str
    title: str
    address: str
    licence: str
    citation: str
    may_be_redistributed: bool
    visible_credit: str | None = None
    visible_credit_address: str | None = None


@dataclass(frozen=True)
class Source:
    """A registry source: its name, its origin, the tables it yields and how its files are read.

    `addresses` are where it is fetched from (none: the operator names an address or a file), at most as often as
    `at_most_every` says; an address followed by `checksum_suffix` holds its MD5. `bundled` are files that ship
    with the platform, used until the first fetch. `parse(files, as_of)` returns tables by name, each with its
    schema of SCHEMAS, or raises RegistryFormatError. `dated_by` finds the date in the beginning of a file: a pattern
    whose first group is a day, a month or seconds since 1970 (or `mrt`); None where files don't say.
    """

    name: str
    origin: Origin
    tables: tuple[str, ...]
    parse: Callable[[Sequence[Path], date], Mapping[str, pa.Table]]
    addresses: tuple[str, ...] = ()
    at_most_every: timedelta = timedelta(days=1)
    checksum_suffix: str | None = None
    dated_by: str | None = None
    bundled: tuple[Path, ...] = ()
    bundled_as_of: date | None = None

    def read_bundled(self) -> Mapping[str, pa.Table]:
        """The tables of the bundled snapshot; ValueError if the source has none."""
        if self.bundled_as_of is None:
            raise ValueError(f"registry {self.name} has no bundled snapshot; fetch it, or give it a local file")
        return self.parse(self.bundled, self.bundled_as_of)


class RegistryFormatError(ValueError):
    """A file is not what its source publishes; the text names file, line and what was wrong."""
