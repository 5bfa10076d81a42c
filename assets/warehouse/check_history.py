"""What checks found, over time: `checks/history.jsonl` of the state, a line for each check of each run, only added to.

Belongs here: the file, and the table `marts.check_history` of the published copy that is read from it. Does not belong
here: checking (checks/). It lies beside the warehouse, so that it outlives one that is built anew. What findings say
names routers and interfaces, and stays in the state; so do the worst values of single routers and networks, which may
be withheld.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb

from assets.ground.paths_in_sql import as_pattern
from assets.ground.quarters import Quarter

TABLE = "check_history"
OF_SINGLE_MEMBERS = ("flow_records", "classification")
"""The topics whose values are of single routers, networks and regions."""


@dataclass(frozen=True)
class Finding:
    """What one check found in one run.

    `severity` is off, warn or block. `first_day` to `last_day` are the days or quarters that the run was of, None if it
    was of none. `quarters` are those of the rows that broke the limit, or that of the run's last day where rows tell
    none. `worst` is the value nearest to or furthest beyond the limit, in the unit of the check.
    """

    check: str
    asset: str
    job: str
    run: str
    checked_at: datetime
    first_day: date | None
    last_day: date | None
    passed: bool
    severity: str
    limit: float
    worst: float | None
    rows_checked: int
    rows_broken: int
    quarters: tuple[str, ...]
    holds: str
    remedy: str
    found: str


class HistoryError(Exception):
    """The history can't be read; the message names the file and what to do."""


def history_path(published: Path) -> Path:
    """Where the history of a published database's state is kept."""
    return published.parent.with_name("checks") / "history.jsonl"


def add(path: Path, findings: Sequence[Finding]) -> None:
    """Add the findings of a step at the end, in one write."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(asdict(one), default=str, sort_keys=True) + "\n" for one in findings)
    with path.open("a+b") as file:
        _without_torn_line(file.fileno())
        file.write(lines.encode())


def _without_torn_line(descriptor: int) -> None:
    """A line that has no end was being written when the machine stopped: nothing of it was ever told."""
    size = os.fstat(descriptor).st_size
    content = os.pread(descriptor, size, 0) if size and os.pread(descriptor, 1, size - 1) != b"\n" else b""
    if content:
        os.ftruncate(descriptor, content.rfind(b"\n") + 1)


def last_findings(path: Path) -> list[Finding]:
    """The newest finding of each check, by its name; HistoryError if a line is not a finding."""
    newest: dict[str, Finding] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines() if path.exists() else [], start=1):
        try:
            one = _finding(json.loads(line))
        except (ValueError, KeyError, TypeError) as error:
            raise HistoryError(_unreadable(path, f"line {number}", error)) from error
        newest[one.check] = one
    return [newest[name] for name in sorted(newest)]


def _finding(values: dict[str, Any]) -> Finding:
    days = {name: values[name] and date.fromisoformat(values[name]) for name in ("first_day", "last_day")}
    moment = datetime.fromisoformat(values["checked_at"])
    return Finding(**{**values, **days, "checked_at": moment, "quarters": tuple(values["quarters"])})


def _unreadable(path: Path, where: str, error: Exception) -> str:
    reason = str(error).partition("\n")[0]
    return f"{path}, {where}: is not a check's finding ({reason}); take the line out, or bring back the file"


# By column of the table its type, what it is read from, and what it says.
COLUMNS: Mapping[str, tuple[str, str, str]] = {
    "finding_number": (
        "bigint",
        "finding_number",
        "Its place in the order in which findings were told; the greatest is the newest, whatever clocks say.",
    ),
    "check_name": ("varchar", '"check"', "The check, such as flow_exports.bins_are_present."),
    "asset": ("varchar", "asset", "The table that it stands on."),
    "job": ("varchar", "job", "The job that ran it."),
    "checked_at": ("timestamp", "checked_at", "When it ran (UTC)."),
    "first_day": ("date", "first_day", "First day of what the run was of."),
    "last_day": ("date", "last_day", "Last day of what the run was of; it may look at other days, too."),
    "quarters": ("varchar[]", "quarters", "Quarters of the rows that broke the limit; empty if none did."),
    "passed": ("boolean", "passed", "Whether the limit held."),
    "severity": ("varchar", "severity", "What a broken limit does: warn, block, or nothing (off)."),
    "limit_value": ("double", '"limit"', "The limit that held then."),
    "worst_value": (
        "double",
        f"case when split_part(\"check\", '.', 1) not in {OF_SINGLE_MEMBERS} then worst end",
        "The worst value found; null where it is of a single router or network, since those may be withheld.",
    ),
    "rows_checked": ("bigint", "rows_checked", "Rows that were held against the limit."),
    "rows_broken": ("bigint", "rows_broken", "Rows that broke it."),
    "holds": ("varchar", "holds", "What the check says in one sentence."),
    "remedy": ("varchar", "remedy", "What to do where it does not hold."),
}
DESCRIPTION = "One row per check and run: whether what stands between exports and report held."
_STORED = {
    "check": "varchar",
    "asset": "varchar",
    "job": "varchar",
    "checked_at": "timestamptz",
    "first_day": "date",
    "last_day": "date",
    "passed": "boolean",
    "severity": "varchar",
    "limit": "double",
    "worst": "double",
    "rows_checked": "bigint",
    "rows_broken": "bigint",
    "quarters": "varchar[]",
    "holds": "varchar",
    "remedy": "varchar",
}


def write_table(published: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Put the table into an open database, in place of one that is there; HistoryError if a line is not a finding."""
    listed = ", ".join(f"{column} {kind}" for column, (kind, _, _) in COLUMNS.items())
    published.execute("set timezone = 'UTC'")
    published.execute(f"create or replace table marts.{TABLE} ({listed})")
    if path.exists():
        read = ", ".join(source for _, source, _ in COLUMNS.values())
        try:
            published.execute(
                f"insert into marts.{TABLE} select {read} from (select row_number() over () as finding_number, * "
                "from read_json($path, format = 'newline_delimited', columns = $columns)) order by finding_number",
                {"path": as_pattern(path), "columns": _STORED},
            )
        except duckdb.InvalidInputException as error:
            raise HistoryError(_unreadable(path, "a line", error)) from error
    published.execute(f"comment on table marts.{TABLE} is '{DESCRIPTION}'")
    for column, (_, _, text) in COLUMNS.items():
        published.execute(f"comment on column marts.{TABLE}.{column} is '{text}'")


