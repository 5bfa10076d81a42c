"""What a quarter's edition is made from: rows of the operator's folder and of the reviewed data, registries, exports.

Belongs here: reading it. Does not belong here: which rows are noted and how (assets.warehouse.editions.rows), or what
of it changed (assets.warehouse.editions.causes).
"""

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from assets.exports.decoded_days import code_of_formats
from assets.ground.lake import fingerprint_of, sha256_of_file
from assets.ground.quarters import Quarter
from assets.ground.workspace import Workspace
from assets.warehouse.editions.figures import read_exports
from assets.warehouse.editions.kept import editions_folder
from assets.warehouse.editions.made_from import keep_rows
from assets.warehouse.editions.rows import Row, rows_of_table

FOLDER_TABLES = ("overrides", "own_prefixes", "exporters", "interfaces", "sites", "regions", "settings")
# Reviewed data that no headline value is made from.
SEEDS_LEFT_OUT = {"verdicts", "elephant_limits", "neocloud_signs", "metro_positions"}
REGISTRIES = "select source, as_of from marts.data_sources where as_of is not null order by source"


def inputs_of(
    workspace: Workspace, published: duckdb.DuckDBPyConnection, quarter: Quarter, today: date
) -> dict[str, Any]:
    """What a quarter's marts are made from, in short; rows are kept beside the editions, by name."""
    folder = editions_folder(workspace.published)
    settings = workspace.lake.read(("operator", "settings")).to_pylist()
    return {
        "rows": {table: keep_rows(folder, rows) for table, rows in tables_of(workspace, quarter, today).items()},
        "registries": {source: as_of.isoformat() for source, as_of in published.execute(REGISTRIES).fetchall()},
        "exports": read_exports(published, str(quarter)),
        "minimum_unique_ips": settings[0]["suppression_minimum_unique_ips"] if settings else None,
        "platform": _platform(workspace.dbt_project),
    }


def tables_of(workspace: Workspace, quarter: Quarter, today: date) -> dict[str, list[Row]]:
    """The rows of the operator's folder and of the reviewed data that can count for a quarter."""
    map_on = min(today, quarter.ended_on)
    written = {name: workspace.lake.read(("operator", name)).to_pylist() for name in FOLDER_TABLES}
    routers: Mapping[str, str] = {row["exporter_address"]: row["name"] for row in written["exporters"]}
    seeds = sorted((workspace.dbt_project / "seeds").glob("*.csv"))
    reviewed = {path.stem: _read(path) for path in seeds if path.stem not in SEEDS_LEFT_OUT}
    return {
        table: rows_of_table(table, rows, quarter, map_on, routers) for table, rows in {**written, **reviewed}.items()
    }


def _read(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="") as content:
        return [*csv.DictReader(content)]


def _platform(project: Path) -> dict[str, str]:
    parts = {
        part: fingerprint_of([sha256_of_file(path) for path in sorted((project / part).rglob("*.sql"))])
        for part in ("macros", "models")
    }
    return {**parts, "decoders": code_of_formats()}
