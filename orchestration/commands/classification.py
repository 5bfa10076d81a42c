"""The rules run on all that the registries hold, in a DuckDB file of their own beside the warehouse.

Belongs here: making and finding that file. Does not belong here: the rules (dbt_project/), arguments and printing
(orchestration.commands.classify). A file is kept until its inputs change, so that asking again costs nothing.
"""

import csv
import os
import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from assets.ground.lake import Partition, TableKey, fingerprint_of, fingerprint_of_files
from assets.ground.workspace import Workspace
from assets.warehouse.dbt_process import Dbt, DbtError
from assets.warehouse.parsed_project import make_parsed
from orchestration.commands.terminal import Lines

PARTITIONED = (("registry", "networks"), ("registry", "network_evidence"))
OVERRIDES = ("operator", "overrides")
SQL = ("macros", "models/staging", "models/intermediate")
SELECTED = ("resource_type:seed", "+int_networks__classified")
KEPT_S = 3600.0
WITHOUT_TESTS = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")
# The seed behind a rule is as good a name for it.
SEED_OF_RULE = {"known_networks": "known_network"}


def excluded_rules(workspace: Workspace, named: Sequence[str]) -> list[str]:
    """Rules by their name or their seed's; Lines tells the known ones if one is not among them."""
    with (workspace.dbt_project / "seeds" / "network_type_rules.csv").open(encoding="utf-8", newline="") as content:
        known = [row["rule"] for row in csv.DictReader(content)]
    wanted = [SEED_OF_RULE.get(name, name) for name in named]
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        raise Lines(f"--without {unknown[0]}: no rule has this name; known are {', '.join(known)}")
    return sorted(set(wanted))


def classify(workspace: Workspace, without: Sequence[str], on: date) -> Path:
    """The DuckDB file with intermediate.int_networks__classified, made of the newest snapshots if it is not there.

    Decisions of the operator hold that are in force on the day `on`. Lines says what is missing, or what dbt said.
    """
    of_inputs = _fingerprint(workspace, without, on)
    folder = workspace.state / "classification"
    file = folder / f"{of_inputs}.duckdb"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        making = folder / f".{of_inputs}.{os.getpid()}.making"
        try:
            made = _build(workspace, making, {"excluded_rules": list(without), "classified_on": on.isoformat()})
            made.replace(file)
            _remove_unused(folder)
        finally:
            shutil.rmtree(making, ignore_errors=True)
    return file


def _remove_unused(folder: Path) -> None:
    """Files of other inputs, but for those that another `netstats classify` may just be reading."""
    for file in folder.glob("*.duckdb"):
        with suppress(FileNotFoundError):
            if time.time() - file.stat().st_mtime > KEPT_S:
                file.unlink()


def newest(workspace: Workspace, key: TableKey, column: str = "as_of") -> Partition:
    """The newest partition of a table of the registries; Lines says how to make one if there is none."""
    found = workspace.lake.partitions(key, column)
    if not found:
        raise Lines(
            f"{'/'.join(key)} has not been made in {workspace.lake.root}; run `netstats registries` or `netstats build`"
        )
    return found[-1]


def _fingerprint(workspace: Workspace, without: Sequence[str], on: date) -> str:
    lake, project = workspace.lake, workspace.dbt_project
    tables = [lake.fingerprint(key, newest(workspace, key)) for key in PARTITIONED]
    if not lake.path(OVERRIDES).exists():
        raise Lines(f"operator/overrides has not been made in {lake.root}; materialize the group operator first")
    return fingerprint_of(
        tables,
        _decided(lake.read(OVERRIDES).to_pylist(), on),
        list(without),
        fingerprint_of_files(path for folder in SQL for path in (project / folder).rglob("*.sql")),
        fingerprint_of_files((project / "seeds").glob("*.csv")),
    )


def _decided(overrides: list[dict[str, Any]], on: date) -> list[dict[str, Any]]:
    """The decisions that hold on a day: from one day to the next they are mostly the same."""
    return [row for row in overrides if row["decided_on"] <= on <= (row["expires_on"] or date.max)]


def _build(workspace: Workspace, making: Path, told: Mapping[str, object]) -> Path:
    """Run the rules in a database of the name that the project is parsed for."""
    dbt = Dbt(workspace.dbt_project, making.parent / "dbt", workspace.lake.root, making / "working.duckdb", told)
    try:
        make_parsed(dbt)
        dbt.run("build", "--select", *SELECTED, *WITHOUT_TESTS)
    except DbtError as error:
        raise Lines(f"the rules could not be run; {error}") from error
    return dbt.warehouse
