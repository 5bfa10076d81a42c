"""Tables that are made together: one can be chosen, all are made, and all are told of."""

from datetime import date
from pathlib import Path

import dagster as dg

from assets.ground.lake import fingerprint_of
from assets.ground.partitions import Calendar
from assets.ground.workspace import Workspace
from assets.operator import lake_tables

DAY = date(2025, 8, 1)
SITES = dg.AssetKey(["operator", "sites"])
DEMO = Path(__file__).parents[1] / "operators" / "demo"


def test_one_table_of_the_operator_folder_chosen_alone_brings_the_others(tmp_path: Path) -> None:
    workspace = Workspace(DEMO, tmp_path, tmp_path, Calendar(DAY))
    with dg.DagsterInstance.ephemeral() as instance:
        made = dg.materialize(lake_tables.define(workspace), selection=[SITES], instance=instance)
        assert made.success
        for name in lake_tables.TABLES:
            rows = workspace.lake.read(("operator", name)).to_pylist()
            told = instance.get_latest_data_version_record(dg.AssetKey(["operator", name]))
            assert told is not None
            assert fingerprint_of(rows) in str(told.event_log_entry)
