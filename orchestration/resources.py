"""Settings from the environment and the operator folder, made into what the assets are given.

The only module that reads the environment. Does not belong here: what is made of the settings.
"""

import json
import os
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from assets.ground.partitions import Calendar
from assets.ground.workspace import Workspace
from assets.operator.document import WrittenOutLoader
from assets.registry.fetch import Fetcher, user_agent
from assets.registry.pulls import Pulling
from orchestration.run_log import log_path

# Imported where they are used: seconds that commands which run nothing should not wait for.
if TYPE_CHECKING:
    from dagster_duckdb import DuckDBResource

    from assets.warehouse.dbt_process import Dbt
    from assets.warehouse.retention import Retaining

PROJECT = Path(__file__).resolve().parent.parent
DEFAULT_OPERATOR = "demo"
COMMAND_SETTINGS = "command.yaml"
"""The settings of Dagster's instance for runs of the `netstats` command, beside dagster.yaml in its home."""
TELEMETRY_OFF = {
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "GX_ANALYTICS_ENABLED": "false",
    "DAGSTER_DISABLE_TELEMETRY": "true",
}
# What Dagster hands to orchestration.event_log together: all events of an asset over half a year, and more.
EVENTS_AT_ONCE = "2000"


class SettingsError(ValueError):
    """A setting that can't be used; its text names the setting, the value and the remedy."""


def workspace_from_environment(environment: Mapping[str, str] = os.environ) -> Workspace:
    """The workspace that NETSTATS_OPERATOR (a folder, or a name below operators/) and NETSTATS_STATE select."""
    operator_folder = _operator_folder(environment.get("NETSTATS_OPERATOR", DEFAULT_OPERATOR))
    return Workspace(
        operator_folder=operator_folder,
        state=state_of(operator_folder, environment),
        dbt_project=PROJECT / "dbt_project",
        calendar=Calendar(_tracking_began_on(operator_folder)),
    )


def state_of(operator_folder: Path, environment: Mapping[str, str] = os.environ) -> Path:
    """Where the state of an operator lies, whether there is one or not."""
    return Path(environment.get("NETSTATS_STATE", PROJECT / "state")).resolve() / operator_folder.name


def demo_workspace() -> Workspace:
    """The demo's workspace, whatever operator the environment selects."""
    return workspace_from_environment({**os.environ, "NETSTATS_OPERATOR": DEFAULT_OPERATOR})


def hashing_key(environment: Mapping[str, str] = os.environ) -> bytes:
    """The secret key of retired addresses, NETSTATS_HASHING_KEY in hexadecimal digits."""
    from assets.warehouse.address_retention import LEAST_KEY_BYTES

    given = environment.get("NETSTATS_HASHING_KEY", "")
    remedy = "set it to 32 or more random hexadecimal digits, keep it secret, and keep it as long as the hashes"
    try:
        key = bytes.fromhex(given)
    except ValueError as error:
        raise SettingsError(f"NETSTATS_HASHING_KEY can't be read ({error}); {remedy}") from error
    if len(key) < LEAST_KEY_BYTES:
        raise SettingsError(f"NETSTATS_HASHING_KEY has {len(key)} bytes; {remedy}")
    return key


def retaining() -> "Retaining":
    """Ages are counted to today (UTC); without a key in the environment, what needs one is left and told."""
    from assets.warehouse.retention import Retaining

    return Retaining(
        today=lambda: datetime.now(UTC).date(),
        key=lambda: hashing_key() if os.environ.get("NETSTATS_HASHING_KEY") else None,
    )


def secret(name: str) -> str | None:
    """What the environment holds under a name that operator.yaml gives; None if it is not set."""
    return os.environ.get(name)


def pulling() -> Pulling:
    """Registries are pulled as of today (UTC), and the operator is named to those who are asked."""
    return Pulling(
        today=lambda: datetime.now(UTC).date(),
        fetcher=lambda operator: Fetcher(user_agent(operator.name, operator.settings.contact)),
    )


def published_marts(workspace: Workspace) -> "DuckDBResource":
    """The published copy of the marts, for reading; whoever finds it held by another process tries again."""
    from dagster_duckdb import DuckDBResource

    return DuckDBResource(database=str(workspace.published), connection_config={"access_mode": "READ_ONLY"})


def _operator_folder(selected: str) -> Path:
    for folder in (Path(selected), PROJECT / "operators" / selected):
        if (folder / "operator.yaml").is_file():
            return folder.resolve()
    raise SettingsError(
        f"NETSTATS_OPERATOR: {selected!r} holds no operator.yaml; name a folder that does, or run `netstats init`"
    )


def _tracking_began_on(operator_folder: Path) -> date:
    """The one value that partitions need before the folder is validated as a whole."""
    path = operator_folder / "operator.yaml"
    try:
        given = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=WrittenOutLoader)
        began_on = given["tracking_began_on"]
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise SettingsError(f"{path}: tracking_began_on can't be read ({error}); write it like 2025-08-01") from error
    if not isinstance(began_on, date):
        raise SettingsError(f"{path}: tracking_began_on {began_on!r} is not a date; write it like 2025-08-01")
    return began_on


def enter(workspace: Workspace) -> None:
    """Set the process environment that Dagster and dbt read: where the state lies, and no telemetry."""
    workspace.close()
    os.environ.update(
        TELEMETRY_OFF,
        NETSTATS_OPERATOR=str(workspace.operator_folder),
        NETSTATS_STATE=str(workspace.state.parent),
        DAGSTER_HOME=str(workspace.dagster_home),
        DAGSTER_EVENT_BATCH_SIZE=EVENTS_AT_ONCE,
    )
    write_instance_settings(workspace.dagster_home)


def write_instance_settings(home: Path) -> None:
    """Let Dagster's instance be what this code says, in its home; what is so is not written again."""
    runs, log = json.dumps(str(home / "history" / "runs")), json.dumps(str(log_path(home.parent)))
    for name in ("dagster.yaml", COMMAND_SETTINGS):
        wanted = (PROJECT / "orchestration" / name).read_text(encoding="utf-8").format(runs=runs, log=log)
        path = home / name
        if not path.exists() or path.read_text(encoding="utf-8") != wanted:
            path.write_text(wanted, encoding="utf-8")


def dbt_of(workspace: Workspace) -> "Dbt":
    """The installed dbt on the project, parsed anew when one of its files has changed; checks come after it."""
    from assets.warehouse.dbt_process import Dbt
    from assets.warehouse.parsed_project import make_parsed
    from checks import expectations

    where = workspace.dbt_project, workspace.dbt_target, workspace.lake.root, workspace.warehouse
    dbt = Dbt(*where, meanwhile=expectations.load)
    make_parsed(dbt)
    return dbt
