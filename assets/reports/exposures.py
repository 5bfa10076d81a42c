"""exposures/*: the charts and pages that dbt's exposures name, so that lineage goes on from marts to what is read.

Belongs here: what Dagster is told of them; nothing is made, since the bundle makes them all. Does not belong here:
which marts each one reads (dbt_project/models/exposures.yml).
"""

import json
from collections.abc import Mapping
from typing import Any

import dagster as dg

from assets.ground.workspace import Workspace
from assets.warehouse.manifest import layer_of

GROUP = "exposures"
KINDS = {"analysis": "plotly", "dashboard": "html", "application": "parquet"}


def define(workspace: Workspace) -> list[dg.AssetsDefinition]:
    """One definition of all of them; what isn't made can't be chosen in a run."""
    manifest = json.loads((workspace.dbt_target / "manifest.json").read_text(encoding="utf-8"))
    specs = [_spec(exposure, manifest["nodes"]) for _, exposure in sorted(manifest["exposures"].items())]
    return [dg.AssetsDefinition(specs=specs)]


def _spec(exposure: Mapping[str, Any], nodes: Mapping[str, Any]) -> dg.AssetSpec:
    read = [nodes[name] for name in sorted(exposure["depends_on"]["nodes"])]
    return dg.AssetSpec(
        key=dg.AssetKey([GROUP, exposure["name"]]),
        deps=[dg.AssetKey([layer_of(node), node["name"]]) for node in read],
        group_name=GROUP,
        kinds={KINDS[exposure["type"]]},
        description=f"{exposure['label']}: {exposure['description']} Made with reports/chart_bundle or its release.",
    )
