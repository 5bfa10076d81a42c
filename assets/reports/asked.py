"""Which quarters a run asks reports of.

Belongs here: that they are published. Does not belong here: what is written of them (one module an asset).
"""

import dagster as dg

from assets.ground.quarters import Quarter
from assets.ground.workspace import Workspace
from assets.warehouse.published_quarters import published_quarters


def published_quarters_asked(context: dg.AssetExecutionContext, workspace: Workspace) -> dict[Quarter, str]:
    """The run's quarters with what their marts were made from; dg.Failure names one that is not published."""
    made_from = published_quarters(workspace.published)
    quarters = [Quarter.parse(key) for key in context.partition_keys]
    for quarter in quarters:
        if str(quarter) not in made_from:
            raise dg.Failure(f"{quarter} is not published; run `netstats build` over its export days first")
    return {quarter: made_from[str(quarter)] for quarter in quarters}
