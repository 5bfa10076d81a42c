"""What a build has to do: which export days are not as their sources offer them, and what of the rest is not current.

Belongs here: looking, before Dagster is asked for anything. Does not belong here: doing it
(orchestration.commands.launch). What was looked at when a build last ended well is noted in the state; without that
note everything is looked at by the run.
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from assets.exports.day_inputs import days_of_replaced_plans, days_that_count_other_files, inputs_of_day, is_current
from assets.exports.days import Counting
from assets.exports.decoded_days import code_of_formats
from assets.exports.operator_here import operator_of
from assets.exports.retired_days import retired_days
from assets.exports.sources import OfferedFile, files_offered
from assets.ground.lake import TableKey, fingerprint_of, fingerprint_of_files, replacing
from assets.ground.quarters import Quarter, days_between
from assets.ground.workspace import Workspace
from assets.operator import Operator
from assets.registry.pulls import addresses_of, sources_in_use
from assets.reports import dataset_release, quarter_comparison
from assets.reports.bundles import is_rendered
from assets.reports.editions import has_ended, ran_when_reported
from assets.warehouse.address_retention import retired_quarters
from assets.warehouse.calls import Call, core_call, marts_call
from assets.warehouse.gone_tables import forget_gone
from assets.warehouse.inputs import day_inputs, project_of
from assets.warehouse.ledger import MARTS, built_of, shut_gates
from assets.warehouse.manifest import Grain, Model, Project
from assets.warehouse.published_marts import is_published, what_is_built
from orchestration.automation import DAILY
from orchestration.automation import MARTS as MARTS_JOB

NOTE = "looked_at.json"
JOBS = (DAILY, MARTS_JOB)
CODE = Path(__file__).parents[1]
PARTS_OF_CODE = ("assets", "checks", "orchestration", "dbt_project")
SUFFIXES = {".py", ".sql", ".yml", ".csv"}
# What changed a moment ago may change again within the same tick of the file system's clock: a tick is some
# milliseconds, or up to two seconds where times are kept as whole seconds.
SETTLED_NS, SETTLED_IN_WHOLE_SECONDS_NS = 100_000_000, 2_000_000_000
Note = dict[str, str]


@dataclass(frozen=True)
class Due:
    """The export days for which the daily job is to be run, and whether that of the marts is.

    `stale` are those of them, or others, that are known not to be current; without any, something beside days is not.
    """

    days: list[date]
    are_marts_due: bool
    stale: list[date] = field(default_factory=list)

    @property
    def is_nothing(self) -> bool:
        return not self.days and not self.are_marts_due


def what_is_due(workspace: Workspace, first: date, last: date) -> Due:
    """The days of a range that are not current, or the last one if only something else is not."""
    note, now = _noted(workspace), looked_at(workspace, first, last)
    if note.get("rest") != now["rest"]:
        return Due(days_between(first, last), True, days_between(first, last))
    operator, days = operator_of(workspace), days_between(first, last)
    code, counting = code_of_formats(), Counting.of(workspace.lake)
    retired = retired_days(workspace.lake)
    others = {*days_that_count_other_files(workspace.lake), *days_of_replaced_plans(workspace.lake)}

    def is_made(day: date) -> bool:
        return is_current(workspace.lake, inputs_of_day(workspace.lake, operator, day, code, counting))

    due = [
        day
        for day in days
        if day in others or note.get(str(day)) != now[str(day)] or not (day in retired or is_made(day))
    ]
    of_core = None if due else _call_of_core(workspace)
    if due or shut_gates(workspace.warehouse) or (of_core and of_core.models):
        in_core = [date.fromisoformat(day) for day in of_core.members] if of_core else []
        return Due(due or days[-1:], True, due or in_core)
    return Due([], _are_marts_due(workspace))


def looked_at(workspace: Workspace, first: date, last: date) -> Note:
    """What a build begins with: what is offered for each day, and a hash of all else that it reads."""
    operator = operator_of(workspace)
    offered = {str(day): _offered(operator, day) for day in days_between(first, last)}
    code = (path for part in PARTS_OF_CODE for path in (CODE / part).rglob("*") if path.suffix in SUFFIXES)
    rest = fingerprint_of(
        fingerprint_of_files(code),
        fingerprint_of_files(path for path in operator.folder.iterdir() if path.is_file()),
        _registries(operator, datetime.now(UTC).date()),
    )
    return {**offered, "rest": rest}


def note(workspace: Workspace, seen: Note, warned: Mapping[str, Sequence[str]]) -> None:
    """After a build that ended well: what it had looked at when it began, and by job what its checks warned of."""
    told_by = {name: json.dumps(lines) for name, lines in warned.items()}
    with replacing(workspace.state / NOTE) as temporary:
        temporary.write_text(json.dumps({**_noted(workspace), **seen, **told_by}, indent=0), encoding="utf-8")


def warned(workspace: Workspace) -> dict[str, list[str]]:
    """By job, what its checks warned of when what is current was built."""
    noted = _noted(workspace)
    return {job: json.loads(noted[job]) for job in JOBS if job in noted}


def forget(workspace: Workspace) -> None:
    """Before a build: one that does not end well is looked through again as a whole."""
    (workspace.state / NOTE).unlink(missing_ok=True)


def _noted(workspace: Workspace) -> Note:
    path = workspace.state / NOTE
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError):
        # Without it, or where it is damaged, everything is looked at.
        return {}


def _offered(operator: Operator, day: date) -> str:
    """A hash of the names, sizes and times of what is offered for a day; none that holds while a file is still new."""
    return fingerprint_of([_version(one) for one in files_offered(operator, day)])


def _version(offered: OfferedFile) -> list[object]:
    if offered.fault:
        return [offered.source_file, offered.fault]
    found = offered.path.stat()
    changed, now_ns = max(found.st_mtime_ns, found.st_ctime_ns), time.time_ns()
    looked_at_ns = None if is_settled(found.st_mtime_ns, found.st_ctime_ns, now_ns) else now_ns
    return [offered.source_file, offered.place.exporter, found.st_ino, found.st_size, changed, looked_at_ns]


def is_settled(modified_ns: int, changed_ns: int, now_ns: int) -> bool:
    """Whether one more change of a file with these times (of its content, of its name or rights) would change them."""
    tick_ns = SETTLED_NS if changed_ns % 1_000_000_000 else SETTLED_IN_WHOLE_SECONDS_NS
    return now_ns - max(modified_ns, changed_ns) >= tick_ns


def _registries(operator: Operator, today: date) -> list[object]:
    """What is pulled once a day has the day; what lies in a file has its size and time."""
    told_by: list[object] = []
    for source in sources_in_use(operator):
        addresses = addresses_of(operator, source, today)
        files = [path for address in addresses if (path := Path(address)).is_file()]
        is_pulled = bool(addresses or source.addresses) and len(files) < max(1, len(addresses))
        told_by.append([source.name, addresses, [_stat(path) for path in files], today if is_pulled else None])
    return told_by


def _stat(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ino


def _call_of_core(workspace: Workspace) -> Call:
    """What of core is not current."""
    project = project_of(workspace)
    forget_gone(workspace.warehouse, project)
    return core_call(workspace, project, day_inputs(workspace), _keys(project, marts=False))


def _are_marts_due(workspace: Workspace) -> bool:
    project = project_of(workspace)
    kept = retired_quarters(workspace.warehouse)
    if marts_call(workspace, project, _keys(project, marts=True), kept=kept).models:
        return True
    if MARTS not in built_of(workspace.warehouse):
        return True
    return not is_published(workspace.published, what_is_built(workspace))


def is_reported(workspace: Workspace, quarter: Quarter) -> bool:
    """Whether the report of a published quarter is what would be made now, with its comparison and its dataset."""
    beside = (
        quarter_comparison.folder_of(workspace) / f"{quarter}.csv",
        dataset_release.folder_of(workspace) / str(quarter) / "datapackage.json",
    )
    has_ended_since = has_ended(quarter, datetime.now(UTC).date()) and ran_when_reported(workspace, quarter)
    return all(path.exists() for path in beside) and is_rendered(workspace, quarter) and not has_ended_since


def _keys(project: Project, *, marts: bool) -> list[TableKey]:
    """The models of one of the two ops."""

    def is_of_marts(model: Model) -> bool:
        return model.key[0] == "marts" or (model.key[0] == "core" and model.grain in {Grain.SCRATCH, Grain.QUARTER})

    return [model.key for model in project.of(*Grain) if is_of_marts(model) is marts]
