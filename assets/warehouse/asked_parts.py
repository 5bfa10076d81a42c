"""Which partitions a step was asked for, and whether a person asked for just these.

Belongs here: reading a run's context. Does not belong here: what is current (assets.warehouse.inputs).
"""

import dagster as dg
from dagster._core.storage.tags import AUTOMATION_CONDITION_TAG

CLICKED = "__ASSET_JOB"
"""The job of what is chosen in the UI or by `dagster asset materialize`; others have names."""


def partitions_of(context: dg.AssetExecutionContext) -> list[str]:
    """The partition keys of the run; none where nothing of the step that was chosen has partitions."""
    has_partitions = any(
        spec.partitions_def is not None for spec in context.assets_def.specs if spec.key in context.selected_asset_keys
    )
    return list(context.partition_keys) if has_partitions else []


def asked_again(context: dg.AssetExecutionContext, rebuild_current: bool) -> list[str] | None:
    """The partition keys to build whether they are current or not; None where only what is stale is built."""
    run = context.run
    is_clicked = run.job_name.startswith(CLICKED) and AUTOMATION_CONDITION_TAG not in run.tags
    return partitions_of(context) if is_clicked or rebuild_current else None
