"""The resource through which assets read the published copy: it reads what is there, and never writes it."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from assets.ground.partitions import Calendar
from assets.ground.workspace import Workspace
from orchestration.resources import published_marts


def test_published_marts_are_read_through_dagsters_resource_and_can_not_be_written(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path, tmp_path, tmp_path, Calendar(date(2025, 10, 1)))
    workspace.published.parent.mkdir(parents=True)
    with duckdb.connect(workspace.published) as writer:
        writer.execute("create table quarters as select '2025Q4' as quarter")
    with published_marts(workspace).get_connection() as reader:
        assert reader.execute("from quarters").fetchall() == [("2025Q4",)]
        with pytest.raises(duckdb.InvalidInputException, match="read-only"):
            reader.execute("drop table quarters")
