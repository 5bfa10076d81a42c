"""The cells of a map of network type by region: which there are, which are missing, which are weak.

Belongs here: cells as values. Does not belong here: how they are drawn (`_heatmap`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assets.reports.charts._marts import Row
from assets.reports.charts._report import NetworkType, Region, Report
from assets.reports.charts._units import WITHHELD, Number

# Greatest over least cell: from here on a linear scale would show one cell and hide the rest.
LOGARITHMIC_FROM = 50.0


@dataclass(frozen=True)
class Cell:
    """A cell with a value; one without traffic has no row and so no cell."""

    region: Region
    network_type: NetworkType
    value: float
    row: Row

    @property
    def is_low_precision(self) -> bool:
        return self.row.values.get("is_low_precision") is True

    @property
    def is_named(self) -> bool:
        """Whether the cell is a type in a region, and not what is withheld of several."""
        return WITHHELD not in (self.region.region, self.network_type.network_type)


@dataclass(frozen=True)
class Quantity:
    """What a map shows: the mart's column, its unit in words, its colour and how a number is written."""

    column: str
    units: str
    hue: str
    form: Callable[[Number], str]
    second_line: Callable[[Row], str] = lambda row: ""


@dataclass(frozen=True)
class RegionMap:
    """The cells of one quantity with the regions and types that have any."""

    quantity: Quantity
    cells: tuple[Cell, ...]
    withheld: tuple[tuple[Region, NetworkType], ...]
    regions: tuple[Region, ...]
    types: tuple[NetworkType, ...]

    @classmethod
    def of(cls, report: Report, rows: Sequence[Row], quantity: Quantity) -> "RegionMap":
        cells, withheld = [], []
        for row in rows:
            region, kind = report.region(row.text("region")), report.network_type(row.text("network_type"))
            value = row.number_or_none(quantity.column)
            if value is None:
                withheld.append((region, kind))
            else:
                cells.append(Cell(region, kind, value, row))
        regions = {cell.region for cell in cells} | {region for region, _ in withheld}
        types = {cell.network_type for cell in cells} | {kind for _, kind in withheld}
        return cls(
            quantity,
            tuple(cells),
            tuple(withheld),
            tuple(sorted(regions, key=lambda region: (region.position, region.region))),
            tuple(sorted(types, key=lambda kind: (kind.position, kind.network_type))),
        )

    @property
    def largest(self) -> Cell | None:
        """The largest cell that has a name of its own; None where all are withheld."""
        named = [cell for cell in self.ranked if cell.is_named]
        return named[0] if named else None

    @property
    def ranked(self) -> list[Cell]:
        """Cells from largest to least, ties in the order of regions and types."""
        return sorted(self.cells, key=lambda cell: (-cell.value, cell.region.position, cell.network_type.position))

    @property
    def is_logarithmic(self) -> bool:
        values = [cell.value for cell in self.cells if cell.value > 0]
        return bool(values) and max(values) / min(values) >= LOGARITHMIC_FROM

    @property
    def low_precision(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.is_low_precision]

    @property
    def is_in_part_withheld(self) -> bool:
        """Whether some cells are told only together with others."""
        return bool(self.withheld) or not all(cell.is_named for cell in self.cells)

    @property
    def missing(self) -> int:
        return len(self.regions) * len(self.types) - len(self.cells) - len(self.withheld)
