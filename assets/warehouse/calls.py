"""What one call of dbt builds: of the tables that were asked for those parts that are not current, and what they need.

Belongs here: choosing models, days and quarters by the ledger. Does not belong here: what makes a part stale
(assets.warehouse.inputs), calling dbt (assets.warehouse.core_and_marts).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import pyarrow.parquet as pq

from assets.ground.lake import Partition, TableKey
from assets.ground.quarters import Quarter, quarters_of_export_day
from assets.ground.workspace import Workspace
from assets.warehouse.database import reading
from assets.warehouse.inputs import (
    ALL,
    FLOW_RECORDS,
    classification,
    fingerprint_of_whole,
    quarter_inputs,
    shared_inputs,
    tables_of_days,
    tables_of_quarters,
    whole_days,
    whole_quarters,
)
from assets.warehouse.inputs import fingerprint_of_part as part
from assets.warehouse.ledger import CORE, MARTS, Built, built_of, forget, remember
from assets.warehouse.manifest import Grain, Model, Project

# Up to so much two models are built side by side, one in the time that dbt needs to prepare the other: a fifth of the
# time of a small operator. Of more than that each model has all the memory for itself, as profiles.yml says.
MOST_BYTES_SIDE_BY_SIDE = 512 << 20
# Days of so many flow records together are built by one call, within the memory of profiles.yml; a larger day alone.
MOST_RECORDS_OF_DAYS = 10_000_000
# Quarters of so many rows of traffic_bins together are built by one call; a larger quarter alone.
MOST_BINS_OF_QUARTERS = 10_000_000


class CoreInPiecesError(Exception):
    """Some tables of core were built without the others that belong to them; marts of them would be wrong."""


@dataclass
class Call:
    """One call of dbt: the models that it builds, the days or quarters of them, and what the ledger says after it.

    It `is_last` unless other calls build more days of the same range, and then what is made of all days.
    """

    project: Project
    models: list[Model] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    builds: Built = field(default_factory=dict)
    built: Built = field(default_factory=dict)
    is_last: bool = True

    @property
    def names(self) -> list[str]:
        """The names of the models, as dbt selects them."""
        return [model.key[1] for model in self.models]

    def forget(self, workspace: Workspace) -> None:
        """Before dbt is called: what is built anew is not current, nor the days or quarters that it is a part of."""
        together = {CORE: self.members, MARTS: self.members}
        forget(workspace.warehouse, {**self.builds, **together})

    def remember(self, workspace: Workspace) -> None:
        """After dbt has built all of it."""
        together = {CORE: whole_days(self.project, self.built), MARTS: whole_quarters(self.project, self.built)}
        pieces = {
            layer: {one: fingerprints[one] for one in self.members if one in fingerprints}
            for layer, fingerprints in together.items()
        }
        remember(workspace.warehouse, {**self.builds, **pieces})

    def add(self, models: Iterable[Model], parts: Mapping[str, Mapping[str, str]]) -> None:
        """Build some models, of which the ledger will say `parts`."""
        for model in models:
            if model not in self.models:
                self.models.append(model)
            fingerprints = dict(parts.get(model.layer, {}))
            self.builds[model.layer] = {**self.builds.get(model.layer, {}), **fingerprints}
            self.built[model.layer] = {**self.built.get(model.layer, {}), **fingerprints}

    def is_outdated(self, model: Model) -> bool:
        """Whether a view or seed is not what is written now."""
        return model.grain is Grain.DEFINITION and self.built.get(model.layer) != {ALL: model.code}

    def add_what_they_need(self) -> None:
        """The views and seeds before the models that are outdated, and the tables that hold the call's rows."""
        needed = self.project.needed([model.key for model in self.models])
        views = [one for one in needed if self.is_outdated(one)]
        self.add(views, {one.layer: {ALL: one.code} for one in views})
        self.add((one for one in needed if one.grain is Grain.SCRATCH), {})


def core_call(
    workspace: Workspace,
    project: Project,
    inputs: Mapping[str, str],
    selected: Collection[TableKey],
    *,
    again: Collection[str] | None = None,
) -> Call:
    """Of the selected tables of core all that is not current; those asked for `again` whatever they are, on those days.

    `inputs` tells the days that can be built with the fingerprint of their data.
    """
    call = Call(project, built=built_of(workspace.warehouse))
    wanted = tables_of_days(project, inputs)
    models = [project.models[key] for key in sorted(selected)]
    by_day = {
        model: _stale(wanted[model.layer], call.built.get(model.layer, {}), again)
        for model in models
        if model.grain is Grain.DAY
    }
    call.members = sorted({day for days in by_day.values() for day in days})
    building = [model for model, days in by_day.items() if days]
    building += _of_the_same_days(call, wanted, building)
    call.add(building, {one.layer: {day: wanted[one.layer][day] for day in call.members} for one in building})
    _add_wholes(call, workspace, models, is_forced=again is not None)
    _add_definitions(call, models)
    call.add_what_they_need()
    return call


