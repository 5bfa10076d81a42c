"""The published marts as rows, and which row holds a cell that is not told by its own name.

Belongs here: reading, and the names of what is withheld. Does not belong here: how amounts hang together (relations).
"""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

Row = dict[str, Any]
Key = tuple[Hashable, ...]
Execute = Callable[[str], Any]
WITHHELD = "withheld"
# What a column may hold, whether the file has it or not (docs/method.md).
DOMAINS = {
    "connectivity": ("transit", "peering", "exchange", "private_interconnect", "migration", "internal", "unknown"),
}
# Columns of a cell, from what is divided first to what is divided last: a mart divides what the one before it leaves.
TABLES = {
    "network_type_quarterly": ("quarter", "network_type"),
    "magnitude_quarterly": ("quarter", "network_type"),
    "network_type_monthly": ("quarter", "network_type", "month"),
    "magnitude_monthly": ("quarter", "network_type", "month"),
    "ip_version_monthly": ("quarter", "network_type", "month", "ip_version"),
    "region_network_type_quarterly": ("quarter", "network_type", "region"),
    "traffic_flow_quarterly": ("quarter", "network_type", "direction", "region"),
    "connectivity_quarterly": ("quarter", "network_type", "direction", "region", "connectivity"),
    "network_quarterly": ("quarter", "network_type", "network_key"),
    "flow_size_quarterly": ("quarter", "network_type", "size_class"),
    "country_quarterly": ("quarter", "country"),
    "sampling_quarterly": ("quarter", "sampling_interval"),
    "metro_quarterly": ("quarter", "region", "metro", "metro_source"),
    "metro_network_type_quarterly": ("quarter", "network_type", "region", "metro", "metro_source"),
    "cross_cloud_quarterly": ("quarter", "provider", "cloud_region"),
    "share_group_quarterly": ("quarter", "share_group", "direction"),
}
OTHERS = (
    "quarter_metrics", "quarter_over_quarter", "quarter_bridge", "quarter_variability", "classification_changes",
    "coverage_quarterly", "coverage_daily", "elephant_flows", "ai_workflows", "concentration_quarterly",
    "rhythm_quarterly", "persistence_quarterly", "new_addresses_monthly", "regions",
)  # fmt: skip


# Made by the report and not by dbt: a warehouse that was never published has none.
EDITIONS = ("editions", "edition_values", "restatements")
# What checks found, and shares of what is set apart: nothing that is in a cell of another mart.
OF_QUALITY = ("check_history", "set_apart_quarterly")
# Names, colours, sources and definitions: nothing that is an amount.
REFERENCE = ("data_sources", "network_types", "operator_profile", "share_groups", "verdicts")


@dataclass(frozen=True)
class Older:
    """What was published with an edition, the truth of then, and that of today.

    `few_late`: of exports that came later, the bits of each type that they brought of too few addresses.
    """

    published: "Marts"
    truth: "Marts"
    today: "Marts"
    few_late: dict[Hashable, Fraction] = field(default_factory=dict)
    is_late: bool = False


