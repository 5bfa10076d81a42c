"""dbt in a process of its own, that ends when this one does (assets.warehouse.dbt_child).

Belongs here: starting dbt. Does not belong here: what it is asked to build (assets.warehouse.calls).
"""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dagster_dbt import DagsterDbtTranslator
from dagster_dbt.core.dbt_cli_invocation import DbtCliInvocation

from assets.warehouse import dbt_child

# dbt ends a model before it ends: on a busy machine that takes minutes, and a run that was interrupted can wait for it.
LONGEST_END_S = 600.0


@dataclass(frozen=True)
class Dbt:
    """The dbt that is installed with this Python, on one project, for one lake and its working database."""

    project: Path
    target: Path
    lake: Path
    warehouse: Path

    @property
    def environment(self) -> dict[str, str]:
        """What dbt reads of its environment: the project is parsed alike for all states."""
        return {
            "DBT_PROFILES_DIR": str(self.project),
            "DBT_PROJECT_DIR": str(self.project),
            "NETSTATS_LAKE": str(self.lake),
            "NETSTATS_WAREHOUSE": self.warehouse.name,
            dbt_child.FOLDER: str(self.warehouse.parent),
            dbt_child.PARENT: str(os.getpid()),
        }

    def call(
        self,
        arguments: Sequence[str],
        *,
        manifest: Mapping[str, Any] | None = None,
        translator: DagsterDbtTranslator | None = None,
        target: Path | None = None,
    ) -> DbtCliInvocation:
        """Start dbt; its events are read from what is returned, which tells its errors at their end."""
        from importlib.metadata import version as installed

        from packaging.version import Version

        target = target or self.target
        target.mkdir(parents=True, exist_ok=True)
        folders = {"DBT_TARGET_PATH": str(target), "DBT_LOG_PATH": str(target)}
        # A file of all that it logs would be written beside what we read: a tenth of its time.
        logs = {"DBT_LOG_FORMAT": "json", "DBT_LOG_LEVEL_FILE": "none", "PYTHONUNBUFFERED": "1"}
        invocation = DbtCliInvocation.run(
            args=[sys.executable, "-m", dbt_child.__name__, *arguments],
            env={**os.environ, **self.environment, **folders, **logs},
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
        return invocation
