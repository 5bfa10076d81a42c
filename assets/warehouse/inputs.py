"""What each export day of core and each quarter of the marts is made from, as fingerprints.

Belongs here: which inputs make a day or quarter stale. Does not belong here: what a call builds
(assets.warehouse.calls), building it (assets.warehouse.core_and_marts).
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from assets.exports.day_inputs import COMPARED
from assets.exports.day_inputs import HASHES as DATAGRAM_HASHES
from assets.exports.retired_days import retired_days
from assets.exports.rows import KEY as FLOW_EXPORTS
from assets.ground.lake import CONTENT, fingerprint_of
from assets.ground.quarters import Quarter, quarters_of_export_day
from assets.ground.workspace import Workspace
from assets.operator.limits import CLOCK_TOLERANCE, row_that_holds, shared_limits
from assets.warehouse.database import reading
from assets.warehouse.ledger import CORE, Built, built_in, built_of
from assets.warehouse.manifest import Grain, Model, Project, read_project

FLOW_RECORDS = ("exports", "flow_records")
EXPORT_HEALTH = ("exports", "export_health")
EXPORT_LOSSES = ("exports", "export_losses")
# A record belongs to the day of its export or, by active timeout and tolerance, to one near it; rows of the operator
# folder in force on any of them count.
NEIGHBOURING_DAYS = timedelta(days=2)
CORE_SQL = ("macros", "models/staging", "models/intermediate", "models/core")
DATED_TABLES = ("exporters", "interfaces", "overrides")
UNDATED_TABLES = ("settings", "sites", "own_prefixes")
OPERATOR_TABLES_OF_MARTS = ("settings", "regions", "sites", "overrides", "metro_positions", "check_limits")
CLASSIFIED_FROM = (("registry", "networks"), ("registry", "network_evidence"))
ALL = "all"
"""The member of the ledger for what is built as a whole."""


def project_of(workspace: Workspace) -> Project:
    """The models of the parsed dbt project."""
    return read_project(workspace.dbt_target / "manifest.json")


def day_inputs(workspace: Workspace) -> dict[str, str]:
    """Each export day in the lake with the fingerprint of the data that its part of core is made from.

    A day whose exports were let go is missing: nothing of it can be built any more.
    """
    lake, retired = workspace.lake, retired_days(workspace.lake)
    operator = {name: lake.read(("operator", name)).to_pylist() for name in (*DATED_TABLES, *UNDATED_TABLES)}
    clock_tolerance = _number_set(lake.read(("operator", "check_limits")).to_pylist(), CLOCK_TOLERANCE)
    return {
        partition.on.isoformat(): fingerprint_of(
            lake.fingerprint(FLOW_RECORDS, partition),
            lake.fingerprint(EXPORT_HEALTH, partition),
            lake.note_of(FLOW_EXPORTS, CONTENT, partition),
            lake.fingerprint(EXPORT_LOSSES, partition),
            lake.note_of(DATAGRAM_HASHES, COMPARED, partition),
            {name: operator[name] for name in UNDATED_TABLES},
            clock_tolerance,
            {name: _in_force(operator[name], partition.on) for name in DATED_TABLES},
        )
        for partition in lake.partitions(FLOW_RECORDS, "export_on")
        if partition.on not in retired
    }


def _number_set(check_limits: list[dict[str, Any]], limit_name: str) -> float | None:
    """What the operator set a limit to that SQL goes by; None where the project's holds, or the same."""
    limit = shared_limits()[limit_name]
    place = row_that_holds([row["check"] for row in check_limits], limit.set_by)
    number: float | None = None if place is None else check_limits[place]["limit"]
    return None if number == limit.number else number


def tables_of_days(project: Project, inputs: Mapping[str, str]) -> Built:
    """By table of core that is made day by day, each day with the fingerprint that it has if it is current."""
    return {
        model.layer: {
            day: fingerprint_of_part(fingerprints, project.code_of(model)) for day, fingerprints in inputs.items()
        }
        for model in project.of(Grain.DAY)
    }


def fingerprint_of_part(inputs: str, code: str) -> str:
    """What a table's part was made from: its data, which those made with it share, and its own code."""
    return f"{inputs}-{code}"


def whole_days(project: Project, built: Built) -> dict[str, str]:
    """The export days of which every table is built, all from the same data, with a fingerprint of all of them."""
    layers = [model.layer for model in project.of(Grain.DAY)]
    return _in_one_piece([built.get(layer, {}) for layer in layers])


def whole_quarters(project: Project, built: Built) -> dict[str, str]:
    """The quarters of which every mart is built, all from the same core, with a fingerprint of all of them."""
    layers = [model.layer for model in project.of(Grain.QUARTER)]
    return _in_one_piece([built.get(layer, {}) for layer in layers])


def _in_one_piece(tables: list[dict[str, str]]) -> dict[str, str]:
    members = set.intersection(*(set(table) for table in tables)) if tables else set()
    return {
        member: fingerprint_of([table[member] for table in tables])
        for member in sorted(members)
        if len({table[member].partition("-")[0] for table in tables}) == 1
    }


def core_days(workspace: Workspace) -> dict[str, str]:
    """Each export day in the lake with the fingerprint that it has in the ledger's `core` if it is current.

    A day whose exports were let go has the fingerprint of what core was built from, and is missing where core has not.
    """
    project, retired = project_of(workspace), {str(day) for day in retired_days(workspace.lake)}
    built = built_in(workspace.warehouse, CORE) if retired else {}
    of_retired = {day: fingerprints for day, fingerprints in built.items() if day in retired}
    return of_retired | whole_days(project, tables_of_days(project, day_inputs(workspace)))


