"""reports/chart_bundle: the quarter's report, a folder that opens in any browser without a network.

Belongs here: publishing what was drawn. Does not belong here: drawing (assets.reports.drawn_bundle), what must hold
before (checks.reports).
"""

from pathlib import Path

import dagster as dg

from assets.ground.lake import fingerprint_of, replacing
from assets.ground.quarters import Quarter
from assets.ground.workspace import Workspace
from assets.reports.bundles import bundle_fingerprint, code_of_charts, is_rendered, publish_drawn
from assets.reports.drawn_bundle import KEY as DRAWN_BUNDLE
from assets.reports.shown import of_published
from assets.warehouse.published_marts import published_quarters


def define(workspace: Workspace) -> list[dg.AssetsDefinition]:
    """The asset reports/chart_bundle, by quarter."""

    @dg.asset(
        key=dg.AssetKey(["reports", "chart_bundle"]),
        deps=[DRAWN_BUNDLE],
        partitions_def=workspace.calendar.quarters,
        backfill_policy=dg.BackfillPolicy.single_run(),
        group_name="reports",
        kinds={"plotly"},
        code_version=code_of_charts(),
        description="One folder a quarter: index.html, the charts with their data, one shared script.",
    )
    def chart_bundle(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        quarters = [Quarter.parse(key) for key in context.partition_keys]
        bundles = {str(one): _published(workspace, one) for one in quarters}
        for quarter in quarters:
            shown = of_published(workspace.reports / str(quarter))
            context.add_asset_metadata(shown, partition_key=quarter.began_on.isoformat())
        index = write_index(workspace)
        versions = [bundle_fingerprint(workspace, quarter) for quarter in quarters]
        version = versions[0] if len(versions) == 1 else fingerprint_of(versions)
        return dg.MaterializeResult(
            metadata={"bundles": bundles, "index": dg.MetadataValue.path(index)}, data_version=dg.DataVersion(version)
        )

    return [chart_bundle]


def _published(workspace: Workspace, quarter: Quarter) -> str:
    return "current" if is_rendered(workspace, quarter) else str(publish_drawn(workspace, quarter))


def write_index(workspace: Workspace) -> Path:
    """Write the page over all quarters whose reports are published; it lies beside their folders."""
    from assets.reports.charts import quarters_page

    folders = [workspace.reports / quarter for quarter in published_quarters(workspace.published)]
    there = [folder.name for folder in folders if (folder / "index.html").exists()]
    path, page = workspace.reports / "index.html", quarters_page(workspace.published, there)
    if not path.exists() or path.read_text(encoding="utf-8") != page:
        with replacing(path) as temporary:
            temporary.write_text(page, encoding="utf-8")
    return path
