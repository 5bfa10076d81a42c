"""What each export day of core and each quarter of the marts is made from, as fingerprints.

Belongs here: which inputs make a day or quarter stale. Does not belong here: building it (assets.warehouse).
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from assets.day_inputs import COMPARED
from assets.day_inputs import HASHES as DATAGRAM_HASHES
from assets.export_rows import KEY as FLOW_EXPORTS
from assets.lake import CONTENT, fingerprint_of, fingerprint_of_files
from assets.partitions import Quarter, quarters_of_export_day
from assets.retired_days import retired_days
from assets.warehouse_ledger import built_in
from assets.workspace import Workspace

FLOW_RECORDS = ("exports", "flow_records")
EXPORT_HEALTH = ("exports", "export_health")
EXPORT_LOSSES = ("exports", "export_losses")
# A record belongs to the day of its export or, by active timeout and tolerance, to one near it; rows of the operator
# folder in force on any of them count.
NEIGHBOURING_DAYS = timedelta(days=2)
CORE_SQL = ("macros", "models/staging", "models/intermediate", "models/core")
DATED_TABLES = ("exporters", "interfaces", "overrides")
UNDATED_TABLES = ("settings", "sites", "own_prefixes")
CLASSIFIED_FROM = (("registry", "networks"), ("registry", "network_evidence"))


def core_days(workspace: Workspace) -> dict[str, str]:
    """Each export day in the lake with the fingerprint of all that its part of core is made from.

    A day whose exports were let go has the fingerprint of what core was built from, and is missing where core has not.
    """
    lake, retired = workspace.lake, retired_days(workspace.lake)
    built = built_in(workspace.warehouse, "core") if retired else {}
    of_retired = {str(day): built[str(day)] for day in retired if str(day) in built}
    sql = _sql(workspace.dbt_project, CORE_SQL)
    operator = {name: lake.read(("operator", name)).to_pylist() for name in (*DATED_TABLES, *UNDATED_TABLES)}
    return of_retired | {
        partition.on.isoformat(): fingerprint_of(
            sql,
            lake.fingerprint(FLOW_RECORDS, partition),
            lake.fingerprint(EXPORT_HEALTH, partition),
            lake.told(FLOW_EXPORTS, CONTENT, partition),
            lake.fingerprint(EXPORT_LOSSES, partition),
            lake.told(DATAGRAM_HASHES, COMPARED, partition),
            {name: operator[name] for name in UNDATED_TABLES},
            {name: _in_force(operator[name], partition.on) for name in DATED_TABLES},
        )
        for partition in lake.partitions(FLOW_RECORDS, "export_on")
        if partition.on not in retired
    }


def days_without_losses(workspace: Workspace) -> list[date]:
    """The export days that were decoded before it was kept what is lost of each file: they must be decoded again."""
    lake = workspace.lake
    retired = retired_days(lake)
    days = [day for day in lake.partitions(FLOW_RECORDS, "export_on") if day.on not in retired]
    return [day.on for day in days if lake.fingerprint(EXPORT_LOSSES, day) is None]


def classification(workspace: Workspace) -> dict[str, str]:
    """The types of networks, with the fingerprint of the registries, decisions and seeds that they are made from."""
    lake = workspace.lake
    newest = [
        lake.fingerprint(key, partition) for key in CLASSIFIED_FROM for partition in lake.partitions(key, "as_of")
    ]
    overrides = lake.fingerprint(("operator", "overrides"))
    return {"networks": fingerprint_of(newest, overrides, _seeds(workspace.dbt_project))}


def mart_quarters(workspace: Workspace) -> dict[str, str]:
    """Each quarter that export days hold traffic of, with the fingerprint of all that its marts are made from.

    A quarter is compared with the one before, whose days are therefore part of it.
    """
    days = core_days(workspace)
    made_from: dict[Quarter, list[str]] = {}
    for day, told in sorted(days.items()):
        for quarter in quarters_of_export_day(date.fromisoformat(day)):
            made_from.setdefault(quarter, []).append(told)
    with_traffic = _quarters_with_traffic(workspace.warehouse)
    tracked = {quarter: told for quarter, told in made_from.items() if str(quarter) in with_traffic}
    shared = fingerprint_of(
        _sql(workspace.dbt_project, ("macros", "models")),
        _seeds(workspace.dbt_project),
        [workspace.lake.fingerprint(("operator", name)) for name in ("settings", "regions", "sites", "overrides")],
        [workspace.lake.fingerprint(("registry", "sources"))],
        classification(workspace),
    )
    decided = workspace.lake.read(("operator", "overrides")).to_pylist()
    return {
        str(quarter): fingerprint_of(
            shared, told, tracked.get(quarter.previous), _decided_on(decided, min(quarter.ended_on, _today()))
        )
        for quarter, told in tracked.items()
    }


def _today() -> date:
    return datetime.now(UTC).date()


def _decided_on(decisions: list[dict[str, Any]], on: date) -> list[dict[str, Any]]:
    """The decisions in force on a day: those of a quarter that runs are asked on the day it is built."""
    return [one for one in decisions if (_first_day(one) or date.min) <= on and (_last_day(one) or date.max) >= on]


def _quarters_with_traffic(warehouse: Path) -> set[str]:
    """The quarters that core has traffic in; the first export day of a quarter may hold none of its own."""
    with duckdb.connect(warehouse, read_only=True) as database:
        found = database.execute("select distinct year(event_on) || 'Q' || quarter(event_on) from core.traffic_bins")
        return {quarter for (quarter,) in found.fetchall()}


def _sql(project: Path, folders: Iterable[str]) -> str:
    return fingerprint_of_files(path for folder in folders for path in (project / folder).rglob("*.sql"))


def _seeds(project: Path) -> str:
    return fingerprint_of_files((project / "seeds").glob("*.csv"))


def _in_force(rows: list[dict[str, Any]], export_on: date) -> list[dict[str, Any]]:
    """The rows whose validity touches an export day or its neighbours."""
    return [
        row
        for row in rows
        if (_first_day(row) or date.min) <= export_on + NEIGHBOURING_DAYS
        and (_last_day(row) or date.max) >= export_on - NEIGHBOURING_DAYS
    ]


def _first_day(row: dict[str, Any]) -> date | None:
    return row["valid_from"] if "valid_from" in row else row["decided_on"]


def _last_day(row: dict[str, Any]) -> date | None:
    return row["valid_to"] if "valid_to" in row else row["expires_on"]
