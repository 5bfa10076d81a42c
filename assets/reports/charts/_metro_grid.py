"""The cells of metros by network type: which there are, and how metros are ordered.

Belongs here: cells as values, and the query that both charts of metros share. Does not belong here: how they are drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from assets.reports.charts import _units
from assets.reports.charts._cells import MADE_FROM as MADE_FROM_CELLS
from assets.reports.charts._cells import MEASURED
from assets.reports.charts._chart import IS_WITHHELD
from assets.reports.charts._marts import Row
from assets.reports.charts._report import NetworkType, Region, Report
from assets.reports.charts._words import listed, readable, seen

SQL = """
select
    region, metro, metro_source, network_type, bits, share_of_bits, unique_ips, magnitude,
    relative_standard_error, relative_standard_error_upper, is_low_precision, is_suppressed, latitude, longitude
from marts.metro_network_type_quarterly
where quarter = $quarter
order by region, metro, metro_source, network_type
"""
MART = "metro_network_type_quarterly"
MADE_FROM = (*MADE_FROM_CELLS, "positions_of_metros")
COLUMNS = {
    "region": "region",
    "metro": "metro",
    "metro_source": "metro_source",
    "latitude": "latitude",
    "longitude": "longitude",
    "network_type": "network_type",
    **MEASURED,
    IS_WITHHELD: "is_suppressed",
}
SITE = "interconnect_site"
NOTE = (
    "A metro is that of the router's site; of routers without one, the region of the cloud that the peer's address "
    "lies in. No address is looked up in a city database."
)


@dataclass(frozen=True)
class Metro:
    """A metro of a region; `withheld` is what is told of several together."""

    region: Region
    name: str
    source: str

    @property
    def key(self) -> str:
        return f"{self.region.region}/{self.name}/{self.source}"

    @property
    def label(self) -> str:
        name = readable(self.name) if self.name in {"unknown", _units.WITHHELD} else self.name
        return seen(name if self.source in {SITE, self.name} else f"{name} (cloud)")


@dataclass(frozen=True, eq=False)
class MetroCell:
    """A network type in a metro."""

    metro: Metro
    kind: NetworkType
    bits: float
    row: Row

    @property
    def is_named(self) -> bool:
        return _units.WITHHELD not in (self.metro.name, self.kind.network_type)

    @property
    def name(self) -> str:
        return f"{self.kind.label} in {self.metro.label}"


@dataclass(frozen=True)
class MetroGrid:
    """The cells that are told of a quarter, largest first, and the regions of which none is."""

    cells: tuple[MetroCell, ...]
    untold: tuple[Region, ...]

    @classmethod
    def of(cls, report: Report, rows: Sequence[Row]) -> "MetroGrid":
        """The grid of rows of the mart; ChartError where a region or type has no description."""
        told = [row for row in rows if row.number_or_none("bits") is not None]
        untold = {report.region(row.text("region")) for row in rows if row.number_or_none("bits") is None}
        cells = [
            MetroCell(
                Metro(report.region(row.text("region")), row.text("metro"), row.text("metro_source")),
                report.network_type(row.text("network_type")),
                row.number("bits"),
                row,
            )
            for row in told
        ]
        return cls(
            tuple(sorted(cells, key=lambda cell: (-cell.bits, cell.metro.key, cell.kind.position))),
            tuple(sorted(untold, key=lambda region: region.position)),
        )

    @cached_property
    def bits(self) -> dict[Metro, float]:
        """Bits of each metro: of all types that are told there."""
        found: dict[Metro, float] = {}
        for cell in self.cells:
            found[cell.metro] = found.get(cell.metro, 0.0) + cell.bits
        return found

    @property
    def metros(self) -> list[Metro]:
        """By region, and there by bits."""
        return sorted(self.bits, key=lambda metro: (metro.region.position, -self.bits[metro], metro.key))

    @property
    def types(self) -> list[NetworkType]:
        return sorted({cell.kind for cell in self.cells}, key=lambda kind: (kind.position, kind.network_type))

    @property
    def is_in_part_withheld(self) -> bool:
        """Whether some cells are told only together with others, or not at all."""
        return bool(self.untold) or not all(cell.is_named for cell in self.cells)

    def notes(self) -> tuple[str, ...]:
        """Where metros are from, what an empty cell means, and of which regions nothing is told."""
        notes = [NOTE]
        if len(self.cells) < len(self.metros) * len(self.types):
            notes.append("An empty cell had no traffic.")
        return (*notes, *self.withheld())

    def withheld(self) -> tuple[str, ...]:
        """Of which regions nothing is told, in words."""
        if not self.untold:
            return ()
        names = listed([region.label for region in self.untold])
        return (f"Withheld: of {names} nothing is told by metro and type, as one cell has too few addresses.",)