def in_portions(workspace: Workspace, call: Call) -> list[Call]:
    """A call as several, one after the other, each of no more rows than the engine's memory is enough for.

    What is made of all days or quarters is made by the last, when these are there.
    """
    divided = [model for model in call.models if model.grain in {Grain.DAY, Grain.QUARTER}]
    if len(call.members) < 2 or not divided:
        return [call]
    if divided[0].grain is Grain.DAY:
        portions = _portions(_records_of_days(workspace, call.members), MOST_RECORDS_OF_DAYS)
    else:
        portions = _portions(_bins_of_quarters(workspace, call.members), MOST_BINS_OF_QUARTERS)
    behind = set(call.project.needed([model.key for model in divided]))
    models = [model for model in call.models if model in divided or model in behind]
    *before, last = portions
    return [
        *(
            replace(call, models=models, members=some, builds=_of_members(call, models, some), is_last=False)
            for some in before
        ),
        replace(call, members=last, builds=_of_members(call, call.models, last)),
    ]


def _portions(rows: Mapping[str, int], most: int) -> list[list[str]]:
    """Days or quarters in their order, as many together as have no more rows."""
    portions: list[list[str]] = []
    together = 0
    for member, own in rows.items():
        together += own
        if not portions or together > most:
            portions.append([])
            together = own
        portions[-1].append(member)
    return portions


def _records_of_days(workspace: Workspace, days: Iterable[str]) -> dict[str, int]:
    paths = {day: workspace.lake.path(FLOW_RECORDS, Partition("export_on", date.fromisoformat(day))) for day in days}
    return {day: pq.read_metadata(path).num_rows for day, path in paths.items()}


def _bins_of_quarters(workspace: Workspace, quarters: Iterable[str]) -> dict[str, int]:
    with reading(workspace.warehouse) as database:
        counted = "select year(event_on) || 'Q' || quarter(event_on), count(*) from core.traffic_bins group by all"
        found = dict(database.execute(counted).fetchall())
    return {quarter: found.get(quarter, 0) for quarter in quarters}


def _of_members(call: Call, models: Iterable[Model], members: Collection[str]) -> Built:
    """What the ledger says after a call that builds some models, of those divided by day or quarter some parts."""
    chosen = {model.layer: model for model in models}
    return {
        layer: {
            member: one
            for member, one in fingerprints.items()
            if chosen[layer].grain not in {Grain.DAY, Grain.QUARTER} or member in members
        }
        for layer, fingerprints in call.builds.items()
        if layer in chosen
    }


def _of_the_same_days(call: Call, wanted: Built, building: Collection[Model]) -> list[Model]:
    """The tables by day that some are made from, and that do not hold these days as they are now."""
    behind = call.project.before([model.key for model in building])
    return [
        one
        for one in behind
        if one.grain is Grain.DAY
        and one not in building
        and any(call.built.get(one.layer, {}).get(day) != wanted[one.layer][day] for day in call.members)
    ]


def _stale(wanted: Mapping[str, str], built: Mapping[str, str], again: Collection[str] | None) -> list[str]:
    if again is not None:
        return [member for member in wanted if member in again]
    return [member for member, fingerprints in wanted.items() if built.get(member) != fingerprints]


def _add_wholes(call: Call, workspace: Workspace, models: Iterable[Model], *, is_forced: bool) -> None:
    """The tables of core that are made as a whole, and those behind them that only they read."""
    inputs, project = classification(workspace), call.project
    fingerprints = {
        one.layer: fingerprint_of_whole(project, one, inputs, call.built) for one in project.of(Grain.WHOLE)
    }

    def is_stale(model: Model) -> bool:
        return call.built.get(model.layer) != {ALL: fingerprints[model.layer]}

    chosen = [one for one in models if one.grain is Grain.WHOLE and (is_forced or is_stale(one))]
    behind = [one for one in project.before([model.key for model in chosen]) if one.grain is Grain.WHOLE]
    needed = [one for one in behind if one.key[0] == "intermediate" and is_stale(one)]
    call.add([*needed, *chosen], {layer: {ALL: one} for layer, one in fingerprints.items()})


