"""The rules run on all that the registries hold, in a DuckDB file of their own beside the warehouse.

Belongs here: making and finding that file. Does not belong here: the rules (dbt_project/), arguments and printing
(orchestration.commands.classify). A file is kept until its inputs change, so that asking again costs nothing.
"""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from assets.ground.lake import Partition, TableKey, fingerprint_of, fingerprint_of_files
from assets.ground.workspace import Workspace
from assets.warehouse import dbt_child
from orchestration import resources
from orchestration.commands.terminal import Lines

PARTITIONED = (("registry", "networks"), ("registry", "network_evidence"))
OVERRIDES = ("operator", "overrides")
SQL = ("macros", "models/staging", "models/intermediate")
SELECTED = ("resource_type:seed", "+int_networks__classified")
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
            _run_dbt(workspace, folder, making, {"excluded_rules": list(without), "classified_on": on.isoformat()})
            for old in folder.glob("*.duckdb"):
                old.unlink()
            making.replace(file)
        finally:
            making.unlink(missing_ok=True)
    return file


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
    overrides = lake.read(OVERRIDES).to_pylist()
    return fingerprint_of(
        tables,
        overrides,
        on if overrides else None,
        list(without),
        fingerprint_of_files(path for folder in SQL for path in (project / folder).rglob("*.sql")),
        fingerprint_of_files((project / "seeds").glob("*.csv")),
    )


def _run_dbt(workspace: Workspace, folder: Path, database: Path, variables: dict[str, object]) -> None:
    project = str(workspace.dbt_project)
    command = [
        *(sys.executable, "-m", dbt_child.__name__),
        *("build", "--select", *SELECTED, "--exclude-resource-type", "unit_test", "--exclude-resource-type", "test"),
        *("--vars", json.dumps(variables), "--no-use-colors"),
        *("--project-dir", project, "--profiles-dir", project),
        *("--target-path", str(folder / "dbt"), "--log-path", str(folder / "dbt")),
    ]
    environment = {
        **os.environ,
        **resources.TELEMETRY_OFF,
        "NETSTATS_LAKE": str(workspace.lake.root),
        "NETSTATS_WAREHOUSE": str(database),
        dbt_child.PARENT: str(os.getpid()),
    }
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if said.returncode:
        raise Lines(f"the rules could not be run; dbt said:\n{said.stdout.strip()}\n{said.stderr.strip()}".strip())
