"""review/networks: the networks whose type a person should decide, as a table in the Dagster UI.

Belongs here: showing the list. Does not belong here: which networks are on it (core.network_review), or deciding, which
is a row in the operator's overrides.csv.
"""

import dagster as dg

from assets.ground.lake import fingerprint_of
from assets.ground.markdown import markdown_table
from assets.ground.workspace import Workspace
from assets.warehouse.database import reading
from assets.warehouse.gates import refuse_behind_shut_gates

SHOWN = 25
MADE_FROM = ("network_review", "networks", "traffic_bins", "exporter_bins")
"""The list and the tables behind it, since Dagster holds back only what comes at once after a check's asset."""
COLUMNS = ("position", "network_key", "name", "share_of_bits", "network_kind", "confidence", "rule", "evidence")


def define(workspace: Workspace) -> list[dg.AssetsDefinition]:
    """The asset review/networks."""

    @dg.asset(
        key=dg.AssetKey(["review", "networks"]),
        deps=[dg.AssetKey(["core", name]) for name in MADE_FROM],
        group_name="core",
        description="Networks of no or uncertain type by bits; decide on them in the operator's overrides.csv.",
    )
    def networks_to_review(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        # Dagster knows the severities of checks as they were when it loaded the definitions.
        refuse_behind_shut_gates(workspace, "review")
        with reading(workspace.warehouse, context.log.warning) as database:
            count = database.execute("select count(*) from core.network_review").fetchall()[0][0]
            rows = database.execute(
                f"select {', '.join(COLUMNS)} from core.network_review order by position limit {SHOWN}"
            ).fetchall()
        return dg.MaterializeResult(
            metadata={"networks": count, "first_by_bits": dg.MetadataValue.md(markdown_table(COLUMNS, rows))},
            data_version=dg.DataVersion(fingerprint_of(count, rows)),
        )

    return [networks_to_review]
