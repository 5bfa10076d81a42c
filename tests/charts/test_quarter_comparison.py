"""The sentences to quote: each share group says what it holds where it stands, and nothing is said twice."""

from pathlib import Path

import duckdb
from marts_fixture import write_marts

from assets.ground.quarters import Quarter
from assets.reports.quarter_comparison import compare


def test_share_groups_say_which_types_they_hold_and_those_of_one_type_are_not_said_twice(tmp_path: Path) -> None:
    database = write_marts(tmp_path / "network_stats.duckdb")
    with duckdb.connect(database, read_only=True) as published:
        _, rows, sentences = compare(published, Quarter.parse("2025Q4"))
    names = [sentence.split(":")[0] for sentence in sentences]
    assert "Other clouds (neocloud, hyperscaler and hosting)" in names
    assert "Neocloud" in names
    assert len(names) == len(set(names))
    assert {row[1] for row in rows} >= {"share_group", "network_type"}


def test_a_group_that_gained_a_type_later_is_defined_as_of_the_quarter(tmp_path: Path) -> None:
    database = write_marts(tmp_path / "network_stats.duckdb")
    with duckdb.connect(database) as connection:
        connection.execute(
            "insert into marts.share_groups by name select 'other_clouds' as share_group, 'Other clouds' as label, "
            "'cdn' as network_type, 2 as version, date '2026-01-01' as valid_from, null::date as valid_to"
        )
        _, _, sentences = compare(connection, Quarter.parse("2025Q4"))
    assert any(sentence.startswith("Other clouds (neocloud, hyperscaler and hosting): ") for sentence in sentences)
