"""reports/quarter_comparison: a quarter beside the one before, as rows and as sentences that a writer can quote.

Belongs here: where its files lie, and when they are written. Does not belong here: what they say
(assets.reports.charts), computing it (mart quarter_over_quarter).
"""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from assets.ground.lake import fingerprint_of, replacing
from assets.ground.quarters import Quarter
from assets.ground.workspace import Workspace
from assets.reports.asked import published_quarters_asked
from assets.reports.shown import of_comparison
from assets.warehouse.published_marts import KEY as PUBLISHED_MARTS

KEY = dg.AssetKey(["reports", "quarter_comparison"])


def define(workspace: Workspace) -> list[dg.AssetsDefinition]:
    """The asset reports/quarter_comparison, by quarter."""

    @dg.asset(
        key=KEY,
        deps=[PUBLISHED_MARTS],
        partitions_def=workspace.calendar.quarters,
        backfill_policy=dg.BackfillPolicy.single_run(),
        group_name="reports",
        kinds={"csv", "json"},
        description="The quarter beside the one before: a page, Markdown, JSON, CSV, and sentences to quote.",
    )
    def quarter_comparison(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        made_from = published_quarters_asked(context, workspace)
        written = {str(quarter): write_comparison(workspace, quarter) for quarter in made_from}
        for quarter, folder in written.items():
            shown = of_comparison(folder / f"{quarter}.html", _sentences(folder, quarter))
            context.add_asset_metadata(shown, partition_key=Quarter.parse(quarter).began_on.isoformat())
        yield dg.MaterializeResult(
            metadata={"folder": str(folder_of(workspace))},
            data_version=dg.DataVersion(fingerprint_of(list(made_from.values()))),
        )

    return [quarter_comparison]


def folder_of(workspace: Workspace) -> Path:
    """Where the comparisons of all quarters lie, each as files named by its quarter."""
    return workspace.state / "comparisons"


def write_comparison(workspace: Workspace, quarter: Quarter) -> Path:
    """Write the comparison of a published quarter, and return the folder of its files."""
    # Charts take their time to import.
    from assets.reports.charts import comparison_files

    folder = folder_of(workspace)
    page = f"../reports/{quarter}/index.html"
    for name, content in comparison_files(workspace.published, str(quarter), str(quarter), page).items():
        with replacing(folder / name) as temporary:
            temporary.write_bytes(content)
    return folder


def _sentences(folder: Path, quarter: str) -> list[str]:
    return (folder / f"{quarter}.txt").read_text(encoding="utf-8").splitlines()