def _add_definitions(call: Call, models: Iterable[Model]) -> None:
    """The selected views and seeds that are not as they are written now."""
    stale = [one for one in models if call.is_outdated(one)]
    call.add(stale, {one.layer: {ALL: one.code} for one in stale})


def marts_call(
    workspace: Workspace,
    project: Project,
    selected: Collection[TableKey],
    *,
    kept: Collection[str] = (),
    again: Collection[str] | None = None,
) -> Call:
    """Of the selected marts all that is not current; those asked for `again` whatever they are, of those quarters.

    Quarters `kept` stay as they are. CoreInPiecesError where core is not in one piece.
    """
    call = Call(project, built=built_of(workspace.warehouse))
    inputs = {
        one: fingerprints
        for one, fingerprints in quarter_inputs(workspace, project, call.built).items()
        if one not in kept
    }
    wanted = tables_of_quarters(project, inputs)
    models = [project.models[key] for key in sorted(selected)]
    by_quarter = {
        model: _stale(wanted[model.layer], call.built.get(model.layer, {}), again)
        for model in models
        if model.grain is Grain.QUARTER
    }
    call.members = sorted({quarter for quarters in by_quarter.values() for quarter in quarters})
    building = [model for model, quarters in by_quarter.items() if quarters]
    building += _of_the_same_quarters(call, wanted, building)
    call.add(
        building, {one.layer: {quarter: wanted[one.layer][quarter] for quarter in call.members} for one in building}
    )
    shared = shared_inputs(workspace, project, call.built)
    fingerprints = {
        one.layer: {ALL: part(shared, project.code_of(one))} for one in project.of(Grain.WHOLE, layer="marts")
    }
    whole = [
        one
        for one in models
        if one.layer in fingerprints and (again is not None or call.built.get(one.layer) != fingerprints[one.layer])
    ]
    call.add(whole, fingerprints)
    _add_definitions(call, models)
    call.add_what_they_need()
    if call.models:
        refuse_pieces(project, call.built, call.members)
    return call


def _of_the_same_quarters(call: Call, wanted: Built, building: Collection[Model]) -> list[Model]:
    """The tables by quarter that some are made from, and that hold these quarters or those before not as they are now.

    A quarter is compared with the one before under the names that are published of it: where these are not known, the
    call's quarters become those before, too.
    """
    behind = call.project.before([model.key for model in building])
    needed = [one for one in behind if one.grain is Grain.QUARTER]
    with_before = {*call.members, *(str(Quarter.parse(quarter).previous) for quarter in call.members)}
    stale = {
        one: [
            quarter
            for quarter in sorted(with_before & wanted[one.layer].keys())
            if call.built.get(one.layer, {}).get(quarter) != wanted[one.layer][quarter]
        ]
        for one in needed
    }
    call.members = sorted({*call.members, *(quarter for quarters in stale.values() for quarter in quarters)})
    return [one for one, quarters in stale.items() if quarters and one not in building]


def refuse_pieces(project: Project, built: Built, quarters: Collection[str]) -> None:
    """CoreInPiecesError names the first day or table of core that was built without the others."""
    days = {day for model in project.of(Grain.DAY) for day in built.get(model.layer, {})}
    for day in sorted(days - set(built.get(CORE, {}))):
        of_day = quarters_of_export_day(date.fromisoformat(day))
        if {str(one) for quarter in of_day for one in (quarter, quarter.next)} & set(quarters):
            lacking = [one.layer for one in project.of(Grain.DAY) if day not in built.get(one.layer, {})]
            raise CoreInPiecesError(
                f"export day {day} is not built in one piece ({', '.join(lacking) or 'its tables differ'}); "
                f"materialise all tables of core for that day, or run `netstats build`"
            )
    for model in project.of(Grain.WHOLE, layer=CORE):
        fingerprints = built.get(model.layer, {}).get(ALL, "")
        current = fingerprint_of_whole(project, model, "", built)
        if fingerprints.rpartition("-")[2] != current.rpartition("-")[2]:
            raise CoreInPiecesError(
                f"{model.layer} was not built since the days of core were; materialise it, or run `netstats build`"
            )


def is_small(workspace: Workspace) -> bool:
    """Whether records and working database together are no more than is built side by side."""
    lake = workspace.lake
    days = lake.partitions(FLOW_RECORDS, "export_on")
    files = [workspace.warehouse, *(lake.path(FLOW_RECORDS, day) for day in days)]
    return sum(file.stat().st_size for file in files if file.exists()) <= MOST_BYTES_SIDE_BY_SIDE
