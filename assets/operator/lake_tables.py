"""operator/*: the validated operator folder as tables, so that SQL can join sites, interfaces and decisions.

Belongs here: writing the tables. Does not belong here: reading and validating the folder (assets.operator).
"""

from collections.abc import Iterator

import dagster as dg

from assets.ground.lake import fingerprint_of
from assets.ground.made_along import chosen
from assets.ground.workspace import Workspace
from assets.operator import load_operator, operator_tables

TABLES = {
    "settings": "One row: the operator's name, and the settings of operator.yaml that SQL needs.",
    "exporters": "One row per row of exporters.csv: a router, its site, and how its records are to be read.",
    "interfaces": "One row per row of interfaces.csv: an interface, its role and connectivity, and how fast it is.",
    "sites": "One row per site: its metro and region.",
    "regions": "One row per region: its label and position.",
    "own_prefixes": "One row per prefix of the operator's own addresses.",
    "overrides": "One row per decision on the type of a prefix, AS or organisation.",
    "check_limits": "One row per limit of a check that the operator set.",
    "metro_positions": "One row per metro whose position the operator wrote: where maps show it.",
}


def define(workspace: Workspace) -> list[dg.AssetsDefinition]:
    """One asset a table, made together, since the folder is valid or invalid as a whole."""

    @dg.multi_asset(
        name="operator_folder",
        specs=[
            dg.AssetSpec(
                dg.AssetKey(["operator", name]),
                group_name="operator",
                kinds={"parquet"},
                skippable=True,
                description=description,
            )
            for name, description in TABLES.items()
        ],
        can_subset=True,
    )
    def operator_folder(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        yield from chosen(context, _tables(workspace))

    return [operator_folder]


def _tables(workspace: Workspace) -> Iterator[dg.MaterializeResult[None]]:
    """Write all tables, whichever of them is asked for."""
    tables = operator_tables(load_operator(workspace.operator_folder))
    for name in TABLES:
        table = tables[name]
        of_table = fingerprint_of(table.to_pylist())
        workspace.lake.write(("operator", name), table, fingerprint=of_table)
        yield dg.MaterializeResult(
            asset_key=dg.AssetKey(["operator", name]),
            metadata={"dagster/row_count": table.num_rows},
            data_version=dg.DataVersion(of_table),
        )
