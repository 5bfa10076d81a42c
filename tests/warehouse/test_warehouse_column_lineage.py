"""The columns' lineage that is shown is that of the models' statements."""

from pathlib import Path

import dagster as dg
import pytest
from column_lineage import DBT_PROJECT, column_lineage_of, compiled, written

from assets.warehouse.column_lineage import FILE, column_lineage, with_origins


@pytest.mark.long
def test_the_file_tells_the_lineage_of_the_statements(tmp_path: Path) -> None:
    remedy = "write it again with: python tests/warehouse/column_lineage.py"
    assert (DBT_PROJECT / FILE).read_text(encoding="utf-8") == written(column_lineage_of(compiled(tmp_path))), remedy


def test_every_model_and_nothing_else_has_a_lineage() -> None:
    models = {path.stem for path in (DBT_PROJECT / "models").rglob("*.sql")}
    assert {asset.split("/")[-1] for asset in column_lineage(DBT_PROJECT)} == models, (
        "write it again with: python tests/warehouse/column_lineage.py"
    )


def test_a_mart_can_be_followed_to_the_record() -> None:
    """By hand: the bits of a network type, back through core to what a router exported."""
    told = column_lineage(DBT_PROJECT)
    asked, seen = {"marts/network_type_quarterly.bits"}, set[str]()
    while asked:
        asset, _, column = (one := asked.pop()).rpartition(".")
        seen.add(one)
        asked |= {*told.get(asset, {}).get(column, ())} - seen
    assert {"core/measured_cells.bits", "core/traffic_bins.bits", "exports/flow_records.bytes"} <= seen


def test_a_column_is_shown_with_where_it_comes_from() -> None:
    columns = [dg.TableColumn("bits", "bigint", "All bits."), dg.TableColumn("day", "date")]
    columns.append(dg.TableColumn("label", "varchar", "A word."))
    shown = with_origins(
        dg.TableSchema(columns=columns), {"bits": ["core/a.bits", "core/b.bits"], "day": ["core/a.day"]}
    )
    assert [(one.name, one.type, one.description) for one in shown.columns] == [
        ("bits", "bigint", "All bits. From core/a.bits, core/b.bits."),
        ("day", "date", "From core/a.day."),
        ("label", "varchar", "A word."),
    ]
