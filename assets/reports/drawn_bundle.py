"""reports/drawn_bundle: the quarter's report as it would be published, in a folder that its checks look at first.

Belongs here: when a bundle is drawn again. Does not belong here: what a chart shows (assets.reports.charts), where it
lies (assets.reports.bundles).
"""

from collections.abc import Iterator

import dagster as dg

from assets.ground.lake import fingerprint_of
from assets.ground.progress import Progress
from assets.ground.quarters import Quarter
from assets.ground.workspace import Workspace
from assets.reports.bundles import bundle_fingerprint, code_of_charts, drawn_folder, drawn_folders, tell_drawn
from assets.reports.editions import KEY as EDITIONS
from assets.reports.quarter_comparison import KEY as QUARTER_COMPARISON
from assets.reports.shown import of_drawn

KEY = dg.AssetKey(["reports", "drawn_bundle"])


class Rerender(dg.Config):
    """Whether to render again what is current."""

    render_current: bool = False


def define(workspace: Workspace) -> list[dg.AssetsDefinition]:
    """The asset reports/drawn_bundle, by quarter."""

    @dg.asset(
        key=KEY,
        deps=[QUARTER_COMPARISON, EDITIONS],
        partitions_def=workspace.calendar.quarters,
        backfill_policy=dg.BackfillPolicy.single_run(),
        group_name="reports",
        kinds={"plotly"},
        code_version=code_of_charts(),
        description="The quarter's report as drawn, before its checks let it be published.",
    )
    def drawn_bundle(
        context: dg.AssetExecutionContext, config: Rerender, progress: dg.ResourceParam[Progress]
    ) -> Iterator[dg.MaterializeResult[None]]:
        from assets.reports.charts import render_bundle

        quarters = [Quarter.parse(key) for key in context.partition_keys]
        current = () if config.render_current else drawn_folders(workspace)
        for quarter in progress.track(quarters, "Charts of the quarters"):
            if quarter not in current:
                summary = render_bundle(workspace.published, str(quarter), drawn_folder(workspace, quarter))
                tell_drawn(workspace, quarter)
                context.add_asset_metadata(of_drawn(summary), partition_key=quarter.began_on.isoformat())
        versions = [bundle_fingerprint(workspace, quarter) for quarter in quarters]
        version = versions[0] if len(versions) == 1 else fingerprint_of(versions)
        yield dg.MaterializeResult(data_version=dg.DataVersion(version))

    return [drawn_bundle]
