"""The CSV files of an operator folder: which columns each has, and what a cell of it may hold.

Belongs here: one entry a file. Does not belong here: reading them (_files) or rules across rows (_rules).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import pyarrow as pa

from assets.operator import cells as cells
from assets.operator.model import CheckLimit, Exporter, Interface, MetroPosition, Override, OwnPrefix, Region, Site

Row = TypeVar("Row", covariant=True)

NOTE = "note"
"""A column that every file may have, for people: it is read by nobody but `netstats doctor` (notes)."""
ADDRESS = pa.binary(16)
DAY = pa.date32()
TEXT = pa.string()


@dataclass(frozen=True)
class Column:
    """A column: how its cells are read, and its type in the lake; cells of an optional one may be empty.

    A file may lack a column whose `may_be_absent`: its cells then count as empty.
    """

    name: str
    parse: Callable[[str], object]
    type: pa.DataType
    is_optional: bool = False
    may_be_absent: bool = False


@dataclass(frozen=True)
class CsvFile(Generic[Row]):
    """A CSV file of the folder; the names of its columns are the fields of `make`."""

    name: str
    make: Callable[..., Row]
    columns: tuple[Column, ...]
    is_optional: bool = False

    @property
    def header(self) -> list[str]:
        return [column.name for column in self.columns]


VALIDITY = (Column("valid_from", cells.day, DAY, True), Column("valid_to", cells.day, DAY, True))

EXPORTERS = CsvFile(
    "exporters.csv",
    Exporter,
    (
        Column("exporter", cells.address, ADDRESS),
        Column("name", cells.name_of_folder, TEXT),
        Column("site", cells.text, TEXT, True),
        Column("sampling_interval", cells.number(1, 2**32), pa.float64(), True),
        Column("as_numbers", cells.one_of({"origin", "peer", "ignore"}), TEXT),
        Column("metering", cells.one_of({"ingress", "egress", "both"}), TEXT),
        Column("out_counters", cells.one_of({"reverse", "post"}), TEXT, is_optional=True, may_be_absent=True),
        Column("active_timeout_s", cells.whole_number(1, 86_400), pa.int32()),
        *VALIDITY,
    ),
)
CONNECTIVITY = {"transit", "peering", "exchange", "private_interconnect", "migration", "internal"}
INTERFACES = CsvFile(
    "interfaces.csv",
    Interface,
    (
        Column("exporter", cells.address, ADDRESS),
        Column("interface", cells.text, TEXT),
        Column("if_index", cells.whole_number(0, 2**32 - 1), pa.uint32()),
        Column("role", cells.one_of({"external", "internal"}), TEXT, True),
        Column("connectivity", cells.one_of(CONNECTIVITY), TEXT, True),
        Column("provider", cells.text, TEXT, True),
        Column("speed_bps", cells.whole_number(1, 2**63 - 1), pa.uint64(), True),
        *VALIDITY,
    ),
)
SITES = CsvFile(
    "sites.csv",
    Site,
    (Column("site", cells.text, TEXT), Column("metro", cells.text, TEXT), Column("region", cells.text, TEXT)),
)
REGIONS = CsvFile(
    "regions.csv",
    Region,
    (
        Column("region", cells.text, TEXT),
        Column("label", cells.text, TEXT),
        Column("position", cells.whole_number(0, 10_000), pa.int32()),
    ),
)
METRO_POSITIONS = CsvFile(
    "metro_positions.csv",
    MetroPosition,
    (
        Column("metro", cells.text, TEXT),
        Column("latitude", cells.number(-90, 90), pa.float64()),
        Column("longitude", cells.number(-180, 180), pa.float64()),
    ),
    is_optional=True,
)
OWN_PREFIXES = CsvFile(
    "own_prefixes.csv", OwnPrefix, (Column("prefix", cells.prefix, TEXT), Column("label", cells.text, TEXT))
)
OVERRIDES = CsvFile(
    "overrides.csv",
    Override,
    (
        Column("prefix", cells.prefix, TEXT, True),
        Column("asn", cells.whole_number(1, cells.AS_NUMBER_MAX), pa.uint32(), True),
        Column("organisation", cells.text, TEXT, True),
        Column("network_type", cells.text, TEXT),
        Column("reason", cells.text, TEXT),
        Column("author", cells.text, TEXT),
        Column("decided_on", cells.day, DAY),
        Column("expires_on", cells.day, DAY, True),
    ),
    is_optional=True,
)
CHECK_LIMITS = CsvFile(
    "check_limits.csv",
    CheckLimit,
    (
        Column("check", cells.check_name, TEXT),
        Column("limit", cells.number(float("-inf")), pa.float64(), True),
        Column("severity", cells.one_of({"off", "warn", "block"}), TEXT),
        Column("reason", cells.text, TEXT),
        Column("decided_on", cells.day, DAY),
    ),
    is_optional=True,
)
