from datetime import date

import pyarrow as pa
import pytest

from assets.ground.lake import Lake, Partition, fingerprint_of

KEY = ("exports", "flow_records")
DAY = Partition("export_on", date(2025, 8, 1))
TABLE = pa.table({"bytes": [1, 2, 3]})


def test_one_name_is_the_folder_of_a_table(tmp_path):
    assert Lake(tmp_path).path(KEY, DAY) == (
        tmp_path / "exports" / "flow_records" / "export_on=2025-08-01" / "flow_records.parquet"
    )


def test_what_is_written_is_read_again_with_its_fingerprint(tmp_path):
    lake = Lake(tmp_path)
    lake.write(KEY, TABLE, fingerprint="made from these", partition=DAY)
    assert lake.read(KEY, DAY).to_pydict() == {"bytes": [1, 2, 3]}
    assert lake.fingerprint(KEY, DAY) == "made from these"
    assert lake.partitions(KEY, "export_on") == [DAY]


def test_the_same_table_gives_the_same_bytes(tmp_path):
    one, other = Lake(tmp_path / "one"), Lake(tmp_path / "other")
    for lake in (one, other):
        lake.write(KEY, TABLE, fingerprint="f", partition=DAY)
    assert one.path(KEY, DAY).read_bytes() == other.path(KEY, DAY).read_bytes()


def test_a_write_that_fails_leaves_what_was_there_and_no_litter(tmp_path):
    lake = Lake(tmp_path)
    lake.write(KEY, TABLE, fingerprint="good", partition=DAY)
    with (
        pytest.raises(RuntimeError, match="killed"),
        lake.writer(KEY, TABLE.schema, fingerprint="bad", partition=DAY) as write,
    ):
        write(TABLE)
        raise RuntimeError("killed")
    assert lake.fingerprint(KEY, DAY) == "good"
    assert [path.name for path in lake.path(KEY, DAY).parent.iterdir()] == ["flow_records.parquet"]


def test_a_table_that_was_never_made_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="exports/flow_records of export_on=2025-08-01 has not been made"):
        Lake(tmp_path).read(KEY, DAY)
    assert Lake(tmp_path).fingerprint(KEY, DAY) is None


def test_a_fingerprint_tells_inputs_apart_and_not_the_order_of_a_mapping():
    assert fingerprint_of({"a": 1, "b": 2}) == fingerprint_of({"b": 2, "a": 1})
    assert fingerprint_of(date(2025, 8, 1)) != fingerprint_of(date(2025, 8, 2))
