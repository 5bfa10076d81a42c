"""reports/dataset_release: the published marts of a quarter as a data package, to be given away.

Belongs here: where it lies, and when it is written. Does not belong here: what it holds (assets.reports.releases).
"""

import json
from pathlib import Path

import dagster as dg

from assets.ground.lake import fingerprint_of
from assets.ground.quarters import Quarter
from assets.ground.unfinished import replacing_folder
from assets.ground.workspace import Workspace
from assets.reports.asked import published_quarters_asked
from assets.reports.shown import of_release
from assets.warehouse.published_marts import KEY as PUBLISHED_MARTS

KEY = dg.AssetKey(["reports", "dataset_release"])
# Written by the operator: the licence under which the numbers are given.
LICENCE = "data_licence.txt"


def define(workspace: Workspace) -> list[dg.AssetsDefinition]:
    """The asset reports/dataset_release, by quarter."""

    @dg.asset(
        key=KEY,
        deps=[PUBLISHED_MARTS],
        partitions_def=workspace.calendar.quarters,
        backfill_policy=dg.BackfillPolicy.single_run(),
        group_name="reports",
        kinds={"csv", "parquet"},
        description="The published marts of a quarter as CSV and Parquet with a data package and a dictionary.",
    )
    def dataset_release(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        made_from = published_quarters_asked(context, workspace)
        files = {str(quarter): write_release(workspace, quarter) for quarter in made_from}
        for quarter in made_from:
            shown = of_release(folder_of(workspace) / str(quarter))
            context.add_asset_metadata(shown, partition_key=quarter.began_on.isoformat())
        version = fingerprint_of(list(made_from.values()))
        return dg.MaterializeResult(
            metadata={"files": files, "folder": str(folder_of(workspace))}, data_version=dg.DataVersion(version)
        )

    return [dataset_release]


def folder_of(workspace: Workspace) -> Path:
    """Where the datasets of all quarters lie, each in a folder named by its quarter."""
    return workspace.state / "releases"


def write_release(workspace: Workspace, quarter: Quarter) -> int:
    """Write the dataset of a published quarter in place of the one before, and return how many files it has."""
    # Charts, whose tables it shares, take their time to import.
    from assets.reports.releases import release_files

    licence = workspace.operator_folder / LICENCE
    text = licence.read_text(encoding="utf-8") if licence.is_file() else ""
    files = release_files(workspace.published, str(quarter), _descriptions(workspace), text)
    with replacing_folder(folder_of(workspace) / str(quarter)) as writing:
        for path, content in files.items():
            file = writing / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
    return len(files)


def _descriptions(workspace: Workspace) -> dict[str, str]:
    """What each mart is, by the name under which it is published."""
    manifest = json.loads((workspace.dbt_target / "manifest.json").read_text(encoding="utf-8"))
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    return {node["alias"]: node["description"] for node in models if node["schema"].endswith("marts")}
