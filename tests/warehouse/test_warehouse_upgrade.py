"""A working database that an older version made."""

from pathlib import Path

import duckdb

from assets.warehouse.dbt_process import Dbt

PROJECT = Path(__file__).parents[2]


def test_a_seed_that_gained_a_column_takes_the_place_of_the_older_one(tmp_path: Path) -> None:
    """dbt empties a seed's table and fills it again, which fails where its columns are others."""
    warehouse = tmp_path / "warehouse" / "working.duckdb"
    warehouse.parent.mkdir()
    with duckdb.connect(warehouse) as database:
        database.execute("create schema seeds; create table seeds.registry_labels (source varchar, kind varchar)")
        database.execute("create view seeds.reads_it as select source from seeds.registry_labels")
    dbt = Dbt(PROJECT / "dbt_project", tmp_path / "dbt", tmp_path / "lake", warehouse)
    dbt.run("seed", "--select", "registry_labels")
    with duckdb.connect(warehouse) as database:
        assert "rule_without_customers" in database.table("seeds.registry_labels").columns
        assert database.execute("select count(*) from seeds.reads_it").fetchall() != [(0,)]
