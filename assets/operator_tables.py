"""operator/*: the validated operator folder as tables, so that SQL can join sites, interfaces and decisions.

Belongs here: writing the tables. Does not belong here: reading and validating the folder (assets.operator_folder).
"""

from collections.abc import Iterator

import dagster as dg

from assets.lake import fingerprint_of
from assets.operator_folder import load_operator, operator_tables
from assets.workspace import Workspace

TABLES = (
    "settings",
    "exporters",
    "interfaces",
    "sites",
    "regions",
    "own_prefixes",
    "overrides",
    "check_limits",
)


def define(workspace: Workspace) -> list[dg.AssetsDefinition]:
    """One asset a table, made together, since the folder is valid or invalid as a whole."""

    @dg.multi_asset(
        name="operator_folder",
        specs=[
            dg.AssetSpec(dg.AssetKey(["operator", name]), group_name="operator", kinds={"parquet"}) for name in TABLES
        ],
    )
    def operator_folder() -> Iterator[dg.MaterializeResult]:
        tables = operator_tables(load_operator(workspace.operator_folder))
        for name in TABLES:
            table = tables[name]
            workspace.lake.write(("operator", name), table, fingerprint=fingerprint_of(table.to_pylist()))
            yield dg.MaterializeResult(
                asset_key=dg.AssetKey(["operator", name]), metadata={"dagster/row_count": table.num_rows}
            )

    return [operator_folder]
