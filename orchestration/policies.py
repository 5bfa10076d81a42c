"""What Dagster is told of every asset beside how it is made: whose it is, how fresh it must be, when it follows others.

Belongs here: policies by groups of assets. Does not belong here: jobs and schedules (orchestration.automation).
"""

from collections.abc import Iterable
from datetime import timedelta

import dagster as dg

from orchestration.freshness import LONGEST

OWNERS = ["team:network_stats"]
KINDS = {"operator": "parquet", "registry": "parquet", "exports": "parquet"}
# A night's run that failed shows the next morning, and is an error when a second one did; a registry that was not
# confirmed for a quarter names networks as they were before all of the traffic; reports follow the quarter.
FRESH = {
    "exports": dg.FreshnessPolicy.time_window(fail_window=LONGEST["exports"], warn_window=timedelta(hours=26)),
    "registry": dg.FreshnessPolicy.time_window(fail_window=LONGEST["registry"], warn_window=timedelta(days=31)),
    "marts": dg.FreshnessPolicy.time_window(fail_window=LONGEST["marts"], warn_window=timedelta(hours=26)),
    "reports": dg.FreshnessPolicy.time_window(fail_window=timedelta(days=100), warn_window=timedelta(days=95)),
}
FOLLOWING = {"by_quarter", "marts"}
"""The groups whose assets are made when what they depend on was. Core is made by the job of its exports: between the
two stand views of all days, whose every change would ask for every day."""


def follows_what_it_is_made_of() -> dg.AutomationCondition[dg.AssetKey]:
    """Made when something before it was; of quarters the running one alone.

    Days that have no exports are missing for good, and keep nothing back. Neither do checks here: the run itself is
    refused behind a gate that is shut (assets.warehouse.gates), and says why. Dagster's condition for them would wait
    for good for the checks of a table that was current, since dbt tests what it builds and nothing else.
    """
    return dg.AutomationCondition.eager().without(~dg.AutomationCondition.any_deps_missing())


def with_policies(assets: Iterable[dg.AssetsDefinition]) -> list[dg.AssetsDefinition]:
    """The assets with their policies, and where their code stands; what nothing makes (exposures) has no code."""
    told = [one.map_asset_specs(_with_policies) for one in assets]
    with_references = dg.with_source_code_references([one for one in told if one.is_executable])
    made = [one for one in with_references if isinstance(one, dg.AssetsDefinition)]
    return [*made, *(one for one in told if not one.is_executable)]


def _with_policies(spec: dg.AssetSpec) -> dg.AssetSpec:
    group = spec.group_name or ""
    condition = follows_what_it_is_made_of() if group in FOLLOWING else None
    with_references = spec.replace_attributes(
        owners=OWNERS, freshness_policy=FRESH.get(group), automation_condition=condition
    )
    return with_references if spec.kinds else with_references.merge_attributes(kinds={KINDS.get(group, "duckdb")})