def days_without_losses(workspace: Workspace) -> list[date]:
    """The export days that were decoded before it was kept what is lost of each file: they must be decoded again."""
    lake = workspace.lake
    retired = retired_days(lake)
    days = [day for day in lake.partitions(FLOW_RECORDS, "export_on") if day.on not in retired]
    return [day.on for day in days if lake.fingerprint(EXPORT_LOSSES, day) is None]


def classification(workspace: Workspace) -> str:
    """The fingerprint of the registries and decisions that the types of networks are made from."""
    lake = workspace.lake
    newest = [
        lake.fingerprint(key, partition) for key in CLASSIFIED_FROM for partition in lake.partitions(key, "as_of")
    ]
    return fingerprint_of(newest, lake.fingerprint(("operator", "overrides")))


def fingerprint_of_whole(project: Project, model: Model, inputs: str, built: Built) -> str:
    """What a table of core that is made as a whole is made from; behind the last dash, the days that core holds."""
    days = {day.layer: built.get(day.layer, {}) for day in project.of(Grain.DAY)}
    return fingerprint_of_part(inputs, f"{project.code_of(model)}-{fingerprint_of(days)}")


def without_days(fingerprints: str) -> str:
    """The fingerprint of a table that is made as a whole without that of the days that core held."""
    return fingerprints.rpartition("-")[0]


def quarter_inputs(workspace: Workspace, project: Project, built: Built) -> dict[str, str]:
    """Each quarter that core has traffic of, with the fingerprint of the data that its marts are made from.

    It tells what core was built from, not what it would be built from now. A quarter is compared with the one before,
    whose days are therefore part of it.
    """
    made_from: dict[Quarter, list[str]] = {}
    for day, fingerprints in sorted(built.get(CORE, {}).items()):
        for quarter in quarters_of_export_day(date.fromisoformat(day)):
            made_from.setdefault(quarter, []).append(fingerprints)
    with_traffic = quarters_with_traffic(workspace)
    tracked = {quarter: fingerprints for quarter, fingerprints in made_from.items() if str(quarter) in with_traffic}
    shared = shared_inputs(workspace, project, built)
    decided = workspace.lake.read(("operator", "overrides")).to_pylist()
    return {
        str(quarter): fingerprint_of(
            shared, fingerprints, tracked.get(quarter.previous), _decided_on(decided, min(quarter.ended_on, _today()))
        )
        for quarter, fingerprints in tracked.items()
    }


def shared_inputs(workspace: Workspace, project: Project, built: Built) -> str:
    """The fingerprint of what all quarters are made with: the operator's places and settings, types and seeds."""
    types = [without_days(built.get(model.layer, {}).get(ALL, "")) for model in project.of(Grain.WHOLE, layer="core")]
    return fingerprint_of(
        types,
        [model.code for model in project.of(Grain.DEFINITION, layer="seeds")],
        [workspace.lake.fingerprint(("operator", name)) for name in OPERATOR_TABLES_OF_MARTS],
        workspace.lake.fingerprint(("registry", "sources")),
    )


def _today() -> date:
    return datetime.now(UTC).date()


def _decided_on(decisions: list[dict[str, Any]], on: date) -> list[dict[str, Any]]:
    """The decisions in force on a day: those of a quarter that runs are asked on the day it is built."""
    return [one for one in decisions if (_first_day(one) or date.min) <= on and (_last_day(one) or date.max) >= on]


def tables_of_quarters(project: Project, inputs: Mapping[str, str]) -> Built:
    """By mart, each quarter with the fingerprint that it has if it is current."""
    return {
        model.layer: {
            quarter: fingerprint_of_part(fingerprints, project.code_of(model))
            for quarter, fingerprints in inputs.items()
        }
        for model in project.of(Grain.QUARTER)
    }


def mart_quarters(workspace: Workspace) -> dict[str, str]:
    """Each quarter that core has traffic of, with the fingerprint in the ledger's `marts` if it is current."""
    project = project_of(workspace)
    inputs = quarter_inputs(workspace, project, built_of(workspace.warehouse))
    return whole_quarters(project, tables_of_quarters(project, inputs))


def quarters_with_traffic(workspace: Workspace) -> set[str]:
    """The quarters that core has traffic in; the first export day of a quarter may hold none of its own."""
    if not workspace.warehouse.exists():
        return set()
    with reading(workspace.warehouse) as database:
        if not database.execute("from duckdb_tables() where table_name = 'traffic_bins'").fetchall():
            return set()
        found = database.execute("select distinct year(event_on) || 'Q' || quarter(event_on) from core.traffic_bins")
        return {quarter for (quarter,) in found.fetchall()}


def _in_force(rows: Iterable[Mapping[str, Any]], export_on: date) -> list[Mapping[str, Any]]:
    """The rows whose validity touches an export day or its neighbours."""
    return [
        row
        for row in rows
        if (_first_day(row) or date.min) <= export_on + NEIGHBOURING_DAYS
        and (_last_day(row) or date.max) >= export_on - NEIGHBOURING_DAYS
    ]


def _first_day(row: Mapping[str, Any]) -> date | None:
    day: date | None = row["valid_from"] if "valid_from" in row else row["decided_on"]
    return day


def _last_day(row: Mapping[str, Any]) -> date | None:
    day: date | None = row["valid_to"] if "valid_to" in row else row["expires_on"]
    return day
