"""reports/chart_bundle: the quarter's report, a folder that opens in any browser without a network.

Belongs here: when a bundle is made again. Does not belong here: what a chart shows (assets.reports.charts).
"""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from assets.ground.lake import fingerprint_of, fingerprint_of_files, replacing
from assets.ground.progress import Progress
from assets.ground.quarters import Quarter
from assets.ground.workspace import Workspace
from assets.reports.editions import KEY as EDITIONS
from assets.reports.quarter_comparison import KEY as QUARTER_COMPARISON
from assets.warehouse.check_history import warned_of
from assets.warehouse.editions.kept import editions_folder
from assets.warehouse.published_marts import published_quarters

CHARTS = Path(__file__).parent / "charts"


class Rerender(dg.Config):
    """Whether to render again what is current."""

    render_current: bool = False


def bundle_fingerprint(workspace: Workspace, quarter: Quarter) -> str:
    """What a quarter's bundle is made from: its published marts, the editions that it names, what checks warn of, the
    code of the charts."""
    code = fingerprint_of_files(path for path in CHARTS.rglob("*") if path.is_file() and path.suffix != ".pyc")
    folder = editions_folder(workspace.published)
    editions = [sorted((folder / str(one)).glob("*.json")) for one in (quarter.previous, quarter)]
    marts = published_quarters(workspace.published).get(str(quarter))
    # An edition is never written again: its name says which one it is.
    warned = warned_of(workspace.published, quarter)
    return fingerprint_of(marts, [[path.name for path in paths] for paths in editions], warned, code)


def define(workspace: Workspace) -> list[dg.AssetsDefinition]:
    """The asset reports/chart_bundle, by quarter."""

    @dg.asset(
        key=dg.AssetKey(["reports", "chart_bundle"]),
        deps=[QUARTER_COMPARISON, EDITIONS],
        partitions_def=workspace.calendar.quarters,
        backfill_policy=dg.BackfillPolicy.single_run(),
        group_name="reports",
        kinds={"plotly"},
        description="One folder a quarter: index.html, the charts with their data, one shared script.",
    )
    def chart_bundle(
        context: dg.AssetExecutionContext, config: Rerender, progress: dg.ResourceParam[Progress]
    ) -> Iterator[dg.MaterializeResult[None]]:
        from assets.reports.charts import render_bundle

        bundles: dict[str, str] = {}
        quarters = [Quarter.parse(key) for key in context.partition_keys]
        for quarter in progress.track(quarters, "Charts of the quarters"):
            fingerprint, folder = bundle_fingerprint(workspace, quarter), workspace.reports / str(quarter)
            noted = folder.with_name(f"{quarter}.fingerprint")
            if not config.render_current and is_rendered(workspace, quarter):
                bundles[str(quarter)] = "current"
                continue
            render_bundle(workspace.published, str(quarter), folder)
            with replacing(noted) as temporary:
                temporary.write_text(fingerprint, encoding="utf-8")
            bundles[str(quarter)] = str(folder / "index.html")
        versions = [bundle_fingerprint(workspace, quarter) for quarter in quarters]
        version = versions[0] if len(versions) == 1 else fingerprint_of(versions)
        yield dg.MaterializeResult(metadata={"bundles": bundles}, data_version=dg.DataVersion(version))

    return [chart_bundle]


def is_rendered(workspace: Workspace, quarter: Quarter) -> bool:
    """Whether a quarter's bundle is what its published marts and the charts would give now."""
    folder = workspace.reports / str(quarter)
    noted = folder.with_name(f"{quarter}.fingerprint")
    if not (folder / "index.html").exists() or not noted.exists():
        return False
    return noted.read_text(encoding="utf-8") == bundle_fingerprint(workspace, quarter)
