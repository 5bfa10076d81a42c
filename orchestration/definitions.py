"""The only Definitions: every asset and check module found below assets/ and checks/, with resources and automation."""

import importlib
import pkgutil
import warnings
from collections.abc import Iterator
from types import ModuleType

import dagster as dg

import assets
import checks
from assets.ground.progress import SilentProgress
from orchestration import automation, resources
from orchestration.policies import with_policies

# Dagster marks backfill policies as beta at each use; the design of one run for a range of days rests on them.
warnings.filterwarnings("ignore", message=r".*`backfill_policy`.*", category=dg.BetaWarning)
# And so it marks the references from assets to their code.
warnings.filterwarnings("ignore", message=r"(?i).*code_?reference.*", category=dg.BetaWarning)


def modules_that_define(package: ModuleType) -> Iterator[ModuleType]:
    """The modules of a package, and of the rooms directly below it, that have a `define` function."""
    for found in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name):
        if found.name.startswith("_"):
            continue
        module = importlib.import_module(f"{package.__name__}.{found.name}")
        if hasattr(module, "define"):
            yield module
        if found.ispkg and package is assets:
            yield from modules_that_define(module)


def build(progress: object | None = None) -> dg.Definitions:
    """The definitions of the operator that the environment selects."""
    workspace = resources.workspace_from_environment()
    resources.enter(workspace)
    dbt = resources.dbt_of(workspace)
    defined = [
        one
        for package in (assets, checks)
        for module in modules_that_define(package)
        for one in module.define(workspace)
    ]
    return dg.Definitions(
        assets=with_policies(one for one in defined if not isinstance(one, dg.AssetChecksDefinition)),
        asset_checks=[one for one in defined if isinstance(one, dg.AssetChecksDefinition)],
        jobs=automation.jobs(workspace),
        schedules=automation.schedules(workspace),
        sensors=automation.sensors(workspace),
        resources={
            "dbt": dbt,
            "progress": progress or SilentProgress(),
            "pulling": resources.pulling(),
            "retaining": resources.retaining(),
            "published": resources.published_marts(workspace),
        },
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What `workspace.yaml` and `dg` load."""
    return build()
