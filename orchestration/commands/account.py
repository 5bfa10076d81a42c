"""What a build made of its days, counted from the lake and from core.

Belongs here: counting. Does not belong here: wording (orchestration.commands.account_lines), or what a run's checks
found (orchestration.runs).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple

import duckdb

from assets.exports.rows import Row, is_held, read_rows
from assets.exports.unused import lines_of_unused
from assets.ground.lake import Partition
from assets.ground.quarters import Quarter
from assets.ground.workspace import Workspace
from assets.operator import Exporter, Operator
from assets.warehouse.database import connected
from assets.warehouse.ledger import built

PUBLISHED = "published"
REASONS = """
    select reason, sum(records)::bigint, sum(bytes_as_exported)::bigint
    from core.conservation where export_on in (select unnest(?::date[])) group by reason order by 3 desc, reason
"""
LOST = """
    select coalesce(sum(records_expected), 0)::bigint, coalesce(sum(records_lost), 0)::bigint,
        coalesce(bool_or(is_estimate and records_lost > 0), false)
    from core.exporter_bins where export_on in (select unnest(?::date[]))
"""
NOT_READ = """
    select reason, sum(losses)::bigint, min(remedy)
    from core.export_losses where export_on in (select unnest(?::date[])) group by reason order by 2 desc, reason
"""
BYTES_BY_EXPORTER = """
    with heard as (
        select export_on, exporter, 0 as bytes_as_exported from core.exporter_bins
        union all
        select export_on, exporter, bytes_as_exported from core.conservation
    )
    select export_on, exporter, sum(bytes_as_exported)::bigint
    from heard where export_on in (select unnest(?::date[])) group by all order by all
"""
DAYS_BY_EXPORTER = """
    select exporter, count(distinct export_on)::bigint from core.exporter_bins
    where is_covered and export_on in (select unnest(?::date[])) group by exporter order by exporter
"""
UNCLASSIFIED = """
    select (coalesce(sum(bits) filter (where network_type = 'unclassified'), 0))::double / nullif(sum(bits), 0)::double
    from core.typed_traffic_bins where export_on in (select unnest(?::date[]))
"""
REASONS_BY_QUARTER = """
    select year(export_on) || 'Q' || quarter(export_on), reason, sum(records)::bigint, sum(bytes_as_exported)::bigint
    from core.conservation where export_on in (select unnest(?::date[])) group by all order by 1, 4 desc, 2
"""


@dataclass(frozen=True)
class Arrived:
    """What lies in the lake of the files that came for days: the rows of exports/flow_exports by day."""

    rows: dict[date, list[Row]]

    @cached_property
    def without_files(self) -> list[date]:
        """Days for which no file came, or of which every one has left."""
        return [day for day, rows in self.rows.items() if all(row["state"] == "withdrawn" for row in rows)]

    @cached_property
    def without_exports(self) -> list[date]:
        """Days for which files came, of which not one is a flow export that can be read."""
        return [
            day
            for day, rows in self.rows.items()
            if day not in self.without_files and not any(row["state"] in {"pulled", "duplicate"} for row in rows)
        ]

    @property
    def days_with_exports(self) -> int:
        return len(self.rows) - len(self.without_files) - len(self.without_exports)

    @property
    def files(self) -> int:
        """Files that count for one of the days."""
        return sum(row["state"] == "pulled" for rows in self.rows.values() for row in rows)

    @property
    def set_aside(self) -> list[str]:
        """A line for each file that can't be used, with its reason and remedy."""
        return [line for rows in self.rows.values() for line in lines_of_unused(rows)]

    def days_without(self, address: str) -> list[date]:
        """The days for which the source of this address gave nothing that is held."""
        return [
            day for day, rows in self.rows.items() if not any(row["source"] == address and is_held(row) for row in rows)
        ]


class Counted(NamedTuple):
    """Records and bytes as exported, not scaled."""

    records: int
    exported_bytes: int


class NotRead(NamedTuple):
    """How much of files did not become flow records for one reason, in what the reason counts, and the remedy."""

    reason: str
    losses: int
    remedy: str