def is_told(published: duckdb.DuckDBPyConnection, path: Path) -> bool:
    """Whether a published copy has the table, as it is written today, with every line of the history."""
    lines = path.read_bytes().count(b"\n") if path.exists() else 0
    counted = published.execute(f"select count(*) from marts.{TABLE}").fetchone() if _is_there(published) else None
    return counted == (lines,)


def _is_there(published: duckdb.DuckDBPyConnection) -> bool:
    named = "select column_name from duckdb_columns() where table_name = ? order by column_index"
    return [name for (name,) in published.execute(named, [TABLE]).fetchall()] == list(COLUMNS)


def warned_of(published: Path, quarter: Quarter) -> list[list[str]]:
    """What a published copy tells of the checks that do not hold for a quarter, whenever they ran; none without it."""
    if not published.exists():
        return []
    file = published.stat()
    return [list(row) for row in _warned_in(published, quarter, file.st_ino, file.st_mtime_ns)]


@lru_cache(maxsize=64)
def _warned_in(published: Path, quarter: Quarter, inode: int, modified_ns: int) -> list[tuple[str, ...]]:
    """What a copy tells, which is never changed but replaced; every look at a drawn page asks for it."""
    with duckdb.connect(published, read_only=True) as database:
        if not _is_there(database):
            return []
        last = f"""
            select check_name, severity, limit_value, rows_broken, passed, quarters from marts.{TABLE}
            where coalesce(last_day, $began_on) between $began_on and $began_on + interval 9 month
                and asset not like 'reports/%'
            qualify row_number() over (partition by check_name order by finding_number desc) = 1
        """
        broken = f"""
            select check_name, case
                when passed or not list_contains(quarters, $quarter) then ''
                else concat_ws(' ', severity, limit_value, rows_broken)
            end
            from ({last}) order by 1
        """
        values = {"quarter": str(quarter), "began_on": quarter.began_on}
        return [tuple(row) for row in database.execute(broken, values).fetchall()]
