"""The published marts as rows, and which row holds a cell that is not told by its own name.

Belongs here: reading, and the names of what is withheld. Does not belong here: how amounts hang together (relations).
"""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

Row = dict[str, Any]
Execute = Callable[[str], Any]
WITHHELD = "withheld"
# Columns of a cell, from what is divided first to what is divided last: a mart divides what the one before it leaves.
TABLES = {
    "network_type_quarterly": ("quarter", "network_type"),
    "magnitude_quarterly": ("quarter", "network_type"),
    "network_type_monthly": ("quarter", "network_type", "month"),
    "ip_version_monthly": ("quarter", "network_type", "month", "ip_version"),
    "region_network_type_quarterly": ("quarter", "network_type", "region"),
    "traffic_flow_quarterly": ("quarter", "network_type", "direction", "region"),
    "connectivity_quarterly": ("quarter", "network_type", "direction", "region", "connectivity"),
    "network_quarterly": ("quarter", "network_type", "network_key"),
    "flow_size_quarterly": ("quarter", "network_type", "size_class"),
    "country_quarterly": ("quarter", "country"),
    "sampling_quarterly": ("quarter", "sampling_interval"),
    "metro_quarterly": ("quarter", "region", "metro", "metro_source"),
    "cross_cloud_quarterly": ("quarter", "provider", "cloud_region"),
    "share_group_quarterly": ("quarter", "share_group", "direction"),
}
OTHERS = (
    "quarter_metrics", "quarter_over_quarter", "quarter_bridge", "quarter_variability", "classification_changes",
    "coverage_quarterly", "elephant_flows", "ai_workflows", "concentration_quarterly", "rhythm_quarterly",
    "persistence_quarterly", "new_addresses_monthly",
)  # fmt: skip


@dataclass(frozen=True)
class Marts:
    """The rows of each mart, by its name."""

    rows: dict[str, list[Row]]

    @classmethod
    def read(cls, execute: Execute) -> "Marts":
        """Of a database: `execute` gives what DuckDB gives."""
        found = {}
        for name in (*TABLES, *OTHERS):
            result = execute(f"select * from marts.{name}")
            columns = [column[0] for column in result.description]
            found[name] = [dict(zip(columns, row, strict=True)) for row in result.fetchall()]
        return cls(found)

    def cells(self, table: str) -> Iterator[tuple[tuple[Hashable, ...], Row]]:
        """Each row with the columns of its cell."""
        for row in self.rows[table]:
            yield tuple(row[column] for column in TABLES[table]), row

    def blocks(self, table: str) -> dict[tuple[Hashable, ...], list[tuple[Hashable, ...]]]:
        """The cells, by their own names, that each row with an amount holds."""
        told = {key for key, row in self.cells(table) if bits_of(row) is not None}
        prefixes = {key[: n + 1] for key in told for n in range(len(key))}
        held: dict[tuple[Hashable, ...], list[tuple[Hashable, ...]]] = {key: [] for key in told}
        for key, _ in self.cells(table):
            if WITHHELD not in key and (block := _block(key, prefixes)) is not None:
                held[block].append(key)
        return held


def _block(key: tuple[Hashable, ...], prefixes: set[tuple[Hashable, ...]]) -> tuple[Hashable, ...] | None:
    """The row that a cell is counted in: its own, or the withheld one where the division first leaves its name out."""
    found: tuple[Hashable, ...] = ()
    for name in key:
        found = next((one for one in ((*found, name), (*found, WITHHELD)) if one in prefixes), ())
        if not found:
            return None
    return found


def bits_of(row: Row) -> Fraction | None:
    """The bits that a row tells, outright or as magnitude times addresses."""
    if row.get("bits") is not None:
        return Fraction(row["bits"])
    if row.get("magnitude") is not None and row.get("unique_ips") is not None:
        return Fraction(row["magnitude"]) * int(row["unique_ips"])
    return None