@dataclass(frozen=True)
class Traffic:
    """What core holds of days that are built: each record under one reason, `published` being that of what counts.

    `lost` of `expected` records did not come, by sequence numbers, which not all files have. `without_row` holds the
    bytes as exported of each exporter that has no row in exporters.csv on the day; `unclassified` is a share of
    published bits, None if there are none.
    """

    days: list[date]
    by_reason: dict[str, Counted]
    expected: int
    lost: int
    is_lost_estimated: bool
    not_read: list[NotRead]
    without_row: dict[str, int]
    unclassified: float | None

    @property
    def records(self) -> int:
        return sum(counted.records for counted in self.by_reason.values())

    @property
    def exported_bytes(self) -> int:
        return sum(counted.exported_bytes for counted in self.by_reason.values())

    @property
    def set_apart(self) -> dict[str, Counted]:
        return {reason: counted for reason, counted in self.by_reason.items() if reason != PUBLISHED}

    @property
    def is_all_set_apart(self) -> bool:
        return self.records > 0 and PUBLISHED not in self.by_reason


def arrived(workspace: Workspace, days: Iterable[date]) -> Arrived:
    """What the lake says of the files of days, whether they were ever asked for or not."""
    return Arrived({day: read_rows(workspace.lake, Partition("export_on", day)) for day in days})


def traffic(workspace: Workspace, operator: Operator, days: Iterable[date]) -> Traffic:
    """What core holds of those of the days that it was built of to the end; of none before the first build."""
    nothing = Traffic([], {}, 0, 0, False, [], {}, None)
    if not workspace.warehouse.exists():
        return nothing
    with connected(workspace.warehouse, read_only=True) as database:
        made = _days_in_core(database)
        there = [day for day in days if day in made]
        if not there:
            return nothing
        expected, lost, is_estimated = database.execute(LOST, [there]).fetchall()[0]
        return Traffic(
            days=there,
            by_reason={reason: Counted(*counts) for reason, *counts in database.execute(REASONS, [there]).fetchall()},
            expected=expected,
            lost=lost,
            is_lost_estimated=is_estimated,
            not_read=[NotRead(*row) for row in database.execute(NOT_READ, [there]).fetchall()],
            without_row=_without_row(operator, database.execute(BYTES_BY_EXPORTER, [there]).fetchall()),
            unclassified=database.execute(UNCLASSIFIED, [there]).fetchall()[0][0],
        )


def days_by_exporter(workspace: Workspace, days: Iterable[date]) -> dict[str, int]:
    """By address, on how many of the days each exporter was heard; of none before the first build."""
    if not workspace.warehouse.exists():
        return {}
    with connected(workspace.warehouse, read_only=True) as database:
        made = _days_in_core(database)
        there = [day for day in days if day in made]
        rows = database.execute(DAYS_BY_EXPORTER, [there]).fetchall() if there else []
        return {str(_address(exporter)): count for exporter, count in rows}


def counts_by_quarter(workspace: Workspace) -> dict[Quarter, dict[str, Counted]]:
    """By the quarter of their export day, the records of each reason; most bytes first."""
    if not workspace.warehouse.exists():
        return {}
    with connected(workspace.warehouse, read_only=True) as database:
        made = sorted(_days_in_core(database))
        found: dict[Quarter, dict[str, Counted]] = {}
        for quarter, reason, *counts in database.execute(REASONS_BY_QUARTER, [made]).fetchall() if made else []:
            found.setdefault(Quarter.parse(quarter), {})[reason] = Counted(*counts)
        return found


def _days_in_core(database: duckdb.DuckDBPyConnection) -> set[date]:
    """The days that core was built of to the end; a run that was killed leaves its days out."""
    known = database.execute("select 1 from duckdb_tables() where schema_name = 'ledger'").fetchall()
    return {date.fromisoformat(day) for day in built(database, "core")} if known else set()


def _without_row(operator: Operator, heard: list[tuple[date, str, int]]) -> dict[str, int]:
    """By exporter, the bytes of the days on which no row of exporters.csv is in force; most first."""
    found: dict[str, int] = {}
    for day, exporter, count in heard:
        address = _address(exporter)
        if not any(row.exporter == address and _is_in_force(row, day) for row in operator.exporters):
            found[str(address)] = found.get(str(address), 0) + count
    return dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))


def _address(exporter: str) -> IPv4Address | IPv6Address:
    """The address that core names an exporter by; one of IPv6 that has no row stands there as 32 digits."""
    is_plain = "." in exporter or ":" in exporter
    return ip_address(exporter if is_plain else bytes.fromhex(exporter))


def _is_in_force(row: Exporter, day: date) -> bool:
    return (row.valid_from or date.min) <= day <= (row.valid_to or date.max)