@dataclass(frozen=True)
class Marts:
    """The rows of each mart, by its name; of the truth also the parts of quarters with too few addresses, in bits.

    `older` has each older edition of the published file, by quarter and number. `left_months` are, of the truth, the
    months (pair, quarter, month) with traffic of days that only one quarter of a pair covers, or neither;
    `networks_by_region` (quarter, network type, region, network) those with traffic.
    """

    rows: dict[str, list[Row]]
    small_parts: dict[Key, Fraction] = field(default_factory=dict)
    left_months: set[Key] = field(default_factory=set)
    networks_by_region: set[Key] = field(default_factory=set)
    older: dict[tuple[Hashable, Hashable], Older] = field(default_factory=dict)

    @classmethod
    def read(cls, execute: Execute) -> "Marts":
        """Of a database: `execute` gives what DuckDB gives."""
        found = {}
        there = {name for (name,) in execute("select table_name from duckdb_tables()").fetchall()}
        for name in (*TABLES, *OTHERS, *(name for name in EDITIONS if name in there)):
            result = execute(f"select * from marts.{name}")
            columns = [column[0] for column in result.description]
            found[name] = [dict(zip(columns, row, strict=True)) for row in result.fetchall()]
        return cls(found)

    def cells(self, table: str) -> Iterator[tuple[Key, Row]]:
        """Each row with the columns of its cell."""
        for row in self.rows[table]:
            yield tuple(row[column] for column in TABLES[table]), row

    def bits(self, table: str, quarter: Hashable) -> dict[Key, Fraction]:
        """The bits of each cell of a quarter that has any."""
        return {key: bits for key, row in self.cells(table) if key[0] == quarter and (bits := bits_of(row))}

    def matched_months(self, pair: Hashable, quarter: Hashable) -> set[date]:
        """The months of a quarter whose covered days all have a covered day in the other quarter of the pair."""
        days = {row["export_on"] for row in self.rows["coverage_daily"] if row["bins_present"]}
        ends = {row["quarter"]: row["previous_quarter"] for row in self.rows["quarter_over_quarter"]}
        other = ends[pair] if quarter == pair else pair
        places = {place_of_day(day) for day in days}
        of_quarter = [day for day in days if place_of_day(day)[0] == quarter]
        left = {day.replace(day=1) for day in of_quarter if (other, place_of_day(day)[1]) not in places}
        return {day.replace(day=1) for day in of_quarter} - left

    def names(self, table: str) -> dict[Key, list[Key]]:
        """Each row with the cells of their own names that it may hold: a row of one that is told or withheld alone."""
        return {key: self._names(table, key) for key, _ in self.cells(table)}

    def named(self, table: str) -> list[Key]:
        """Every cell of a mart by its own name that there may be."""
        return sorted({name for names in self.names(table).values() for name in names}, key=str)

    def _names(self, table: str, key: Key) -> list[Key]:
        found: list[Key] = [()]
        for place, name in enumerate(key):
            found = [
                (*before, option)
                for before in found
                for option in ([name] if name != WITHHELD else self._options(table, place, key, before))
            ]
        return found

    def _options(self, table: str, place: int, key: Key, before: Key) -> list[Hashable]:
        """What `withheld` may stand for in a column, after the names before it: what is listed and not told, or, below
        what is withheld itself and so lists nothing, everything that the file knows and does not tell there."""
        column = TABLES[table][place]
        if column == "direction":
            return ["ingress", "egress"]
        if column == "network_type":
            return self._untold("network_type_quarterly", key[:1], 1)
        if column == "region":
            whole = (key[0], key[1])
            if WITHHELD not in whole:
                return self._untold("region_network_type_quarterly", whole, 2)
            return self._unknown("region_network_type_quarterly", whole, 2)
        if WITHHELD in key[:place] and column != "network_key":
            return self._unknown(table, key[:place], place)
        return self._untold(table, before, place)

    def _untold(self, table: str, prefix: Key, place: int) -> list[Hashable]:
        """Names that are listed behind a prefix without bits."""
        rows = self.cells(table)
        return [key[place] for key, row in rows if key[:place] == prefix and key[place] != WITHHELD and _is_empty(row)]

    def _unknown(self, table: str, prefix: Key, place: int) -> list[Hashable]:
        """Names of a column that are not told behind a prefix."""
        told = {key[place] for key, row in self.cells(table) if key[:place] == prefix and not _is_empty(row)}
        column = TABLES[table][place]
        known = {row[column] for row in self.rows["regions"]} if column == "region" else set(DOMAINS.get(column, ()))
        return sorted((known | {key[place] for key, _ in self.cells(table)}) - told - {WITHHELD}, key=str)


def place_of_day(day: date) -> tuple[str, int]:
    """The quarter of a day, and how many days after its begin."""
    began_on = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
    return f"{day.year}Q{(day.month + 2) // 3}", (day - began_on).days


def _is_empty(row: Row) -> bool:
    return bits_of(row) is None


def bits_of(row: Row) -> Fraction | None:
    """The bits that a row tells, outright or as magnitude times addresses."""
    if row.get("bits") is not None:
        return Fraction(row["bits"])
    if row.get("magnitude") is not None and row.get("unique_ips") is not None:
        return Fraction(row["magnitude"]) * int(row["unique_ips"])
    return None
