"""dbt on our project, in a process of its own that ends when this one does.

Belongs here: what dbt is told. Does not belong here: its process (assets.warehouse.dbt_host), what it is asked to build
(assets.warehouse.calls).
"""

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from assets.warehouse import dbt_host

# Imported where it is used: it takes seconds, and parsing needs none of it.
if TYPE_CHECKING:
    import subprocess

    from dagster_dbt import DagsterDbtTranslator
    from dagster_dbt.core.dbt_cli_invocation import DbtCliInvocation

# dbt ends a model before it ends: on a busy machine that takes minutes, and a run that was interrupted can wait for it.
LONGEST_END_S = 600.0
# What others read of what dbt writes of itself; of a build all is in its events, and writing it takes a second.
WRITING = ("parse", "compile", "docs")
LAKE = "NETSTATS_LAKE"
TOLD = "NETSTATS_TOLD"


class DbtError(Exception):
    """dbt ended with an error; its text is what dbt said."""


@contextmanager
def telling_kills(invocation: "DbtCliInvocation") -> Iterator[None]:
    """DbtError in a line where a command was ended by a signal; dagster-dbt would list all that it was to build."""
    from dagster_dbt.errors import DagsterDbtCliRuntimeError

    try:
        yield
    except DagsterDbtCliRuntimeError:
        status = invocation.process.returncode
        if status is None or status >= 0:
            raise
        raise DbtError(
            f"dbt was ended by {signal.Signals(-status).name}, as where memory runs out or somebody ends it; run the "
            "same again, which goes on from what is built"
        ) from None


@dataclass(frozen=True)
class Dbt:
    """The dbt that is installed with this Python, on one project, for one lake and its working database.

    `told` are values, by name, that the project's macro `told` finds in its connections; `meanwhile` is what this
    process does while dbt builds.
    """

    project: Path
    target: Path
    lake: Path
    warehouse: Path
    told: Mapping[str, object] = field(default_factory=dict)
    meanwhile: Callable[[], object] | None = None

    def run(self, *arguments: str) -> None:
        """Let dbt do something to its end; DbtError if it can't."""
        command = self._started([*arguments, "--no-use-colors"], self._environment(self.target))
        with command.stdout:
            said = command.stdout.read().decode(errors="replace")
        if command.wait():
            raise DbtError(f"dbt {arguments[0]} failed: {said}".strip())

    def call(
        self,
        arguments: Sequence[str],
        *,
        manifest: Mapping[str, Any] | None = None,
        translator: "DagsterDbtTranslator | None" = None,
        target: Path | None = None,
    ) -> "DbtCliInvocation":
        """Start dbt; its events are read from what is returned, which tells its errors at their end."""
        from importlib.metadata import version as installed

        from dagster_dbt import DagsterDbtTranslator
        from dagster_dbt.core.dbt_cli_invocation import DbtCliInvocation
        from packaging.version import Version

        target = target or self.target
        environment = {**self._environment(target), "DBT_LOG_FORMAT": "json"}
        invocation = DbtCliInvocation(
            process=cast("subprocess.Popen[bytes]", self._started(arguments, environment)),
            manifest=manifest or {},
            dagster_dbt_translator=translator or DagsterDbtTranslator(),
            project_dir=self.project,
            target_path=target,
            raise_on_error=True,
            context=None,
            adapter=None,
            cli_version=Version(installed("dbt-core")),
        )
        invocation.termination_timeout_seconds = LONGEST_END_S
        if self.meanwhile:
            threading.Thread(target=self.meanwhile, daemon=True).start()
        return invocation

    def _started(self, arguments: Sequence[str], environment: Mapping[str, str]) -> dbt_host.Command:
        """A command of dbt, beside the warehouse, whose path in the profile is then the same for all states."""
        writing = {"DBT_WRITE_JSON": str(arguments[0] in WRITING)}
        try:
            return dbt_host.start(arguments, {**os.environ, **environment, **writing}, self.warehouse.parent)
        except dbt_host.HostError as error:
            raise DbtError(f"dbt could not be loaded: {error}") from error

    def _environment(self, target: Path) -> dict[str, str]:
        """What dbt reads of its environment, the same for all states but for where they lie: it is parsed once."""
        for folder in (target, self.warehouse.parent):
            folder.mkdir(parents=True, exist_ok=True)
        return {
            "DBT_PROFILES_DIR": str(self.project),
            "DBT_PROJECT_DIR": str(self.project),
            "DBT_TARGET_PATH": str(target),
            "DBT_LOG_PATH": str(target),
            # A file of all that it logs would be written beside what we read: a tenth of its time.
            "DBT_LOG_LEVEL_FILE": "none",
            LAKE: str(self.lake),
            TOLD: json.dumps(self.told),
            "NETSTATS_WAREHOUSE": self.warehouse.name,
        }
